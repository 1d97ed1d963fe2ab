"""Audits of the archive, alarms, and how units sign."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from docsvc.api.models.base import Asked, Id, Text, Told
from docsvc.api.models.documents import DocumentSummary
from docsvc.api.models.finding import PageNumber, PerPage
from docsvc.api.models.shares import PeriodQuery
from docsvc.db.inspection import AuditRun
from docsvc.inspection import alarms, runs
from docsvc.inspection.choice import Choice, Scope
from docsvc.inspection.standards import Standard


class AuditChoice(Asked):
    """What to audit; what is left out means everything that this person oversees."""

    unit_ids: Annotated[tuple[Id, ...], Field(max_length=500)] = Field(
        default=(), description="These units and those below them."
    )
    start: date | None = Field(default=None, alias="from", description="First day of issue.")
    end: date | None = Field(default=None, alias="to", description="Last day of issue.")
    types: Annotated[tuple[Annotated[Text, Field(max_length=10)], ...], Field(max_length=50)] = Field(
        default=(), description="Keys of document types."
    )
    files: Scope = Field(
        default=Scope.RECORDS,
        description="`issued`: the newest issued files; `records`: annexes, copies and scans too; `all`: every file.",
    )

    def choice(self) -> Choice:
        """As the use case takes it."""
        return Choice(self.unit_ids, self.start, self.end, self.types, self.files)


class AuditPath(Asked):
    """One audit."""

    audit_id: Id


class Cause(Told):
    """How many files ended alike."""

    code: str = Field(
        description="`valid`, `bytes-sound`, `object-missing`, `object-altered`, `object-extra`, "
        "`changed-after-signing`, a verdict, or a sub-indication of EN 319 102-1."
    )
    files: int
    in_order: bool


class Audit(Told):
    """One audit and how far it is."""

    id: Id
    state: str = Field(description="`waiting`, `running`, `stopped` or `done`.")
    origin: str = Field(description="`person`, `command` or `schedule`.")
    started_by: str
    files: str
    unit_ids: tuple[int, ...] = Field(description="Empty for all units.")
    types: tuple[str, ...]
    start: date | None = Field(serialization_alias="from")
    end: date | None = Field(serialization_alias="to")
    created_at: datetime
    ended_at: datetime | None
    total: int
    handled: int
    findings: int
    problem: str = Field(description="Code of the error that interrupted it; empty if none did.")

    @classmethod
    def of(cls, run: AuditRun) -> Audit:
        """As it stands now."""
        return cls(
            id=run.id,
            state=run.state,
            origin=run.origin,
            started_by=run.started_by,
            files=run.scope,
            unit_ids=tuple(map(int, run.unit_ids.split())),
            types=tuple(run.type_keys.split()),
            start=run.issued_from,
            end=run.issued_to,
            created_at=run.created_at,
            ended_at=run.ended_at,
            total=run.total,
            handled=run.handled,
            findings=run.findings,
            problem=run.problem,
        )


class AuditList(Told):
    """The newest audits that this person may see."""

    audits: tuple[Audit, ...]


class AuditWithCauses(Told):
    """One audit and what it has found so far."""

    audit: Audit
    causes: tuple[Cause, ...]


class ResultsQuery(Asked):
    """Which files of an audit."""

    cause: Annotated[Text, Field(max_length=60)] = Field(default="", description="Left out: those with a finding.")
    page: PageNumber = 1
    per_page: PerPage = 50


class AuditedFile(Told):
    """What was found of one file."""

    document: DocumentSummary | None = Field(description="Null if it is not for this person to read, or of none.")
    role: str
    sha256: str
    stored: str = Field(description="`matched`, `altered`, `missing` or `extra`.")
    verdict: str
    cause: str
    detail_vi: str
    detail_en: str
    checked_at: datetime | None

    @classmethod
    def of(cls, line: runs.Line) -> AuditedFile:
        """Details only of what this person may read."""
        result, document = line.result, line.document
        shown = document is not None or result.document_id is None
        return cls(
            document=DocumentSummary.of(document) if document is not None else None,
            role=result.role,
            sha256=result.sha256,
            stored=result.stored,
            verdict=result.verdict,
            cause=result.cause,
            detail_vi=result.detail_vi if shown else "",
            detail_en=result.detail_en if shown else "",
            checked_at=result.checked_at,
        )


class AuditedFiles(Told):
    """One page of files."""

    total: int
    page: int
    pages: int
    files: tuple[AuditedFile, ...]


class AlarmPath(Asked):
    """One alarm."""

    alarm_id: Id


class AlarmNote(Asked):
    """What was done about it."""

    note: Annotated[Text, Field(min_length=1, max_length=alarms.LONGEST_NOTE)]


class Alarm(Told):
    """A finding that waits to be acknowledged."""

    id: Id
    audit_id: Id
    unit_id: Id
    document: DocumentSummary | None = Field(description="Null if it is not for this person to read.")
    sha256: str
    cause: str
    raised_at: datetime

    @classmethod
    def of(cls, alarm: alarms.Alarm) -> Alarm:
        """As it stands now."""
        return cls(
            id=alarm.row.id,
            audit_id=alarm.row.run_id,
            unit_id=alarm.row.unit_id,
            document=DocumentSummary.of(alarm.document) if alarm.document is not None else None,
            sha256=alarm.row.sha256,
            cause=alarm.row.cause,
            raised_at=alarm.row.raised_at,
        )


class AlarmList(Told):
    """Alarms that wait, the newest first."""

    alarms: tuple[Alarm, ...]


class InspectionQuery(PeriodQuery):
    """Whose signing, for which days."""

    unit_id: Id | None = Field(default=None, description="Only this unit and those below it.")


class InspectedQuery(PeriodQuery):
    """The documents of one figure."""

    unit_id: Id
    standard: Standard
    page: PageNumber = 1
    per_page: PerPage = 50


class UnitInspection(Told):
    """How a unit signed, together with the units below it."""

    unit_id: Id
    name: str
    depth: int = Field(description="0 for the roots of the report.")
    all: int
    right: int
    late: int
    unauthorised: int
    unstamped: int
    below: int
    broken: int
    undecided: int
    unsigned: int


class InspectionReport(Told):
    """How every overseen unit signed, each before those below it."""

    start: date = Field(serialization_alias="from")
    end: date = Field(serialization_alias="to")
    units: tuple[UnitInspection, ...]
