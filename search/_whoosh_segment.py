"""A segment's file as it lies on disk, mapped into memory and asked.

Segments never change once they are written (deletions are kept apart), so what was made of one stays true.
"""

from __future__ import annotations

import json
import mmap
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter, OrderedDict
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

from search._laid_out import newness_of
from search._whoosh_fields import FOLD, ID, LABEL
from search._whoosh_packing import (
    BITS,
    DENSE,
    MARK,
    NUMBER,
    RECORD,
    SPARSE,
    TAIL,
    Kind,
    Posting,
    bits_of,
    mask_of,
)
from search.engine import Narrowing

_SAMPLED = 32
"""One key in so many is held in memory; the rest is looked up in the file."""
_NOT_ZERO = b"0" + b"1" * 255
_SCAN_FROM, _SCANNED_BYTES = 8, 1 << 20
_BLANK = 0x20
_KEPT_BYTES = 120
"""What anything costs that is kept, beside itself."""


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
        size_bytes += _KEPT_BYTES
        with self._guard:
            replaced = self._kept.pop(name, None)
            self._held_bytes += size_bytes - (replaced[1] if replaced else 0)
            self._kept[name] = (value, size_bytes)
            while self._held_bytes > self._limit_bytes:
                self._held_bytes -= self._kept.popitem(last=False)[1][1]


class Record(NamedTuple):
    """Where a key's documents stand."""

    at: int
    frequency: int
    shape: int


class _Keys:
    """The keys of a segment, sorted, as a sequence."""

    def __init__(self, written: memoryview, ends: memoryview) -> None:
        self._written, self._ends = written, ends
        self._sample = [self[at] for at in range(0, len(self), _SAMPLED)]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, at: int) -> bytes:
        return bytes(self._written[self._ends[at] : self._ends[at + 1]])

    def place(self, key: bytes) -> int:
        """Return the place of the first key that is not below this one."""
        after = bisect_left(self._sample, key)
        low, high = max(after - 1, 0) * _SAMPLED, min(after * _SAMPLED + 1, len(self))
        return bisect_left(self, key, low, high)


class SegmentFile:
    """One segment; see :mod:`search._whoosh_packing`. Any number of threads may ask it."""

    def __init__(self, path: Path, name: str, shelf: Shelf) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self.name = name
        self._shelf = shelf
        self._whole = memoryview(self._map)
        if len(self._whole) < TAIL.size + len(MARK) or self._map[: len(MARK)] != MARK:
            raise ValueError(f"{path.name} does not begin as a segment does")
        length, mark = TAIL.unpack(self._whole[-TAIL.size :])
        if mark != MARK or length > len(self._whole):
            raise ValueError(f"{path.name} does not end as a segment does")
        table = json.loads(bytes(self._whole[-TAIL.size - length : -TAIL.size]))
        self.documents = int(table["documents"])
        self._sections: dict[str, tuple[int, int]] = table["sections"]
        self._combinations: dict[str, list[tuple[str, ...]]] = {
            kind: [tuple(borne) for borne in combinations] for kind, combinations in table["kinds"].items()
        }
        self._keys = _Keys(self._section("keys"), self._section("key_ends", "Q"))
        self._records, self._postings = self._section("records"), self._section("postings")
        self._sequences, self._sequence_ends = self._sections["sequences"][0], self._section("sequence_ends", "Q")
        self._ids, self._id_ends = self._section("ids"), self._section("id_ends", "Q")
        self.newness = self._section("newness", "Q")
        self._by_newness = self._section("by_newness", "I")

    # --- documents

    def id(self, document: int) -> str:
        """Return what a document is called outside."""
        return str(self._ids[self._id_ends[document] : self._id_ends[document + 1]], "utf-8")

    def number_of(self, identifier: str) -> int | None:
        """Return a document's number; ``None`` if there is none of this id. It may be deleted."""
        record = self.record(ID, identifier.encode())
        return record.at if record else None

    def sequence(self, document: int) -> bytes:
        """Return a document's words in order, in their exact form."""
        start = self._sequences
        return self._map[start + self._sequence_ends[document] : start + self._sequence_ends[document + 1]]

    def holding(self, documents: Sequence[int], wanted: bytes, *, folded: bool) -> list[int]:
        """Return those of the documents in whose sequence a pattern stands."""
        whole, start, ends = self._map, self._sequences, self._sequence_ends
        if len(documents) * _SCAN_FROM > self.documents:
            return self._scanned(set(documents), wanted, folded=folded)
        if folded:
            return [
                one for one in documents if wanted in whole[start + ends[one] : start + ends[one + 1]].translate(FOLD)
            ]
        return [one for one in documents if wanted in whole[start + ends[one] : start + ends[one + 1]]]

    def _scanned(self, documents: Collection[int], wanted: bytes, *, folded: bool) -> list[int]:
        """Read all sequences, some documents at once: quicker than one by one where most are asked about."""
        found = []
        ends = self._sequence_ends
        # Blanks are everywhere: without them the rest is skipped over more quickly.
        bare = wanted.strip(b" ")
        first = 0
        while first < self.documents:
            last = min(max(bisect_right(ends, ends[first] + _SCANNED_BYTES) - 1, first + 1), self.documents)
            base = ends[first]
            piece = self._map[self._sequences + base : self._sequences + ends[last]]
            if folded:
                piece = piece.translate(FOLD)
            at = piece.find(bare)
            while at >= 0:
                if piece[at - 1] == _BLANK == piece[at + len(bare)]:
                    one = bisect_right(ends, base + at, first, last + 1) - 1
                    if one in documents:
                        found.append(one)
                    at = piece.find(bare, ends[one + 1] - base)
                else:
                    at = piece.find(bare, at + 1)
            first = last
        return found

    # --- keys

    def record(self, prefix: bytes, key: bytes) -> Record | None:
        """Return where a key's documents stand."""
        wanted = prefix + key
        at = self._keys.place(wanted)
        if at < len(self._keys) and self._keys[at] == wanted:
            return self._record(at)
        return None

    def frequency(self, prefix: bytes, key: bytes) -> int:
        """How many documents have a key, deleted ones included."""
        record = self.record(prefix, key)
        return record.frequency if record else 0

    def bits(self, prefix: bytes, key: bytes) -> int:
        """Return the documents that have a key, a bit for each; kept."""
        name = (self.name, prefix, key)
        kept: int | None = self._shelf.get(name)
        if kept is None:
            record = self.record(prefix, key)
            kept = self._read_bits(record) if record else 0
            self._shelf.put(name, kept, kept.bit_length() // 7)
        return kept

    def lanes(self, prefix: bytes, key: bytes) -> int:
        """Return a word's weight in every document, 16 bits for each, as one number; kept."""
        name = (self.name, prefix, key, "lanes")
        kept: int | None = self._shelf.get(name)
        if kept is None:
            spread = bytearray(2 * self.documents)
            record = self.record(prefix, key)
            if record and record.shape == DENSE:
                spread[::2] = self._postings[record.at : record.at + self.documents]
            elif record:
                for document, weight in zip(*self._sparse(record), strict=True):
                    spread[2 * document] = weight
            kept = int.from_bytes(spread, "little")
            self._shelf.put(name, kept, kept.bit_length() // 7)
        return kept

    def weights(self, prefix: bytes, key: bytes, documents: Sequence[int]) -> list[int]:
        """Return a word's weight in each of a few documents."""
        record = self.record(prefix, key)
        if record is None:
            return [0] * len(documents)
        if record.shape == DENSE:
            return [self._postings[record.at + document] for document in documents]
        numbers, weights = self._sparse(record)
        found = []
        at = 0
        for document in documents:
            at = bisect_left(numbers, document, at)
            found.append(weights[at] if at < len(numbers) and numbers[at] == document else 0)
        return found

    def postings(self) -> Iterator[Posting]:
        """Yield every key with its documents, in the order of keys."""
        for at in range(len(self._keys)):
            record = self._record(at)
            if record.shape == NUMBER:
                yield Posting(self._keys[at], array("I", (record.at,)), b"")
            elif record.shape == DENSE:
                column = bytes(self._postings[record.at : record.at + self.documents])
                documents = array("I", compress(range(self.documents), column))
                yield Posting(self._keys[at], documents, column.translate(None, b"\0"))
            elif record.shape == BITS:
                bits = self._read_bits(record)
                yield Posting(
                    self._keys[at], array("I", compress(range(self.documents), mask_of(bits, self.documents))), b""
                )
            else:
                numbers, weights = self._sparse(record)
                is_label = self._keys[at][:1] == LABEL
                yield Posting(self._keys[at], array("I", numbers), b"" if is_label else bytes(weights))

    # --- labels and days

    def narrowed(self, narrowing: Narrowing) -> int | None:
        """Return the documents that a narrowing lets through; ``None`` for all."""
        found: int | None = None
        for either in narrowing.labels:
            borne = self._bearing(either)
            found = borne if found is None else found & borne
        if narrowing.ids is not None:
            numbers = [self.number_of(one) for one in narrowing.ids]
            named = bits_of([number for number in numbers if number is not None], self.documents)
            found = named if found is None else found & named
        if narrowing.first is not None or narrowing.last is not None:
            least = newness_of(narrowing.first or date.min, 0)
            most = newness_of(narrowing.last, None) if narrowing.last else (1 << 64) - 1
            dated = self._within(least, most)
            found = dated if found is None else found & dated
        if narrowing.without:
            found = (1 << self.documents) - 1 if found is None else found
            found ^= found & self._bearing(narrowing.without)
        return found

    def _bearing(self, labels: Collection[str]) -> int:
        borne = 0
        for label in labels:
            borne |= self.bits(LABEL, label.encode())
        return borne

    def _within(self, least: int, most: int) -> int:
        name = (self.name, least, most)
        kept: int | None = self._shelf.get(name)
        if kept is None:
            start = bisect_left(self._by_newness, least, key=self.newness.__getitem__)
            end = bisect_left(self._by_newness, most + 1, key=self.newness.__getitem__)
            if end <= start:
                kept = 0
            elif 2 * (end - start) <= self.documents:
                kept = bits_of(self._by_newness[start:end], self.documents)
            else:
                outside = array("I", self._by_newness[:start])
                outside.frombytes(self._by_newness[end:].tobytes())
                kept = ((1 << self.documents) - 1) ^ bits_of(outside, self.documents)
            self._shelf.put(name, kept, kept.bit_length() // 7)
        return kept

    def label_counts(self, kind: str, documents: int, mask: bytes) -> Counter[str]:
        """Return how many of the documents, given as bits and as a mask, bear each label of a kind."""
        combinations = self._combinations.get(kind)
        counts: Counter[str] = Counter()
        if combinations is None:
            return counts
        labels = {label for borne in combinations for label in borne}
        # Measured: either way costs about the same here.
        if len(labels) * (5.0 + self.documents * 6e-5) < documents.bit_count() * 0.04 + self.documents * 0.008:
            for label in labels:
                borne = (documents & self.bits(LABEL, label.encode())).bit_count()
                if borne:
                    counts[label] = borne
            return counts
        column = self._section(f"kind {kind}", "I")
        for number, times in Counter(compress(column, mask)).items():
            for label in combinations[number]:
                counts[label] += times
        return counts

    def kinds(self) -> dict[str, Kind]:
        """Return the labels of all documents by kind."""
        return {
            kind: Kind(
                {borne: at for at, borne in enumerate(combinations)}, array("I", self._section(f"kind {kind}", "I"))
            )
            for kind, combinations in self._combinations.items()
        }

    # --- bytes

    def _section(self, name: str, code: str = "B") -> memoryview:
        start, length = self._sections[name]
        if start + length > len(self._whole):
            raise ValueError(f"section {name} ends beyond the file")
        return self._whole[start : start + length].cast(code)  # type: ignore[call-overload,no-any-return]

    def _record(self, at: int) -> Record:
        return Record(*RECORD.unpack_from(self._records, at * RECORD.size))

    def _sparse(self, record: Record) -> tuple[memoryview, memoryview]:
        middle = record.at + 4 * record.frequency
        return self._postings[record.at : middle].cast("I"), self._postings[middle : middle + record.frequency]

    def _read_bits(self, record: Record) -> int:
        if record.shape == BITS:
            return int.from_bytes(self._postings[record.at : record.at + (self.documents + 7) // 8], "little")
        if record.shape == DENSE:
            column = bytes(self._postings[record.at : record.at + self.documents])
            return int(column.translate(_NOT_ZERO)[::-1], 2)
        assert record.shape == SPARSE  # noqa: S101 - ids are never asked for as sets
        return bits_of(self._postings[record.at : record.at + 4 * record.frequency].cast("I"), self.documents)
