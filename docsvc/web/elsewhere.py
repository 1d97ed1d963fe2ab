"""Signing with a key that is not here: on one's own machine, or by handing in a file that another program signed."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from docsvc.accounts import Role
from docsvc.issue import elsewhere, local_signing
from docsvc.issue.acts import look_at
from docsvc.issue.begun import ORGANISATION, PERSONAL, turn
from docsvc.issue.drafting import current_rendition
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.terms import State
from docsvc.web.context import parts
from docsvc.web.document_form import read_date, uploaded
from docsvc.web.files import PDF, attachment, file_name
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.templating import shown_date

pages = Blueprint("elsewhere", __name__)

WAITING = (State.SUBMITTED, State.SIGNED, State.NUMBERED)


@pages.get("/documents/<document_id>/sign-elsewhere")
@needs(Role.LEADER, Role.CLERK)
def form(document_id: str) -> str:
    """The command for one's own machine; and the file to sign with another program, and where to hand it in."""
    return _form(document_id)


@pages.post("/documents/<document_id>/sign-elsewhere")
@needs(Role.LEADER, Role.CLERK)
def hand_out(document_id: str) -> AnyResponse | tuple[str, HTTPStatus]:
    """Lay the file out; a clerk takes the number with it."""
    on_text = request.form.get("issued_on", "")
    try:
        elsewhere.hand_out(parts().desk, document_id, read_date(on_text) if on_text else None, by=actor())
    except DOMAIN_ERRORS as error:
        return _form(document_id, on_text, problem=told(error)), status_of(error)
    return redirect(url_for("elsewhere.form", document_id=document_id) + "#file", code=HTTPStatus.SEE_OTHER)


@pages.get("/documents/<document_id>/sign-elsewhere/<signing_id>/file")
@needs(Role.LEADER, Role.CLERK)
def file(document_id: str, signing_id: str) -> Response:
    """The file that was handed out."""
    desk = parts().desk
    sha256 = local_signing.laid_out(desk, document_id, signing_id, by=actor())
    with desk.database.read() as session:
        document = look_at(session, actor(), document_id, *WAITING)
        name = file_name(document, current_rendition(document))
    response = make_response(desk.store.get(sha256))
    response.mimetype = PDF
    response.headers["Content-Disposition"] = attachment(name)
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/documents/<document_id>/sign-elsewhere/<signing_id>")
@needs(Role.LEADER, Role.CLERK)
def hand_in(document_id: str, signing_id: str) -> AnyResponse | tuple[str, HTTPStatus]:
    """Take the signed file, or say why not."""
    content, _ = uploaded(request.files.get("file"))
    try:
        elsewhere.hand_in(parts().desk, document_id, signing_id, content, by=actor())
    except DOMAIN_ERRORS as error:
        return _form(document_id, problem=told(error)), status_of(error)
    with parts().database.read() as session:
        document = look_at(session, actor(), document_id, *State)
        issued, reference = document.state == State.ISSUED, document.reference
    if issued:
        flash(gettext("Đã phát hành văn bản %(reference)s.", reference=reference))
        return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)
    flash(gettext("Đã ký số. Văn bản đã chuyển đến văn thư để cấp số, đóng dấu."))
    return redirect(url_for("signing.queue"), code=HTTPStatus.SEE_OTHER)


def _form(document_id: str, on_text: str = "", *, problem: str | None = None) -> str:
    desk = parts().desk
    with desk.database.read() as session:
        document = look_at(session, actor(), document_id, *WAITING)
        whose = turn(session, document, desk, by=actor())
        return render_template(
            "signing/elsewhere.html",
            document=document,
            key=whose.key,
            personal=whose.kind == PERSONAL,
            asks_date=whose.kind == ORGANISATION and document.state == State.SIGNED,
            on_text=on_text or shown_date(desk.today()),
            out=elsewhere.handed_out(desk, document_id, by=actor()),
            server=parts().settings.address,
            problem=problem,
        )
