"""The embedded engine: Whoosh in one directory, shared by the processes of one machine."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

from whoosh.util.filelock import FileLock, try_for

from search._durable import flush
from search._whoosh_fields import label_postings, newness_of, postings_of, schema
from search._whoosh_match import Asked, answer
from search._whoosh_postings import Shelf
from search._whoosh_storage import (
    closed_on_failure,
    create_empty,
    generation_of,
    open_index,
    open_reader,
    open_writer,
)
from search.engine import EVERYTHING, Answer, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import SearchError, busy, damaged, outdated, unreadable, unwritable

FORMAT = 2
"""Raised whenever words are cut, folded, weighed or laid down differently: old indexes must be built again."""

_MARKER, _LOCK = "format.json", "writer.lock"
_MOST_IDLE_READERS = 8
_SHELF_BYTES = 64 * 1024 * 1024
"""Postings kept from one question to the next."""
_MANY_HITS = 1000
"""From here on looking ids up one by one takes longer than finding the documents."""


class WhooshEngine:
    """An :class:`search.engine.Engine` in a directory of its own.

    A missing or empty directory becomes an empty index when the engine is made, and :attr:`fresh` says so: the
    caller then owes it all documents. A directory that vanishes or breaks later raises ``index-damaged``.

    One process writes at a time; others wait up to ``wait_seconds``. The lock is held by the kernel, so that a
    killed writer leaves none behind. Readers see a commit at their next call. A commit is one rename: until then
    the previous state answers, also after a crash.
    """

    def __init__(self, directory: Path, *, wait_seconds: float = 30.0, memory_mb: int = 128) -> None:
        self._directory = Path(directory)
        self._wait_seconds = wait_seconds
        self._memory_mb = memory_mb
        self._idle: list[tuple[int, Any]] = []
        self._guard = threading.Lock()
        self._ids: dict[str, list[str]] = {}
        self._shelf = Shelf(_SHELF_BYTES)
        self.fresh = False
        """Whether this engine found no index and made an empty one."""
        with _declared_errors_only(writing=True):
            if not self._has_content():
                self._directory.mkdir(parents=True, exist_ok=True)
                with self._writing_alone():
                    if not self._has_content():
                        self._create()
                        self.fresh = True

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add or replace documents in one commit. Raises SearchError."""
        batch = {document.id: document for document in documents}
        if not batch:
            return
        with _declared_errors_only(writing=True), self._writer() as writer:
            self._mark_deleted(writer, batch)
            for document in batch.values():
                exact, folded = postings_of(document)
                writer.add_document(
                    id=document.id,
                    exact=exact,
                    folded=folded,
                    labels=label_postings(document.labels),
                    newness=newness_of(document.issued_on, document.number),
                )

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        unwanted = list(dict.fromkeys(ids))
        if not unwanted:
            return
        with _declared_errors_only(writing=True), self._writer() as writer:
            self._mark_deleted(writer, unwanted)

    def answer(
        self,
        query: WordQuery,
        *,
        narrowing: Narrowing = EVERYTHING,
        counted: Collection[str] = (),
        limit: int,
        offset: int = 0,
        order: Order = "best",
    ) -> Answer:
        """Answer a question of words. Raises SearchError."""
        limit, offset = max(limit, 0), max(offset, 0)
        with _declared_errors_only(writing=False), self._reader() as reader:
            if not reader.doc_count():
                return Answer((), 0)
            most = limit + offset if limit else 0
            found = answer(reader.leaf_readers(), Asked(query, narrowing, counted, most, order), self._shelf)
            page = found.best[offset:]
            if len(page) > _MANY_HITS:
                names = self._all_ids(reader)
                hits = tuple(Hit(names[number], score) for score, number in page)
            else:
                hits = tuple(Hit(reader.stored_fields(number)["id"], score) for score, number in page)
            return Answer(hits, found.total, MappingProxyType(dict(found.counts)))

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits if limit > 0 else ()

    def size_bytes(self) -> int:
        """Return what the index takes on disk. Raises SearchError."""
        with _declared_errors_only(writing=False):
            return sum(path.stat().st_size for path in self._directory.iterdir() if path.is_file())

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        with _declared_errors_only(writing=False), self._reader() as reader:
            return int(reader.doc_count())

    def clear(self) -> None:
        """Throw everything away, whatever state it is in, and start with an empty index. Raises SearchError."""
        with _declared_errors_only(writing=True):
            self._directory.mkdir(parents=True, exist_ok=True)
            with self._writing_alone():
                self._create()
        self.fresh = True

    def optimize(self) -> None:
        """Merge all segments into one and drop what is deleted; worth it after loading many documents."""
        with _declared_errors_only(writing=True), self._writer() as writer:
            writer.optimize = True

    def close(self) -> None:
        """Close the files held open for reading."""
        with self._guard:
            idle, self._idle = self._idle, []
        for _, reader in idle:
            reader.close()

    # --- directory

    def _has_content(self) -> bool:
        return self._directory.is_dir() and any(name.name != _LOCK for name in self._directory.iterdir())

    def _create(self) -> None:
        """Write an empty index, then remove what lay there: others that read meanwhile find one or the other."""
        try:
            contents = create_empty(self._directory, schema())
        except OverflowError:
            self._remove_all_but(_LOCK)
            contents = create_empty(self._directory, schema())
        temporary = self._directory / (_MARKER + ".new")
        temporary.write_text(json.dumps({"engine": "whoosh", "format": FORMAT}), encoding="utf-8")
        flush(temporary)
        if (self._directory / _MARKER).is_dir():
            shutil.rmtree(self._directory / _MARKER)
        temporary.replace(self._directory / _MARKER)
        self._remove_all_but(_LOCK, _MARKER, contents)
        flush(self._directory)

    def _remove_all_but(self, *kept: str) -> None:
        for path in self._directory.iterdir():
            if path.name in kept:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _open(self) -> Any:
        marker = self._directory / _MARKER
        try:
            found = json.loads(marker.read_text(encoding="utf-8"))
            version = found["format"]
        except (FileNotFoundError, NotADirectoryError) as error:
            raise damaged(f"no {_MARKER}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(f"unreadable {_MARKER}") from error
        if version != FORMAT:
            raise outdated(f"{version} ≠ {FORMAT}")
        return open_index(self._directory, schema())

    # --- writing

    @contextmanager
    def _writing_alone(self) -> Iterator[None]:
        lock = FileLock(str(self._directory / _LOCK))
        if not try_for(lock.acquire, timeout=self._wait_seconds, delay=0.02):
            raise busy(self._wait_seconds)
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        if not self._directory.is_dir():
            raise damaged("no directory")
        with self._writing_alone():
            index = self._open()
            with closed_on_failure(index.storage):
                writer = open_writer(index, memory_mb=self._memory_mb)
                try:
                    yield writer
                except BaseException:
                    writer.cancel()
                    raise
                writer.commit()

    @staticmethod
    def _mark_deleted(writer: Any, ids: Iterable[str]) -> None:
        if not writer.segments:
            return
        reader = writer.reader()
        try:
            for name in ids:
                key = name.encode()
                for leaf, first in reader.leaf_readers():
                    if ("id", key) in leaf:
                        postings = leaf.postings("id", key)
                        for number in list(postings.all_ids()):
                            writer.delete_document(first + number)
        finally:
            reader.close()

    # --- reading

    def _all_ids(self, reader: Any) -> list[str]:
        """Return the id of every document by its number, deleted ones included; kept by segment, which never change."""
        known = self._ids
        here: dict[str, list[str]] = {}
        for leaf, _ in reader.leaf_readers():
            name = leaf.segment().segment_id()
            here[name] = known.get(name) or [leaf.stored_fields(one)["id"] for one in range(leaf.doc_count_all())]
        self._ids = here
        return [one for ids in here.values() for one in ids]

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        """Lend a reader of the newest commit; each is used by one thread at a time, since it holds file positions."""
        index = self._open()
        newest = index.latest_generation()
        with self._guard:
            stale = [entry for entry in self._idle if entry[0] != newest]
            self._idle = [entry for entry in self._idle if entry[0] == newest]
            reader = self._idle.pop()[1] if self._idle else None
        for _, old in stale:
            old.close()
        generation = newest
        if reader is None:
            reader = open_reader(index)
            generation = generation_of(reader)
        try:
            yield reader
        except BaseException:
            reader.close()
            raise
        with self._guard:
            kept = len(self._idle) < _MOST_IDLE_READERS
            if kept:
                self._idle.append((generation, reader))
        if not kept:
            reader.close()


@contextmanager
def _declared_errors_only(*, writing: bool) -> Iterator[None]:
    """Turn whatever Whoosh raises over broken files into SearchError.

    A damaged index shows itself in many ways (struct, pickle, zlib, mmap, assertions), so all are taken; the
    cause stays attached.
    """
    try:
        yield
    except SearchError:
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise damaged(f"{error.strerror}: {Path(str(error.filename)).name}") from error
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        # Too many open files, say: nothing tells that the index is damaged, and building it again would not help.
        raise (unwritable(reason) if writing else unreadable(reason)) from error
    except Exception as error:
        raise damaged(type(error).__name__) from error
