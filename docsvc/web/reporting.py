"""Pages about reports of verifications: a document's own, and coming to a report's verdict again."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request

from docsvc import audit
from docsvc.errors import Invalid
from docsvc.issue.reporting import again_from
from docsvc.pace import TooOften
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records.handling import fetch_file
from docsvc.web.checking import checks
from docsvc.web.context import parts
from docsvc.web.document_form import uploaded
from docsvc.web.files import file_name
from docsvc.web.guard import actor, public
from docsvc.web.i18n import N_, gettext, told
from docsvc.web.report_files import plain_name, report_file, report_form
from signing.reports.verification import Rerun
from signing.verify import FileReport, verify

pages = Blueprint("reports", __name__)

PLACES = {
    "verdict": N_("Kết luận chung"),
    "signatures": N_("Chữ ký %(number)s"),
    "document_timestamps": N_("Dấu thời gian %(number)s"),
    "notes": N_("Lưu ý %(number)s"),
}
"""Parts of a verdict, as the lines of :class:`signing.reports.Difference` begin."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the verdict that is not what it was."""

    place: str
    detail: str
    """What it is called in the JSON report."""
    then: str
    now: str


@pages.get("/kiem-tra/lai")
@public
def form() -> str:
    """Ask for a file and a report about it."""
    return _page()


@pages.post("/kiem-tra/lai")
@public
def again() -> Response | str:
    """Come to the report's verdict again; nothing of either file is kept."""
    try:
        checks().pace.take(request.remote_addr or "")
        content, name = uploaded(request.files.get("file"))
        report, _ = uploaded(request.files.get("report"))
        if not content or not report:
            raise Invalid(
                "Hãy chọn cả tệp và báo cáo kiểm tra của tệp đó.", "Choose both the file and the report about it."
            )
        with checks().places.one():
            rerun = again_from(parts().desk, content, report, plain_name(name))
            signed = _signature_of(report)
    except DOMAIN_ERRORS as error:
        return _refused(error)
    return _page(rerun=rerun, signed=signed)


@pages.get("/documents/<document_id>/files/<int:rendition_id>/verification.<form>")
def of_file(document_id: str, rendition_id: int, form: str) -> Response:
    """The report about a file of a document, for whoever may read the file."""
    with parts().database.read() as session:
        document, rendition = fetch_file(session, actor(), document_id, rendition_id)
        name = file_name(document, rendition)
    asked = report_form(form)
    with checks().places.one():
        answer = report_file(parts().store.get(rendition.sha256), name, asked)
    with parts().database.write() as session:
        audit.append(
            session,
            actor=actor().username,
            act="verification-reported",
            object_kind="document",
            object_id=document_id,
            sha256=rendition.sha256,
            form=str(asked),
        )
    return answer


def _signature_of(report: bytes) -> FileReport | None:
    """What a PDF report's own signature is worth; ``None`` for JSON."""
    if not report[:1024].lstrip().startswith(b"%PDF-"):
        return None
    return verify(report, trust=parts().desk.trust, limits=parts().desk.limits)


def _lines(rerun: Rerun) -> list[Line]:
    found = []
    for one in rerun.differences:
        part, _, rest = one.line.partition(".")
        number, _, detail = rest.partition(".") if part in PLACES and part != "verdict" else ("", "", rest)
        found.append(Line(gettext(PLACES.get(part, part), number=number), detail or part, one.then, one.now))
    return found


def _refused(error: DomainError) -> Response:
    response = make_response(_page(problem=told(error)), status_of(error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _page(*, rerun: Rerun | None = None, signed: FileReport | None = None, problem: str | None = None) -> str:
    lines = _lines(rerun) if rerun else []
    return render_template("checking/again.html", rerun=rerun, lines=lines, signed=signed, problem=problem)
