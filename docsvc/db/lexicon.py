"""Table of the words that public documents use, for spelling suggestions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from docsvc.db.base import Base, BigId


class LexiconWord(Base):
    """One word in exact form. Only public documents lend words: a suggestion tells nobody what others hold."""

    __tablename__ = "lexicon_words"
    __table_args__ = (Index(None, "folded", "documents"),)

    word: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[str] = mapped_column(String(64))
    documents: Mapped[int]
    """In how many abstracts and names it stands."""


class LexiconState(Base):
    """When the words were last counted; one row at most."""

    __tablename__ = "lexicon_state"

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    counted_at: Mapped[datetime]
    documents: Mapped[int]
    """Public documents that were counted."""
