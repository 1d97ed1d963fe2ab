"""Legal effect on the pages: recording what a document does to others, and from when to when it is in force."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records.effect_keeping import may_keep, record, set_period, take_back
from docsvc.records.effect_panel import panel_of
from docsvc.records.finder import Filters, find
from docsvc.records.reading import fetch
from docsvc.records.terms import EffectKind, State
from docsvc.web import words
from docsvc.web.context import parts
from docsvc.web.document_form import read_date
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from search.errors import SearchError

pages = Blueprint("effects", __name__)

MOST_HITS = 10
LONGEST_QUERY = 200
_BY = "by-"
"""Before a kind: the other document acts on this one."""


@pages.get("/documents/<document_id>/effects")
@needs(Role.CLERK, Role.DRAFTER)
def keep(document_id: str) -> str:
    """What stands recorded, and forms to record more; with a query, the documents it finds, to choose from."""
    return _page(document_id)


@pages.post("/documents/<document_id>/effects")
@needs(Role.CLERK, Role.DRAFTER)
def add(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Record what one of the two documents does to the other."""
    form = request.form
    try:
        chosen = form.get("other", "")
        if not chosen:
            raise Invalid("Hãy chọn một văn bản trong danh sách.", "Choose one of the documents listed.")
        kind, reversed_ = _kind(form.get("kind", ""))
        acting, target = (chosen, document_id) if reversed_ else (document_id, chosen)
        with parts().database.write() as session:
            record(session, acting, target, kind, by=actor(), from_on=_day(form.get("from", "")))
    except DOMAIN_ERRORS as error:
        return _page(document_id, error), status_of(error)
    flash(gettext("Đã ghi nhận."))
    return _back(document_id)


@pages.post("/documents/<document_id>/effects/<int:effect_id>/take-back")
@needs(Role.CLERK, Role.DRAFTER)
def remove(document_id: str, effect_id: int) -> Response:
    """Take back what was recorded by mistake."""
    with parts().database.write() as session:
        take_back(session, effect_id, of=document_id, by=actor(), reason=request.form.get("reason", ""))
    flash(gettext("Đã gỡ bản ghi. Việc này được lưu trong nhật ký."))
    return _back(document_id)


@pages.post("/documents/<document_id>/in-force")
@needs(Role.CLERK, Role.DRAFTER)
def set_dates(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Record its first and last day in force."""
    form = request.form
    try:
        with parts().database.write() as session:
            set_period(session, document_id, _day(form.get("start", "")), _day(form.get("last", "")), by=actor())
    except DOMAIN_ERRORS as error:
        return _page(document_id, error), status_of(error)
    flash(gettext("Đã ghi nhận thời gian có hiệu lực."))
    return _back(document_id)


def _page(document_id: str, error: DomainError | None = None) -> str:
    asked = request.values
    text = asked.get("q", "").strip()[:LONGEST_QUERY]
    problems = [told(error)] if error else []
    hits: tuple[Document, ...] = ()
    if text:
        try:
            hits = _found(document_id, text)
        except SearchError as unanswered:
            problems.append(told(unanswered))
    with parts().database.read() as session:
        document = fetch(session, actor(), document_id)
        if not may_keep(actor(), document):
            raise Forbidden
        panel = panel_of(session, actor(), document, parts().desk.today())
        kinds = [(kind.value, gettext(words.EFFECT_DOES[kind])) for kind in EffectKind]
        if document.state == State.ISSUED:
            kinds += [(_BY + kind.value, gettext(words.EFFECT_DONE[kind])) for kind in EffectKind]
        return render_template(
            "effects/keep.html",
            document=document,
            effect=panel,
            kinds=kinds,
            kind_names=dict(kinds),
            hits=hits,
            text=text,
            typed=asked,
            problems=problems,
        )


def _found(document_id: str, text: str) -> tuple[Document, ...]:
    """Issued documents that the person may read, this one left out."""
    found = find(
        parts().database,
        parts().engine,
        actor(),
        text,
        filters=Filters(state=State.ISSUED),
        per_page=MOST_HITS + 1,
    )
    others = [result.document for result in found.results if result.document.id != document_id]
    return tuple(others[:MOST_HITS])


def _kind(text: str) -> tuple[EffectKind, bool]:
    """What is done, and whether it is done to the document whose page this is."""
    try:
        return EffectKind(text.removeprefix(_BY)), text.startswith(_BY)
    except ValueError as error:
        raise Invalid("Hãy chọn quan hệ giữa hai văn bản.", "Choose what one document does to the other.") from error


def _day(text: str) -> date | None:
    return read_date(text) if text.strip() else None


def _back(document_id: str) -> Response:
    return redirect(url_for("effects.keep", document_id=document_id), code=HTTPStatus.SEE_OTHER)
