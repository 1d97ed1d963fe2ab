"""Tables of saved searches, and of the new documents that they found."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class SavedSearch(Base):
    """A search that a person keeps under a name, and may be told about."""

    __tablename__ = "saved_searches"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(100))
    asked: Mapped[str] = mapped_column(Text)
    """What was asked, as the values of the search page's address: ``q=thu+h%E1%BB%93i&type=qd``."""
    alert: Mapped[bool]
    """Whether new documents that match are told."""
    created_at: Mapped[datetime]
    checked_event_id: Mapped[int] = mapped_column(BigId)
    """Documents published up to this entry of the event log have been looked at."""


class SavedSearchHit(Base):
    """A document published since, that a saved search finds. Whether the person may read it is asked when shown."""

    __tablename__ = "saved_search_hits"
    __table_args__ = (Index(None, "search_id", "seen_at"),)

    search_id: Mapped[int] = mapped_column(ForeignKey("saved_searches.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    found_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
