"""The clerk's pages for copies: sao y, trích sao, sao lục."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.issue import copying
from docsvc.issue.copying import CopyRequest, OutsideSource
from docsvc.issue.errors import NotCopyable
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.reading import fetch
from docsvc.records.terms import Medium
from docsvc.web.context import parts
from docsvc.web.document_form import Typed, choices, form_of, read_date, typed_from, uploaded
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, told

pages = Blueprint("copies", __name__)

FORMS = {
    copying.SAO_Y: (N_("Sao y"), N_("toàn bộ văn bản, từ bản gốc hoặc bản chính")),
    copying.TRICH_SAO: (N_("Trích sao"), N_("một số trang, từ bản gốc hoặc bản chính")),
    copying.SAO_LUC: (N_("Sao lục"), N_("toàn bộ văn bản, từ bản sao y")),
}


@dataclass(frozen=True, slots=True)
class _Fields:
    """What only this form has, as typed."""

    pages: str = ""
    reference: str = ""
    agency: str = ""
    issued_on: str = ""


@pages.get("/documents/<document_id>/copies/new")
@needs(Role.CLERK)
def new(document_id: str) -> str:
    """The form for a copy of a document here."""
    return _form(document_id, Typed(), _Fields())


@pages.post("/documents/<document_id>/copies/new")
@needs(Role.CLERK)
def make(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Make the copy; numbering and signing it is the next page."""
    return _made(document_id)


@pages.get("/copies/new")
@needs(Role.CLERK)
def new_from_outside() -> str:
    """The form for a copy of an uploaded file."""
    return _form(None, Typed(), _Fields())


@pages.post("/copies/new")
@needs(Role.CLERK)
def make_from_outside() -> Response | tuple[str, HTTPStatus]:
    """Make the copy of an uploaded file."""
    return _made(None)


@pages.post("/documents/<document_id>/copies/discard")
@needs(Role.CLERK)
def discard(document_id: str) -> Response:
    """Throw a copy away that has no number yet."""
    try:
        copying.discard_copy(parts().desk, document_id, by=actor())
    except DOMAIN_ERRORS as error:
        flash(told(error), "error")
        return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)
    flash(gettext("Đã hủy bản sao."))
    return redirect(url_for("issuing.queue"), code=HTTPStatus.SEE_OTHER)


def _made(document_id: str | None) -> Response | tuple[str, HTTPStatus]:
    typed = typed_from(request.form)
    own = _Fields(**{name: request.form.get(name, "") for name in ("pages", "reference", "agency", "issued_on")})
    content, file_name = uploaded(request.files.get("file"))
    desk = parts().desk
    try:
        with desk.database.read() as session:
            facts = form_of(session, typed, desk.today())
        asked = CopyRequest(
            form=typed.type_key,
            unit_id=facts.drafting_unit_id,
            signatory_id=facts.signatory_id or 0,
            authority=facts.authority,
            pages=own.pages,
            recipients=facts.recipients,
            access=facts.access,
            copies=facts.copies,
            check_mark=facts.check_mark,
        )
        outside = OutsideSource(
            content=content,
            file_name=file_name,
            reference=own.reference,
            agency=own.agency,
            abstract=typed.abstract,
            issued_on=read_date(own.issued_on) if own.issued_on.strip() else None,
        )
        made = copying.make_copy(
            desk, asked, document_id or outside, by=actor(), request_key=_request_key(typed, own, content)
        )
    except DOMAIN_ERRORS as error:
        return _form(document_id, typed, own, problem=told(error)), status_of(error)
    flash(gettext("Đã lập bản sao. Hãy xem lại các trang, rồi cấp số và ký số."))
    return redirect(url_for("issuing.form", document_id=made), code=HTTPStatus.SEE_OTHER)


def _form(document_id: str | None, typed: Typed, own: _Fields, *, problem: str | None = None) -> str:
    with parts().database.read() as session:
        source = fetch(session, actor(), document_id) if document_id else None
        forms = copying.forms_for(source) if source else tuple(FORMS)
        if not forms:
            raise NotCopyable
        return render_template(
            "copies/form.html",
            source=source,
            typed=typed,
            own=own,
            forms=[(key, gettext(FORMS[key][0]), gettext(FORMS[key][1])) for key in forms],
            form=typed.type_key if typed.type_key in forms else forms[0],
            access=typed.access if problem else source.access if source else typed.access,
            choices=choices(session, _units(session), parts().desk.today()),
            electronic=_is_electronic_original(source),
            problem=problem,
            marks=bool(parts().desk.check_address),
            request_key=request.form.get("request_key") or uuid.uuid4().hex,
        )


def _is_electronic_original(source: Document | None) -> bool:
    """Of such a one the decree knows no electronic sao y: the original itself can be sent (NĐ 30, art. 25.1)."""
    return source is not None and source.medium == Medium.ELECTRONIC and source.copied_from is None


def _units(session: Session) -> list[Unit]:
    return [unit for id_ in sorted(actor().units(Role.CLERK)) if (unit := session.get(Unit, id_)) and unit.issues]


def _request_key(typed: Typed, own: _Fields, content: bytes) -> str:
    """One key for one form with one content: going back and changing a field makes another copy."""
    key = request.form.get("request_key", "")
    if not key:
        return ""
    whole = "\x1f".join((key, request.path, repr(typed), repr(own), hashlib.sha256(content).hexdigest()))
    return hashlib.sha256(whole.encode()).hexdigest()
