"""References of a query as conditions on indexed columns, the exact ones apart from those that only fold alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select
from sqlalchemy.orm import Session

from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.records.folding import reference_key
from docsvc.records.vocabulary import type_keys
from search.folding import forms
from search.references import Reference, format_reference

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Matching:
    """Conditions under which a document bears one of the references."""

    exactly: Condition
    """What was typed, or what it means first: ``hd 12`` is HD."""
    alike: Condition
    """What it may mean besides: HĐ, when the query was typed without diacritics."""

    @property
    def either(self) -> Condition:
        """Both; a plain disjunction, so that the database can use its indexes."""
        return or_(self.exactly, self.alike)

    @property
    def rank(self) -> ColumnElement[int]:
        """0: exactly; 1: alike; 2: not at all."""
        return case((self.exactly, 0), (self.alike, 1), else_=2)


def matching(session: Session, references: Sequence[Reference]) -> Matching:
    """Translate references; see :class:`Matching`."""
    conditions = [_one(session, reference) for reference in references]
    return Matching(
        exactly=or_(false(), *(exactly for exactly, _ in conditions)),
        alike=or_(false(), *(alike for _, alike in conditions)),
    )


def is_full(reference: Reference) -> bool:
    """Whether it names a number and an agency, so that other documents can cite it."""
    return reference.number is not None and reference.agency is not None


def _one(session: Session, reference: Reference) -> tuple[Condition, Condition]:
    if is_full(reference):
        return _full(session, reference)
    exactly, alike = list(_said(reference)), list(_said(reference))
    if reference.type_code is not None:
        exactly.append(Document.type_key.in_(type_keys((reference.type_code,))))
        alike.append(Document.type_key.in_(type_keys(reference.type_candidates)))
    if reference.agency is not None:
        units = _units(reference)
        exactly.append(Document.symbol == format_reference(replace(reference, year=None)))
        exactly.append(Document.unit_id.in_(units))
        alike.append(Document.unit_id.in_(units))
    if not exactly:
        return false(), false()
    return and_(*exactly), and_(*alike)


def _said(reference: Reference) -> Iterator[Condition]:
    if reference.number is not None:
        yield Document.number == reference.number
    if reference.year is not None:
        yield Document.year == reference.year


def _full(session: Session, reference: Reference) -> tuple[Condition, Condition]:
    exactly, alike = _spelled(session, reference)
    conditions: list[Condition] = [Document.reference.in_(alike)]
    if reference.year is not None:
        # Written with its year though it is printed without: 138/2014/QĐ-UBND.
        printed = [*_spelled(session, replace(reference, year=None))]
        conditions.append(and_(Document.reference.in_(printed[0] + printed[1]), Document.year == reference.year))
    elif reference.type_code is None and reference.unit is None:
        # "138 ubnd": of that agency, whatever the type.
        conditions.append(and_(Document.number == reference.number, Document.unit_id.in_(_units(reference))))
    return Document.reference.in_(exactly), or_(*conditions)


def _spelled(session: Session, reference: Reference) -> tuple[list[str], list[str]]:
    """References in the archive that are this one, and those that only fold alike.

    Typed with diacritics nothing else can be meant: HĐ is never HD.
    """
    printed = format_reference(reference)
    wanted = forms(printed)[0]
    exactly: list[str] = []
    alike: list[str] = []
    for found in session.scalars(
        select(Document.reference).where(Document.reference_key == reference_key(printed)).distinct()
    ):
        if found is not None:
            (exactly if forms(found)[0] == wanted else alike).append(found)
    return exactly, [] if reference.exact else alike


def _units(reference: Reference) -> Select[int]:
    names = reference.agency_candidates or (reference.agency or "",)
    return select(Unit.id).where(Unit.abbreviation.in_(names))
