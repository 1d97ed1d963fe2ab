"""The clerk's pages: what waits for number and seal, and issuing it."""

from __future__ import annotations

from datetime import date
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Document
from docsvc.errors import Forbidden
from docsvc.issue import steps
from docsvc.issue.acts import Act, look_at, open_acts
from docsvc.issue.drafting import current_rendition
from docsvc.issue.errors import NoKey
from docsvc.issue.keys import key_in_force
from docsvc.issue.piles import Work
from docsvc.issue.waits import lowered
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records import queues
from docsvc.records.registers import reference_of, upcoming
from docsvc.records.terms import State
from docsvc.web.context import parts, piles
from docsvc.web.document_form import read_date
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.paging import page_number
from docsvc.web.pile_seal import sealed_for_issue
from docsvc.web.status import warn_of_unknown_status
from docsvc.web.templating import shown_date
from docsvc.web.tries import Secret, count_try
from docsvc.web.viewing import view
from docsvc.web.waiting import wait_text, wait_texts

pages = Blueprint("issuing", __name__)


@pages.get("/to-issue")
@needs(Role.CLERK)
def queue() -> str:
    """Signed documents of the clerk's units that are not out yet."""
    with parts().database.read() as session:
        listing = queues.queue(session, queues.to_issue(actor()), page=page_number())
        texts = wait_texts(session, listing.documents)
        return render_template(
            "issuing/queue.html",
            listing=listing,
            under_way=_under_way(),
            waits=texts,
            lowered=[(document, wait_text(wait)) for document, wait in lowered(session, actor())],
        )


@pages.get("/documents/<document_id>/issue")
@needs(Role.CLERK)
def form(document_id: str) -> str:
    """Date, next number and the field for the organisation key's passphrase."""
    return _form(document_id, shown_date(parts().desk.today()))


@pages.post("/documents/<document_id>/issue")
@needs(Role.CLERK)
def issue(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Number, seal and publish, going on from wherever an earlier try stopped."""
    on_text = request.form.get("issued_on", "")
    try:
        on = _date(document_id, on_text)
        count_try(Secret.PASSPHRASE)
        reference = steps.issue(
            parts().desk,
            document_id,
            on,
            request.form.get("passphrase", ""),
            by=actor(),
            otp=request.form.get("otp", "").strip(),
        )
    except DOMAIN_ERRORS as error:
        return _form(document_id, on_text, problem=told(error)), status_of(error)
    flash(gettext("Đã phát hành văn bản %(reference)s.", reference=reference))
    warn_of_unknown_status(document_id)
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


def _under_way() -> str | None:
    """The clerk's pile that this process works on."""
    run = piles().of(actor().user_id)
    if run is None or not run.under_way or run.kind != Work.ISSUE or run.on is None:
        return None
    return sealed_for_issue(run.pile, run.on)


def _date(document_id: str, text: str) -> date:
    """The date typed, or the one it has since an earlier try."""
    with parts().database.read() as session:
        document = _waiting(session, document_id)
        return document.issued_on or read_date(text)


def _form(document_id: str, on_text: str, *, problem: str | None = None) -> str:
    desk = parts().desk
    with desk.database.read() as session:
        document = _waiting(session, document_id)
        following = upcoming(session, document.unit, document.type_key, desk.today().year)
        return render_template(
            "issuing/issue.html",
            document=document,
            viewed=view(document, current_rendition(document), first=page_number()),
            reference=document.reference or reference_of(following.number, document.symbol),
            last_on=following.last_on,
            on_text=on_text,
            key=unit_key(session, document),
            problem=problem,
            wait=wait_texts(session, [document]).get(document.id),
        )


def _waiting(session: Session, document_id: str) -> Document:
    document = look_at(session, actor(), document_id, State.SIGNED, State.NUMBERED, State.SEALED)
    if Act.ISSUE not in open_acts(actor(), document):
        raise Forbidden
    return document


def unit_key(session: Session, document: Document) -> SigningKeyFile | None:
    """The key of the document's organisation, if there is one in force."""
    try:
        return key_in_force(session, document.unit, parts().desk.clock())
    except NoKey:
        return None
