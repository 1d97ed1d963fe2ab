"""Whoosh's files: opened, created and written so that a commit survives a power cut.

Whoosh ships annotations for part of itself only; its untyped parts are met here and nowhere else.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh import writing
from whoosh.codec import whoosh3
from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage

from search._durable import flush

_NAME = "MAIN"
_LAST_GENERATION = 1 << 30
"""Whoosh writes it as a signed number of 32 bits."""
_TRIES, _PAUSE_SECONDS = 10, 0.02
_whoosh_index: Any = whoosh_index
_writing: Any = writing
_codec: Any = whoosh3
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


def create_empty(directory: Path, schema: Schema) -> str:
    """Write an index without documents beside whatever lies there; gives the name of its file.

    It is newer than what lies there, so that readers always find one state or the other. Readers tell states apart
    by generation, so it must not repeat one that they may still hold of files that are gone.
    """
    storage = _DurableStorage(str(directory))
    latest = _whoosh_index.TOC._latest_generation(storage, _NAME)  # noqa: SLF001 - what readers go by
    generation = max(latest + 1, int.from_bytes(os.urandom(3)) << 4)
    if generation > _LAST_GENERATION:
        raise OverflowError(f"generation {latest}")
    _whoosh_index.TOC(schema, [], generation).write(storage, _NAME)
    return str(_whoosh_index.TOC._filename(_NAME, generation))  # noqa: SLF001 - as above


def open_index(directory: Path, schema: Schema) -> Any:
    """Open the index for reading and writing; the stored schema is not read, so nothing of it is run.

    A writer may remove the state that was just seen; then there is a newer one.
    """
    storage = _DurableStorage(str(directory))
    with closed_on_failure(storage):
        for _ in range(_TRIES - 1):
            try:
                return _whoosh_index.FileIndex(storage, schema=schema, indexname=_NAME)
            except (FileNotFoundError, _whoosh_index.EmptyIndexError):
                time.sleep(_PAUSE_SECONDS)
        return _whoosh_index.FileIndex(storage, schema=schema, indexname=_NAME)


@contextmanager
def closed_on_failure(storage: Any) -> Iterator[None]:
    """Close the files of an index that turns out to be unreadable."""
    try:
        yield
    except BaseException:
        storage.close_opened()
        raise


def open_reader(index: Any) -> Any:
    """Open the newest state for reading."""
    with closed_on_failure(index.storage):
        return index.reader()


def open_writer(index: Any, *, memory_mb: int) -> Any:
    """Start a commit. The caller holds the writer's lock, so Whoosh takes none."""
    codec = _codec.W3Codec(blocklimit=1024, compression=1)
    return _writing.SegmentWriter(index, _lk=False, limitmb=memory_mb, codec=codec)


def generation_of(reader: Any) -> int:
    """Return which commit a reader shows; an index without segments has no number of its own."""
    generation = reader.generation()
    return -1 if generation is None else int(generation)
