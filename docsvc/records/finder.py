"""Finding registered documents: references and dates from the database's indexes, words from the engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select
from sqlalchemy.orm import Session

from config.document_types import document_types
from docsvc.accounts import Actor
from docsvc.db import Database
from docsvc.db.people import Unit
from docsvc.db.records import Document, DocumentText
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, Medium, State
from docsvc.records.units import subtree
from search.engine import Engine, WordQuery
from search.highlight import Passage, passages
from search.query import Chip, Query, Vocabulary, parse_query
from search.references import Reference

PER_PAGE = 20
MOST_CANDIDATES = 5000
"""Best word matches taken from the engine before the database narrows them."""


class Order(StrEnum):
    """How results are ordered."""

    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Filters:
    """Limits set beside the search box; ``None`` or empty means no limit."""

    unit_id: int | None = None
    """This unit and those below it."""
    type_key: str = ""
    start: date | None = None
    end: date | None = None
    signatory: str = ""
    medium: Medium | None = None
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One document found, with the passages that show why."""

    document: Document
    abstract: Passage
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ResultPage:
    """One page of results."""

    query: Query
    chips: tuple[Chip, ...]
    results: tuple[Result, ...]
    total: int
    page: int
    pages: int
    order: Order


def vocabulary(session: Session) -> Vocabulary:
    """The office's own words that a query may hold: types, agencies, signatories."""
    agencies: dict[str, list[str]] = {}
    for abbreviation, name in session.execute(select(Unit.abbreviation, Unit.name).order_by(Unit.id)):
        agencies.setdefault(abbreviation, []).append(name)
    names = session.scalars(
        select(Document.signatory_name).where(Document.state.in_(REGISTERED)).distinct().limit(2000)
    )
    return Vocabulary(
        type_codes={kind.code: (kind.name,) for kind in document_types().values() if kind.code},
        agencies={abbreviation: tuple(found) for abbreviation, found in agencies.items()},
        signatories=tuple(sorted(name for name in names if name)),
    )


def find(
    database: Database,
    engine: Engine,
    actor: Actor,
    text: str,
    *,
    filters: Filters | None = None,
    order: Order | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> ResultPage:
    """Find documents that this person may read.

    References come first, the ones typed exactly before the ones that only fold alike; then words, ranked by
    the engine. Without words the newest come first.

    Raises:
        SearchError: the index is damaged or missing and must be rebuilt.
    """
    filters = filters or Filters()
    with database.read() as session:
        query = parse_query(text[:1000], vocabulary(session))
        has_words = bool(query.words or query.phrases)
        order = order or (Order.BEST if has_words or query.references else Order.NEWEST)
        conditions = [Document.state.in_(REGISTERED), readable(session, actor), *_narrowed(filters, query)]
        ranked = _ranked_by_words(engine, query) if has_words or query.excluded else None
        reference_rank = _reference_rank(query.references)
        if query.references and ranked is not None:
            conditions.append(or_(reference_rank > 0, Document.id.in_(ranked)))
        elif query.references:
            conditions.append(reference_rank > 0)
        elif ranked is not None:
            conditions.append(Document.id.in_(ranked))
        ids, total = _page_of_ids(session, and_(*conditions), reference_rank, ranked, order, page, per_page)
        results = _results(session, ids, query)
    return ResultPage(
        query=query,
        chips=query.chips,
        results=results,
        total=total,
        page=page,
        pages=max(1, -(-total // per_page)),
        order=order,
    )


def _ranked_by_words(engine: Engine, query: Query) -> dict[str, int]:
    hits = engine.search(
        WordQuery(words=query.words, phrases=query.phrases, excluded=query.excluded), limit=MOST_CANDIDATES
    )
    return {hit.id: rank for rank, hit in enumerate(hits)}


def _narrowed(filters: Filters, query: Query) -> Iterable[ColumnElement[bool]]:
    if filters.unit_id is not None:
        units = subtree([filters.unit_id])
        yield or_(Document.unit_id.in_(units), Document.drafting_unit_id.in_(units))
    if filters.type_key:
        yield Document.type_key == filters.type_key
    if query.type_codes:
        keys = [kind.key for kind in document_types().values() if kind.code in query.type_codes]
        yield Document.type_key.in_(keys)
    if query.period is not None:
        yield Document.issued_on.between(query.period.start, query.period.end)
    if filters.start is not None:
        yield Document.issued_on >= filters.start
    if filters.end is not None:
        yield Document.issued_on <= filters.end
    if filters.signatory:
        yield Document.signatory_name == filters.signatory
    if filters.medium is not None:
        yield Document.medium == filters.medium
    if filters.state is not None:
        yield Document.state == filters.state


def _reference_rank(references: tuple[Reference, ...]) -> ColumnElement[int]:
    """0: not asked for; 1: alike when folded; 2: exactly what was typed."""
    if not references:
        return case((false(), 1), else_=0)
    return case(
        (or_(*(_exactly(reference) for reference in references)), 2),
        (or_(*(_alike(reference) for reference in references)), 1),
        else_=0,
    )


def _page_of_ids(
    session: Session,
    condition: ColumnElement[bool],
    reference_rank: ColumnElement[int],
    ranked: dict[str, int] | None,
    order: Order,
    page: int,
    per_page: int,
) -> tuple[list[str], int]:
    newest = (Document.issued_on.desc(), Document.number.desc(), Document.id)
    first = (page - 1) * per_page
    if order is Order.BEST and ranked is not None:
        rows = session.execute(select(Document.id, reference_rank).where(condition).order_by(*newest)).all()
        rows = sorted(rows, key=lambda row: (-row[1], ranked.get(row[0], len(ranked))))
        return [row[0] for row in rows[first : first + per_page]], len(rows)
    total = session.scalar(select(func.count()).select_from(Document).where(condition)) or 0
    ordering = (reference_rank.desc(), *newest) if order is Order.BEST else newest
    ids = session.scalars(select(Document.id).where(condition).order_by(*ordering).offset(first).limit(per_page))
    return list(ids), total


def _results(session: Session, ids: list[str], query: Query) -> tuple[Result, ...]:
    documents = {document.id: document for document in session.scalars(select(Document).where(Document.id.in_(ids)))}
    texts = dict(
        session.execute(
            select(DocumentText.document_id, DocumentText.text).where(DocumentText.document_id.in_(ids))
        ).tuples()
    )
    return tuple(
        Result(
            document=documents[identifier],
            abstract=_whole(documents[identifier].abstract, query),
            passages=passages(texts.get(identifier, ""), query, most=2),
        )
        for identifier in ids
    )
