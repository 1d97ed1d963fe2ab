"""Audits of the stored files: choosing what is audited, following a run, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.document_types import document_types
from docsvc.accounts import Role
from docsvc.db.inspection import AuditRun
from docsvc.db.people import Unit
from docsvc.errors import DocsvcError, Invalid
from docsvc.inspection import alarms, runs
from docsvc.inspection.checking import IN_ORDER
from docsvc.inspection.choice import OVERSEERS, Choice, Extent, Scope, choice_of, extent, may_see, permitted
from docsvc.inspection.errors import AuditOver
from docsvc.problems import status_of
from docsvc.records.suggestions import unit_tree
from docsvc.records.units import subtree
from docsvc.web import audit_words
from docsvc.web.context import parts
from docsvc.web.document_form import read_date
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, pick, told
from docsvc.web.paging import page_number
from docsvc.web.periods import chosen_period, period_groups
from docsvc.web.unit_options import unit_options
from docsvc.web.waiting import because

pages = Blueprint("audits", __name__)

PER_PAGE = 50
LARGEST_ID = 2**63 - 1
Page = str | tuple[str, HTTPStatus] | Response


@dataclass(frozen=True, slots=True)
class Row:
    """A run as shown."""

    run: AuditRun
    covers: str
    """Units, period, types and files, in words."""
    at_work: bool
    resumable: bool


@pages.app_template_filter("cause_name")
def _cause(code: str) -> str:
    return audit_words.cause_name(code)


@pages.get("/audits")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def overview() -> Page:
    """The runs, and the choices of a new one; ``preview`` says how much it will cover."""
    if "preview" not in request.args:
        return _overview()
    try:
        return _overview(request.args, preview=True)
    except DocsvcError as error:
        return _overview(request.args, problem=told(error)), status_of(error)


@pages.post("/audits")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def start() -> Page:
    """Begin a run with these choices."""
    try:
        choice = _choice(request.form)
        with parts().database.write() as session:
            run_id = runs.start(session, parts().desk, choice, by=actor()).id
    except DocsvcError as error:
        return _overview(request.form, problem=told(error)), status_of(error)
    return redirect(url_for(".show", run_id=run_id), code=HTTPStatus.SEE_OTHER)


@pages.get("/audits/<int:run_id>")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def show(run_id: int) -> str:
    """How far a run is, and what it has found so far."""
    with parts().database.read() as session:
        run = runs.seen(session, run_id, actor())
        return render_template(
            "audits/run.html",
            row=_row(session, run),
            run=run,
            causes=runs.causes(session, run),
            everything=choice_of(run).everything,
            state=audit_words.state_name(run.state),
            origin=audit_words.origin_name(run.origin),
            problem=because(run.problem) if run.problem else "",
        )


@pages.get("/audits/<int:run_id>/results")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def results(run_id: int) -> str:
    """The files of a run that ended in one way, or that have something wrong."""
    cause = request.args.get("cause", "")[:60]
    with parts().database.read() as session:
        run = runs.seen(session, run_id, actor())
        found = runs.lines(session, run, actor(), cause=cause, wrong=not cause, page=page_number(), per_page=PER_PAGE)
        return render_template(
            "audits/results.html",
            run=run,
            cause=cause,
            title=audit_words.cause_name(cause) if cause else gettext("Tệp có vấn đề"),
            found=found,
            in_order=IN_ORDER,
            stored=audit_words.stored_name,
        )


@pages.post("/audits/<int:run_id>/stop")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def stop(run_id: int) -> Response:
    """Stop after the files at hand."""
    return _acted(run_id, runs.stop)


@pages.post("/audits/<int:run_id>/resume")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def resume(run_id: int) -> Response:
    """Go on with what is left."""
    return _acted(run_id, runs.resume)


@pages.get("/audits/alarms")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def alarm_list() -> str:
    """What waits to be acknowledged, and what was."""
    return _alarms()


@pages.post("/audits/alarms/<int:alarm_id>")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def acknowledge(alarm_id: int) -> Page:
    """Take note of an alarm."""
    note = request.form.get("note", "")
    try:
        with parts().database.write() as session:
            alarms.acknowledge(session, parts().desk, alarm_id, note, by=actor())
    except Invalid as error:
        return _alarms(problem=told(error)), status_of(error)
    flash(gettext("Đã ghi nhận cảnh báo."))
    return redirect(url_for(".alarm_list"), code=HTTPStatus.SEE_OTHER)


def _acted(run_id: int, act: Any) -> Response:
    try:
        with parts().database.write() as session:
            act(session, parts().desk, run_id, by=actor())
    except AuditOver as error:
        flash(told(error), "error")
    return redirect(url_for(".show", run_id=run_id), code=HTTPStatus.SEE_OTHER)


def _alarms(problem: str | None = None) -> str:
    with parts().database.read() as session:
        waiting = alarms.listed(session, actor())
        over = alarms.listed(session, actor(), over=True, most=50)
        known = session.scalars(select(AuditRun).where(AuditRun.id.in_({one.row.run_id for one in (*waiting, *over)})))
        return render_template(
            "audits/alarms.html",
            alarms=waiting,
            over=over,
            visible={run.id for run in known if may_see(session, run, actor())},
            longest=alarms.LONGEST_NOTE,
            problem=problem,
        )


def _overview(typed: MultiDict[str, str] | None = None, *, preview: bool = False, problem: str | None = None) -> str:
    typed = typed if typed is not None else MultiDict()
    covers: Extent | None = None
    with parts().database.read() as session:
        if preview:
            covers = extent(session, permitted(session, _choice(typed), actor()))
        overseen = session.scalars(select(Unit.id).where(Unit.id.in_(subtree(actor().units(*OVERSEERS))))).all()
        return render_template(
            "audits/overview.html",
            rows=[_row(session, run) for run in runs.listed(session, actor())],
            states=audit_words.STATES,
            units=unit_options(unit_tree(session, overseen)),
            types=[(key, pick(kind.name, kind.name_en)) for key, kind in document_types().items()],
            periods=period_groups(parts().desk.today()),
            scopes=[(key, gettext(name), gettext(hint)) for key, (name, hint) in audit_words.SCOPES.items()],
            typed=typed,
            unit_ids=typed.getlist("unit"),
            type_keys=typed.getlist("type"),
            covers=covers,
            problem=problem,
            open_alarms=alarms.count_open(session, actor()),
            every=parts().settings.audit_every_days,
            state_name=audit_words.state_name,
        )


def _choice(values: MultiDict[str, str]) -> Choice:
    """What the form says.

    Raises:
        Invalid: a date cannot be read, or a value is none of those offered.
    """
    start = end = None
    if values.get("period"):
        period = chosen_period(values, parts().desk.today())
        start, end = period.start, period.end
    else:
        first, last = values.get("from", "").strip(), values.get("to", "").strip()
        start, end = read_date(first) if first else None, read_date(last) if last else None
    scope = next((one for one in Scope if one == values.get("scope", Scope.RECORDS)), None)
    units = values.getlist("unit", type=int)
    if scope is None or any(not 0 < unit <= LARGEST_ID for unit in units):
        raise Invalid
    return Choice(tuple(dict.fromkeys(units)), start, end, tuple(dict.fromkeys(values.getlist("type"))), scope)


def _row(session: Session, run: AuditRun) -> Row:
    now = parts().desk.clock()
    return Row(run, covered(session, run), runs.at_work(run, now), runs.resumable(run, now))


def covered(session: Session, run: AuditRun) -> str:
    """What a run goes over, in words."""
    chosen = choice_of(run)
    said = [audit_words.scope_name(run.scope)]
    if chosen.unit_ids:
        names = session.scalars(select(Unit.name).where(Unit.id.in_(chosen.unit_ids)).order_by(Unit.id)).all()
        said.append(", ".join(names))
    else:
        said.append(gettext("mọi đơn vị"))
    if chosen.start or chosen.end:
        said.append(f"{chosen.start:%d/%m/%Y}" if chosen.start else "…")
        said[-1] += f" – {chosen.end:%d/%m/%Y}" if chosen.end else " – …"
    if chosen.type_keys:
        kinds = [document_types()[key] for key in chosen.type_keys if key in document_types()]
        said.append(", ".join(pick(kind.name, kind.name_en) for kind in kinds))
    return " · ".join(said)
