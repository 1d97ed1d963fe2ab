"""A segment's one file: whole arrays, laid down so that they are used where they lie.

Whoosh names segments, keeps their deletions and commits them; what stands inside one is ours, since its own posting
blocks are read and written one posting at a time.

The file: a mark, the sections one after another, a JSON table of them, the table's length and the mark again.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress
from pathlib import Path
from typing import BinaryIO, NamedTuple

from search._laid_out import newness_of
from search._whoosh_fields import EXACT, FOLDED, ID, LABEL, laid, together
from search.engine import IndexedDocument
from search.folding import forms

MARK = b"docsvc-words-03" + (b"<" if sys.byteorder == "little" else b">")
TAIL = struct.Struct("=Q16s")
RECORD = struct.Struct("=QII")
"""Where a key's documents stand, how many they are, and in which :data:`SPARSE` … shape."""
SPARSE, DENSE, BITS, NUMBER = range(4)
"""Numbers and then weights; a weight for every document of the segment; a bit for each; one number, in the record."""
_BYTES_PER_POSTING = 5
_BITS_FROM = 32
"""One label in so many documents, and a bit for each takes less than their numbers."""


class Posting(NamedTuple):
    """One key's documents, rising, and its weight in each; labels and ids have no weights."""

    key: bytes
    documents: array[int]
    weights: bytes | bytearray


@dataclass(slots=True)
class Columns:
    """What stands in a segment document by document, in the order of their numbers."""

    ids: list[str] = field(default_factory=list)
    newness: array[int] = field(default_factory=lambda: array("Q"))
    kinds: dict[str, Kind] = field(default_factory=dict)


@dataclass(slots=True)
class Kind:
    """A kind of labels: for each document which combination of them it bears, the first being none."""

    combinations: dict[tuple[str, ...], int] = field(default_factory=lambda: {(): 0})
    column: array[int] = field(default_factory=lambda: array("I"))

    def bear(self, document: int, labels: tuple[str, ...]) -> None:
        """Note what a document bears; those passed over bear none."""
        self.fill(document)
        self.column.append(self.combinations.setdefault(labels, len(self.combinations)))

    def fill(self, documents: int) -> None:
        """Let all documents up to a number have an entry."""
        missing = documents - len(self.column)
        if missing > 0:
            self.column.frombytes(bytes(self.column.itemsize * missing))


class _Gathered(dict[str, "array[int]"]):
    """Postings of words in their exact form as they come: the number above, the weight below, in one whole number."""

    def __missing__(self, key: str) -> array[int]:
        made = self[key] = array("Q")
        return made

    def add(self, document: int, weights: Iterable[tuple[str, int]]) -> None:
        number = document << _NUMBER_FROM
        for key, weight in weights:
            self[key].append(number + weight)

    def exact(self) -> Iterator[Posting]:
        return (_posting(EXACT, key, packed) for key, packed in sorted(self.items()))

    def folded(self) -> Iterator[Posting]:
        alike: dict[str, list[array[int]]] = {}
        for key, packed in self.items():
            alike.setdefault(forms(key)[1], []).append(packed)
        return (_posting(FOLDED, key, _united(lists)) for key, lists in sorted(alike.items()))


_NUMBER_FROM = 32
_WEIGHT = 0xFF


def _posting(prefix: bytes, key: str, packed: array[int]) -> Posting:
    written = packed.tobytes()
    low, high = (0, 1) if sys.byteorder == "little" else (7, 0)
    return Posting(prefix + key.encode(), array("I", written)[high::2], written[low::8])


def _united(lists: Sequence[array[int]]) -> array[int]:
    """Join the postings of words that fold alike."""
    if len(lists) == 1:
        return lists[0]
    united = array("Q")
    last = -1
    for packed in sorted(chain(*lists)):
        number = packed >> _NUMBER_FROM
        if number == last:
            weight = together(united[-1] & _WEIGHT, packed & _WEIGHT)
            united[-1] = (number << _NUMBER_FROM) + weight
        else:
            united.append(packed)
            last = number
    return united


def by_kind(labels: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Part labels by what stands before the colon."""
    kinds: dict[str, list[str]] = {}
    for label in sorted(set(labels)):
        kinds.setdefault(label.partition(":")[0], []).append(label)
    return {kind: tuple(borne) for kind, borne in kinds.items()}


def write_documents(path: Path, documents: Iterable[IndexedDocument]) -> int:
    """Write a segment of documents, no two of one id; gives how many."""
    columns = Columns()
    gathered = _Gathered()
    labels: dict[str, array[int]] = {}
    with path.open("wb") as file:
        writing = _Writing(file)
        for number, document in enumerate(documents):
            words = laid(document)
            gathered.add(number, words.weights)
            writing.sequence(words.sequence)
            columns.ids.append(document.id)
            columns.newness.append(newness_of(document.issued_on, document.number))
            for kind, borne in by_kind(document.labels).items():
                columns.kinds.setdefault(kind, Kind()).bear(number, borne)
                for label in borne:
                    labels.setdefault(label, array("I")).append(number)

        def postings() -> Iterator[Posting]:
            yield from gathered.exact()
            yield from gathered.folded()
            yield from sorted(
                Posting(ID + name.encode(), array("I", (at,)), b"") for at, name in enumerate(columns.ids)
            )
            yield from sorted(Posting(LABEL + label.encode(), numbers, b"") for label, numbers in labels.items())

        writing.finish(columns, postings())
    return len(columns.ids)


def write_parts(path: Path, sequences: Iterable[bytes], columns: Columns, postings: Iterable[Posting]) -> None:
    """Write a segment of parts of others; postings come in the order of their keys."""
    with path.open("wb") as file:
        writing = _Writing(file)
        for sequence in sequences:
            writing.sequence(sequence)
        writing.finish(columns, postings)


class _Writing:
    """A segment's file while it grows."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._sections: dict[str, tuple[int, int]] = {}
        self._file.write(MARK)
        self._start = self._at = len(MARK)
        self._ends = array("Q", (0,))

    def sequence(self, words: bytes) -> None:
        self._put(words)
        self._ends.append(self._at - self._start)

    def finish(self, columns: Columns, postings: Iterable[Posting]) -> None:
        self._end("sequences")
        self._section("sequence_ends", self._ends)
        documents = len(columns.ids)
        keys, key_ends, records = bytearray(), array("Q", (0,)), bytearray()
        for key, numbers, weights in postings:
            keys += key
            key_ends.append(len(keys))
            records += self._lay(key, numbers, weights, documents)
        self._end("postings")
        self._section("keys", keys)
        self._section("key_ends", key_ends)
        self._section("records", records)
        names = [name.encode() for name in columns.ids]
        ends = array("Q", (0,))
        for name in names:
            ends.append(ends[-1] + len(name))
        self._section("ids", b"".join(names))
        self._section("id_ends", ends)
        self._section("newness", columns.newness)
        self._section("by_newness", array("I", sorted(range(documents), key=columns.newness.__getitem__)))
        for kind, borne in columns.kinds.items():
            borne.fill(documents)
            self._section(f"kind {kind}", borne.column)
        kinds: dict[str, Sequence[tuple[str, ...]]] = {
            kind: list(borne.combinations) for kind, borne in columns.kinds.items()
        }
        table = json.dumps({"documents": documents, "sections": self._sections, "kinds": kinds}).encode()
        self._put(table)
        self._put(TAIL.pack(len(table), MARK))

    def _lay(self, key: bytes, numbers: array[int], weights: bytes | bytearray, documents: int) -> bytes:
        count = len(numbers)
        if key[:1] == ID:
            return RECORD.pack(numbers[0], 1, NUMBER)
        at = self._at - self._start
        if key[:1] == LABEL:
            if count * _BITS_FROM < documents:
                self._put(numbers.tobytes())
                return RECORD.pack(at, count, SPARSE)
            self._put(bits_of(numbers, documents).to_bytes((documents + 7) // 8, "little"))
            return RECORD.pack(at, count, BITS)
        if count * _BYTES_PER_POSTING < documents:
            self._put(numbers.tobytes())
            self._put(weights)
            return RECORD.pack(at, count, SPARSE)
        column = bytearray(documents)
        for number, weight in zip(numbers, weights, strict=True):
            column[number] = weight
        self._put(column)
        return RECORD.pack(at, count, DENSE)

    def _section(self, name: str, content: array[int] | bytes | bytearray) -> None:
        self._put(content.tobytes() if isinstance(content, array) else content)
        self._end(name)

    def _put(self, content: bytes | bytearray) -> None:
        self._file.write(content)
        self._at += len(content)

    def _end(self, name: str) -> None:
        """Note what was put since the last section as one, and pad so that the next begins at whole numbers."""
        self._sections[name] = (self._start, self._at - self._start)
        self._put(bytes(-self._at % 8))
        self._start = self._at


_FEW = 8


def bits_of(documents: Sequence[int], size: int) -> int:
    """Return a set of document numbers as one number with a bit for each."""
    if len(documents) <= _FEW:
        bits = 0
        for document in documents:
            bits |= 1 << document
        return bits
    digits = bytearray(b"0") * size
    for document in documents:
        digits[~document] = 49
    return int(bytes(digits), 2)


_DIGITS = bytes.maketrans(b"01", b"\0\1")


def mask_of(bits: int, size: int) -> bytes:
    """Return a set as bytes, one for each document: 1 for those in it."""
    return f"{bits:0{size}b}".encode()[::-1].translate(_DIGITS) if size else b""


def numbers_of(bits: int, size: int) -> list[int]:
    """Return the document numbers in a set, rising."""
    if bits.bit_count() <= _FEW:
        found = []
        while bits:
            found.append(bits.bit_length() - 1)
            bits ^= 1 << found[-1]
        return found[::-1]
    return list(compress(range(size), mask_of(bits, size)))
