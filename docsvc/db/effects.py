"""Table of what documents do to others: replace, amend, correct, repeal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId
from docsvc.db.records import Document

_LIVE = text("withdrawn_at IS NULL")


class DocumentEffect(Base):
    """One thing that a newer document does to another; it waits until the newer one is issued."""

    __tablename__ = "document_effects"
    __table_args__ = (
        # One live entry per pair and kind; those taken back stay beside it.
        Index(None, "document_id", "target_id", "kind", unique=True, sqlite_where=_LIVE, postgresql_where=_LIVE),
        Index(None, "target_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    """The newer document, which acts."""
    target_id: Mapped[str] = mapped_column(ForeignKey("documents.id"))
    """The document acted on."""
    kind: Mapped[str] = mapped_column(String(12))
    from_on: Mapped[date | None]
    """From which day; ``None``: from the day on which the newer document takes effect."""
    recorded_by: Mapped[int] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    withdrawn_at: Mapped[datetime | None]
    """When it was taken back because it had been recorded by mistake; ``None``: it stands."""

    document: Mapped[Document] = relationship(foreign_keys=[document_id])
    target: Mapped[Document] = relationship(foreign_keys=[target_id])
