"""The search page: one box, what was understood of it, filters, results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, render_template, request

from docsvc.problems import status_of
from docsvc.records.facets import FACETS
from docsvc.records.filters import Filters, from_values
from docsvc.records.finder import Order, ResultPage, find
from docsvc.records.result_lists import COLUMNS, USUAL
from docsvc.web.asked import asked_order, kept_values, read_kept
from docsvc.web.context import parts
from docsvc.web.finding_filters import address, panel
from docsvc.web.guard import actor
from docsvc.web.i18n import N_, gettext, told
from docsvc.web.paging import page_number
from docsvc.web.search_exports import HEADS
from docsvc.web.suggesting import other_readings
from search.errors import SearchError
from search.folding import nfc
from search.query import Chip, as_words, cut

pages = Blueprint("finding", __name__)

LONGEST_QUERY = 1000
ORDERS = {Order.BEST: N_("Sát nhất"), Order.NEWEST: N_("Mới nhất"), Order.OLDEST: N_("Cũ nhất")}
KINDS = {
    "reference": N_("Số, ký hiệu"),
    "period": N_("Thời gian"),
    "type": N_("Loại"),
    "unit": N_("Đơn vị"),
    "signatory": N_("Người ký"),
    "phrase": N_("Cụm từ"),
    "excluded": N_("Không chứa"),
    "words": N_("Từ"),
}
Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class ShownChip:
    """A part of the query as understood, with the address of the search without it."""

    kind: str
    kind_name: str
    text: str
    label: str
    without: str
    as_words: str | None
    """The address of the search with this part as plain words; ``None`` where it is that already."""
    preferred: bool = False


@pages.get("/search")
def search() -> str | tuple[str, HTTPStatus]:
    """Find documents that the person may read."""
    text = nfc(request.args.get("q", ""))[:LONGEST_QUERY]
    filters, problems = _filters()
    found: ResultPage | None = None
    status = HTTPStatus.OK
    order = asked_order(request.args)
    try:
        found = find(
            parts().database,
            parts().engine,
            actor(),
            text,
            filters=filters,
            order=order,
            page=page_number(),
            counted=FACETS,
        )
    except SearchError as error:
        problems.append(told(error))
        status = status_of(error)
    with parts().database.read() as session:
        shown = panel(session, filters, found.facets if found else ())
    page = render_template(
        "finding/search.html",
        text=text,
        found=found,
        chips=[_shown(text, filters, chip) for chip in found.chips] if found else [],
        meant=[(one, address(filters, q=one.text)) for one in other_readings(text, filters, found)] if found else [],
        kept=kept_values(request.args),
        kept_pairs=list(read_kept(kept_values(request.args)).items(multi=True)),
        columns=[(name, gettext(HEADS[name][0]), name in USUAL) for name in COLUMNS],
        problems=problems,
        filtered=len(shown.chips),
        filters=shown,
        with_predecessors=filters.predecessors,
        orders=[
            (gettext(name), address(filters, order=one.value), found is not None and found.order is one, None)
            for one, name in ORDERS.items()
        ],
    )
    return page if status is HTTPStatus.OK else (page, status)


def _shown(text: str, filters: Filters, chip: Chip) -> ShownChip:
    plain = as_words(text, chip)
    return ShownChip(
        chip.kind,
        gettext(KINDS[chip.kind]),
        chip.text,
        chip.label,
        without=address(filters, q=cut(text, chip)),
        as_words=None if plain is None else address(filters, q=plain),
        preferred=chip.preferred,
    )


def _filters() -> tuple[Filters, list[str]]:
    """The limits asked for; one that cannot be understood limits nothing, and the page says so."""
    filters, problems = from_values(request.args.to_dict(flat=False))
    return filters, [told(problem) for problem in problems]
