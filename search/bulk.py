"""Engines into which several processes can lay documents down at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from search.engine import Engine, IndexedDocument


class Bulk(Engine, Protocol):
    """What takes long can be done in other processes: such an engine is pickled and asked there to prepare."""

    def prepare(self, documents: Iterable[IndexedDocument]) -> str:
        """Lay documents down, no two of one id, where nobody sees them yet; gives a name for :meth:`adopt`."""

    def adopt(self, prepared: Iterable[str]) -> None:
        """Add prepared documents, or replace those of the same ids, in one commit."""
