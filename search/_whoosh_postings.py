"""Whoosh's posting blocks, read whole and kept for the next question.

Segments never change once they are written (deletions are kept apart), so what was read of one stays true.
"""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from search._whoosh_fields import newness_of, positions_of
from search.engine import Narrowing

_BYTES_PER_POSTING, _BYTES_PER_VALUE = 8, 41


@dataclass(frozen=True, slots=True)
class Postings:
    """One word's documents in one segment and its weight in each, side by side, in the order of documents."""

    ids: array[int]
    weights: array[float]


class Shelf:
    """Keeps what was used last, up to a size; shared by the threads of a process."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes, self._held_bytes = limit_bytes, 0
        self._kept: OrderedDict[object, tuple[Any, int]] = OrderedDict()
        self._guard = threading.Lock()

    def get(self, name: object) -> Any | None:
        """Return what is kept under a name."""
        with self._guard:
            found = self._kept.get(name)
            if found is None:
                return None
            self._kept.move_to_end(name)
            return found[0]

    def put(self, name: object, value: Any, size_bytes: int) -> None:
        """Keep something, at the cost of what was not used for longest."""
        with self._guard:
            replaced = self._kept.pop(name, None)
            self._held_bytes += size_bytes - (replaced[1] if replaced else 0)
            self._kept[name] = (value, size_bytes)
            while self._held_bytes > self._limit_bytes:
                self._held_bytes -= self._kept.popitem(last=False)[1][1]


class Segment:
    """One segment of the index."""

    def __init__(self, reader: Any, first: int, shelf: Shelf) -> None:
        self.reader = reader
        self.first = first
        self._shelf = shelf
        self._name = reader.segment().segment_id()

    def frequency(self, field: str, key: bytes) -> int:
        """How many documents hold a word, deleted ones included."""
        return int(self.reader.doc_frequency(field, key))

    def postings(self, field: str, key: bytes) -> Postings | None:
        """Return a word's postings; ``None`` if no document holds it."""
        name = (self._name, field, key)
        kept: Postings | None = self._shelf.get(name)
        if kept is None and (field, key) in self.reader:
            ids, weights = array("I"), array("f")
            for block in self._blocks(field, key):
                block._read_ids()  # noqa: SLF001 - see `_blocks`
                block._read_weights()  # noqa: SLF001
                ids.extend(block._ids)  # noqa: SLF001
                weights.extend(block._weights)  # noqa: SLF001
            kept = Postings(ids, weights)
            self._shelf.put(name, kept, _BYTES_PER_POSTING * len(ids))
        return kept

    def _positions(self, field: str, key: bytes) -> tuple[bytes, ...]:
        """Return where a word stands in each of its documents, packed."""
        name = (self._name, field, key, "positions")
        kept: tuple[bytes, ...] | None = self._shelf.get(name)
        if kept is None:
            values: list[bytes] = []
            for block in self._blocks(field, key):
                block._read_values()  # noqa: SLF001 - see `_blocks`
                values.extend(block._values)  # noqa: SLF001
            kept = tuple(values)
            self._shelf.put(name, kept, sum(map(len, kept)) + _BYTES_PER_VALUE * len(kept))
        return kept

    def _blocks(self, field: str, key: bytes) -> Iterator[Any]:
        """Yield a matcher that stands on one block after the other.

        Whoosh has no public way to take a whole block; the methods asked of it here and above are what its own
        ``id()``, ``weight()`` and ``value()`` call. The contract tests would notice if they went away.
        """
        # `reader.postings()` would filter deletions one by one.
        matcher = self.reader._terms.matcher(field, key, self.reader.schema[field].format)  # noqa: SLF001
        while matcher.is_active():
            yield matcher
            matcher._next_block()  # noqa: SLF001

    def lengths(self, field: str) -> array[int]:
        """Return how many words each document has, by its number."""
        name = (self._name, field)
        kept: array[int] | None = self._shelf.get(name)
        if kept is None:
            length: Callable[[int], int] = self.reader._perdoc.doc_field_length_reader(field)  # noqa: SLF001
            kept = array("I", (length(document) or 1 for document in range(self.reader.doc_count_all())))
            self._shelf.put(name, kept, 4 * len(kept))
        return kept

    def newness(self) -> array[int]:
        """Return each document's day and number as one number, by its own number."""
        name = (self._name, "newness")
        kept: array[int] | None = self._shelf.get(name)
        if kept is None:
            stored = self.reader.stored_fields
            kept = array("Q", (stored(document)["newness"] for document in range(self.reader.doc_count_all())))
            self._shelf.put(name, kept, 8 * len(kept))
        return kept

    def narrowed(self, narrowing: Narrowing) -> set[int] | None:
        """Return the documents that a narrowing lets through; ``None`` for all."""
        found: set[int] | None = None

        def keep(documents: set[int]) -> None:
            nonlocal found
            found = documents if found is None else found & documents

        for either in narrowing.labels:
            keep(set().union(*(self.holding("labels", (label.encode(),)) for label in either)))
        if narrowing.ids is not None:
            keep(set().union(*(self.holding("id", (one.encode(),)) for one in narrowing.ids)))
        if narrowing.first is not None or narrowing.last is not None:
            least = max(newness_of(narrowing.first, 0), 1)
            most = newness_of(narrowing.last, None) if narrowing.last else 1 << 64
            keep({document for document, key in enumerate(self.newness()) if least <= key <= most})
        if narrowing.without:
            unwanted = set().union(*(self.holding("labels", (label.encode(),)) for label in narrowing.without))
            keep((set(range(self.reader.doc_count_all())) if found is None else found) - unwanted)
        return found

    def label_counts(self, kind: str, documents: set[int]) -> Mapping[str, int]:
        """Return how many of the documents bear each label of a kind."""
        counts = {}
        for key in self.reader.expand_prefix("labels", f"{kind}:"):
            borne = len(documents.intersection(self.holding("labels", (key,))))
            if borne:
                counts[key.decode()] = borne
        return counts

    def holding(self, field: str, keys: tuple[bytes, ...]) -> set[int]:
        """Return the documents in which these words follow one another."""
        lists: dict[bytes, Postings] = {}
        for key in keys:
            postings = self.postings(field, key)
            if postings is None:
                return set()
            lists[key] = postings
        rarest_first = sorted(lists.values(), key=lambda postings: len(postings.ids))
        found = set(rarest_first[0].ids)
        for postings in rarest_first[1:]:
            found.intersection_update(postings.ids)
        if len(keys) == 1 or not found:
            return found
        places = {
            key: {
                document: packed
                for document, packed in zip(postings.ids, self._positions(field, key), strict=True)
                if document in found
            }
            for key, postings in lists.items()
        }
        return {document for document in found if _adjoin([places[key][document] for key in keys])}


def _adjoin(packed: list[bytes]) -> bool:
    starts: set[int] | None = None
    for distance, value in enumerate(packed):
        here = {position - distance for position in positions_of(value)}
        starts = here if starts is None else starts & here
        if not starts:
            return False
    return True
