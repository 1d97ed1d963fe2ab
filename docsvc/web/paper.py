"""The clerk's pages for what is not electronic: paper documents, and numbers of secret ones."""

from __future__ import annotations

import hashlib
import uuid
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.people import Unit
from docsvc.errors import Invalid
from docsvc.issue.paper import register_paper
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.registers import padded, register_secret, upcoming
from docsvc.web.context import parts
from docsvc.web.document_form import (
    Typed,
    choices,
    form_of,
    read_date,
    typed_from,
    units_registered_for,
    uploaded,
    whole_number,
)
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.templating import shown_date

pages = Blueprint("paper", __name__)


@pages.get("/paper/new")
@needs(Role.CLERK)
def new() -> str:
    """An empty form with today's date."""
    today = shown_date(parts().desk.today())
    return _form(Typed(issued_on=today, drafting_unit_id=str(min(actor().units(Role.CLERK)))))


@pages.post("/paper/new")
@needs(Role.CLERK)
def register() -> Response | tuple[str, HTTPStatus]:
    """Register it; the same form sent twice takes one number."""
    typed = typed_from(request.form)
    scan, file_name = uploaded(request.files.get("file"))
    desk = parts().desk
    try:
        with desk.database.read() as session:
            form = form_of(session, typed, desk.today())
        document_id = register_paper(
            desk,
            form,
            read_date(typed.issued_on),
            scan=scan or None,
            file_name=file_name,
            request_key=_request_key(typed, scan),
            by=actor(),
        )
    except DOMAIN_ERRORS as error:
        return _form(typed, problem=told(error)), status_of(error)
    flash(gettext("Đã đăng ký văn bản giấy vào sổ."))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


@pages.get("/secret-numbers/new")
@needs(Role.CLERK)
def new_secret() -> str:
    """Type and date only: nothing else of a secret document may be kept here."""
    return _secret_form(str(min(actor().units(Role.CLERK))), "", shown_date(parts().desk.today()))


@pages.post("/secret-numbers/new")
@needs(Role.CLERK)
def take_secret() -> Response | tuple[str, HTTPStatus]:
    """Take the next number of the secret series, if nobody took it since the form was shown."""
    unit_id, type_key, on_text = (request.form.get(name, "") for name in ("unit_id", "type_key", "issued_on"))
    try:
        with parts().database.write() as session:
            unit = session.get(Unit, whole_number(unit_id, gettext("Đơn vị")))
            if unit is None:
                raise Invalid
            number = register_secret(
                session, unit, type_key=type_key, on=read_date(on_text), by=actor(), after=_number_shown(unit.id)
            )
    except DOMAIN_ERRORS as error:
        return _secret_form(unit_id, type_key, on_text, problem=told(error)), status_of(error)
    flash(gettext("Đã ghi nhận số mật %(number)s.", number=padded(number.number)))
    return redirect(url_for("registers.overview"), code=HTTPStatus.SEE_OTHER)


def _form(typed: Typed, *, problem: str | None = None) -> str:
    with parts().database.read() as session:
        offered = choices(session, units_registered_for(session, actor()), parts().desk.today())
    key = request.form.get("request_key") or uuid.uuid4().hex
    return render_template("paper/form.html", typed=typed, choices=offered, problem=problem, request_key=key)


def _secret_form(unit_id: str, type_key: str, on_text: str, *, problem: str | None = None) -> str:
    today = parts().desk.today()
    with parts().database.read() as session:
        units = [unit for id_ in sorted(actor().units(Role.CLERK)) if (unit := session.get(Unit, id_)) and unit.issues]
        used = {unit.id: upcoming(session, unit, type_key, today.year, secret=True).number - 1 for unit in units}
        offered = choices(session, (), today)
        return render_template(
            "paper/secret.html",
            units=[(unit.id, unit.name) for unit in units],
            used=used,
            types=offered.types,
            unit_id=unit_id,
            type_key=type_key,
            on_text=on_text,
            year=today.year,
            problem=problem,
        )


def _number_shown(unit_id: int) -> int | None:
    """The last number that the form showed for the unit; the same form sent twice does not match it again."""
    text = request.form.get(f"after_{unit_id}", "")
    return whole_number(text, gettext("Số")) if text else None


def _request_key(typed: Typed, scan: bytes) -> str:
    """One key for one form with one content: going back and changing a field makes another document."""
    key = request.form.get("request_key", "")
    if not key:
        return ""
    return hashlib.sha256("\x1f".join((key, repr(typed), hashlib.sha256(scan).hexdigest())).encode()).hexdigest()
