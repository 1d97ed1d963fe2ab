"""The public page that verifies a file: who signed, when, whether it was changed, whether it lies in this archive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app, make_response, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from docsvc.errors import Invalid
from docsvc.pace import Busy, Pace, Places, TooOften
from docsvc.problems import DomainError, status_of
from docsvc.records.checking import Match, match
from docsvc.web.context import EXTENSION, parts
from docsvc.web.document_form import uploaded
from docsvc.web.guard import actor_or_none, public
from docsvc.web.i18n import told
from docsvc.web.report_files import plain_name, report_file, wanted_form
from signing.errors import SigningError
from signing.verify import FileReport

pages = Blueprint("checking", __name__)

CHECKS = "docsvc.checks"
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Checks:
    """How often and how many at once: the page is open to the whole world."""

    pace: Pace
    places: Places


@pages.record
def prepare(state: BlueprintSetupState) -> None:
    """Give each application its own limits."""
    settings = state.app.extensions[EXTENSION].settings
    state.app.extensions[CHECKS] = Checks(Pace(settings.checks_per_minute), Places(AT_ONCE))


@pages.get("/kiem-tra")
@public
def form() -> str:
    """Ask for a file."""
    return _page()


@pages.post("/kiem-tra")
@public
def check() -> Response | str:
    """Verify it; whatever the file, there is an answer, and nothing of it is kept."""
    try:
        checks().pace.take(request.remote_addr or "")
        content, name = _uploaded()
        asked = wanted_form()
        with checks().places.one():
            if asked is not None:
                return report_file(content, plain_name(name), asked, fetch=may_fetch())
            report = parts().desk.verified(content, fetch=may_fetch())
    except (Invalid, TooOften, Busy, SigningError) as error:
        return _refused(error)
    with parts().database.read() as session:
        found = match(session, report.sha256, actor_or_none())
    return _page(report=report, found=found, name=plain_name(name))


def checks() -> Checks:
    """The limits of this application."""
    return cast("Checks", current_app.extensions[CHECKS])


def may_fetch() -> bool:
    """Strangers do not send this service to other servers unless the settings say so."""
    return actor_or_none() is not None or parts().settings.verify_fetching_public


def _uploaded() -> tuple[bytes, str]:
    content, name = uploaded(request.files.get("file"))
    if not content:
        raise Invalid("Hãy chọn một tệp PDF để kiểm tra.", "Choose a PDF file to check.")
    return content, name


def _refused(error: DomainError) -> Response:
    response = make_response(_page(problem=told(error)), status_of(error))
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response


def _page(
    *, report: FileReport | None = None, found: Match | None = None, name: str = "", problem: str | None = None
) -> str:
    return render_template("checking/check.html", report=report, found=found, name=name, problem=problem)
