"""Questions put to PostgreSQL: conditions and weights as SQL with parameters beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from search._laid_out import Clause, Tier, days, words_of
from search._postgres_words import HEAD
from search.engine import Narrowing

_WEIGHTS = "{0.1, 0.2, 0.6, 1.0}"
"""Of words in the text, nowhere, in extra, in reference and abstract: PostgreSQL's D, C, B and A."""

Elsewhere = Mapping[Clause, Sequence[str]]
"""The documents that hold a phrase in a further stretch of their text."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of SQL and what stands in its places."""

    text: sql.Composed | sql.SQL
    values: tuple[Any, ...] = ()

    @classmethod
    def of(cls, text: str, *values: Any, **names: sql.Composable) -> Part:
        """Make one of a literal text."""
        return cls(sql.SQL(text).format(**names) if names else sql.SQL(text), values)


def joined(between: str, parts: Sequence[Part]) -> Part:
    """Put pieces together."""
    joint = sql.SQL(between).join([part.text for part in parts])
    return Part(joint, tuple(value for part in parts for value in part.values))


def _column(*, exact: bool) -> sql.Identifier:
    return sql.Identifier("exact" if exact else "folded")


def phrase(clause: Clause) -> str:
    """Return a clause as a ``tsquery``."""
    return " <-> ".join(f"'{key}'" for key in clause.keys)


def phrases_of(groups: Sequence[Tier]) -> tuple[Clause, ...]:
    """Return every phrase of several words that is asked about."""
    clauses = [one for tier in groups for each in (*tier.wanted, tier.excluded, tier.near) for one in each]
    return tuple(dict.fromkeys(one for one in clauses if len(one.keys) > 1))


def _standing(clause: Clause, elsewhere: Elsewhere) -> Part:
    column = _column(exact=clause.exact)
    there = elsewhere.get(clause)
    if there:
        return Part.of("({c} @@ %s::tsquery OR id = ANY(%s))", phrase(clause), list(there), c=column)
    return Part.of("{c} @@ %s::tsquery", phrase(clause), c=column)


def held(tier: Tier, elsewhere: Elsewhere, table: sql.Composable) -> list[Part]:
    """Return what a document must hold to stand in a group, or in one before it."""
    together: dict[bool, list[str]] = {}
    conditions: list[Part] = []
    for each in tier.wanted:
        if len(each) == 1 and len(each[0].keys) == 1:
            together.setdefault(each[0].exact, []).append(f"'{each[0].keys[0]}'")
        else:
            either = [_standing(one, elsewhere) for one in each]
            conditions.append(Part.of("({e})", *joined(" OR ", either).values, e=joined(" OR ", either).text))
    for clause in tier.excluded:
        if len(clause.keys) == 1:
            together.setdefault(clause.exact, []).append(f"!'{clause.keys[0]}'")
        else:
            # Looked up in the index; as a plain negation each document's words would be read.
            there = _standing(clause, elsewhere)
            conditions.append(Part.of("id NOT IN (SELECT id FROM {t} WHERE {c})", *there.values, t=table, c=there.text))
    words = [
        Part.of("{c} @@ %s::tsquery", " & ".join(keys), c=_column(exact=exact)) for exact, keys in together.items()
    ]
    return [*words, *conditions]


def in_head(tier: Tier) -> Part | None:
    """Return the condition that every word stands in reference, abstract or extra; ``None`` where none is wanted."""
    forms: dict[bool, list[str]] = {}
    for exact, word in words_of(tier):
        forms.setdefault(exact, []).append(f"'{HEAD}{word}'")
    if not forms:
        return None
    return joined(
        " AND ",
        [Part.of("{c} @@ %s::tsquery", " & ".join(words), c=_column(exact=exact)) for exact, words in forms.items()],
    )


def near(tier: Tier, elsewhere: Elsewhere) -> Part | None:
    """Return the condition that a phrase stands near; ``None`` where there is none."""
    return joined(" OR ", [_standing(one, elsewhere) for one in tier.near]) if tier.near else None


def nearness(tier: Tier, elsewhere: Elsewhere) -> Part:
    """Return how many of the phrases stand."""
    if not tier.near:
        return Part.of("0")
    standing = [_standing(one, elsewhere) for one in tier.near]
    return joined(" + ", [Part.of("({c})::int", *one.values, c=one.text) for one in standing])


def weight(tier: Tier) -> Part:
    """Return how much the words weigh in a document."""
    forms: dict[bool, list[str]] = {}
    for exact, word in words_of(tier):
        forms.setdefault(exact, []).append(f"'{word}'")
    if not forms:
        return Part.of("0.0::real")
    return joined(
        " + ",
        [
            # 1: by the logarithm of the length. Any of the words: of them all PostgreSQL weighs how near they stand,
            # which `near` says better, and takes ten times as long.
            Part.of("ts_rank(%s::real[], {c}, %s::tsquery, 1)", _WEIGHTS, " | ".join(words), c=_column(exact=exact))
            for exact, words in forms.items()
        ],
    )


def narrowed(narrowing: Narrowing) -> list[Part] | None:
    """Return what a narrowing lets through; ``None`` if nothing."""
    if (narrowing.ids is not None and not narrowing.ids) or not all(narrowing.labels):
        return None
    conditions = [Part.of("labels && %s::text[]", sorted(either)) for either in narrowing.labels]
    if narrowing.ids is not None:
        conditions.append(Part.of("id = ANY(%s::text[])", sorted(narrowing.ids)))
    period = days(narrowing.first, narrowing.last)
    if period is not None:
        conditions.append(Part.of("newness BETWEEN %s AND %s", *period))
    if narrowing.without:
        conditions.append(Part.of("NOT labels && %s::text[]", sorted(narrowing.without)))
    return conditions
