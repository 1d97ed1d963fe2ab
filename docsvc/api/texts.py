"""The text of a document, page by page, and how well it was read."""

from __future__ import annotations

from datetime import datetime

from flask import Response
from pydantic import Field

from docsvc.api.answers import answer
from docsvc.api.blueprint import DOCUMENTS, api
from docsvc.api.context import actor, parts
from docsvc.api.models.base import Id, Told
from docsvc.api.models.issuing import DocumentPath
from docsvc.db.records import Annex, DocumentText
from docsvc.records.annexes import annexes_of
from docsvc.records.reading import fetch
from docsvc.records.readings import reading_of
from docsvc.records.text_quality import PageMeasure, Quality, Source


class PageRead(Told):
    """The text of one page and what was measured on it."""

    text: str
    quality: Quality | None = Field(description="`garbled`, `scan` (a picture), `ocr`, `good` or `blank`.")
    source: Source | None = Field(
        description="`layer` of the file, `scanner` (in the file, behind a picture), `ocr` (recognised here) or `none`."
    )
    confidence: int | None = Field(description="0 to 100, of what was recognised here.")
    encoding: str = Field(description="Old encodings that it was converted from: `TCVN3`, `VNI`.")
    letters: int
    unreadable: int = Field(description="Letters without a meaning.")
    words: int
    syllables: int = Field(description="Words that are Vietnamese syllables.")

    @classmethod
    def of(cls, text: str, page: PageMeasure | None) -> PageRead:
        """From the database."""
        return cls(
            text=text,
            quality=page.quality if page else None,
            source=page.source if page else None,
            confidence=page.confidence if page else None,
            encoding=page.encoding if page else "",
            letters=page.letters if page else 0,
            unreadable=page.unreadable if page else 0,
            words=page.words if page else 0,
            syllables=page.syllables if page else 0,
        )


class TextRead(Told):
    """The text of the document, or of one annex."""

    annex_id: Id | None = Field(description="None for the document's own text.")
    quality: Quality | None = Field(description="Of its worst page; null if it was not measured yet.")
    extractor: str
    extracted_at: datetime | None
    pages: tuple[PageRead, ...]

    @classmethod
    def of(cls, row: DocumentText | Annex) -> TextRead:
        """From the database."""
        reading = reading_of(row)
        texts = row.text.split("\f")
        measures = reading.pages if len(reading.pages) == len(texts) else (None,) * len(texts)
        return cls(
            annex_id=row.id if isinstance(row, Annex) else None,
            quality=reading.quality,
            extractor=reading.extractor,
            extracted_at=reading.extracted_at,
            pages=tuple(PageRead.of(text, page) for text, page in zip(texts, measures, strict=True)),
        )


class Texts(Told):
    """What can be found of a document by words."""

    texts: tuple[TextRead, ...] = Field(description="The document's own, then those of its annexes.")


@api.get("/documents/<document_id>/text", tags=[DOCUMENTS], responses={200: Texts})
def get_text(path: DocumentPath) -> Response:
    """Read a document's text, page by page, and how well it was read."""
    with parts().database.read() as session:
        document = fetch(session, actor(), path.document_id)
        own = session.get(DocumentText, document.id)
        rows = [*((own,) if own is not None else ()), *annexes_of(document)]
        found = Texts(texts=tuple(TextRead.of(row) for row in rows))
    return answer(found)
