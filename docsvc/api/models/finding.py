"""Searching and lists."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from docsvc.api.models.base import Asked, Id, Text, Told
from docsvc.api.models.documents import DocumentSummary
from docsvc.records.finder import Order
from docsvc.records.signature_results import SignatureResult
from docsvc.records.terms import LegalEffect, Medium, State

PageNumber = Annotated[int, Field(ge=1, le=10_000)]
PerPage = Annotated[int, Field(ge=1, le=100)]


class SearchQuery(Asked):
    """What to find; without `q` everything that the filters leave."""

    q: Annotated[Text, Field(max_length=1000)] = Field(
        default="",
        description="As typed into the search box: references in any spelling, dates and periods, words with or "
        'without diacritics, "phrases", -exclusions, `loại:`, `đơn vị:`, `người ký:`.',
        json_schema_extra={"example": "138/QĐ-UBND"},
    )
    unit_id: Id | None = Field(default=None, description="This unit and those below it.")
    type: Annotated[Text, Field(max_length=10)] = Field(default="", description="Key of a document type.")
    start: date | None = Field(default=None, alias="from", description="First day.")
    end: date | None = Field(default=None, alias="to", description="Last day.")
    signatory: Annotated[Text, Field(max_length=50)] = Field(default="", description="Full name.")
    medium: Medium | None = None
    state: Literal[State.ISSUED, State.WITHDRAWN] | None = None
    effect: LegalEffect | None = Field(default=None, description="Legal effect today.")
    signed: SignatureResult | None = Field(default=None, description="Result of the last check of its signatures.")
    predecessors: bool = Field(default=True, description="Also what units issued that others took over from.")
    facets: bool = Field(default=False, description="Whether to count the choices of every filter.")
    order: Order | None = Field(default=None, description="Left out: best first if there are words, else newest first.")
    page: PageNumber = 1
    per_page: PerPage = 20


class WaitingQuery(Asked):
    """Which list."""

    work: Literal["drafts", "underway", "to-sign", "to-issue"] = Field(
        description="Own drafts; own documents with the signatory or the clerk; documents to sign; documents to "
        "number, seal or publish."
    )
    page: PageNumber = 1
    per_page: PerPage = 20


class Piece(Told):
    """A piece of a passage."""

    text: str
    marked: bool = Field(description="Whether it was asked for.")


class PassageFound(Told):
    """A stretch of a document's text; its pieces one after the other."""

    page: int = Field(description="Counted from 1, in the file of the document or of the annex.")
    pieces: tuple[Piece, ...]
    annex_id: Id | None = Field(default=None, description="The annex in whose file it stands; none for the document's.")


class Understood(Told):
    """A part of `q` and what it was taken for."""

    kind: str = Field(
        description="`reference`, `period`, `type`, `unit`, `signatory`, `phrase`, `excluded` or `words`."
    )
    text: str = Field(description="As typed.")
    label: str = Field(description="As understood.")
    start: int = Field(description="Where it stands in `q`, after NFC.")
    end: int
    preferred: bool = Field(description="Documents of which it holds only come first; others are found as well.")


class Found(Told):
    """A document found and the passages that show why."""

    document: DocumentSummary
    abstract: PassageFound
    passages: tuple[PassageFound, ...]


class FacetChoice(Told):
    """A choice of a filter."""

    value: str
    count: int = Field(description="Documents, were it chosen instead of what is chosen of this filter.")
    chosen: bool


class FacetFound(Told):
    """The choices of a filter that some document bears."""

    name: str = Field(description="`unit`, `type`, `year`, `signatory`, `medium`, `state`, `effect` or `signed`.")
    choices: tuple[FacetChoice, ...]


class FoundPage(Told):
    """One page of what was found, of the documents that this person may read."""

    total: int
    page: int
    pages: int
    order: Order
    understood: tuple[Understood, ...]
    results: tuple[Found, ...]
    exact: bool = Field(description="Whether `total` is exact; if not, there are more.")
    facets: tuple[FacetFound, ...] = Field(description="Empty unless asked for; without those that cannot be counted.")


class DocumentPage(Told):
    """One page of a list."""

    total: int
    page: int
    pages: int
    documents: tuple[DocumentSummary, ...]
