"""A step sent twice: the second time it is answered like the first, without doing anything.

A program that lost the answer sends the step again. The use case then says that the document has moved on; if it
stands exactly where this step leads, and this person could have taken the step, that is what was asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from docsvc.accounts import Actor, Role
from docsvc.api.context import actor, parts
from docsvc.db.records import Document
from docsvc.errors import NotFound
from docsvc.records.errors import WrongState
from docsvc.records.reading import fetch
from docsvc.records.terms import State

Taker = Callable[[Document, Actor], bool]


def by_author(document: Document, by: Actor) -> bool:
    """Steps of who drafted it."""
    return document.created_by == by.user_id


def by_signatory(document: Document, by: Actor) -> bool:
    """Steps of who signs it."""
    return document.signatory_id == by.user_id


def by_clerk(document: Document, by: Actor) -> bool:
    """Steps of a clerk of the issuing unit."""
    return by.holds(Role.CLERK, [document.unit_id])


@contextmanager
def repeatable(
    document_id: str, leads_to: State, taker: Taker, *, same: Callable[[Document], bool] = lambda _: True
) -> Iterator[None]:
    """Let a step pass that has been taken already; ``same`` compares what was asked for then and now.

    Raises:
        WrongState: the document stands elsewhere, or this was not this person's step.
    """
    try:
        yield
    except WrongState:
        with parts().database.read() as session:
            try:
                document = fetch(session, actor(), document_id)
            except NotFound:
                raise WrongState from None
        if document.state != leads_to or not taker(document, actor()) or not same(document):
            raise
