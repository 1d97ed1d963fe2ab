"""The office's own words that a query may hold: types, agencies, units, signatories, and other names for words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.document_types import DocumentType, document_types
from config.synonyms import Groups, synonyms
from docsvc.db import Database
from docsvc.db.people import Unit
from docsvc.db.records import Document, Event, EventHead
from docsvc.records.terms import REGISTERED
from search.vocabulary import NORMATIVE_NAMES, Vocabulary

MOST_SIGNATORIES = MOST_SYMBOLS = 2000
_MOST_EVENTS = 2000
"""More events than these since the last time, and all documents are read again."""

_SHORT = (("Ủy ban nhân dân", "UBND"), ("Uỷ ban nhân dân", "UBND"), ("Hội đồng nhân dân", "HĐND"))
_PLACED = re.compile(
    r"(?P<body>.+?) (?P<level>tỉnh|thành phố|thị xã|thị trấn|đặc khu|phường|huyện|quận|xã) (?P<place>.+)", re.IGNORECASE
)
_SYMBOL = re.compile(r"(?:\d{4}/)?(?P<parts>[^\W\d_][^\s/]*)")


@dataclass(slots=True)
class _Known:
    """What was read of the documents so far."""

    version: int = 0
    signatories: set[str] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)


_kept: WeakKeyDictionary[object, tuple[int, Vocabulary]] = WeakKeyDictionary()
_known: WeakKeyDictionary[object, _Known] = WeakKeyDictionary()
_synonyms: WeakKeyDictionary[object, Groups] = WeakKeyDictionary()


def use_synonyms(database: Database, groups: Groups) -> None:
    """Let queries of this database know these ways to say the same, instead of the built-in ones."""
    _synonyms[database.engine] = groups
    _kept.pop(database.engine, None)


def vocabulary(session: Session) -> Vocabulary:
    """What the office knows by name, read again when the event log has grown: every change leaves an event."""
    bind = session.get_bind()
    version = session.scalar(select(EventHead.last_id)) or 0
    kept = _kept.get(bind)
    if kept is not None and kept[0] == version:
        return kept[1]
    known = _known.get(bind)
    if known is None or version < known.version:
        known = _Known()
    known = _read_on(session, known, version)
    units = session.execute(select(Unit.id, Unit.abbreviation, Unit.name).order_by(Unit.id))
    built = _built(
        tuple((row.id, row.abbreviation, row.name) for row in units),
        tuple(sorted(known.signatories)[:MOST_SIGNATORIES]),
        tuple(sorted(known.symbols)[:MOST_SYMBOLS]),
        _synonyms[bind] if bind in _synonyms else synonyms(),
    )
    _kept[bind], _known[bind] = (version, built), known
    return built


def _read_on(session: Session, known: _Known, version: int) -> _Known:
    """Add what the documents that changed since bear; the first time, all of them are looked at."""
    since = select(Event.object_id).where(Event.id > known.version, Event.object_kind == "document")
    few = known.version > 0 and version - known.version <= _MOST_EVENTS
    facts = select(Document.signatory_name, Document.symbol).where(Document.state.in_(REGISTERED)).distinct()
    if few:
        facts = facts.where(Document.id.in_(since))
    rows = session.execute(facts.limit(None if few else 50 * MOST_SYMBOLS)).all()
    return _Known(
        version,
        known.signatories | {row.signatory_name for row in rows if row.signatory_name},
        known.symbols | {row.symbol for row in rows if row.symbol},
    )


@lru_cache(maxsize=4)
def _built(
    units: tuple[tuple[int, str, str], ...], signatories: tuple[str, ...], symbols: tuple[str, ...], groups: Groups
) -> Vocabulary:
    # Most events change none of these; splitting thousands of names again would cost more than reading them.
    agencies: dict[str, list[str]] = {}
    for _, abbreviation, name in units:
        agencies.setdefault(abbreviation, []).append(name)
    types: dict[str, tuple[str, ...]] = {spoken_code(kind): (kind.name,) for kind in document_types().values()}
    for code, agency in map(_parted, symbols):
        if code in NORMATIVE_NAMES:
            types.setdefault(code, NORMATIVE_NAMES[code][:1])
        if agency:
            agencies.setdefault(agency, [])
    return Vocabulary(
        type_codes=types,
        agencies={abbreviation: tuple(found) for abbreviation, found in agencies.items()},
        units={
            str(identifier): tuple(dict.fromkeys((name, *_abbreviated(name, groups), abbreviation)))
            for identifier, abbreviation, name in units
        },
        signatories=signatories,
        synonym_groups=groups,
    )


def _parted(symbol: str) -> tuple[str, str]:
    """Type and agency of a symbol: ``2026/NĐ-CP``; a letter's has no type."""
    found = _SYMBOL.fullmatch(symbol)
    if found is None:
        return "", ""
    first, _, rest = found.group("parts").partition("-")
    known = first in NORMATIVE_NAMES or any(first == spoken_code(kind) for kind in document_types().values())
    return (first, rest) if known else ("", first)


def _abbreviated(name: str, groups: Groups) -> Iterator[str]:
    """Shorter names, and these with usual abbreviations: ``Sở GD&ĐT``."""
    for other in (name, *_other_names(name)):
        yield other
        lower = other.lower()
        for phrases in groups:
            full = next((phrase for phrase in phrases if " " in phrase and phrase.lower() in lower), None)
            if full is not None:
                at = lower.index(full.lower())
                yield from (other[:at] + short + other[at + len(full) :] for short in phrases if " " not in short)


def _other_names(name: str) -> Iterator[str]:
    """Shorter ways in which people write a unit's name: ``UBND xã Tân An``, ``UBND Tân An``, ``Sở Tài chính``."""
    short = name
    for full, abbreviation in _SHORT:
        short = short.replace(full, abbreviation)
    found = _PLACED.fullmatch(short)
    yield short
    if found is None:
        return
    body, level, place = found.group("body", "level", "place")
    if " " in body:
        yield body
        yield f"{body} {place}"
        return
    if body == "UBND":
        yield f"{level} {place}"
    for head in {body, *(full for full, abbreviation in _SHORT if abbreviation == body)}:
        yield f"{head} {place}"
        if level.lower() in {"tỉnh", "thành phố"}:
            yield f"{head} {level}"
        if level.lower() == "thành phố":
            yield f"{head} TP {place}"


def spoken_code(kind: DocumentType) -> str:
    """The code by which queries name a type; those that have none in symbols go by their key, ``CV``."""
    return kind.code or kind.key.upper()


def codeless_keys(codes: tuple[str, ...]) -> list[str]:
    """Keys of those types among these that have no code in symbols, ``cv``."""
    return [key for key in type_keys(codes) if not document_types()[key].code]


def type_keys(codes: tuple[str, ...]) -> list[str]:
    """Keys of the types with these codes; a code that the office does not use has none."""
    return [kind.key for kind in document_types().values() if spoken_code(kind) in codes]
