"""What was signed, for a file that anybody drops onto the public page: nothing of it is kept, so it comes anew."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template, request

from docsvc.errors import Invalid
from docsvc.pace import TooOften
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.web.changes import Shown
from docsvc.web.checking import CHECKS, Checks
from docsvc.web.context import parts
from docsvc.web.document_form import uploaded, whole_number
from docsvc.web.files import PDF, attachment
from docsvc.web.guard import public
from docsvc.web.headers import CONTENT_POLICY
from docsvc.web.i18n import gettext, told
from signing.revisions import Revision, Sheet, compare, sheets, signed_revision
from signing.verify import FileReport, SignatureReport, verify

pages = Blueprint("comparing", __name__)

_MOST_SHEETS = 6
"""Drawn for one answer."""
_WIDTH_PX = 800
_WITH_PICTURES = CONTENT_POLICY.replace("img-src 'self'", "img-src 'self' data:")
"""The pictures come within the answer: there is no address that could give them later."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form asks for, read and verified."""

    content: bytes
    name: str
    report: FileReport
    number: int
    """Of the signature, from 1."""
    revision: Revision

    @property
    def signature(self) -> SignatureReport:
        """The one asked for."""
        return self.report.signatures[self.number - 1]


@pages.post("/kiem-tra/ban-duoc-ky")
@public
def signed() -> Response:
    """The part of the file that a signature covers, as a file to keep."""
    try:
        asked = _asked()
    except DOMAIN_ERRORS as error:
        return _refused(error)
    response = Response(asked.revision.content, mimetype=PDF)
    stem = asked.name.removesuffix(".pdf") or "van-ban"
    response.headers["Content-Disposition"] = attachment(f"{stem} (ban duoc ky {asked.number}).pdf")
    response.headers["Cache-Control"] = "no-store"
    return response


@pages.post("/kiem-tra/so-sanh")
@public
def beside() -> Response:
    """Pages as they were signed, and as they are now: those asked for, or those that changed."""
    try:
        asked = _asked()
        limits = parts().desk.limits
        both = sheets(asked.content, asked.revision, limits=limits)
        first = request.form.get("page", "").strip()
        wanted = _wanted(both, whole_number(first, gettext("Trang")) if first else None, asked.signature)
        with _checks().places.one():
            shown = [_shown(asked, both[place]) for place in wanted]
    except DOMAIN_ERRORS as error:
        return _refused(error)
    page = render_template("changes/dropped.html", asked=asked, shown=shown, total=len(both))
    response = make_response(page)
    response.headers["Content-Security-Policy"] = _WITH_PICTURES
    response.headers["Cache-Control"] = "no-store"
    return response


def _checks() -> Checks:
    return cast("Checks", current_app.extensions[CHECKS])


def _asked() -> Asked:
    _checks().pace.take(request.remote_addr or "")
    content, name = uploaded(request.files.get("file"))
    if not content:
        raise Invalid("Hãy chọn một tệp PDF để kiểm tra.", "Choose a PDF file to check.")
    number = whole_number(request.form.get("signature", "1"), gettext("Chữ ký"))
    with _checks().places.one():
        report = verify(content, trust=parts().desk.trust, limits=parts().desk.limits)
        if not 1 <= number <= len(report.signatures):
            raise Invalid("Tệp không có chữ ký này.", "The file has no such signature.")
        revision = signed_revision(content, report.signatures[number - 1], limits=parts().desk.limits)
    return Asked(content, name.replace("\\", "/").rsplit("/", 1)[-1][-100:], report, number, revision)


def _wanted(both: Sequence[Sheet], first: int | None, signature: SignatureReport) -> list[int]:
    """Places of the sheets to draw."""
    if first is not None:
        start = min(max(first, 1), len(both)) - 1
        return list(range(start, min(start + _MOST_SHEETS, len(both))))
    named = {(change.page_then, change.page) for change in signature.changes}
    now = {page for _, page in named if page is not None}
    then = {page for page, other in named if page is not None and other is None}
    changed = [place for place, sheet in enumerate(both) if sheet.now in now or sheet.then in then]
    return (changed or list(range(len(both))))[:_MOST_SHEETS]


def _shown(asked: Asked, sheet: Sheet) -> Shown:
    drawn = compare(asked.content, asked.revision, sheet, width_px=_WIDTH_PX, limits=parts().desk.limits)
    return Shown(sheet, _inline(drawn.then_png), _inline(drawn.now_png), drawn.places)


def _inline(png: bytes | None) -> str | None:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}" if png else None


def _refused(error: DomainError) -> Response:
    page = render_template("checking/check.html", report=None, found=None, name="", problem=told(error))
    response = make_response(page, status_of(error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response
