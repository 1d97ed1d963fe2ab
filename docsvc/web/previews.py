"""Pictures of pages, kept in memory for a while: pages never change, for a file's name is its content."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TypeVar

from docsvc.issue.desk import Desk
from docsvc.pace import Places
from signing.pages import PageSize, page_sizes, render_page
from signing.texts import PageLetters, read_letters

WIDTHS = (480, 960)
"""The only widths drawn, in pixels: a caller cannot ask for a picture of any size."""

MOST_BYTES = 48 * 1024 * 1024
MOST_FILES = 512
MOST_LETTERS = 24
"""Pages whose letters are kept with their places."""
Key = TypeVar("Key")
Value = TypeVar("Value")


class Previews:
    """Draws pages of stored files in the sandbox, two at a time; safe to share between threads."""

    def __init__(self, desk: Desk, *, most_bytes: int = MOST_BYTES) -> None:
        self._desk = desk
        self._most_bytes = most_bytes
        self._pictures: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self._held_bytes = 0
        self._sizes: OrderedDict[str, tuple[PageSize, ...]] = OrderedDict()
        self._letters: OrderedDict[tuple[str, int], PageLetters] = OrderedDict()
        self._lock = threading.Lock()
        self._places = Places(2, wait_seconds=30)

    def picture(self, sha256: str, page_index: int, width_px: int) -> bytes:
        """A page as PNG.

        Raises:
            SigningError: the file cannot be read within the limits.
            StoreError: its bytes cannot be had.
            Busy: too many pages are being drawn.
        """
        key = (sha256, page_index, width_px)
        kept = self._look_up(self._pictures, key)
        if kept is not None:
            return kept
        with self._places.one():
            picture = render_page(self._desk.store.get(sha256), page_index, width_px=width_px, limits=self._desk.limits)
        with self._lock:
            self._held_bytes += len(picture) - len(self._pictures.pop(key, b""))
            self._pictures[key] = picture
            while self._held_bytes > self._most_bytes and len(self._pictures) > 1:
                self._held_bytes -= len(self._pictures.popitem(last=False)[1])
        return picture

    def sizes(self, sha256: str) -> tuple[PageSize, ...]:
        """Sizes of the file's pages, in points; raises as :meth:`picture` does."""
        kept = self._look_up(self._sizes, sha256)
        if kept is not None:
            return kept
        with self._places.one():
            sizes = page_sizes(self._desk.store.get(sha256), limits=self._desk.limits)
        with self._lock:
            self._sizes[sha256] = sizes
            while len(self._sizes) > MOST_FILES:
                self._sizes.popitem(last=False)
        return sizes

    def letters(self, sha256: str, page_index: int) -> PageLetters:
        """The letters of a page with their places; raises as :meth:`picture` does."""
        key = (sha256, page_index)
        kept = self._look_up(self._letters, key)
        if kept is not None:
            return kept
        with self._places.one():
            letters = read_letters(self._desk.store.get(sha256), page_index, limits=self._desk.limits)
        with self._lock:
            self._letters[key] = letters
            while len(self._letters) > MOST_LETTERS:
                self._letters.popitem(last=False)
        return letters

    def _look_up(self, kept: OrderedDict[Key, Value], key: Key) -> Value | None:
        with self._lock:
            if key not in kept:
                return None
            kept.move_to_end(key)
            return kept[key]
