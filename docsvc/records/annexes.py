"""Annexes of a document: which count, what they are called, which of their files is the one to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.db.records import Annex, Document, DocumentText, Rendition
from docsvc.records.terms import RenditionRole

_ROMAN = (
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
)


def annexes_of(document: Document) -> tuple[Annex, ...]:
    """The annexes that the document has, in their order."""
    return tuple(annex for annex in document.annexes if annex.removed_at is None)


def label_of(document: Document, annex: Annex) -> str:
    """«Phụ lục»; with a Roman numeral where there are several (NĐ 30, appendix I, part I, III.1.a)."""
    annexes = annexes_of(document)
    if annex not in annexes or len(annexes) == 1:
        return "Phụ lục"
    return f"Phụ lục {roman(annexes.index(annex) + 1)}"


def roman(number: int) -> str:
    """A small number in Roman numerals."""
    written = ""
    for value, letters in _ROMAN:
        written += letters * (number // value)
        number %= value
    return written


def annex_file(annex: Annex) -> Rendition:
    """The newest file of an annex."""
    return annex.renditions[-1]


def is_sealed(annex: Annex) -> bool:
    """Whether the organisation has signed it."""
    return any(rendition.role == RenditionRole.ANNEX for rendition in annex.renditions)


@dataclass(frozen=True, slots=True)
class TextPart:
    """The text of a document itself, or of one annex; pages are separated by form feeds."""

    text: str
    annex_id: int | None = None
    """``None`` for the document's own."""


def text_parts(session: Session, ids: Collection[str]) -> dict[str, list[TextPart]]:
    """Texts of each document: its own, empty where it has none, then those of its annexes in their order."""
    own = select(DocumentText.document_id, DocumentText.text).where(DocumentText.document_id.in_(ids))
    parts = {row.document_id: [TextPart(row.text)] for row in session.execute(own)}
    more = (
        select(Annex.document_id, Annex.id, Annex.text)
        .where(Annex.document_id.in_(ids), Annex.removed_at.is_(None))
        .order_by(Annex.position, Annex.id)
    )
    for row in session.execute(more):
        parts.setdefault(row.document_id, [TextPart("")]).append(TextPart(row.text, row.id))
    return parts


def texts_of(session: Session, ids: Collection[str]) -> dict[str, str]:
    """Text of each document, of its annexes behind its own; pages are separated by form feeds."""
    return {one: joined(parts) for one, parts in text_parts(session, ids).items()}


def joined(parts: Sequence[TextPart]) -> str:
    """One text of several, as it is indexed."""
    return "\f".join(part.text for part in parts)
