"""The words of a search marked on the picture of a page, with the way from one to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request, url_for
from sqlalchemy.orm import Session

from docsvc.db.records import Document, RecognisedPage, Rendition
from docsvc.issue.rereading import targets_of
from docsvc.problems import DOMAIN_ERRORS
from docsvc.records.annexes import annexes_of
from docsvc.records.marking import Asked, MarkedPage, Marks, asked
from docsvc.web.context import previews
from docsvc.web.templating import annex_label
from search.folding import nfc
from search.highlight import Span
from signing.ocr import letters_of
from signing.texts import WHOLE, Box, PageLetters

MOST_MARKS = 400
"""Drawn on one page."""
LONGEST_QUERY = 1000
_SAME_LINE = 0.5
"""Two letters stand on one line when they share so much of the height."""


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """One stretch of one line, in hundredths of the page's sides."""

    number: int
    """Of the words marked, among all of the document."""
    is_first: bool
    """A mark over two lines is drawn twice."""
    left: float
    top: float
    width: float
    height: float
    address: str
    """Of the page with this mark chosen."""
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Marking:
    """What is shown above the page and on it."""

    text: str
    """As searched for."""
    total: int
    chosen: int | None
    """Number of the mark that was gone to; ``None`` where the page has none."""
    place: str
    """The annex's label; empty on the document's own pages."""
    previous: str | None
    following: str | None
    without: str
    """The page without any marks."""
    drawn: tuple[DrawnMark, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """The search that a document was opened from."""

    text: str
    found: Asked
    marks: Marks
    target: MarkedPage | None
    """The page that holds the mark asked for; ``None`` where only a page was asked for."""
    number: int | None


def search_of(session: Session, document: Document, files: Sequence[Rendition]) -> Search | None:
    """What the address says was searched for; ``None`` where it does not."""
    text = nfc(request.args.get("q", "")).strip()[:LONGEST_QUERY]
    if not text or not files:
        return None
    readable = {file.annex_id for file in files}
    found = asked(session, document, text, among=readable)
    marks = found.marks()
    number = request.args.get("hit", type=int)
    if number is None or not marks.total:
        return Search(text, found, marks, None, None)
    number = min(max(number, 1), marks.total)
    return Search(text, found, marks, marks.holding(number), number)


def marked(session: Session, document: Document, file: Rendition, page: int, search: Search) -> Marking:
    """The marks of one page of a file."""
    here = search.marks.of_page(file.annex_id, page)
    chosen = search.number if search.target is not None and search.target == here else here.first if here else None
    letters = _letters(session, file, page, search.found)
    spans = search.found.on_page(file.annex_id, page, letters.text) if letters is not None else ()
    if chosen is not None:
        before, behind = chosen - 1 or None, chosen + 1 if chosen < search.marks.total else None
    else:
        order = [None, *(annex.id for annex in annexes_of(document))]
        before, behind = search.marks.around(file.annex_id, page, order) if file.annex_id in order else (None, None)
    return Marking(
        text=search.text,
        total=search.marks.total,
        chosen=chosen,
        place=annex_label(document, file.annex) if file.annex is not None else "",
        previous=_address(document, search.text, before),
        following=_address(document, search.text, behind),
        without=url_for(
            "documents.show",
            document_id=document.id,
            page=page if page > 1 else None,
            file=file.id if "file" in request.args or file.annex_id else None,
            _anchor="pages",
        ),
        drawn=tuple(_drawn(document, search.text, letters, spans, here.first if here else 1, chosen))
        if letters
        else (),
    )


def _letters(session: Session, file: Rendition, page: int, found: Asked) -> PageLetters | None:
    """The page's letters; ``None`` where the file resists: it is then shown without marks.

    Of a page that was recognised those of the recogniser: later files show the same page, with a signature on it.
    """
    kept = next((part.text.split("\f") for part in found.parts if part.annex_id == file.annex_id), [])
    for target in targets_of(session, file.document_id):
        row = session.get(RecognisedPage, (target.sha256, page)) if target.annex_id == file.annex_id else None
        if row is not None and row.boxes is not None and kept[page - 1 : page] == [row.text]:
            return letters_of(row.text, row.boxes)
    try:
        return previews().letters(file.sha256, page - 1)
    except DOMAIN_ERRORS:
        return None


def _address(document: Document, text: str, number: int | None) -> str | None:
    if number is None:
        return None
    return url_for("documents.show", document_id=document.id, q=text, hit=number, _anchor="hit")


def _drawn(
    document: Document, text: str, letters: PageLetters, spans: Sequence[Span], first: int, chosen: int | None
) -> list[DrawnMark]:
    drawn: list[DrawnMark] = []
    for number, span in enumerate(spans[:MOST_MARKS], first):
        address = _address(document, text, number) or ""
        drawn.extend(
            DrawnMark(
                number=number,
                is_first=not place,
                left=left * 100 / WHOLE,
                top=top * 100 / WHOLE,
                width=(right - left) * 100 / WHOLE,
                height=(bottom - top) * 100 / WHOLE,
                address=address,
                is_chosen=number == chosen,
            )
            for place, (left, top, right, bottom) in enumerate(_lines(letters, span))
        )
    return drawn


def _lines(letters: PageLetters, span: Span) -> list[Box]:
    """The stretches of lines that a mark covers."""
    lines: list[Box] = []
    for box in letters.boxes[span[0] : span[1]]:
        if box is None:
            continue
        if lines and _is_beside(lines[-1], box):
            last = lines[-1]
            lines[-1] = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
        else:
            lines.append(box)
    return lines


def _is_beside(one: Box, other: Box) -> bool:
    """Whether both stand on one line; of turned lines every letter is marked alone."""
    down = min(one[3], other[3]) - max(one[1], other[1])
    return down > _SAME_LINE * min(one[3] - one[1], other[3] - other[1])
