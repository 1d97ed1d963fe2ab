"""References of a query as conditions on indexed columns, the exact ones apart from those that only fold alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, false, or_, select
from sqlalchemy.orm import Session

from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.records.folding import reference_key
from docsvc.records.labels import NUMBER, TYPE, YEAR, label
from docsvc.records.preferring import of_types
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
    labels = _labels(references[0]) if len(references) == 1 and not is_full(references[0]) else None
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
    if reference.year is not None and reference.number is not None:
        either.append(Document.year == reference.year)
    elif reference.year is not None:
        # "QĐ 2014" read as all of that year, after the one of that number.
        either.append(Document.issued_on.between(date(reference.year, 1, 1), date(reference.year, 12, 31)))
        exactly.append(false())
    if reference.type_code is not None:
        either.append(of_types(reference.type_candidates))
        exactly.append(of_types((reference.type_code,)))
    if reference.agency is not None:
        either.append(_of_agency(reference))
        exactly.append(Document.symbol == format_reference(replace(reference, number=None, year=None)))
    return (and_(*either), and_(*either, *exactly)) if either else (false(), false())


def _labels(reference: Reference) -> tuple[frozenset[str], ...] | None:
    """What :func:`_partial` asks, for the engine; ``None`` where symbols are looked at, of which labels do not tell."""
    unlisted = [code for code in reference.type_candidates if not type_keys((code,))]
    if reference.agency is not None or reference.number is None or unlisted:
        return None
    asked: list[Iterable[str]] = []
    if reference.number is not None:
        asked.append((label(NUMBER, reference.number),))
    if reference.year is not None:
        asked.append((label(YEAR, reference.year),))
    if reference.type_code is not None:
        asked.append(label(TYPE, key) for key in type_keys(reference.type_candidates))
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
        either.append(and_(Document.number == reference.number, _of_agency(reference)))
    elif reference.type_code is not None:
        # Printed with its year though it is typed without: "161/NĐ-CP" for 161/2026/NĐ-CP.
        symbol = format_reference(replace(reference, number=None, party=False))
        either.append(and_(Document.number == reference.number, Document.symbol.ilike(f"____/{_plain(symbol)}")))
    if reference.type_code is not None and reference.unit is not None:
        # Typed with a drafting unit that is not printed: "138/QĐ-UBND-NC".
        bare = _spelled(session, replace(reference, unit=None))
        either.append(Document.reference.in_(bare[0] + bare[1]))
    if reference.type_code is not None and (keys := codeless_keys(reference.type_candidates)):
        # "15/CV-UBND", as many wrote before the decree took the code out of letters' symbols.
        of_agency = and_(Document.number == reference.number, _of_agency(reference))
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


def _of_agency(reference: Reference) -> Condition:
    """Of units so abbreviated, or with the agency in the symbol: not every agency is a unit of the office."""
    names = [_plain(name) for name in reference.agency_candidates or (reference.agency or "",)]
    written = [
        Document.symbol.ilike(shape.format(name)) for name in names for shape in ("%-{}", "%-{}-%", "{}-%", "{}")
    ]
    yeared = [Document.symbol.ilike(f"____/{name}") for name in names]
    return or_(Document.unit_id.in_(_units(reference)), *written, *yeared)


def _plain(name: str) -> str:
    """The name without what LIKE would take for a sign of its own."""
    return name.replace("\\", "").replace("%", "").replace("_", "")


def _units(reference: Reference) -> Select[int]:
    names = reference.agency_candidates or (reference.agency or "",)
    return select(Unit.id).where(Unit.abbreviation.in_(names))
