"""What the search page's address asks for; the same words are kept with saved searches."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from werkzeug.datastructures import MultiDict

from docsvc.accounts import Actor
from docsvc.db import Database
from docsvc.records.filters import NAMES, Filters, from_values
from docsvc.records.finder import LONGEST_QUERY, MOST_PER_PAGE, Order, find
from search.engine import Engine
from search.folding import nfc

KEPT = ("q", *NAMES, "order")
"""What makes a search; the page's number does not."""
Word = TypeVar("Word", bound=StrEnum)


def filters_of(values: MultiDict[str, str]) -> Filters:
    """The limits asked for; one that cannot be understood limits nothing."""
    return from_values(dict(values.lists()))[0]


def asked_order(values: MultiDict[str, str]) -> Order | None:
    """The order asked for; ``None`` for the one that suits."""
    return one_of(Order, values.get("order", ""))


def one_of(kind: type[Word], value: str) -> Word | None:
    """The word of a kind that a value is, if any."""
    return next((member for member in kind if member == value), None)


def kept_values(values: MultiDict[str, str]) -> str:
    """The search as one line that :func:`read_kept` reads."""
    pairs = [(name, value) for name in KEPT for value in values.getlist(name) if value]
    return urlencode([(name, nfc(value)[:LONGEST_QUERY]) for name, value in pairs])


def read_kept(asked: str) -> MultiDict[str, str]:
    """The values of a kept search, as the page's address would give them."""
    return MultiDict(parse_qsl(asked))


def found_by(database: Database, engine: Engine, actor: Actor, asked: str, ids: Collection[str]) -> tuple[str, ...]:
    """Which of some documents a person finds by a kept search.

    Raises:
        SearchError: the index cannot be asked.
    """
    values = read_kept(asked)
    filters = replace(filters_of(values), ids=frozenset(ids))
    found: list[str] = []
    page = pages = 1
    while page <= pages:
        answer = find(database, engine, actor, values.get("q", ""), filters=filters, page=page, per_page=MOST_PER_PAGE)
        found += [result.document.id for result in answer.results]
        page, pages = page + 1, answer.pages
    return tuple(found)
