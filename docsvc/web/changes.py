"""What became of a stored file after each of its signatures, and what was signed beside what is there today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from docsvc.db.records import Document, Rendition
from docsvc.errors import NotFound
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.handling import fetch_file, note_download
from docsvc.web.comparisons import Comparisons
from docsvc.web.context import EXTENSION, parts
from docsvc.web.files import ASK_EVERY_TIME, PDF, attachment, file_name
from docsvc.web.guard import actor
from docsvc.web.i18n import told
from docsvc.web.paging import page_address, page_number
from signing.revisions import Compared, Sheet

pages = Blueprint("changes", __name__)
COMPARISONS = "docsvc.comparisons"
_FILE = "/documents/<document_id>/files/<int:rendition_id>"


@dataclass(frozen=True, slots=True)
class Shown:
    """A sheet with the addresses of its pictures."""

    sheet: Sheet
    then: str | None
    now: str | None
    places: int
    """That differ."""


@pages.record
def prepare(state: BlueprintSetupState) -> None:
    """Give each application its own."""
    state.app.extensions[COMPARISONS] = Comparisons(state.app.extensions[EXTENSION].desk)


def _comparisons() -> Comparisons:
    return cast("Comparisons", current_app.extensions[COMPARISONS])


@pages.get(f"{_FILE}/changes")
def overview(document_id: str, rendition_id: int) -> str:
    """Each signature with all that came after it, page by page."""
    with parts().database.read() as session:
        document, rendition = fetch_file(session, actor(), document_id, rendition_id)
        report = _comparisons().report(rendition.sha256)
        return render_template("changes/overview.html", document=document, rendition=rendition, report=report)


@pages.get(f"{_FILE}/signatures/<int:number>/signed.pdf")
def signed(document_id: str, rendition_id: int, number: int) -> Response:
    """The bytes that a signature covers, as a file to keep."""
    document, rendition = _file(document_id, rendition_id)
    content = _comparisons().revision(rendition.sha256, number)
    with parts().database.write() as session:
        note_download(session, actor(), document, rendition)
    response = Response(content, mimetype=PDF)
    name = file_name(document, rendition).removesuffix(".pdf")
    response.headers["Content-Disposition"] = attachment(f"{name} (ban duoc ky {number}).pdf")
    response.headers["Cache-Control"] = ASK_EVERY_TIME
    return response


@pages.get(f"{_FILE}/signatures/<int:number>/compare")
def beside(document_id: str, rendition_id: int, number: int) -> str | Response:
    """A page as it was signed, and as it is now."""
    with parts().database.read() as session:
        document, rendition = fetch_file(session, actor(), document_id, rendition_id)
        shown, total, place, problem, status = None, 0, page_number(), None, 200
        try:
            both = _comparisons().beside(rendition.sha256, number)
            total = len(both.sheets)
            place = min(place, max(total, 1))
            drawn = _comparisons().drawn(rendition.sha256, number, place)
            shown = Shown(both.sheets[place - 1], *_addresses(document, rendition, number, place, drawn), drawn.places)
        except NotFound:
            raise
        except DOMAIN_ERRORS as error:
            problem, status = told(error), status_of(error)
        page = render_template(
            "changes/beside.html",
            document=document,
            rendition=rendition,
            number=number,
            shown=shown,
            place=place,
            total=total,
            problem=problem,
            page_address=page_address,
        )
        return make_response(page, status)


@pages.get(f"{_FILE}/signatures/<int:number>/compare/<int:place>-<side>.png")
def picture(document_id: str, rendition_id: int, number: int, place: int, side: str) -> Response:
    """One of the two pictures."""
    _, rendition = _file(document_id, rendition_id)
    if side not in ("then", "now"):
        raise NotFound
    tag = f"{rendition.sha256}-{number}-{place}-{side}"
    if request.if_none_match.contains(tag):
        response = make_response(b"", 304)
    else:
        drawn = _comparisons().drawn(rendition.sha256, number, place)
        png = drawn.then_png if side == "then" else drawn.now_png
        if png is None:
            raise NotFound
        response = Response(png, mimetype="image/png")
    response.set_etag(tag)
    response.headers["Cache-Control"] = ASK_EVERY_TIME
    return response


def _file(document_id: str, rendition_id: int) -> tuple[Document, Rendition]:
    with parts().database.read() as session:
        return fetch_file(session, actor(), document_id, rendition_id)


def _addresses(
    document: Document, rendition: Rendition, number: int, place: int, drawn: Compared
) -> tuple[str | None, str | None]:
    def address(side: str) -> str:
        return url_for(
            "changes.picture",
            document_id=document.id,
            rendition_id=rendition.id,
            number=number,
            place=place,
            side=side,
        )

    return (address("then") if drawn.then_png else None), (address("now") if drawn.now_png else None)
