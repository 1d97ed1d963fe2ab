"""The search page: one box, what was understood of it, filters, results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Blueprint, render_template, request, url_for

from config.document_types import document_types
from docsvc.problems import status_of
from docsvc.records.filters import Filters, from_values
from docsvc.records.finder import Order, ResultPage, find
from docsvc.records.suggestions import signatories, unit_tree
from docsvc.records.terms import REGISTERED, Medium
from docsvc.web import words
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import N_, gettext, pick, told
from docsvc.web.paging import page_number
from docsvc.web.unit_options import unit_options
from search.errors import SearchError
from search.folding import nfc
from search.query import Chip, as_words, cut

pages = Blueprint("finding", __name__)

LONGEST_QUERY = 1000
FILTERS = ("unit", "type", "from", "to", "signatory", "medium", "state")
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
    order = _one_of(Order, request.args.get("order", ""))
    try:
        found = find(parts().database, parts().engine, actor(), text, filters=filters, order=order, page=page_number())
    except SearchError as error:
        problems.append(told(error))
        status = status_of(error)
    with parts().database.read() as session:
        units = unit_options(unit_tree(session))
        names = signatories(session, actor())
    page = render_template(
        "finding/search.html",
        text=text,
        found=found,
        chips=[_shown(text, chip) for chip in found.chips] if found else [],
        problems=problems,
        filtered=sum(bool(request.args.get(name)) for name in FILTERS),
        units=units,
        signatories=[(name, name) for name in names],
        types=[(kind.key, pick(kind.name, kind.name_en)) for kind in document_types().values()],
        media=[(medium.value, words.word(medium, "medium")) for medium in Medium],
        states=[(state.value, words.word(state, "state")) for state in REGISTERED],
        typed={name: request.args.get(name, "") for name in FILTERS},
        orders=[
            (
                gettext("Mới nhất"),
                _address(order=Order.NEWEST.value),
                found is not None and found.order is Order.NEWEST,
                None,
            ),
            (
                gettext("Sát nhất"),
                _address(order=Order.BEST.value),
                found is not None and found.order is Order.BEST,
                None,
            ),
        ],
        unfiltered=_address(**dict.fromkeys(FILTERS)),
    )
    return page if status is HTTPStatus.OK else (page, status)


def _shown(text: str, chip: Chip) -> ShownChip:
    plain = as_words(text, chip)
    return ShownChip(
        chip.kind,
        gettext(KINDS[chip.kind]),
        chip.text,
        chip.label,
        without=_address(q=cut(text, chip)),
        as_words=None if plain is None else _address(q=plain),
        preferred=chip.preferred,
    )


def _address(**changed: str | None) -> str:
    """This search with some values changed, from its first page on."""
    kept: dict[str, str | None] = {name: request.args[name] for name in request.args if request.args[name]}
    kept.pop("page", None)
    values: dict[str, Any] = {name: value for name, value in {**kept, **changed}.items() if value}
    return url_for("finding.search", **values)


def _filters() -> tuple[Filters, list[str]]:
    """The limits asked for; one that cannot be understood limits nothing, and the page says so."""
    filters, problems = from_values(request.args.to_dict(flat=False))
    return filters, [told(problem) for problem in problems]


def _one_of(kind: type[Word], value: str) -> Word | None:
    return next((member for member in kind if member == value), None)
