"""The clerk's pile: several signed documents numbered, sealed and published with the passphrase typed once."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import and_
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.issue.drafting import current_rendition
from docsvc.issue.piles import MOST_DOCUMENTS, Pile, Pinned, Work, issue_pile, progress
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records import queues
from docsvc.web import context
from docsvc.web.context import parts
from docsvc.web.document_form import read_date
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.issuing import unit_key
from docsvc.web.pile_seal import Shown, sealed_for_issue, unsealed_for_issue
from docsvc.web.templating import shown_date
from docsvc.web.tries import Secret, count_try
from docsvc.web.viewing import glance

pages = Blueprint("piles", __name__)

Page = str | tuple[str, HTTPStatus] | Response


@pages.get("/to-issue/pile")
@needs(Role.CLERK)
def review() -> Page:
    """The chosen documents below each other, with the date and the field for the passphrase."""
    chosen = request.args.getlist("document")[:MOST_DOCUMENTS]
    with parts().database.read() as session:
        waiting = _waiting(session, chosen)
        if len({one.unit_id for one in waiting}) != 1:
            flash(gettext("Hãy chọn văn bản còn chờ cấp số, của cùng một cơ quan."), "error")
            return redirect(url_for("issuing.queue"), code=HTTPStatus.SEE_OTHER)
        shown = tuple(Shown(one, glance(one, current_rendition(one))) for one in waiting)
        pile = tuple(Pinned(one.id, one.version) for one in waiting)
        return _review(session, shown, pile, shown_date(parts().desk.today()))


@pages.post("/to-issue/pile")
@needs(Role.CLERK)
def begin() -> Page:
    """Number, seal and publish those still ticked of what was shown."""
    ticked = set(request.form.getlist("document"))
    on_text = request.form.get("issued_on", "")
    seen, _ = unsealed_for_issue(request.form.get("pile", ""))
    try:
        return _issue(tuple(one for one in seen if one.document_id in ticked), read_date(on_text))
    except DOMAIN_ERRORS as error:
        return _refused(seen, ticked, on_text, error)


@pages.get("/to-issue/pile/<pile>")
@needs(Role.CLERK)
def follow(pile: str) -> str:
    """How far the pile is; and, where it stopped, the field for going on."""
    return _follow(pile)


@pages.post("/to-issue/pile/<pile>")
@needs(Role.CLERK)
def go_on(pile: str) -> Page:
    """Issue what is left of a pile, with the date it was begun with."""
    seen, on = unsealed_for_issue(pile)
    try:
        return _issue(seen, on)
    except DOMAIN_ERRORS as error:
        return _follow(pile, problem=told(error)), status_of(error)


@pages.post("/to-issue/pile/<pile>/stop")
@needs(Role.CLERK)
def stop(pile: str) -> Response:
    """End after the file at hand."""
    run = context.piles().of(actor().user_id)
    if run is not None and run.pile == unsealed_for_issue(pile)[0] and run.under_way:
        run.stop()
    else:
        flash(gettext("Lượt này không còn chạy ở đây nên không có gì để dừng."), "error")
    return redirect(url_for(".follow", pile=pile), code=HTTPStatus.SEE_OTHER)


def _issue(pile: Pile, on: date) -> Response:
    count_try(Secret.PASSPHRASE)
    issue_pile(parts().desk, context.piles(), pile, on, request.form.get("passphrase", ""), by=actor())
    return redirect(url_for(".follow", pile=sealed_for_issue(pile, on)), code=HTTPStatus.SEE_OTHER)


def _refused(seen: Pile, ticked: set[str], on_text: str, error: DomainError) -> Page:
    """The page again, with the same ticks and date; none of it waits any more where somebody else was faster."""
    with parts().database.read() as session:
        waiting = _waiting(session, [one.document_id for one in seen])
        if not waiting:
            flash(told(error), "error")
            return redirect(url_for("issuing.queue"), code=HTTPStatus.SEE_OTHER)
        shown = tuple(Shown(one, glance(one, current_rendition(one)), one.id in ticked) for one in waiting)
        return _review(session, shown, seen, on_text, problem=told(error)), status_of(error)


def _review(session: Session, shown: tuple[Shown, ...], pile: Pile, on_text: str, *, problem: str | None = None) -> str:
    return render_template(
        "issuing/pile.html",
        shown=shown,
        pile=sealed_for_issue(pile, parts().desk.today()),
        on_text=on_text,
        key=unit_key(session, shown[0].document),
        problem=problem,
    )


def _follow(pile: str, *, problem: str | None = None) -> str:
    seen, _ = unsealed_for_issue(pile)
    run = context.piles().of(actor().user_id)
    with parts().database.read() as session:
        return render_template(
            "issuing/pile_progress.html",
            progress=progress(session, actor(), seen, run, parts().desk.clock(), Work.ISSUE),
            pile=pile,
            problem=problem,
        )


def _waiting(session: Session, chosen: list[str]) -> tuple[Document, ...]:
    """Those of the chosen documents that wait for this clerk, in the order of the list."""
    among = and_(queues.to_issue(actor()), Document.id.in_(chosen))
    return queues.queue(session, among, per_page=MOST_DOCUMENTS).documents
