"""References of a query as conditions on indexed columns, the exact ones apart from those that only fold alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select
from sqlalchemy.orm import Session

from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.records.folding import reference_key
from docsvc.records.labels import NUMBER, TYPE, YEAR, issued_by, label
from docsvc.records.vocabulary import codeless_keys, type_keys
from search.folding import forms
from search.references import Reference, format_reference

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Matching:
    """Conditions under which a document bears one of the references."""

    either: Condition
    """Whatever may be meant; made so that the database can use its indexes."""

    exactly: Condition
    """Of these, what was typed, or what it means first: ``hd 12`` is HD, then HĐ."""

    labels: tuple[frozenset[str], ...] | None = None
    """The same as ``either`` for the search engine; ``None`` where labels cannot say it."""

    @property
    def rank(self) -> ColumnElement[int]:
        """0: exactly; 1: folded alike only."""
        return case((self.exactly, 0), else_=1)


def matching(session: Session, references: Sequence[Reference]) -> Matching:
    """Translate references; see :class:`Matching`."""
    labels = _labels(session, references[0]) if len(references) == 1 and not is_full(references[0]) else None
    conditions = [_full(session, one) if is_full(one) else _partial(one) for one in references]
    return Matching(
        either=or_(false(), *(either for either, _ in conditions)),
        exactly=or_(false(), *(exactly for _, exactly in conditions)),
        labels=labels,
    )


def is_full(reference: Reference) -> bool:
    """Whether it names a number and an agency, so that other documents can cite it."""
    return reference.number is not None and reference.agency is not None


def _partial(reference: Reference) -> tuple[Condition, Condition]:
    either: list[Condition] = []
    exactly: list[Condition] = []
    if reference.number is not None:
        either.append(Document.number == reference.number)
    if reference.year is not None:
        either.append(Document.year == reference.year)
    if reference.type_code is not None:
        either.append(Document.type_key.in_(type_keys(reference.type_candidates)))
        exactly.append(Document.type_key.in_(type_keys((reference.type_code,))))
    if reference.agency is not None:
        either.append(Document.unit_id.in_(_units(reference)))
        exactly.append(Document.symbol == format_reference(replace(reference, number=None, year=None)))
    return (and_(*either), and_(*either, *exactly)) if either else (false(), false())


def _labels(session: Session, reference: Reference) -> tuple[frozenset[str], ...]:
    """What :func:`_partial` asks, for the engine."""
    asked: list[Iterable[str]] = []
    if reference.number is not None:
        asked.append((label(NUMBER, reference.number),))
    if reference.year is not None:
        asked.append((label(YEAR, reference.year),))
    if reference.type_code is not None:
        asked.append(label(TYPE, key) for key in type_keys(reference.type_candidates))
    if reference.agency is not None:
        asked.append(issued_by(unit) for unit in session.scalars(_units(reference)))
    return tuple(frozenset(each) for each in asked) or (frozenset(),)


def _full(session: Session, reference: Reference) -> tuple[Condition, Condition]:
    exactly, alike = _spelled(session, reference)
    # The Party puts the dash and the slash the other way round, and people mix the two up.
    turned = _spelled(session, replace(reference, party=not reference.party))
    either: list[Condition] = [Document.reference.in_(exactly + alike + turned[0] + turned[1])]
    if reference.year is not None:
        # Written with its year though it is printed without: 138/2014/QĐ-UBND.
        printed = _spelled(session, replace(reference, year=None))
        either.append(and_(Document.reference.in_(printed[0] + printed[1]), Document.year == reference.year))
    elif reference.type_code is None and reference.unit is None:
        # "138 ubnd": of that agency, whatever the type.
        either.append(and_(Document.number == reference.number, Document.unit_id.in_(_units(reference))))
    if reference.type_code is not None and (keys := codeless_keys(reference.type_candidates)):
        # "15/CV-UBND", as many wrote before the decree took the code out of letters' symbols.
        of_agency = and_(Document.number == reference.number, Document.unit_id.in_(_units(reference)))
        either.append(and_(of_agency, Document.type_key.in_(keys)))
    return or_(*either), Document.reference.in_(exactly)


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
