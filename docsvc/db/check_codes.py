"""Tables of the public check: the code of each document, and the files that its mark was drawn into."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class CheckCode(Base):
    """The random code by which anybody finds a public document in the register; never given to another."""

    __tablename__ = "check_codes"

    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(13), unique=True)
    """Its check character last, without hyphens."""
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    """Looked up by: how long a search takes tells nothing about how near a guess was."""
    given_at: Mapped[datetime]


class CheckMark(Base):
    """What came of drawing the mark into a file of a document or of its annex."""

    __tablename__ = "check_marks"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("documents.id"), index=True)
    annex_id: Mapped[int | None] = mapped_column(ForeignKey("annexes.id"), index=True)
    """``None`` for the document's own file."""
    base_sha256: Mapped[str] = mapped_column(String(64))
    """The file as it was uploaded."""
    marked_sha256: Mapped[str] = mapped_column(String(64))
    """The file with the mark; empty where it could not be drawn."""
    address: Mapped[str] = mapped_column(String(200))
    """As printed."""
    place: Mapped[str] = mapped_column(String(40))
    """Page from 0 and lower left corner in points, ``2:85.0:12.0``; empty where it could not be drawn."""
    problem: Mapped[str] = mapped_column(String(20))
    """Why it could not be drawn: ``no-room``, ``unfaithful``, ``unreadable``; empty where it was."""
    made_at: Mapped[datetime]
