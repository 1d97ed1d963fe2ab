"""Shares of documents issued without paper and signed personally, per unit and period.

With N = documents registered in the period, secret ones never among them:

* electronic share = issued electronically with a valid organisation signature ÷ N
* paperless share = as above, and no paper copy sent to any recipient ÷ N
* personally signed share = bearing a valid personal signature ÷ electronic documents

Counts are whole numbers, and every count opens to its documents: the very conditions that count also list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, not_, select, true
from sqlalchemy.orm import Session

from config.document_types import drafted_types
from docsvc.accounts import Actor
from docsvc.db.people import Unit
from docsvc.db.records import Delivery, Document, Signature
from docsvc.errors import NotFound
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, Channel, Medium
from docsvc.records.units import subtree


class Metric(StrEnum):
    """What is counted over what."""

    ELECTRONIC = "electronic"
    PAPERLESS = "paperless"
    PERSONAL = "personal"


class Part(StrEnum):
    """One side of a share."""

    COUNTED = "counted"
    """In the numerator."""
    REMAINDER = "remainder"
    """In the denominator only."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share as two whole numbers; no documents means no share, never 0 %."""

    counted: int
    total: int

    def percent(self, decimal: str = ",") -> str:
        """One decimal, rounded half up: ``88,2%``; ``–`` where nothing was issued."""
        if self.total == 0:
            return "–"
        tenths = (self.counted * 2000 + self.total) // (2 * self.total)
        return f"{tenths // 10}{decimal}{tenths % 10}%"


@dataclass(frozen=True, slots=True)
class UnitShares:
    """The counts of a unit together with every unit below it."""

    unit_id: int
    name: str
    depth: int
    """0 for the roots of the report."""
    documents: int
    electronic: int
    paperless: int
    personal: int

    def share(self, metric: Metric) -> Share:
        """The share for a metric."""
        if metric is Metric.PERSONAL:
            return Share(self.personal, self.electronic)
        return Share(self.electronic if metric is Metric.ELECTRONIC else self.paperless, self.documents)


@dataclass(frozen=True, slots=True)
class Listing:
    """The documents behind one count; ``hidden`` are counted but not for this person to read."""

    documents: tuple[Document, ...]
    total: int
    hidden: int


def shares(session: Session, start: date, end: date, root: int | None = None) -> tuple[UnitShares, ...]:
    """Shares of every unit for the days ``start`` to ``end``, both included, each before those below it.

    Documents count for the unit that drafted them and roll up the tree, so an agency holds its departments'.
    """
    electronic = _is_electronic()
    rows = session.execute(
        select(
            Document.drafting_unit_id,
            func.count(),
            _count(electronic),
            _count(and_(electronic, _without_paper())),
            _count(and_(electronic, _is_signed("personal"))),
        )
        .where(_in_period(start, end))
        .group_by(Document.drafting_unit_id)
    )
    own = {unit: tuple(counts) for unit, *counts in rows}
    units = session.scalars(select(Unit).order_by(Unit.id)).all()
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id, []).append(unit)
    roots = [unit for unit in units if unit.id == root] if root is not None else below.get(None, [])
    return tuple(report for unit in roots for report in _rolled_up(unit, 0, below, own))


def documents_behind(
    session: Session,
    actor: Actor,
    *,
    unit_id: int,
    start: date,
    end: date,
    metric: Metric,
    part: Part,
    page: int = 1,
    per_page: int = 50,
) -> Listing:
    """The documents that make up one side of a share, newest first; a page past the last one gives the last.

    Raises:
        NotFound: there is no such unit.
    """
    if session.get(Unit, unit_id) is None:
        raise NotFound
    base, counted = {
        Metric.ELECTRONIC: (true(), _is_electronic()),
        Metric.PAPERLESS: (true(), and_(_is_electronic(), _without_paper())),
        Metric.PERSONAL: (_is_electronic(), _is_signed("personal")),
    }[metric]
    condition = and_(
        _in_period(start, end),
        Document.drafting_unit_id.in_(subtree([unit_id])),
        base,
        counted if part is Part.COUNTED else not_(counted),
    )
    return listing(session, actor, condition, page=page, per_page=per_page)


def listing(session: Session, actor: Actor, condition: ColumnElement[bool], *, page: int, per_page: int) -> Listing:
    """The documents that a figure counts, newest first; a page past the last one gives the last."""
    total = session.scalar(select(func.count()).select_from(Document).where(condition)) or 0
    visible = and_(condition, readable(session, actor))
    seen = session.scalar(select(func.count()).select_from(Document).where(visible)) or 0
    page = min(max(page, 1), max(1, -(-seen // per_page)))
    documents = session.scalars(
        select(Document)
        .where(visible)
        .order_by(Document.issued_on.desc(), Document.number.desc(), Document.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return Listing(tuple(documents), total, total - seen)


def _rolled_up(
    unit: Unit, depth: int, below: dict[int | None, list[Unit]], own: dict[int, tuple[int, ...]]
) -> Iterator[UnitShares]:
    lower = [report for child in below.get(unit.id, []) for report in _rolled_up(child, depth + 1, below, own)]
    children = [report for report in lower if report.depth == depth + 1]
    documents, electronic, paperless, personal = own.get(unit.id, (0, 0, 0, 0))
    yield UnitShares(
        unit_id=unit.id,
        name=unit.name,
        depth=depth,
        documents=documents + sum(child.documents for child in children),
        electronic=electronic + sum(child.electronic for child in children),
        paperless=paperless + sum(child.paperless for child in children),
        personal=personal + sum(child.personal for child in children),
    )
    yield from lower


def _in_period(start: date, end: date) -> ColumnElement[bool]:
    """Documents issued in the period. A copy is none: it would count what was issued already once more."""
    return and_(
        Document.state.in_(REGISTERED),
        Document.issued_on.between(start, end),
        Document.type_key.in_(tuple(drafted_types())),
    )


def _is_electronic() -> ColumnElement[bool]:
    return and_(Document.medium == Medium.ELECTRONIC, _is_signed("organisation"))


def _is_signed(kind: str) -> ColumnElement[bool]:
    return (
        select(Signature.id)
        .where(
            Signature.document_id == Document.id,
            Signature.kind == kind,
            Signature.indication == "TOTAL-PASSED",
        )
        .correlate(Document)
        .exists()
    )


def _without_paper() -> ColumnElement[bool]:
    return (
        ~select(Delivery.id)
        .where(Delivery.document_id == Document.id, Delivery.channel.in_((Channel.PAPER, Channel.BOTH)))
        .correlate(Document)
        .exists()
    )


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
