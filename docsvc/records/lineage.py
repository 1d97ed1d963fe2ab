"""Under which units a unit's documents are found: those above it, and those that took over from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.db.people import Unit, UnitSuccession
from docsvc.db.records import EventHead

_kept: WeakKeyDictionary[object, tuple[int, Lineage]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Lineage:
    """The tree of units and their successions, as they are now."""

    parents: Mapping[int, frozenset[int]]
    """Of each unit, the one above it, if any."""
    children: Mapping[int, frozenset[int]]
    successors: Mapping[int, frozenset[int]]
    predecessors: Mapping[int, frozenset[int]]
    issuing: frozenset[int]
    """Units that issue documents in their own name."""

    def within(self, units: Iterable[int], *, predecessors: bool) -> frozenset[int]:
        """The units, those below them, and, if asked for, whomever any of these succeeded, and so on."""
        return _reached(units, self.children, self.predecessors if predecessors else {})

    def found_under(self, units: Iterable[int], *, predecessors: bool) -> frozenset[int]:
        """The other way round: every unit within which one of the given ones is."""
        return _reached(units, self.parents, self.successors if predecessors else {})

    def agencies(self, units: Iterable[int]) -> frozenset[int]:
        """See :func:`docsvc.records.units.with_agencies`."""
        departments = {unit: above for unit, above in self.parents.items() if unit not in self.issuing}
        return _reached(units, departments)


def lineage(session: Session) -> Lineage:
    """The units as they are known; read again when the event log has grown, for every change leaves an event."""
    version = session.scalar(select(EventHead.last_id)) or 0
    kept = _kept.get(session.get_bind())
    if kept is not None and kept[0] == version:
        return kept[1]
    built = _kept[session.get_bind()] = (version, read_lineage(session))
    return built[1]


def read_lineage(session: Session) -> Lineage:
    """Read the units as this transaction sees them, also where it has changed them itself."""
    above = [(row.id, row.parent_id) for row in session.execute(select(Unit.id, Unit.parent_id)) if row.parent_id]
    succeeded = [
        (row.predecessor_id, row.successor_id)
        for row in session.execute(select(UnitSuccession.predecessor_id, UnitSuccession.successor_id))
    ]
    return Lineage(
        parents=_grouped(above),
        children=_grouped((parent, child) for child, parent in above),
        successors=_grouped(succeeded),
        issuing=frozenset(session.scalars(select(Unit.id).where(Unit.issues))),
        predecessors=_grouped((later, earlier) for earlier, later in succeeded),
    )


def _grouped(pairs: Iterable[tuple[int, int]]) -> Mapping[int, frozenset[int]]:
    groups: dict[int, set[int]] = {}
    for one, other in pairs:
        groups.setdefault(one, set()).add(other)
    return {one: frozenset(others) for one, others in groups.items()}


def _reached(units: Iterable[int], *ways: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """All that can be reached from the units; mergers and divisions may lead to one unit twice."""
    onward: Callable[[int], set[int]] = lambda unit: {other for way in ways for other in way.get(unit, ())}  # noqa: E731
    reached: set[int] = set()
    left = list(units)
    while left:
        unit = left.pop()
        if unit not in reached:
            reached.add(unit)
            left.extend(onward(unit))
    return frozenset(reached)
