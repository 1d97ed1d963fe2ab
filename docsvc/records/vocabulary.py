"""The office's own words that a query may hold: types, agencies, units, signatories."""

from __future__ import annotations

from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from config.document_types import DocumentType, document_types
from docsvc.db.people import Unit
from docsvc.db.records import Document, EventHead
from docsvc.records.terms import REGISTERED
from search.vocabulary import Vocabulary

MOST_SIGNATORIES = 2000

_COUNCIL, _COUNCIL_SHORT = "Ủy ban nhân dân", "UBND"
_kept: WeakKeyDictionary[object, tuple[int, Vocabulary]] = WeakKeyDictionary()


def vocabulary(session: Session) -> Vocabulary:
    """What the office knows by name, read again when the event log has grown: every change leaves an event."""
    version = session.scalar(select(EventHead.last_id)) or 0
    kept = _kept.get(session.get_bind())
    if kept is not None and kept[0] == version:
        return kept[1]
    units = session.execute(select(Unit.id, Unit.abbreviation, Unit.name).order_by(Unit.id))
    names = session.scalars(_signatories())
    built = _built(tuple((row.id, row.abbreviation, row.name) for row in units), tuple(sorted(names)))
    _kept[session.get_bind()] = (version, built)
    return built


def _signatories() -> Select[tuple[str]]:
    """Names of those who signed something registered.

    One leap in the index per name: reading a name of every document would take seconds of a large archive.
    """
    name = Document.signatory_name
    leaps = select(func.min(name).label("name")).where(name > "").cte(recursive=True)
    further = select(func.min(name)).where(name > leaps.c.name).scalar_subquery()
    leaps = leaps.union_all(select(further).where(leaps.c.name.is_not(None)))
    signed = select(Document.id).where(name == leaps.c.name, Document.state.in_(REGISTERED)).exists()
    return select(leaps.c.name).where(leaps.c.name.is_not(None), signed).limit(MOST_SIGNATORIES)


@lru_cache(maxsize=4)
def _built(units: tuple[tuple[int, str, str], ...], signatories: tuple[str, ...]) -> Vocabulary:
    # Most events change neither units nor signatories; splitting thousands of names again would cost more than
    # reading them.
    agencies: dict[str, list[str]] = {}
    for _, abbreviation, name in units:
        agencies.setdefault(abbreviation, []).append(name)
    return Vocabulary(
        type_codes={spoken_code(kind): (kind.name,) for kind in document_types().values()},
        agencies={abbreviation: tuple(found) for abbreviation, found in agencies.items()},
        units={
            str(identifier): (name, name.replace(_COUNCIL, _COUNCIL_SHORT), abbreviation)
            for identifier, abbreviation, name in units
        },
        signatories=signatories,
    )


def spoken_code(kind: DocumentType) -> str:
    """The code by which queries name a type; those that have none in symbols go by their key, ``CV``."""
    return kind.code or kind.key.upper()


def codeless_keys(codes: tuple[str, ...]) -> list[str]:
    """Keys of those types among these that have no code in symbols, ``cv``."""
    return [key for key in type_keys(codes) if not document_types()[key].code]


def type_keys(codes: tuple[str, ...]) -> list[str]:
    """Keys of the types with these codes; a code that the office does not use has none."""
    return [kind.key for kind in document_types().values() if spoken_code(kind) in codes]
