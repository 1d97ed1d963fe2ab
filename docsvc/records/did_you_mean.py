"""What may have been meant by a query that found too little; offered only where it finds something for this person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from docsvc.records.lexicon import spelled
from search.folding import fold, forms, nfc, tokens
from search.keying import unkeyed
from search.query import Query
from search.spelling import slips

FEW = 3
"""With fewer documents found than this, other readings are looked for."""
MOST, TRIED = 3, 6
_MOST_WORDS = 12


@dataclass(frozen=True, slots=True)
class Meant:
    """Another query, and how many documents it finds."""

    text: str
    total: int


def meant(session: Session, text: str, query: Query, found: int, total_of: Callable[[str], int]) -> tuple[Meant, ...]:
    """Queries that may have been meant, those that find most first.

    Args:
        session: to look words up.
        text: as typed.
        query: what was understood of it.
        found: how many documents it finds.
        total_of: how many documents this person finds with another query: never a number of documents of others.
    """
    if found >= FEW:
        return ()
    offered = []
    for other in islice(_others(session, nfc(text), query), TRIED):
        total = total_of(other)
        if total > found:
            offered.append(Meant(other, total))
    offered.sort(key=lambda one: -one.total)
    return tuple(offered[:MOST])


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    readings: tuple[str, ...]
    """Likeliest first."""


def _others(session: Session, text: str, query: Query) -> Iterator[str]:
    """Other queries: every doubtful word read its likeliest way, then one word the next likeliest way."""
    words = [word for word in _doubtful(session, text, query) if word.readings]
    if not words:
        return
    seen = {text}
    choices = [dict.fromkeys(words, 0)]
    choices += [{**choices[0], word: 1} for word in words if len(word.readings) > 1]
    choices += [{word: 0} for word in words if len(words) > 1]
    for chosen in choices:
        other = _replaced(text, {word: word.readings[place] for word, place in chosen.items()})
        if other not in seen:
            seen.add(other)
            yield other


def _doubtful(session: Session, text: str, query: Query) -> Iterator[_Word]:
    places = [
        (chip.start + token.start, chip.start + token.end)
        for chip in query.chips
        if chip.kind in {"words", "phrase"}
        for token in tokens(text[chip.start : chip.end])
    ]
    for start, end in places[:_MOST_WORDS]:
        typed = text[start:end]
        exact, folded = forms(typed)
        keyed = unkeyed(typed)
        known = spelled(session, (folded,))
        if keyed is not None and not known:
            yield _Word(start, end, (keyed,))
        elif not known:
            yield _Word(start, end, tuple(_nearest(session, folded)))
        elif exact != folded and exact not in known:
            # Marks are wrong or missing somewhere: the other spellings of the same letters.
            yield _Word(start, end, tuple(word for word in known if word != exact)[:2])


def _nearest(session: Session, folded: str) -> list[str]:
    near = spelled(session, slips(folded)) if slips(folded) else {}
    return sorted(near, key=lambda word: (-near[word], fold(word), word))[:2]


def _replaced(text: str, readings: Mapping[_Word, str]) -> str:
    for word in sorted(readings, key=lambda one: -one.start):
        text = text[: word.start] + readings[word] + text[word.end :]
    return text
