"""A document's check code for those who handle it: shown on its page, given where it has none, printed on a sheet."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.errors import Forbidden, NotFound
from docsvc.issue.check_marking import marked_files, problems_of
from docsvc.issue.drafting import at_step
from docsvc.records.check_codes import address_of, code_of, give_code, grouped
from docsvc.records.handling import handles
from docsvc.records.reading import fetch
from docsvc.records.terms import REGISTERED, Access
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext
from signing.checkmark import QUIET, qr_modules

pages = Blueprint("check_sheets", __name__)

PROBLEMS = {
    "no-room": N_("Không in được mã QR lên một tệp của văn bản: cuối trang không còn chỗ trống."),
    "unfaithful": N_("Không in được mã QR lên một tệp của văn bản mà giữ nguyên trang."),
    "unreadable": N_("Không in được mã QR lên một tệp của văn bản: không đọc được cấu trúc tệp."),
}
"""Why the mark was left out."""


@pages.post("/documents/<document_id>/check-code")
@needs(Role.CLERK)
def give(document_id: str) -> Response:
    """Give a registered document its code, if it has none yet."""
    with parts().database.write() as session:
        document = at_step(session, actor(), document_id, *REGISTERED)
        if not actor().holds(Role.CLERK, [document.unit_id]):
            raise Forbidden
        give_code(session, document, parts().desk.clock(), by=actor().username)
    flash(gettext("Đã cấp mã kiểm tra."))
    return redirect(url_for("check_sheets.sheet", document_id=document_id), code=HTTPStatus.SEE_OTHER)


@pages.get("/documents/<document_id>/check-sheet")
def sheet(document_id: str) -> str:
    """The QR code large, with the address and what it stands for: to be printed and laid beside paper copies."""
    with parts().database.read() as session:
        document = fetch(session, actor(), document_id)
        code = code_of(session, document.id)
        if code is None or document.state not in REGISTERED:
            raise NotFound
        address = address_of(parts().settings.check_address or parts().settings.address, code)
        return render_template(
            "public/sheet.html", document=document, code=grouped(code), address=address, qr=_drawn(address)
        )


def panel(session: Session, document: Document) -> dict[str, Any]:
    """What a document's page shows of its code."""
    registered = document.state in REGISTERED
    code = code_of(session, document.id) if registered else None
    return {
        "check_code": grouped(code) if code else None,
        "may_give_code": registered and code is None and actor().holds(Role.CLERK, [document.unit_id]),
        "mark_problems": tuple(gettext(PROBLEMS[one]) for one in problems_of(session, document) if one in PROBLEMS)
        if handles(session, actor(), document)
        else (),
        "marked_files": marked_files(session, document),
        "code_is_public": document.access == Access.PUBLIC,
    }


def _drawn(address: str) -> dict[str, object]:
    """Side in modules and the path of the dark ones, for an SVG."""
    rows = qr_modules(address)
    path = "".join(
        f"M{across + QUIET} {down + QUIET}h1v1h-1z"
        for down, row in enumerate(rows)
        for across, dark in enumerate(row)
        if dark
    )
    return {"side": len(rows) + 2 * QUIET, "path": path}
