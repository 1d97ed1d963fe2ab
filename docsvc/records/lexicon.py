"""The words that public documents use: counted now and then, asked when a query finds too little.

Abstracts and the office's own names are enough: a word that stands only deep in a text is rarely what was mistyped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from docsvc.db import Database
from docsvc.db.lexicon import LexiconState, LexiconWord
from docsvc.db.records import Document
from docsvc.records.terms import REGISTERED, Access
from docsvc.records.vocabulary import vocabulary
from search.folding import fold, tokens

COUNTED_AGAIN_AFTER = timedelta(days=1)
LOOKED_AT_AFTER = timedelta(minutes=10)
GROWN_SHARE, GROWN_LEAST = 0.1, 20
"""Counted again early when this share of documents came since, and at least so many."""
MOST_WORDS = 200_000
_BATCH, _ROWS = 2_000, 5_000
_LONGEST = 30


def is_due(session: Session, now: datetime) -> bool:
    """Whether the words should be counted again."""
    state = session.get(LexiconState, 1)
    if state is None:
        return True
    if state.counted_at > now - LOOKED_AT_AFTER:
        return False
    public = _public_count(session)
    grown = abs(public - state.documents)
    return grown >= max(GROWN_LEAST, GROWN_SHARE * state.documents) or (
        public != state.documents and state.counted_at < now - COUNTED_AGAIN_AFTER
    )


def count_words(database: Database) -> int:
    """Count the words of all public documents anew; gives how many words there are.

    Reading goes batch by batch; the old words answer until one transaction puts the new ones in their place.
    """
    counted: Counter[str] = Counter()
    with database.read() as session:
        documents = _public_count(session)
        names = vocabulary(session)
    for named in (*names.type_codes.values(), *names.units.values()):
        counted.update({word for name in named for word in _words(name)})
    for abstract in _abstracts(database):
        counted.update(set(_words(abstract)))
    kept = counted.most_common(MOST_WORDS)
    rows = ({"word": word, "folded": fold(word), "documents": number} for word, number in kept)
    try:
        with database.write() as session:
            # First: whoever else has counted waits on this row, or was the first and is enough.
            session.merge(LexiconState(id=1, counted_at=datetime.now(UTC), documents=documents))
            session.flush()
            session.execute(delete(LexiconWord))
            while some := list(islice(rows, _ROWS)):
                session.execute(insert(LexiconWord), some)
    except IntegrityError:
        return len(kept)
    return len(kept)


def spelled(session: Session, folded: Collection[str]) -> Mapping[str, int]:
    """The known words with these folded forms, the most used first, and in how many places each stands."""
    rows = session.execute(
        select(LexiconWord.word, LexiconWord.documents)
        .where(LexiconWord.folded.in_(folded))
        .order_by(LexiconWord.documents.desc(), LexiconWord.word)
    )
    return {row.word: row.documents for row in rows}


def beginning(session: Session, start: str, most: int) -> tuple[str, ...]:
    """The most used words whose folded form begins so."""
    rows = session.scalars(
        select(LexiconWord.word)
        .where(LexiconWord.folded >= start, LexiconWord.folded < start + "\U0010ffff")
        .order_by(LexiconWord.documents.desc(), LexiconWord.word)
        .limit(most)
    )
    return tuple(rows)


def _public_count(session: Session) -> int:
    counting = select(func.count()).where(Document.state.in_(REGISTERED), Document.access == Access.PUBLIC)
    return session.scalar(counting) or 0


def _abstracts(database: Database) -> Iterator[str]:
    last = ""
    while True:
        with database.read() as session:
            rows = session.execute(
                select(Document.id, Document.abstract)
                .where(Document.state.in_(REGISTERED), Document.access == Access.PUBLIC, Document.id > last)
                .order_by(Document.id)
                .limit(_BATCH)
            ).all()
        if not rows:
            return
        yield from (row.abstract for row in rows)
        last = rows[-1].id


def _words(text: str) -> Iterable[str]:
    return (token.text for token in tokens(text) if token.text.isalpha() and len(token.text) <= _LONGEST)
