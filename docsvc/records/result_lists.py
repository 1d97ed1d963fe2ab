"""All results of a search as rows, to be taken elsewhere: which columns there are, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from docsvc.accounts import Actor
from docsvc.db import Database
from docsvc.db.records import Document
from docsvc.records.finder import MOST_PER_PAGE, Filters, Order, find
from search.engine import Engine

MOST_ROWS = 10_000
"""Of one list; a longer one is cut, and says so."""

COLUMNS = (
    "reference",
    "issued_on",
    "type",
    "abstract",
    "unit",
    "drafting_unit",
    "signatory",
    "position",
    "medium",
    "state",
    "access",
    "urgency",
    "pages",
)
"""Names of the columns, in their order."""
USUAL = ("reference", "issued_on", "type", "abstract", "unit", "signatory", "state")


@dataclass(frozen=True, slots=True)
class ResultList:
    """Rows of one search."""

    total: int
    """How many were found; more than there are rows where the list was cut."""
    rows: Iterator[Document]


def listed(
    database: Database, engine: Engine, actor: Actor, text: str, *, filters: Filters, order: Order | None, most: int
) -> ResultList:
    """Every document found that this person may read, page by page: a list is as long as memory need not be.

    Raises:
        SearchError: the index must be rebuilt.
    """
    first = find(database, engine, actor, text, filters=filters, order=order, per_page=MOST_PER_PAGE)

    def rows() -> Iterator[Document]:
        given, page = 0, first
        while True:
            for result in page.results:
                if given == most:
                    return
                given += 1
                yield result.document
            if page.page >= page.pages:
                return
            page = find(
                database, engine, actor, text, filters=filters, order=order, page=page.page + 1, per_page=MOST_PER_PAGE
            )

    return ResultList(first.total, rows())


def cell(document: Document, column: str, named: Callable[[str, str], str]) -> str:
    """What stands in a column; ``named`` gives the word for a type, a state and so on, by what kind of word it is."""
    plain: dict[str, Callable[[], str]] = {
        "reference": lambda: document.reference or "",
        "issued_on": lambda: f"{document.issued_on:%d/%m/%Y}" if document.issued_on else "",
        "type": lambda: named(document.type_key, "type"),
        "abstract": lambda: document.abstract,
        "unit": lambda: document.unit.name,
        "drafting_unit": lambda: document.drafting_unit.name,
        "signatory": lambda: document.signatory_name,
        "position": lambda: document.signatory_position,
        "medium": lambda: named(document.medium, "medium"),
        "state": lambda: named(document.state, "state"),
        "access": lambda: named(document.access, "access"),
        "urgency": lambda: named(document.urgency, "urgency"),
        "pages": lambda: str(document.pages or ""),
    }
    return plain[column]()
