"""The leader's pages: what waits for a signature, signing it, sending it back."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.people import SigningKeyFile, User
from docsvc.db.records import Document
from docsvc.errors import Forbidden
from docsvc.issue import steps
from docsvc.issue.acts import Act, look_at, open_acts
from docsvc.issue.drafting import current_rendition, send_back
from docsvc.issue.errors import NoKey
from docsvc.issue.keys import key_in_force
from docsvc.issue.mark_places import over_mark
from docsvc.issue.piles import MOST_DOCUMENTS, Work
from docsvc.issue.placing import mark_concerns
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records import queues
from docsvc.records.terms import State
from docsvc.web.capacities import capacity
from docsvc.web.context import parts, piles
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.paging import page_number
from docsvc.web.pile_seal import sealed
from docsvc.web.status import warn_of_unknown_status
from docsvc.web.tries import Secret, count_try
from docsvc.web.viewing import view
from docsvc.web.waiting import wait_texts

pages = Blueprint("signing", __name__)

PAGES_AT_ONCE = 10
"""Shown below each other; a longer document is paged through."""


@pages.get("/to-sign")
@needs(Role.LEADER)
def queue() -> str:
    """What waits for this person's signature."""
    run = piles().of(actor().user_id)
    with parts().database.read() as session:
        listing = queues.queue(session, queues.to_sign(actor()), page=page_number())
        return render_template(
            "signing/queue.html",
            listing=listing,
            most=MOST_DOCUMENTS,
            waits=wait_texts(session, listing.documents),
            under_way=sealed(run.pile) if run is not None and run.under_way and run.kind == Work.SIGN else None,
        )


@pages.get("/documents/<document_id>/sign")
@needs(Role.LEADER)
def form(document_id: str) -> str:
    """The document's pages and the field for the passphrase."""
    return _form(document_id)


@pages.post("/documents/<document_id>/sign")
@needs(Role.LEADER)
def sign(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Sign; the passphrase goes to the key and nowhere else."""
    following = _turn(document_id).after
    try:
        count_try(Secret.PASSPHRASE)
        steps.sign(
            parts().desk,
            document_id,
            request.form.get("passphrase", ""),
            by=actor(),
            otp=request.form.get("otp", "").strip(),
        )
    except DOMAIN_ERRORS as error:
        return _form(document_id, problem=told(error)), status_of(error)
    flash(gettext("Đã ký số. Văn bản đã chuyển đến văn thư để cấp số, đóng dấu."))
    warn_of_unknown_status(document_id)
    return _on_to(following)


@pages.post("/documents/<document_id>/send-back")
@needs(Role.LEADER)
def return_to_drafter(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Send the draft back with the reason."""
    reason = request.form.get("reason", "")
    following = _turn(document_id).after
    try:
        send_back(parts().desk, document_id, reason, by=actor())
    except DOMAIN_ERRORS as error:
        return _form(document_id, problem=told(error), reason=reason), status_of(error)
    flash(gettext("Đã trả lại người soạn thảo."))
    return _on_to(following)


def _turn(document_id: str) -> queues.Turn:
    with parts().database.read() as session:
        return queues.turn_to_sign(session, actor(), document_id)


def _on_to(following: str | None) -> Response:
    """The next document that waits, or the list where none does."""
    address = url_for("signing.form", document_id=following) if following else url_for("signing.queue")
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def _form(document_id: str, *, problem: str | None = None, reason: str = "") -> str:
    with parts().database.read() as session:
        document = look_at(session, actor(), document_id, State.SUBMITTED)
        acts = open_acts(actor(), document)
        if not acts:
            raise Forbidden
        turn = queues.turn_to_sign(session, actor(), document_id)
        return render_template(
            "signing/sign.html",
            document=document,
            viewed=view(document, current_rendition(document), first=page_number(), most=PAGES_AT_ONCE),
            at_once=PAGES_AT_ONCE,
            turn=turn,
            following=session.get(Document, turn.after) if turn.after else None,
            key=own_key(session),
            may_sign=Act.SIGN in acts,
            capacity=capacity(session, document),
            problem=problem,
            concerns=mark_concerns(over_mark(session, document)),
            wait=wait_texts(session, [document]).get(document.id),
            reason=reason,
        )


def own_key(session: Session) -> SigningKeyFile | None:
    """This person's key, if there is one in force."""
    user = session.get(User, actor().user_id)
    try:
        return key_in_force(session, user, parts().desk.clock()) if user else None
    except NoKey:
        return None
