"""The page on which number, date, signature and seal are moved by hand: on pictures of the pages, or by numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import places as keeping
from docsvc.issue.acts import Act, look_at, open_acts
from docsvc.issue.drafting import current_rendition
from docsvc.issue.mark_places import over_mark
from docsvc.issue.placing import POINTS_PER_MM, find_again, mark_concerns, place
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.seal_sizes import seal_mm
from docsvc.records.terms import State
from docsvc.web.context import parts, previews
from docsvc.web.document_form import whole_number
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, pick, told
from docsvc.web.viewing import some_pages
from signing.pages import PageSize
from signing.places import Box, IssuePlaces

pages = Blueprint("placing", __name__)

NAMES = {
    "number": N_("Số"),
    "day": N_("Ngày"),
    "month": N_("Tháng"),
    "year": N_("Năm"),
    "personal_signature": N_("Chữ ký"),
    "organisation_signature": N_("Con dấu"),
}
SIDES = ("left", "top", "width", "height")
_FARTHEST_MM = 100_000.0


@dataclass(frozen=True, slots=True)
class Row:
    """One place as its fields show it: page from 1, millimetres from the left and the top of the page."""

    name: str
    text: str
    page: str = ""
    left: str = ""
    top: str = ""
    width: str = ""
    height: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the place is anywhere."""
        return bool(self.left)


@pages.get("/documents/<document_id>/places")
@needs(Role.DRAFTER, Role.LEADER)
def form(document_id: str) -> str:
    """The pages with the boxes to move, and their fields."""
    return _form(document_id)


@pages.post("/documents/<document_id>/places")
@needs(Role.DRAFTER, Role.LEADER)
def keep(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Keep where the boxes are."""
    desk = parts().desk
    with desk.database.read() as session:
        document = _placeable(look_at(session, actor(), document_id, State.DRAFT, State.SUBMITTED))
        sha256, diameter, back = current_rendition(document).sha256, seal_mm(document.unit), _back(document)
    try:
        wanted = _typed(request.form, previews().sizes(sha256), diameter)
        concerns = place(desk, document_id, wanted, by=actor())
    except DOMAIN_ERRORS as error:
        return _form(document_id, typed=request.form, problem=told(error)), status_of(error)
    flash(gettext("Đã lưu vị trí số, ngày, chữ ký, dấu."))
    for concern in concerns:
        flash(pick(concern.text_vi, concern.text_en), "warn")
    return redirect(url_for(".form", document_id=document_id) if concerns else back, code=HTTPStatus.SEE_OTHER)


@pages.post("/documents/<document_id>/places/found")
@needs(Role.DRAFTER, Role.LEADER)
def reset(document_id: str) -> Response:
    """Take what is found by text again."""
    try:
        find_again(parts().desk, document_id, by=actor())
    except DOMAIN_ERRORS as error:
        flash(told(error), "error")
    else:
        flash(gettext("Đã tìm lại vị trí theo chữ trên trang."))
    return redirect(url_for(".form", document_id=document_id), code=HTTPStatus.SEE_OTHER)


def _form(document_id: str, *, typed: Mapping[str, str] | None = None, problem: str | None = None) -> str:
    with parts().database.read() as session:
        document = _placeable(look_at(session, actor(), document_id, State.DRAFT, State.SUBMITTED))
        viewed = some_pages(document, current_rendition(document), also=request.args.get("page", 1, type=int) - 1)
        kept = keeping.from_json(document.places)
        rows = tuple(
            _as_typed(name, typed) if typed else _row(name, getattr(kept, name), viewed.sizes) for name in NAMES
        )
        return render_template(
            "placing/place.html",
            document=document,
            viewed=viewed,
            rows=rows,
            printed={
                name: typed.get(name, "") if typed else getattr(kept, name) or ""
                for name in ("printed_month", "printed_year")
            },
            seal_mm=seal_mm(document.unit),
            concerns=mark_concerns(over_mark(session, document)),
            by_hand=keeping.by_hand(document.places),
            back=_back(document),
            problem=problem,
        )


def _placeable(document: Document) -> Document:
    if Act.PLACE not in open_acts(actor(), document):
        raise Forbidden
    return document


def _back(document: Document) -> str:
    draft = document.state == State.DRAFT
    return url_for("documents.show" if draft else "signing.form", document_id=document.id)


def _row(name: str, box: Box | None, sizes: tuple[PageSize, ...]) -> Row:
    if box is None or box.page >= len(sizes):
        return Row(name, gettext(NAMES[name]))
    top = sizes[box.page].height - box.top
    sides = (f"{side / POINTS_PER_MM:.2f}" for side in (box.left, top, box.width, box.height))
    return Row(name, gettext(NAMES[name]), str(box.page + 1), *sides)


def _as_typed(name: str, typed: Mapping[str, str]) -> Row:
    return Row(name, gettext(NAMES[name]), *(typed.get(f"{name}-{field}", "") for field in ("page", *SIDES)))


def _typed(fields: Mapping[str, str], sizes: tuple[PageSize, ...], diameter: float) -> IssuePlaces:
    boxes = {name: _box(_as_typed(name, fields), sizes, diameter) for name in NAMES}
    return IssuePlaces(
        **boxes,
        printed_month=None
        if boxes["month"]
        else whole_number(fields.get("printed_month", ""), gettext("Tháng đã in sẵn")) or None,
        printed_year=None
        if boxes["year"]
        else whole_number(fields.get("printed_year", ""), gettext("Năm đã in sẵn")) or None,
    )


def _box(row: Row, sizes: tuple[PageSize, ...], diameter: float) -> Box | None:
    """The place in points from the lower left corner; ``None`` where left and top were left empty."""
    if not row.left.strip() and not row.top.strip():
        return None
    page = whole_number(row.page, gettext("Trang")) or 1
    if page > len(sizes):
        raise Invalid(f"{row.text}: không có trang {page}.", f"{row.text}: there is no page {page}.")
    is_seal = row.name == "organisation_signature"
    left, top = (_millimetres(side, row.text) for side in (row.left, row.top))
    width, height = (diameter if is_seal else _millimetres(side, row.text) for side in (row.width, row.height))
    height_of_page = sizes[page - 1].height
    return Box(
        page - 1,
        left=round(left * POINTS_PER_MM, 2),
        bottom=round(height_of_page - (top + height) * POINTS_PER_MM, 2),
        right=round((left + width) * POINTS_PER_MM, 2),
        top=round(height_of_page - top * POINTS_PER_MM, 2),
        italic=row.name in ("day", "month", "year"),
    )


def _millimetres(text: str, name: str) -> float:
    try:
        millimetres = float(text.strip().replace(",", "."))
    except ValueError:
        millimetres = -1
    if not 0 <= millimetres <= _FARTHEST_MM:
        raise Invalid(f"{name}: «{text[:20]}» không phải số mm.", f"{name}: “{text[:20]}” is no number of mm.")
    return millimetres
