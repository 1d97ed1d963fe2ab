"""Whoosh's files: opened, created and written so that a commit survives a power cut.

Whoosh ships annotations for part of itself only; its untyped parts are met here and nowhere else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh.codec import base
from whoosh.fields import ID, Schema
from whoosh.filedb.filestore import FileStorage

from search._durable import flush

_NAME = "MAIN"
_LAST_GENERATION = 1 << 30
"""Whoosh writes it as a signed number of 32 bits."""
_TRIES, _PAUSE_SECONDS = 10, 0.02
_whoosh_index: Any = whoosh_index
_Segment: Any = base.Segment
_FileStorage: Any = FileStorage


class _DurableStorage(_FileStorage):  # type: ignore[misc]
    """File storage that has a commit's files on disk before the table of contents that names them."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self._written: set[str] = set()
        self._opened: list[Any] = []

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._written.add(name)
        return super().create_file(name, *args, **kwargs)

    def open_file(self, name: str, **kwargs: Any) -> Any:
        opened = super().open_file(name, **kwargs)
        self._opened.append(opened)
        return opened

    def forget_opened(self) -> None:
        """What was opened has been closed by Whoosh itself."""
        self._opened.clear()

    def close_opened(self) -> None:
        """Close what Whoosh leaves open when it cannot read it."""
        while self._opened:
            with suppress(Exception):
                self._opened.pop().close()

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:  # noqa: FBT001, FBT002
        if newname.endswith(".toc"):
            for name in self._written:
                with suppress(FileNotFoundError):
                    flush(Path(self.folder, name))
            self._written.clear()
        super().rename_file(oldname, newname, safe=safe)
        flush(Path(self.folder))


class PackedSegment(_Segment):  # type: ignore[misc]
    """A segment as Whoosh keeps it in its table of contents: a name, a number of documents, and what is deleted."""

    def __init__(self) -> None:
        super().__init__(_NAME)
        self.documents = 0
        self.deleted: frozenset[int] = frozenset()

    def doc_count_all(self) -> int:
        return self.documents

    def deleted_count(self) -> int:
        return len(self.deleted)

    def deleted_docs(self) -> Iterator[int]:
        return iter(self.deleted)

    def is_deleted(self, docnum: int) -> bool:
        return docnum in self.deleted

    def without(self, documents: Iterable[int]) -> PackedSegment:
        """Return the segment with more documents deleted."""
        other = copy(self)
        other.deleted = self.deleted.union(documents)
        return other

    @property
    def file_name(self) -> str:
        """Where its content lies."""
        return str(self.make_filename(".seg"))


def _schema() -> Schema:
    """What Whoosh asks every index to have; how documents are laid down is told by the engine's format."""
    return Schema(id=ID(unique=True))


class Commits:
    """The states of the index in a directory, each whole; Whoosh names them by rising numbers."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._storage = _DurableStorage(str(directory))

    def latest(self) -> int:
        """Return the number of the newest state; -1 if there is none."""
        return int(_whoosh_index.TOC._latest_generation(self._storage, _NAME))  # noqa: SLF001 - what readers go by

    def read(self) -> tuple[int, list[PackedSegment]]:
        """Return the newest state. A writer may remove the one that was just seen; then there is a newer one."""
        for attempt in range(_TRIES):
            try:
                with self._closed_on_failure():
                    # Given a schema it does not read the stored one, so nothing of it is run.
                    contents = _whoosh_index.TOC.read(self._storage, _NAME, schema=_schema())
            except (FileNotFoundError, _whoosh_index.EmptyIndexError):
                if attempt == _TRIES - 1:
                    raise
                time.sleep(_PAUSE_SECONDS)
            else:
                self._storage.forget_opened()
                return contents.generation, contents.segments
        raise AssertionError

    def write(self, generation: int, segments: Sequence[PackedSegment]) -> None:
        """Put a state in force whose files are on disk, then remove what it no longer names."""
        _whoosh_index.TOC(_schema(), list(segments), generation).write(self._storage, _NAME)
        _whoosh_index.clean_files(self._storage, _NAME, generation, segments)

    def create_empty(self) -> str:
        """Write a state without documents beside whatever lies there; gives the name of its file.

        It is newer than what lies there, so that readers always find one state or the other. Readers tell states
        apart by their numbers, so it must not repeat one that they may still hold of files that are gone.
        """
        generation = max(self.latest() + 1, int.from_bytes(os.urandom(3)) << 4)
        if generation > _LAST_GENERATION:
            raise OverflowError(f"generation {generation}")
        _whoosh_index.TOC(_schema(), [], generation).write(self._storage, _NAME)
        return str(_whoosh_index.TOC._filename(_NAME, generation))  # noqa: SLF001 - as above

    @contextmanager
    def _closed_on_failure(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self._storage.close_opened()
            raise
