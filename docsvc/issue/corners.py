"""What the organisation's signature says in the corner of a first page (NĐ 30, appendix I)."""

from __future__ import annotations

from config.document_types import is_copy
from docsvc.db.records import Document

HEADINGS = {"sy": "SAO Y", "trs": "TRÍCH SAO", "sl": "SAO LỤC"}
"""Form of copy, appendix I, part II, I.1."""


def corner_lines(document: Document) -> tuple[str, ...]:
    """What stands above the signing time.

    Of a copy its form and who made it (part II, I.3.c), of an annex the document's number and symbol (part I, III.1.d).
    """
    if is_copy(document.type_key):
        return HEADINGS[document.type_key], document.unit.name
    return (document.reference or "",)


def corner_reason(document: Document) -> str:
    """What a copy's signature says beside the page: its own number, and the very file that was copied."""
    source = document.copied_from
    if source is None:
        return ""
    return (
        f"{HEADINGS[document.type_key]} {document.reference or ''}; bản nguồn {source.reference or source.agency}, "
        f"SHA-256 {source.sha256}"
    )
