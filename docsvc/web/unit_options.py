"""Units to choose from, indented as they stand in the tree."""

from __future__ import annotations

from collections.abc import Iterable

from docsvc.db.people import Unit

INDENT = "\N{NO-BREAK SPACE}" * 4


def unit_options(tree: Iterable[tuple[int, Unit]]) -> tuple[tuple[int, str], ...]:
    """Pairs for a list to choose from; see :func:`docsvc.records.suggestions.unit_tree`."""
    return tuple((unit.id, INDENT * depth + unit.name) for depth, unit in tree)
