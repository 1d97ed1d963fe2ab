"""Tables of what keeps signatures provable: waits for authorities, how long proofs last, runs over the archive."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class Wait(Base):
    """Why a document waits for an authority that does not answer; gone with the step that it waited for."""

    __tablename__ = "waits"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    step: Mapped[str] = mapped_column(String(10))
    """``sign``, ``seal``, or ``preserve`` for one that went on at a lower level."""
    level: Mapped[str] = mapped_column(String(10), default="")
    """What it waits to be brought to."""
    code: Mapped[str] = mapped_column(String(60), index=True)
    """Of the error."""
    server: Mapped[str] = mapped_column(String(200), default="")
    """The host that gave no usable answer; empty if it was for no server."""
    detail: Mapped[str] = mapped_column(Text, default="")
    """In English, for administrators."""
    since: Mapped[datetime]
    """When the server began to fail."""
    tried_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=1)


class Proof(Base):
    """Until when the newest timestamp over a document proves it."""

    __tablename__ = "proofs"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    certificate_until: Mapped[datetime] = mapped_column(index=True)
    """End of the authority's certificate."""
    algorithms: Mapped[str] = mapped_column(String(200), default="")
    """What the timestamp relies on, each name between spaces: when those end is a setting, and may change."""


class PreserveRun(Base):
    """One run over what is due; one that was killed never ends, and the next goes on with what is left."""

    __tablename__ = "preserve_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When it was last at work."""
    ended_at: Mapped[datetime | None]
    holder: Mapped[str] = mapped_column(String(200))
    """Machine and process at work on it, so that one that was killed is known as such at once."""
    due: Mapped[int] = mapped_column(default=0)
    """Documents that were due when it began."""
    extended: Mapped[int] = mapped_column(default=0)
    renewed: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    """Turned out to need nothing."""
    failed: Mapped[int] = mapped_column(default=0)
    stopped_by: Mapped[str] = mapped_column(String(60), default="")
    """Code of the error that ended it early: an authority that is down for one document is so for the next."""
