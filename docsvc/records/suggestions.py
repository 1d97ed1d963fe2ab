"""What the pages offer to choose from; every list passes the same check as the documents themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED

MOST = 500


def signatories(session: Session, actor: Actor) -> tuple[str, ...]:
    """Names of those who signed registered documents that this person may read."""
    names = session.scalars(
        select(Document.signatory_name)
        .where(Document.state.in_(REGISTERED), Document.signatory_name != "", readable(session, actor))
        .distinct()
        .order_by(Document.signatory_name)
        .limit(MOST)
    )
    return tuple(names)


def unit_tree(session: Session, only: Iterable[int] | None = None) -> tuple[tuple[int, Unit], ...]:
    """Units with their depth, each before those below it; with ``only``, these alone, roots where their own begin."""
    chosen = None if only is None else frozenset(only)
    units = [unit for unit in session.scalars(select(Unit).order_by(Unit.id)) if chosen is None or unit.id in chosen]
    present = {unit.id for unit in units}
    below: dict[int | None, list[Unit]] = {}
    for unit in units:
        below.setdefault(unit.parent_id if unit.parent_id in present else None, []).append(unit)
    return tuple(_walk(None, 0, below))


def _walk(above: int | None, depth: int, below: dict[int | None, list[Unit]]) -> Iterator[tuple[int, Unit]]:
    for unit in below.get(above, ()):
        yield depth, unit
        yield from _walk(unit.id, depth + 1, below)
