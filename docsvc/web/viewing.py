"""A file's pages as pictures with the places marked, for the document page and the sign page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docsvc.db.records import Document, Rendition
from docsvc.issue import places
from docsvc.problems import DOMAIN_ERRORS
from docsvc.records.seal_sizes import seal_mm
from docsvc.records.terms import RenditionRole
from docsvc.web.context import previews
from docsvc.web.i18n import N_, gettext, told
from signing.pages import PageSize
from signing.places import Box

MARKS = {
    "number": N_("Số"),
    "day": N_("Ngày"),
    "month": N_("Tháng"),
    "year": N_("Năm"),
    "personal_signature": N_("Chữ ký"),
    "organisation_signature": N_("Con dấu"),
}
"""Places shown on a draft's pages."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on a page, measured from the page's upper left corner, in points."""

    name: str
    text: str
    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class ViewedPage:
    """One page with its size in points."""

    index: int
    """From 0."""
    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Viewed:
    """A file made ready to be looked at."""

    rendition: Rendition
    pages: tuple[ViewedPage, ...]
    """The pages shown."""
    total: int
    first: int
    """Number of the first page shown, from 1."""
    problem: str | None
    """Why no page can be shown; ``None`` if they can."""
    sizes: tuple[PageSize, ...] = ()
    """Of all pages, where boxes are moved on them."""


def view(document: Document, rendition: Rendition, *, first: int = 1, most: int = 1) -> Viewed:
    """Make ``most`` pages of a file ready, from page ``first`` on."""
    try:
        sizes = previews().sizes(rendition.sha256)
    except DOMAIN_ERRORS as error:
        return Viewed(rendition, (), 0, 1, told(error))
    first = min(max(first, 1), max(len(sizes), 1))
    shown = range(first - 1, min(first - 1 + most, len(sizes)))
    return Viewed(rendition, _pages(document, rendition, sizes, shown), len(sizes), first, None)


def glance(document: Document, rendition: Rendition) -> Viewed:
    """Make the two pages ready that tell a document: the first, and the one that is signed on."""
    try:
        sizes = previews().sizes(rendition.sha256)
    except DOMAIN_ERRORS as error:
        return Viewed(rendition, (), 0, 1, told(error))
    signed_on = places.from_json(document.places).personal_signature
    wanted = {0, signed_on.page if signed_on is not None else 0}
    shown = sorted(index for index in wanted if index < len(sizes))
    return Viewed(rendition, _pages(document, rendition, sizes, shown), len(sizes), 1, None)


def some_pages(document: Document, rendition: Rendition, *, also: int) -> Viewed:
    """Make the pages ready on which something is placed, the first, the last, and one that was asked for."""
    try:
        sizes = previews().sizes(rendition.sha256)
    except DOMAIN_ERRORS as error:
        return Viewed(rendition, (), 0, 1, told(error))
    wanted = {0, len(sizes) - 1, also, *(box.page for box in _boxes(document).values())}
    shown = sorted(index for index in wanted if 0 <= index < len(sizes))
    return Viewed(rendition, _pages(document, rendition, sizes, shown), len(sizes), 1, None, sizes)


def _pages(
    document: Document, rendition: Rendition, sizes: Sequence[PageSize], shown: Iterable[int]
) -> tuple[ViewedPage, ...]:
    boxes = _boxes(document) if rendition.role == RenditionRole.DRAFT else {}
    return tuple(
        ViewedPage(
            index=index,
            width=sizes[index].width,
            height=sizes[index].height,
            marks=tuple(_mark(name, box, sizes[index].height) for name, box in boxes.items() if box.page == index),
        )
        for index in shown
    )


def _boxes(document: Document) -> dict[str, Box]:
    kept = places.from_json(document.places)
    found = {name: getattr(kept, name) for name in MARKS}
    found["organisation_signature"] = places.seal_box(kept, seal_mm(document.unit))
    return {name: box for name, box in found.items() if box is not None}


def _mark(name: str, box: Box, page_height: float) -> Mark:
    return Mark(
        name=name,
        text=gettext(MARKS[name]),
        left=round(box.left, 1),
        top=round(page_height - box.top, 1),
        width=round(box.right - box.left, 1),
        height=round(box.top - box.bottom, 1),
    )
