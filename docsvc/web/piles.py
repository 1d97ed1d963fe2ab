"""The leader's pile: several documents looked at on one page, and signed with the passphrase typed once."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import and_, true
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.issue.drafting import current_rendition
from docsvc.issue.piles import MOST_DOCUMENTS, Pile, Pinned, progress, sign_pile
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records import queues
from docsvc.web import context
from docsvc.web.capacities import capacity
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.pile_seal import Shown, sealed, unsealed
from docsvc.web.signing import own_key
from docsvc.web.tries import Secret, count_try
from docsvc.web.viewing import glance

pages = Blueprint("piles", __name__)

Page = str | tuple[str, HTTPStatus] | Response


@pages.get("/to-sign/pile")
@needs(Role.LEADER)
def review() -> Page:
    """The chosen documents, or all that wait, below each other, and the field for the passphrase."""
    chosen = None if "all" in request.args else request.args.getlist("document")[:MOST_DOCUMENTS]
    with parts().database.read() as session:
        shown = tuple(Shown(one, glance(one, current_rendition(one))) for one in _waiting(session, chosen))
        if not shown:
            flash(gettext("Hãy chọn ít nhất một văn bản còn chờ bạn ký."), "error")
            return redirect(url_for("signing.queue"), code=HTTPStatus.SEE_OTHER)
        pile = tuple(Pinned(one.document.id, one.document.version) for one in shown)
        return _review(session, shown, pile)


@pages.post("/to-sign/pile")
@needs(Role.LEADER)
def begin() -> Page:
    """Sign those still ticked of what was shown: what else the form may name is no part of it."""
    ticked = set(request.form.getlist("document"))
    seen = unsealed(request.form.get("pile", ""))
    pile = tuple(one for one in seen if one.document_id in ticked)
    try:
        return _sign(pile)
    except DOMAIN_ERRORS as error:
        return _refused(seen, ticked, error)


@pages.get("/to-sign/pile/<pile>")
@needs(Role.LEADER)
def follow(pile: str) -> str:
    """How far the pile is; and, where it stopped, the field for going on."""
    return _follow(unsealed(pile))


@pages.post("/to-sign/pile/<pile>")
@needs(Role.LEADER)
def go_on(pile: str) -> Page:
    """Sign what is left of a pile."""
    seen = unsealed(pile)
    try:
        return _sign(seen)
    except DOMAIN_ERRORS as error:
        return _follow(seen, problem=told(error)), status_of(error)


@pages.post("/to-sign/pile/<pile>/stop")
@needs(Role.LEADER)
def stop(pile: str) -> Response:
    """End after the file at hand."""
    run = context.piles().of(actor().user_id)
    if run is not None and run.pile == unsealed(pile) and run.under_way:
        run.stop()
    else:
        flash(gettext("Lượt này không còn chạy ở đây nên không có gì để dừng."), "error")
    return redirect(url_for(".follow", pile=pile), code=HTTPStatus.SEE_OTHER)


def _sign(pile: Pile) -> Response:
    count_try(Secret.PASSPHRASE)
    sign_pile(parts().desk, context.piles(), pile, request.form.get("passphrase", ""), by=actor())
    return redirect(url_for(".follow", pile=sealed(pile)), code=HTTPStatus.SEE_OTHER)


def _refused(seen: Pile, ticked: set[str], error: DomainError) -> Page:
    """The page again, with the same ticks, pinned as it was first shown; if anything of it still waits."""
    with parts().database.read() as session:
        waiting = _waiting(session, [one.document_id for one in seen])
        if not waiting:
            flash(told(error), "error")
            return redirect(url_for("signing.queue"), code=HTTPStatus.SEE_OTHER)
        shown = tuple(Shown(one, glance(one, current_rendition(one)), one.id in ticked) for one in waiting)
        return _review(session, shown, seen, problem=told(error)), status_of(error)


def _review(session: Session, shown: tuple[Shown, ...], pile: Pile, *, problem: str | None = None) -> str:
    return render_template(
        "signing/pile.html",
        shown=shown,
        pile=sealed(pile),
        pages=sum(one.document.pages for one in shown),
        key=own_key(session),
        capacities_of={one.document.id: capacity(session, one.document) for one in shown},
        problem=problem,
    )


def _follow(pile: Pile, *, problem: str | None = None) -> str:
    run = context.piles().of(actor().user_id)
    with parts().database.read() as session:
        return render_template(
            "signing/pile_progress.html",
            progress=progress(session, actor(), pile, run, parts().desk.clock()),
            pile=sealed(pile),
            problem=problem,
        )


def _waiting(session: Session, chosen: list[str] | None) -> tuple[Document, ...]:
    """Those of the chosen documents that wait for this person, in the order of the list; all for ``None``."""
    among = true() if chosen is None else Document.id.in_(chosen)
    return queues.queue(session, and_(queues.to_sign(actor()), among), per_page=MOST_DOCUMENTS).documents
