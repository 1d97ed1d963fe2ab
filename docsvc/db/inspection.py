"""Tables of audits of the archive: runs, what was found of every file, alarms."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId


class AuditRun(Base):
    """One audit of stored files; one that was killed is gone on with from what is not checked yet."""

    __tablename__ = "audit_runs"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    origin: Mapped[str] = mapped_column(String(12))
    """``person``, ``command`` or ``schedule``."""
    started_by: Mapped[str] = mapped_column(String(60))
    """Username, or ``system``."""
    state: Mapped[str] = mapped_column(String(10), index=True)
    """``waiting``, ``running``, ``stopped`` or ``done``."""
    scope: Mapped[str] = mapped_column(String(10))
    """``issued``, ``records`` or ``all``: see :class:`docsvc.inspection.choice.Scope`."""
    unit_ids: Mapped[str] = mapped_column(Text, default="")
    """Roots of the units audited, separated by spaces; empty means everything."""
    type_keys: Mapped[str] = mapped_column(String(200), default="")
    """Document types, separated by spaces; empty means all."""
    issued_from: Mapped[date | None]
    issued_to: Mapped[date | None]
    created_at: Mapped[datetime]
    planned_at: Mapped[datetime | None]
    """When its files were written down; from then on exactly these are checked."""
    moved_at: Mapped[datetime]
    """When it was last at work."""
    ended_at: Mapped[datetime | None]
    """When it was done or stopped."""
    holder: Mapped[str] = mapped_column(String(200), default="")
    """Machine, process and its name for itself, while at work."""
    stop_asked: Mapped[bool] = mapped_column(default=False)
    total: Mapped[int] = mapped_column(default=0)
    """Files to check."""
    handled: Mapped[int] = mapped_column(default=0)
    """Files checked."""
    findings: Mapped[int] = mapped_column(default=0)
    """Files with something wrong, and objects left over."""
    problem: Mapped[str] = mapped_column(String(60), default="")
    """Code of the error that interrupted it."""


class AuditResult(Base):
    """One file of a run: written down when the run is planned, filled in when it was checked.

    It names rows of other tables without holding on to them: it stays true when those are gone.
    """

    __tablename__ = "audit_results"
    __table_args__ = (
        UniqueConstraint("run_id", "rendition_id"),
        Index(None, "run_id", "cause", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("audit_runs.id"))
    rendition_id: Mapped[int | None] = mapped_column(BigId, index=True)
    """``None`` for an object that no record names."""
    document_id: Mapped[str | None] = mapped_column(String(32), index=True)
    role: Mapped[str] = mapped_column(String(12), default="")
    sha256: Mapped[str] = mapped_column(String(64))
    """As the database has it."""
    stored: Mapped[str] = mapped_column(String(10), default="")
    """``matched``, ``altered``, ``missing`` or ``extra``: the object beside its record."""
    verdict: Mapped[str] = mapped_column(String(20), default="")
    """On the file's signatures; empty where none were to be looked at."""
    cause: Mapped[str] = mapped_column(String(60), default="")
    """What was found, as a code; empty until it is checked."""
    detail_vi: Mapped[str] = mapped_column(Text, default="")
    """One sentence."""
    detail_en: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None]

    run: Mapped[AuditRun] = relationship()


class AuditAlarm(Base):
    """A finding that somebody must look at; shown until it is acknowledged with a note."""

    __tablename__ = "audit_alarms"
    __table_args__ = (Index(None, "acknowledged_at", "unit_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("audit_runs.id"))
    rendition_id: Mapped[int] = mapped_column(BigId, index=True)
    document_id: Mapped[str] = mapped_column(String(32))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """Whose document it is."""
    sha256: Mapped[str] = mapped_column(String(64))
    cause: Mapped[str] = mapped_column(String(60))
    detail_vi: Mapped[str] = mapped_column(Text, default="")
    detail_en: Mapped[str] = mapped_column(Text, default="")
    raised_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(Text, default="")
