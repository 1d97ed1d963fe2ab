"""Reports of verifications as files to keep."""

from __future__ import annotations

from flask import Response, request

from docsvc.errors import NotFound
from docsvc.issue.reporting import ReportForm, report_of, written
from docsvc.web.context import parts
from docsvc.web.files import attachment


def wanted_form() -> ReportForm | None:
    """The form of the report that the button asks for; ``None``: no report, but the page."""
    asked = request.form.get("report", "")
    return report_form(asked) if asked else None


def report_form(text: str) -> ReportForm:
    """A form by its name.

    Raises:
        NotFound: there is no such form.
    """
    try:
        return ReportForm(text)
    except ValueError:
        raise NotFound from None


def plain_name(name: str) -> str:
    """An uploaded file's name without the folders that some browsers send with it."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][-100:]


def report_file(content: bytes, name: str, form: ReportForm, *, fetch: bool = True) -> Response:
    """Verify a file, and answer with the report.

    Raises:
        SigningError: a PDF could not be signed.
    """
    desk = parts().desk
    made = written(desk, report_of(desk, content, name, fetch=fetch), form)
    response = Response(made, mimetype=form.media_type)
    stem = name.removesuffix(".pdf").removesuffix(".PDF") or "tep"
    safe = "".join(letter if letter.isprintable() and letter not in '\\/:*?"<>|' else "_" for letter in stem)
    response.headers["Content-Disposition"] = attachment(f"Báo cáo kiểm tra - {safe}.{form}")
    response.headers["Cache-Control"] = "no-store"
    return response
