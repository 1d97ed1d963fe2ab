"""Signed revisions of stored files and their pages beside today's, kept in memory for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Generic, TypeVar

from docsvc.errors import NotFound
from docsvc.issue.desk import Desk
from docsvc.pace import Places
from signing.revisions import Compared, Revision, Sheet, compare, sheets, signed_revision
from signing.verify import FileReport, verify

WIDTH_PX = 960
MOST_FILES = 64
MOST_BYTES = 32 * 1024 * 1024
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Beside:
    """The pages of a signed revision and today's, side by side."""

    covered_end: int
    """Where the signed revision ends in the file."""
    pages_then: int
    sheets: tuple[Sheet, ...]


class Comparisons:
    """Compares stored files in the sandbox, two at a time; safe to share between threads."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._beside: _Kept[tuple[str, int], Beside] = _Kept()
        self._drawn: _Kept[tuple[str, int, int], Compared] = _Kept()
        self._lock = threading.Lock()
        self._places = Places(2, wait_seconds=30)

    def report(self, sha256: str) -> FileReport:
        """The verdict on a stored file, as of now.

        Raises:
            StoreError: its bytes cannot be had.
            Busy: too many files are being read.
        """
        with self._places.one():
            return verify(self._desk.store.get(sha256), trust=self._desk.trust, limits=self._desk.limits)

    def revision(self, sha256: str, number: int) -> bytes:
        """What signature ``number`` of the file covers.

        Raises:
            NotFound: there is no such signature.
            SigningError, StoreError, Busy
        """
        beside = self.beside(sha256, number)
        return self._desk.store.get(sha256)[: beside.covered_end]

    def beside(self, sha256: str, number: int) -> Beside:
        """The pages as signature ``number`` covers them, beside today's; raises as :meth:`revision` does."""
        with self._lock:
            kept = self._beside.get((sha256, number))
        if kept is not None:
            return kept
        report = self.report(sha256)
        if not 1 <= number <= len(report.signatures):
            raise NotFound
        content = self._desk.store.get(sha256)
        with self._places.one():
            revision = signed_revision(content, report.signatures[number - 1], limits=self._desk.limits)
            both = sheets(content, revision, limits=self._desk.limits)
        found = Beside(len(revision.content), revision.pages, both)
        with self._lock:
            self._beside.put((sha256, number), found, 1, MOST_FILES)
        return found

    def drawn(self, sha256: str, number: int, place: int) -> Compared:
        """The sheet at a place, from 1, drawn with marks; raises as :meth:`revision` does."""
        key = sha256, number, place
        with self._lock:
            kept = self._drawn.get(key)
        if kept is not None:
            return kept
        beside = self.beside(sha256, number)
        if not 1 <= place <= len(beside.sheets):
            raise NotFound
        content = self._desk.store.get(sha256)
        revision = Revision(content[: beside.covered_end], beside.pages_then)
        sheet = beside.sheets[place - 1]
        with self._places.one():
            drawn = compare(content, revision, sheet, width_px=WIDTH_PX, limits=self._desk.limits)
        size = len(drawn.then_png or b"") + len(drawn.now_png or b"")
        with self._lock:
            self._drawn.put(key, drawn, size, MOST_BYTES)
        return drawn


class _Kept(Generic[Key, Value]):
    """What was used last, up to a size."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._size = 0

    def get(self, key: Key) -> Value | None:
        if key not in self._values:
            return None
        self._values.move_to_end(key)
        return self._values[key][0]

    def put(self, key: Key, value: Value, size: int, most: int) -> None:
        self._size += size - self._values.pop(key, (None, 0))[1]
        self._values[key] = value, size
        while self._size > most and len(self._values) > 1:
            self._size -= self._values.popitem(last=False)[1][1]
