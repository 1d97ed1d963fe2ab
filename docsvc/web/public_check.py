"""The public pages behind the code on a document: what the register says, and whether a file is that document's."""

from __future__ import annotations

from http import HTTPStatus
from typing import cast

from flask import Blueprint, current_app, make_response, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from docsvc.errors import Invalid, NotFound
from docsvc.pace import Busy, Pace, TooOften, neighbourhood
from docsvc.problems import DomainError, status_of
from docsvc.records.checking import Match, match
from docsvc.records.public_check import Compared, PublicRecord, compare, look_up
from docsvc.web.checking import CHECKS, Checks, may_fetch
from docsvc.web.context import EXTENSION, parts
from docsvc.web.document_form import uploaded
from docsvc.web.guard import actor_or_none, public
from docsvc.web.i18n import told
from signing.verify import FileReport

pages = Blueprint("public_check", __name__)

LOOK_UPS = "docsvc.look_ups"
_LONGEST_CODE = 60


@pages.record
def prepare(state: BlueprintSetupState) -> None:
    """Give each application its own count: codes must not be tried one after the other."""
    settings = state.app.extensions[EXTENSION].settings
    state.app.extensions[LOOK_UPS] = Pace(settings.code_lookups_per_minute)


@pages.after_request
def keep_out_of_search_engines(response: Response) -> Response:
    """Whoever holds the document has the code; nobody should find codes by searching for words."""
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@pages.get("/kt")
@public
def typed() -> Response:
    """From the box into which a code, or its whole address, was typed."""
    code = request.args.get("ma", "").strip().rstrip("/").rpartition("/")[2]
    code = "".join(letter for letter in code if letter.isalnum() or letter == "-")[:_LONGEST_CODE]
    target = url_for("public_check.show", code=code) if code else url_for("checking.form")
    return redirect(target, code=HTTPStatus.SEE_OTHER)


@pages.get("/kt/<code>")
@public
def show(code: str) -> Response:
    """What the register says of a public document; the same answer for every code that leads to none."""
    try:
        return make_response(_page(_record(code)))
    except (NotFound, TooOften) as error:
        return _not_shown(error)


@pages.post("/kt/<code>")
@public
def check(code: str) -> Response:
    """Compare a file with the document; nothing of the file is kept."""
    try:
        record = _record(code)
    except (NotFound, TooOften) as error:
        return _not_shown(error)
    checks = cast("Checks", current_app.extensions[CHECKS])
    try:
        checks.pace.take(request.remote_addr or "")
        content, name = _uploaded()
        with parts().database.read() as session:
            compared = compare(session, record.document_id, content)
        with checks.places.one():
            report = parts().desk.verified(content, fetch=may_fetch())
        with parts().database.read() as session:
            found = match(session, report.sha256, actor_or_none())
    except (Invalid, TooOften, Busy) as error:
        response = make_response(_page(record, problem=told(error)), status_of(error))
        return _retrying(response, error)
    name = name.replace("\\", "/").rsplit("/", 1)[-1][-100:]
    return make_response(_page(record, compared=compared, report=report, found=found, name=name))


def _uploaded() -> tuple[bytes, str]:
    content, name = uploaded(request.files.get("file"))
    if not content:
        raise Invalid("Hãy chọn một tệp PDF để so.", "Choose a PDF file to compare.")
    return content, name


def _record(code: str) -> PublicRecord:
    """Count one look-up, then look.

    Raises:
        TooOften, NotFound
    """
    cast("Pace", current_app.extensions[LOOK_UPS]).take(neighbourhood(request.remote_addr or ""))
    with parts().database.read() as session:
        return look_up(session, code, actor_or_none(), today=parts().desk.today())


def _page(
    record: PublicRecord,
    *,
    compared: Compared | None = None,
    report: FileReport | None = None,
    found: Match | None = None,
    name: str = "",
    problem: str | None = None,
) -> str:
    return render_template(
        "public/record.html", record=record, compared=compared, report=report, found=found, name=name, problem=problem
    )


def _not_shown(error: NotFound | TooOften) -> Response:
    """Nothing of what was asked for comes back: every such answer has the same bytes."""
    problem = told(error) if isinstance(error, TooOften) else None
    return _retrying(make_response(render_template("public/unknown.html", problem=problem), status_of(error)), error)


def _retrying(response: Response, error: DomainError) -> Response:
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response
