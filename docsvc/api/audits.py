"""Audits of the archive, alarms, and how units sign; for auditors and administrators."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer
from docsvc.api.blueprint import AUDITS, PREFIX, api
from docsvc.api.context import actor, parts
from docsvc.api.models.audits import (
    Alarm,
    AlarmList,
    AlarmNote,
    AlarmPath,
    Audit,
    AuditChoice,
    AuditedFile,
    AuditedFiles,
    AuditList,
    AuditPath,
    AuditWithCauses,
    Cause,
    InspectedQuery,
    InspectionQuery,
    InspectionReport,
    ResultsQuery,
    UnitInspection,
)
from docsvc.api.models.shares import DocumentsBehind
from docsvc.errors import Forbidden
from docsvc.inspection import alarms, runs, standards
from docsvc.inspection.choice import OVERSEERS


@api.get("/audits", tags=[AUDITS], responses={200: AuditList})
def list_audits() -> Response:
    """List the newest audits."""
    with parts().database.read() as session:
        return answer(AuditList(audits=tuple(Audit.of(run) for run in runs.listed(session, actor()))))


@api.post(
    "/audits",
    tags=[AUDITS],
    responses={201: Audit},
    description="The worker carries it out; read it to see how far it is.",
)
def start_audit(body: AuditChoice) -> Response:
    """Begin an audit."""
    with parts().database.write() as session:
        audit = Audit.of(runs.start(session, parts().desk, body.choice(), by=actor()))
    return answer(audit, 201, {"Location": f"{PREFIX}/audits/{audit.id}"})


@api.get("/audits/<int:audit_id>", tags=[AUDITS], responses={200: AuditWithCauses})
def get_audit(path: AuditPath) -> Response:
    """Read how far an audit is and what it has found."""
    return _audit(path.audit_id)


@api.get(
    "/audits/<int:audit_id>/results",
    tags=[AUDITS],
    responses={200: AuditedFiles},
    description="Of documents that this person may not read, only that there is a file and how it ended.",
)
def list_audit_results(path: AuditPath, query: ResultsQuery) -> Response:
    """List the files of an audit."""
    with parts().database.read() as session:
        run = runs.seen(session, path.audit_id, actor())
        found = runs.lines(
            session,
            run,
            actor(),
            cause=query.cause,
            wrong=not query.cause,
            page=query.page,
            per_page=query.per_page,
        )
        files = tuple(AuditedFile.of(line) for line in found.lines)
    return answer(AuditedFiles(total=found.total, page=found.page, pages=found.pages, files=files))


@api.post("/audits/<int:audit_id>/stop", tags=[AUDITS], responses={200: AuditWithCauses})
def stop_audit(path: AuditPath) -> Response:
    """Stop an audit after the files at hand."""
    with parts().database.write() as session:
        runs.stop(session, parts().desk, path.audit_id, by=actor())
    return _audit(path.audit_id)


@api.post("/audits/<int:audit_id>/resume", tags=[AUDITS], responses={200: AuditWithCauses})
def resume_audit(path: AuditPath) -> Response:
    """Go on with what is left of a stopped audit."""
    with parts().database.write() as session:
        runs.resume(session, parts().desk, path.audit_id, by=actor())
    return _audit(path.audit_id)


@api.get("/audit-alarms", tags=[AUDITS], responses={200: AlarmList})
def list_audit_alarms() -> Response:
    """List the alarms that wait to be acknowledged."""
    if not actor().units(*OVERSEERS):
        raise Forbidden
    return _alarms()


@api.post("/audit-alarms/<int:alarm_id>/acknowledge", tags=[AUDITS], responses={200: AlarmList})
def acknowledge_audit_alarm(path: AlarmPath, body: AlarmNote) -> Response:
    """Say what was done about an alarm; gives those that are left."""
    with parts().database.write() as session:
        alarms.acknowledge(session, parts().desk, path.alarm_id, body.note, by=actor())
    return _alarms()


@api.get("/inspection", tags=[AUDITS], responses={200: InspectionReport})
def get_inspection(query: InspectionQuery) -> Response:
    """Count how units signed."""
    with parts().database.read() as session:
        counted = standards.standards(session, actor(), query.start, query.end, parts().desk.level, query.unit_id)
    units = tuple(
        UnitInspection(
            unit_id=row.unit_id,
            name=row.name,
            depth=row.depth,
            **{str(standard): count for standard, count in row.counts.items()},
        )
        for row in counted
    )
    return answer(InspectionReport(start=query.start, end=query.end, units=units))


@api.get(
    "/inspection/documents",
    tags=[AUDITS],
    responses={200: DocumentsBehind},
    description="The very conditions that count also list; what this person may not read is told as a number only.",
)
def list_inspected_documents(query: InspectedQuery) -> Response:
    """List the documents of one figure of the inspection."""
    with parts().database.read() as session:
        found = standards.documents_behind(
            session,
            actor(),
            unit_id=query.unit_id,
            start=query.start,
            end=query.end,
            level=parts().desk.level,
            standard=query.standard,
            page=query.page,
            per_page=query.per_page,
        )
        listed = DocumentsBehind.of(found, page=query.page, per_page=query.per_page)
    return answer(listed)


def _alarms() -> Response:
    with parts().database.read() as session:
        return answer(AlarmList(alarms=tuple(Alarm.of(one) for one in alarms.listed(session, actor()))))


def _audit(audit_id: int) -> Response:
    with parts().database.read() as session:
        run = runs.seen(session, audit_id, actor())
        causes = tuple(
            Cause(code=one.code, files=one.files, in_order=one.in_order) for one in runs.causes(session, run)
        )
        return answer(AuditWithCauses(audit=Audit.of(run), causes=causes))
