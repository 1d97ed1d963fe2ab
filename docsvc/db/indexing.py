"""Table of how the search index was built anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class IndexBuild(Base):
    """One building of the search index beside the one that answers; one that was killed is gone on with."""

    __tablename__ = "index_builds"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    """When somebody was last at work on it."""
    holder: Mapped[str] = mapped_column(String(200), default="")
    """Machine, process and a word of its own of who is at work on it; empty if nobody is."""
    phase: Mapped[str] = mapped_column(String(10), default="building")
    """``building``; or ``switching``: from then on the new index may answer already."""
    last_id: Mapped[str] = mapped_column(String(32), default="")
    """All documents up to this one are in the new index."""
    done: Mapped[int] = mapped_column(default=0)
    due: Mapped[int] = mapped_column(default=0)
    """Documents registered when it began."""
    problem: Mapped[str] = mapped_column(Text, default="")
    """What stopped it last; it is tried again."""
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(String(10), default="")
    """``done`` or ``given-up``; empty until it has ended."""
