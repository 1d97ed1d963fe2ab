"""Asking an engine for the words of a query: alternatives and nearness are spelled out as several plain queries.

Each answer gives a document points by its place in it, so that what several answers hold comes before what one holds;
an answer to words in a row counts more than one to the same words anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice, product

from search.engine import Engine, WordQuery
from search.folding import Term
from search.query import Query
from search.words import Phrase

MOST_QUERIES = 8
"""Combinations of alternatives that are asked for; later ones are left out."""

_LONGEST_RUN = 8
"""A longer run of words stands nowhere in a row; its beginning does."""

_STEADY = 10.0
_IN_A_ROW = 4.0


def word_queries(query: Query) -> Iterator[WordQuery]:
    """Yield the queries for words whose answers together are the answer, what was typed first."""
    choices = [one.phrases for one in query.alternatives]
    while _size(choices) > MOST_QUERIES:
        # The last alternatives lose their least likely names first.
        place = max(range(len(choices)), key=lambda at: (len(choices[at]), at))
        choices[place] = choices[place][:-1]
    for chosen in product(*choices):
        yield _with(query, chosen)


def _size(choices: Sequence[Sequence[Phrase]]) -> int:
    total = 1
    for one in choices:
        total *= len(one)
    return total


def _with(query: Query, chosen: Sequence[Phrase]) -> WordQuery:
    single = tuple(phrase[0] for phrase in chosen if len(phrase) == 1)
    longer = tuple(phrase for phrase in chosen if len(phrase) > 1)
    return WordQuery(
        tuple(dict.fromkeys((*query.words, *single))), tuple(dict.fromkeys((*query.phrases, *longer))), query.excluded
    )


def _near(query: Query, words: WordQuery) -> WordQuery | None:
    """The same, its runs of words in a row; runs that hold alternatives are left as they are."""
    spoken = {term for one in query.alternatives for term in one.typed}
    runs = tuple(run[:_LONGEST_RUN] for run in query.near if not spoken.intersection(run))
    if not runs:
        return None
    in_runs: set[Term] = {term for run in runs for term in run}
    rest = tuple(term for term in words.words if term not in in_runs)
    return replace(words, words=rest, phrases=tuple(dict.fromkeys((*words.phrases, *runs))))


def ask(engine: Engine, query: Query, *, limit: int) -> tuple[str, ...]:
    """Return the ids of at most ``limit`` documents that hold the words of ``query``, best first.

    Raises:
        SearchError: the index is damaged or missing.
    """
    answers: list[tuple[float, tuple[str, ...]]] = []
    for words in word_queries(query):
        found = tuple(hit.id for hit in engine.search(words, limit=limit))
        answers.append((1.0, found))
        near = _near(query, words) if len(found) > 1 else None
        if near is not None:
            answers.append((_IN_A_ROW, tuple(hit.id for hit in engine.search(near, limit=limit))))
    if len(answers) == 1:
        return answers[0][1]
    points: dict[str, float] = {}
    for weight, ids in answers:
        for place, identifier in enumerate(ids):
            points[identifier] = points.get(identifier, 0.0) + weight / (_STEADY + place)
    ranked = sorted(points, key=lambda identifier: -points[identifier])
    return tuple(islice(ranked, limit))
