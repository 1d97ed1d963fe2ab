"""Table of authorities to sign: who may sign in whose place, for what and until when (NĐ 30, art. 13)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId
from docsvc.db.people import Unit, User


class Delegation(Base):
    """Authority of one person to sign a unit's documents in another's place; never changed, only ended."""

    __tablename__ = "delegations"
    __table_args__ = (Index(None, "unit_id", "user_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """The unit that issues the documents."""
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    """Who may sign."""
    authority: Mapped[str] = mapped_column(String(10))
    """TM., Q., KT., TL. or TUQ."""
    giver_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """In whose place; unknown where the head does not sign in here."""
    giver_position: Mapped[str] = mapped_column(String(100))
    """That person's position, as of the day it was given."""
    type_keys: Mapped[str] = mapped_column(String(200), default="")
    """Document types, separated by spaces; empty means all."""
    basis: Mapped[str] = mapped_column(String(300), default="")
    """The document that gives the authority, or the working rules that do."""
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    """Last day; ``None`` means until it is ended."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(60))
    """User name."""
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(300), default="")

    unit: Mapped[Unit] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])
    giver: Mapped[User | None] = relationship(foreign_keys=[giver_id])
