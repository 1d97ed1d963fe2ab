"""Tables of what proves the event log: its anchors, and checks of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class EventAnchor(Base):
    """A statement of how the event log stood, proven by a timestamp; without its token it only waits for one."""

    __tablename__ = "event_anchors"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """1, 2, 3 … without a gap."""
    last_event_id: Mapped[int] = mapped_column(BigId)
    last_event_sha256: Mapped[str] = mapped_column(String(64))
    statement: Mapped[str] = mapped_column(Text)
    """Canonical JSON, the very text that is timestamped."""
    statement_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    hashes_sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the list of the entries' hashes in the object store."""
    stated_at: Mapped[datetime]
    token: Mapped[bytes | None] = mapped_column(LargeBinary)
    """RFC 3161, DER."""
    token_sha256: Mapped[str | None] = mapped_column(String(64), unique=True)
    proven_at: Mapped[datetime | None]
    """The moment that the token tells."""
    authority: Mapped[str] = mapped_column(String(200), default="")
    certificate_until: Mapped[datetime | None]
    """End of the authority's certificate."""
    tried_at: Mapped[datetime | None]
    """When a token was last asked for in vain."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """Why in vain, in English, for administrators."""


class EventCheck(Base):
    """A check of the whole log, asked for or on schedule; the newest is shown to auditors."""

    __tablename__ = "event_checks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(60))
    """Username, or ``system``."""
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    is_sound: Mapped[bool | None]
    report: Mapped[str] = mapped_column(Text, default="")
    """JSON; empty until it has ended."""
