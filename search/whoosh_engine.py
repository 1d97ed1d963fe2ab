"""The embedded engine: Whoosh in one directory, shared by the processes of one machine."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from whoosh.util.filelock import FileLock, try_for

from search._durable import flush
from search._whoosh_match import Asked, OpenSegment, answer
from search._whoosh_merging import Part, merge, to_merge
from search._whoosh_packing import bits_of, write_documents
from search._whoosh_segment import SegmentFile, Shelf
from search._whoosh_storage import Commits, PackedSegment
from search.engine import EVERYTHING, Answer, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import SearchError, busy, damaged, outdated, unreadable, unwritable

FORMAT = 3
"""Raised whenever words are cut, folded, weighed or laid down differently: old indexes must be built again."""

_MARKER, _LOCK = "format.json", "writer.lock"
_SHELF_BYTES = 64 * 1024 * 1024
"""Sets and weights kept from one question to the next."""
_TRIES, _PAUSE_SECONDS = 5, 0.02
_PREPARED, _LEFT_OVER_SECONDS = ".prepared", 6 * 3600.0


class _State(NamedTuple):
    """The index as one commit left it."""

    marker: tuple[int, ...]
    generation: int
    segments: tuple[OpenSegment, ...]

    def documents(self) -> int:
        return sum(segment.file.documents - segment.deleted.bit_count() for segment in self.segments)


class WhooshEngine:
    """An :class:`search.engine.Engine` in a directory of its own.

    A missing or empty directory becomes an empty index when the engine is made, and :attr:`fresh` says so: the
    caller then owes it all documents. A directory that vanishes or breaks later raises ``index-damaged``.

    One process writes at a time; others wait up to ``wait_seconds``. The lock is held by the kernel, so that a
    killed writer leaves none behind. Readers see a commit at their next call. A commit is one rename: until then
    the previous state answers, also after a crash.

    Whoosh's tables of contents say which segments there are; a segment is one file of whole arrays, mapped into
    memory. A process holds, beside what the system caches of the files: up to 64 MB of sets and weights, 20 MB of
    words it has cut before, about one byte in fifty of the segments' lists of words, and while it writes the postings
    of one batch (five bytes for each different word of a document, twice) or of two segments being made one.
    """

    def __init__(self, directory: Path, *, wait_seconds: float = 30.0) -> None:
        self._directory = Path(directory)
        self._wait_seconds = wait_seconds
        self._guard = threading.Lock()
        self._state: _State | None = None
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

    def __reduce__(self) -> tuple[type[WhooshEngine], tuple[Path]]:
        """Open the same directory in another process."""
        return type(self), (self._directory,)

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add or replace documents in one commit. Raises SearchError."""
        batch = {document.id: document for document in documents}
        if not batch:
            return
        with self._committing() as commit:
            segment = PackedSegment()
            path = self._directory / segment.file_name
            segment.documents = write_documents(path, batch.values())
            flush(path)
            commit.remove(batch)
            commit.add(segment)

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        unwanted = list(dict.fromkeys(ids))
        if not unwanted:
            return
        with self._committing() as commit:
            commit.remove(unwanted)

    def prepare(self, documents: Iterable[IndexedDocument]) -> str:
        """Lay documents down, no two of one id, where nobody sees them yet; gives a name for :meth:`adopt`.

        Raises SearchError. Any number of processes may do so at a time: it is what takes long.
        """
        name = f"{secrets.token_hex(8)}{_PREPARED}"
        with _system_errors_told(writing=True):  # others are those of whoever gives the documents
            write_documents(self._directory / name, documents)
            flush(self._directory / name)
        return name

    def adopt(self, prepared: Iterable[str]) -> None:
        """Add prepared documents, or replace those of the same ids, in one commit. Raises SearchError."""
        with self._committing() as commit:
            for name in prepared:
                segment = PackedSegment()
                (self._directory / name).rename(self._directory / segment.file_name)
                file = SegmentFile(self._directory / segment.file_name, segment.segment_id(), self._shelf)
                segment.documents = file.documents
                commit.remove(map(file.id, range(file.documents)))
                commit.add(segment)

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
        with _declared_errors_only(writing=False):
            segments = self._newest().segments
            most = limit + offset if limit else 0
            found = answer(segments, Asked(query, narrowing, counted, most, order))
            hits = tuple(Hit(segment.file.id(number), score) for score, segment, number in found.best[offset:])
            return Answer(hits, found.total, MappingProxyType(dict(found.counts)))

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits if limit > 0 else ()

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        with _declared_errors_only(writing=False):
            return self._newest().documents()

    def size_bytes(self) -> int:
        """Return what the index takes on disk. Raises SearchError."""
        total = 0
        with _declared_errors_only(writing=False):
            for path in self._directory.iterdir():
                with suppress(FileNotFoundError):  # merged away meanwhile
                    total += path.stat().st_size if path.is_file() else 0
        return total

    def clear(self) -> None:
        """Throw everything away, whatever state it is in, and start with an empty index. Raises SearchError."""
        with _declared_errors_only(writing=True):
            self._directory.mkdir(parents=True, exist_ok=True)
            with self._writing_alone():
                self._create()
        self.fresh = True

    def optimize(self) -> None:
        """Merge all segments into one and drop what is deleted; worth it after loading many documents."""
        with self._committing() as commit:
            commit.merge(range(len(commit.parts)))

    def close(self) -> None:
        """Let go of the files mapped into memory; questions still being answered keep theirs until then."""
        with self._guard:
            self._state = None

    # --- directory

    def _has_content(self) -> bool:
        return self._directory.is_dir() and any(name.name != _LOCK for name in self._directory.iterdir())

    def _create(self) -> None:
        """Write an empty index, then remove what lay there: others that read meanwhile find one or the other."""
        commits = Commits(self._directory)
        try:
            contents = commits.create_empty()
        except OverflowError:
            self._remove_all_but(_LOCK)
            contents = commits.create_empty()
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

    def _remove_left_over(self) -> None:
        """Remove what was prepared and, its writer having died, never adopted."""
        for path in self._directory.glob(f"*{_PREPARED}"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _LEFT_OVER_SECONDS:
                    path.unlink()

    def _check_format(self) -> None:
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

    # --- reading

    def _newest(self) -> _State:
        """Return the newest commit; segments that it shares with the one known are not opened again."""
        with self._guard:
            known = self._state
            for attempt in range(_TRIES):
                marker = self._marker()
                commits = Commits(self._directory)
                if known is not None and (known.marker, known.generation) == (marker, commits.latest()):
                    return known
                self._check_format()
                generation, segments = commits.read()
                try:
                    self._state = _State(marker, generation, self._opened(segments))
                except FileNotFoundError:
                    # A writer may have merged a segment away between the two looks.
                    if attempt == _TRIES - 1:
                        raise
                    time.sleep(_PAUSE_SECONDS)
                else:
                    return self._state
        raise AssertionError

    def _marker(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._directory / _MARKER)  # noqa: PTH116 - asked before every question
        except (FileNotFoundError, NotADirectoryError) as error:
            raise damaged(f"no {_MARKER}") from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _opened(self, segments: Iterable[PackedSegment]) -> tuple[OpenSegment, ...]:
        held = {one.file.name: one.file for one in self._state.segments} if self._state else {}
        opened: list[OpenSegment] = []
        first = 0
        for segment in segments:
            name = segment.segment_id()
            file = held.get(name) or SegmentFile(self._directory / segment.file_name, name, self._shelf)
            opened.append(OpenSegment(file, bits_of(list(segment.deleted), file.documents), first))
            first += file.documents
        return tuple(opened)

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
    def _committing(self) -> Iterator[_Commit]:
        with _declared_errors_only(writing=True):
            if not self._directory.is_dir():
                raise damaged("no directory")
            with self._writing_alone():
                commit = _Commit(self._directory, self._newest(), self._shelf)
                yield commit
                commit.finish()
                self._remove_left_over()


class _Commit:
    """The next state of the index while it is made."""

    def __init__(self, directory: Path, state: _State, shelf: Shelf) -> None:
        self._directory, self._shelf = directory, shelf
        self._generation = state.generation
        self._commits = Commits(directory)
        _, self._segments = self._commits.read()
        self.parts = [
            Part(one.file, segment.deleted) for one, segment in zip(state.segments, self._segments, strict=True)
        ]

    def remove(self, ids: Iterable[str]) -> None:
        """Mark documents as deleted."""
        unwanted: list[set[int]] = [set() for _ in self.parts]
        if not unwanted:
            return
        for one in ids:
            for part, deleted in zip(self.parts, unwanted, strict=True):
                number = part.file.number_of(one)
                if number is not None:
                    deleted.add(number)
        for place, deleted in enumerate(unwanted):
            if not deleted <= self._segments[place].deleted:
                self._segments[place] = self._segments[place].without(deleted)
                self.parts[place] = Part(self.parts[place].file, self._segments[place].deleted)

    def add(self, segment: PackedSegment, *, place: int | None = None) -> None:
        """Take in a segment whose file is written."""
        at = len(self.parts) if place is None else place
        file = SegmentFile(self._directory / segment.file_name, segment.segment_id(), self._shelf)
        self._segments.insert(at, segment)
        self.parts.insert(at, Part(file, segment.deleted))

    def merge(self, places: Collection[int]) -> None:
        """Make one segment of several, at the place of the first."""
        chosen = sorted(places)
        if not chosen:
            return
        parts = [self.parts[place] for place in chosen]
        for place in reversed(chosen):
            del self.parts[place], self._segments[place]
        if any(part.alive for part in parts):
            segment = PackedSegment()
            path = self._directory / segment.file_name
            segment.documents = merge(path, parts)
            flush(path)
            self.add(segment, place=chosen[0])

    def finish(self) -> None:
        """Merge what is due and put the new state in force."""
        while due := to_merge(self.parts):
            self.merge(due)
        self._commits.write(self._generation + 1, self._segments)


@contextmanager
def _declared_errors_only(*, writing: bool) -> Iterator[None]:
    """Turn whatever Whoosh raises over broken files into SearchError.

    A damaged index shows itself in many ways (struct, pickle, zlib, mmap, assertions), so all are taken; the
    cause stays attached.
    """
    try:
        with _system_errors_told(writing=writing):
            yield
    except SearchError:
        raise
    except Exception as error:
        raise damaged(type(error).__name__) from error


@contextmanager
def _system_errors_told(*, writing: bool) -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise damaged(f"{error.strerror}: {Path(str(error.filename)).name}") from error
    except (OSError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        # Too many open files, say: nothing tells that the index is damaged, and building it again would not help.
        raise (unwritable(reason) if writing else unreadable(reason)) from error
