"""What is kept of a text that was read: the text itself, how good it is, what read it and when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, defer, undefer

from docsvc.db.records import Annex, Document, DocumentText, RecognisedPage
from docsvc.records.text_quality import UNFINDABLE, PageMeasure, Quality, measure, whole_quality
from docsvc.texts import storable
from signing.texts import EXTRACTOR, PageText


@dataclass(frozen=True, slots=True)
class Reading:
    """How well a text was read."""

    quality: Quality | None
    """``None``: it was read before that was measured."""
    pages: tuple[PageMeasure, ...]
    extractor: str
    extracted_at: datetime | None

    @property
    def counted(self) -> dict[Quality, int]:
        """How many pages there are of each quality that there is, the worst first."""
        found = {quality: sum(page.quality is quality for page in self.pages) for quality in Quality}
        return {quality: number for quality, number in found.items() if number}

    @property
    def confidence(self) -> int | None:
        """Mean of the pages that were recognised here, by their words; ``None`` where none was."""
        known = [(page.confidence, page.words) for page in self.pages if page.confidence is not None and page.words]
        words = sum(number for _, number in known)
        return round(sum(confidence * number for confidence, number in known) / words) if words else None

    @property
    def encodings(self) -> tuple[str, ...]:
        """Old encodings that something was converted from."""
        return tuple(sorted({name for page in self.pages for name in page.encoding.split()}))

    def numbers(self, quality: Quality) -> tuple[int, ...]:
        """The pages of that quality, from 1."""
        return tuple(number for number, page in enumerate(self.pages, 1) if page.quality is quality)


def reading_of(row: DocumentText | Annex) -> Reading:
    """As kept in the database."""
    kept = row.text_pages or {}
    return Reading(
        quality=Quality(row.text_quality) if row.text_quality else None,
        pages=tuple(PageMeasure.from_json(page) for page in kept.get("pages", ())),
        extractor=row.text_extractor or "",
        extracted_at=row.text_extracted_at,
    )


def text_columns(
    pages: Sequence[PageText], at: datetime, recognised: Mapping[int, RecognisedPage] | None = None
) -> dict[str, Any]:
    """What is kept of a text just read, as columns of its row.

    Args:
        pages: as read from the file.
        at: now.
        recognised: what was recognised on pages whose text cannot be used, by their number from 1.
    """
    texts: list[str] = []
    measures: list[PageMeasure] = []
    for number, page in enumerate(pages, 1):
        judged = measured(page)
        found = (recognised or {}).get(number)
        if found is not None and not found.problem and judged.quality in UNFINDABLE:
            texts.append(found.text)
            measures.append(measure(found.text, confidence=found.confidence))
        else:
            texts.append(page.text)
            measures.append(judged)
    return {
        "text": storable("\f".join(text.replace("\f", " ") for text in texts)),
        "text_quality": whole_quality(measures).value,
        "text_pages": {"pages": [one.as_json() for one in measures]},
        "text_extractor": " ".join((EXTRACTOR, *sorted({one.recogniser for one in (recognised or {}).values()})))[:40],
        "text_extracted_at": at,
    }


def measured(page: PageText) -> PageMeasure:
    """How good the text is that the file itself gives of this page."""
    return measure(
        page.text,
        unknown=page.unknown,
        picture=page.picture,
        shapes=page.shapes,
        encoding=" ".join(page.encodings),
    )


def reading_for(session: Session, document: Document) -> Reading | None:
    """Of the document's own text, which is not loaded; ``None`` where no file of it was read."""
    row = session.get(DocumentText, document.id, options=[defer(DocumentText.text), undefer(DocumentText.text_pages)])
    return reading_of(row) if row is not None else None


def recognised_pages(session: Session, sha256: str) -> dict[int, RecognisedPage]:
    """What was recognised of a file, by page from 1; the places of the words are not loaded."""
    rows = session.scalars(select(RecognisedPage).where(RecognisedPage.sha256 == sha256))
    return {row.page: row for row in rows}


@dataclass(frozen=True, slots=True)
class Overview:
    """How many texts there are of each quality."""

    counted: Mapping[Quality | None, int]
    """``None``: read before it was measured."""
    outdated: int
    """Read by another extractor than today's."""


def is_current(kind: type[DocumentText | Annex]) -> ColumnElement[bool]:
    """Whether today's extractor has read it, with or without a recogniser."""
    by = func.coalesce(kind.text_extractor, "")
    return or_(by == EXTRACTOR, by.like(f"{EXTRACTOR} %"))


def overview(session: Session) -> Overview:
    """Count the texts of documents and of their annexes."""
    counted: Counter[Quality | None] = Counter()
    outdated = 0
    for kind, conditions in ((DocumentText, ()), (Annex, (Annex.removed_at.is_(None),))):
        each = (
            select(kind.text_quality.label("quality"), is_current(kind).label("is_current"))
            .where(*conditions)
            .subquery()
        )
        rows = session.execute(
            select(each.c.quality, each.c.is_current, func.count()).group_by(each.c.quality, each.c.is_current)
        )
        for quality, current, number in rows:
            counted[Quality(quality) if quality else None] += number
            outdated += 0 if current else number
    order = [*Quality, None]
    return Overview({quality: counted[quality] for quality in order if counted[quality]}, outdated)
