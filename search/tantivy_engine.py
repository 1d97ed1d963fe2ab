"""The embedded engine for large archives: tantivy in one directory, shared by the processes of one machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tantivy import Index, IndexWriter, Occur, Query, Schema, Searcher
from tantivy import Order as Direction

from search._alone import alone
from search._durable import write_whole
from search._laid_out import Tier, tiers
from search._tantivy_fields import Wanted, document_of, holding, narrowed, schema, weighing
from search.engine import EVERYTHING, Answer, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import SearchError, damaged, outdated, unreadable, unwritable

FORMAT = 1
"""Raised whenever words are cut, folded, weighed or laid down differently: old indexes must be built again."""

_MARKER, _META, _LOCK = "format.json", "meta.json", "alone.lock"
_MOST_LABELS = 65_000
"""Labels of one kind that are counted: what tantivy allows."""
_LEAST_MEMORY_MB = 16
_SYSTEM_ERROR = re.compile(r"\bcode: (\d+)|os error (\d+)")

_State = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Opened:
    index: Index
    layout: Schema
    searcher: Searcher
    marker: _State
    meta: _State


class TantivyEngine:
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
        self._memory_bytes = max(memory_mb, _LEAST_MEMORY_MB) * 1_000_000
        self._guard = threading.Lock()
        self._held: _Opened | None = None
        self.fresh = False
        """Whether this engine found no index and made an empty one."""
        with self._declared_errors_only(writing=True):
            # Where there is something but no marker, another process may be making the index just now.
            if not (self._directory / _MARKER).exists():
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
        with self._declared_errors_only(writing=True), self._writer() as (writer, layout):
            self._mark_deleted(writer, layout, batch)
            for document in batch.values():
                writer.add_document(document_of(document))

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        unwanted = list(dict.fromkeys(ids))
        if not unwanted:
            return
        with self._declared_errors_only(writing=True), self._writer() as (writer, layout):
            self._mark_deleted(writer, layout, unwanted)

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
        with self._declared_errors_only(writing=False):
            opened = self._opened()
            open_to = narrowed(opened.layout, narrowing)
            if query.is_empty or open_to is None or not opened.searcher.num_docs:
                return Answer((), 0)
            groups = tiers(query)
            # The last group's words hold for all groups.
            found = Query.boolean_query(holding(opened.layout, groups[-1]) + open_to)
            total, counts = _figures(opened.searcher, found, counted)
            hits: list[tuple[float, Any]] = []
            if limit and offset < total:
                if order == "best":
                    hits = _best(opened, groups, open_to, min(limit + offset, total))[offset:]
                else:
                    hits = _by_day(opened.searcher, found, limit, offset, newest=order == "newest")
            return Answer(
                tuple(Hit(opened.searcher.doc(place)["id"][0], score) for score, place in hits),
                total,
                MappingProxyType(counts),
            )

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits if limit > 0 else ()

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        with self._declared_errors_only(writing=False):
            return int(self._opened().searcher.num_docs)

    def size_bytes(self) -> int:
        """Return what the index takes on disk. Raises SearchError."""
        with self._declared_errors_only(writing=False):
            size = 0
            for entry in os.scandir(self._directory):
                try:
                    size += entry.stat().st_size
                except FileNotFoundError:  # a writer cleans up
                    continue
            return size

    def clear(self) -> None:
        """Throw everything away, whatever state it is in, and start with an empty index. Raises SearchError."""
        with self._declared_errors_only(writing=True):
            self._directory.mkdir(parents=True, exist_ok=True)
            with self._writing_alone():
                if self._is_sound():
                    # Others that read meanwhile find one state or the other.
                    with self._commit() as (writer, _):
                        writer.delete_all_documents()
                else:
                    self._create()
        self.fresh = True

    def close(self) -> None:
        """Let go of the files held open for reading."""
        with self._guard:
            self._held = None

    # --- directory

    def _has_content(self) -> bool:
        return self._directory.is_dir() and any(name.name != _LOCK for name in self._directory.iterdir())

    def _create(self) -> None:
        for path in self._directory.iterdir():
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        Index(schema(), str(self._directory))
        write_whole(self._directory / _MARKER, json.dumps({"engine": "tantivy", "format": FORMAT}))

    def _check_marker(self) -> None:
        try:
            version = json.loads((self._directory / _MARKER).read_text(encoding="utf-8"))["format"]
        except (FileNotFoundError, NotADirectoryError) as error:
            raise damaged(f"no {_MARKER}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise damaged(f"unreadable {_MARKER}") from error
        if version != FORMAT:
            raise outdated(f"{version} ≠ {FORMAT}")

    def _is_sound(self) -> bool:
        try:
            with self._declared_errors_only(writing=False):
                self._check_marker()
                self._open()
        except SearchError:
            return False
        return True

    # --- writing

    @contextmanager
    def _writing_alone(self) -> Iterator[None]:
        with alone(self._directory / _LOCK, wait_seconds=self._wait_seconds):
            yield

    @contextmanager
    def _writer(self) -> Iterator[tuple[IndexWriter, Schema]]:
        if not self._directory.is_dir():
            raise damaged("no directory")
        with self._writing_alone():
            self._check_marker()
            with self._commit() as writing:
                yield writing

    @contextmanager
    def _commit(self) -> Iterator[tuple[IndexWriter, Schema]]:
        """One commit by a writer of its own, so that other processes get their turn after it."""
        index = self._open()
        # One thread keeps a batch together in one segment.
        writer = index.writer(self._memory_bytes, 1)
        try:
            yield writer, index.schema
        except BaseException:
            writer.rollback()
            raise
        writer.commit()
        # Small segments become large ones: else a thousand small commits would leave a thousand to look through.
        writer.wait_merging_threads()

    def _open(self) -> Index:
        if not (self._directory / _META).is_file():
            raise damaged(f"no {_META}")
        index = Index.open(str(self._directory))
        # A reader that looks by itself would do so in a thread of its own, and half a second late.
        index.config_reader("manual")
        return index

    @staticmethod
    def _mark_deleted(writer: IndexWriter, layout: Schema, ids: Iterable[str]) -> None:
        writer.delete_documents_by_query(Query.term_set_query(layout, "id", list(ids)))

    # --- reading

    def _opened(self) -> _Opened:
        """Return the newest commit; looking whether there is one costs two system calls."""
        marker, meta = self._state(_MARKER), self._state(_META)
        held = self._held
        if held is not None and (held.marker, held.meta) == (marker, meta):
            return held
        with self._guard:
            # What is seen now may be newer than what was looked at: then the next call opens it once more.
            marker, meta = self._state(_MARKER), self._state(_META)
            held = self._held
            if held is None or held.marker != marker:
                self._check_marker()
                index = self._open()
            else:
                index = held.index
            index.reload()
            opened = _Opened(index, index.schema, index.searcher(), marker, meta)
            self._held = opened
            return opened

    def _state(self, name: str) -> _State:
        try:
            found = (self._directory / name).stat()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise damaged(f"no {name}") from error
        return found.st_ino, found.st_mtime_ns, found.st_size

    @contextmanager
    def _declared_errors_only(self, *, writing: bool) -> Iterator[None]:
        """Turn whatever tantivy raises over broken files into SearchError.

        It says what went wrong in words only, and a broken file may also end in a panic, which is no Exception.
        """
        try:
            yield
        except SearchError:
            raise
        except (FileNotFoundError, NotADirectoryError) as error:
            raise damaged(f"{error.strerror}: {Path(str(error.filename)).name}") from error
        except (OSError, MemoryError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise (unwritable(reason) if writing else unreadable(reason)) from error
        except Exception as error:
            raise self._told(error, writing=writing) from error
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise self._told(error, writing=writing) from error

    def _told(self, error: BaseException, *, writing: bool) -> SearchError:
        found = _SYSTEM_ERROR.search(str(error))
        if found:
            reason = os.strerror(int(found.group(1) or found.group(2)))
            return unwritable(reason) if writing else unreadable(reason)
        if writing and not isinstance(error, UnicodeError) and self._is_sound():
            # A thread of the writer's died, of what is not told: what was committed is there.
            return unwritable(str(error) or type(error).__name__)
        return damaged(type(error).__name__)


def _figures(searcher: Searcher, found: Query, counted: Collection[str]) -> tuple[int, dict[str, int]]:
    """Count what is found, and labels over all of it."""
    asked: dict[str, Any] = {"": {"value_count": {"field": "newness"}}}
    for kind in counted:
        field = "counted." + kind.replace(".", r"\.")
        asked[kind] = {"terms": {"field": field, "size": _MOST_LABELS, "segment_size": _MOST_LABELS}}
    told: Mapping[str, Any] = searcher.aggregate(found, asked)
    counts = {f"{kind}:{one['key']}": one["doc_count"] for kind in counted for one in told[kind]["buckets"]}
    return int(told[""]["value"]), counts


def _best(opened: _Opened, groups: tuple[Tier, ...], open_to: Wanted, most: int) -> list[tuple[float, Any]]:
    hits: list[tuple[float, Any]] = []
    passed: Wanted = []
    layout, searcher = opened.layout, opened.searcher
    for rank, tier in enumerate(groups):
        held = holding(layout, tier)
        asked = held + weighing(layout, tier, searcher.num_docs) + open_to + passed
        here = searcher.search(Query.boolean_query(asked), limit=most - len(hits), count=False).hits
        # Squeezed between two whole numbers, a score never crosses into the group above.
        base = float(len(groups) - 1 - rank)
        hits += [(base + max(score, 0.0) / (1.0 + max(score, 0.0)), place) for score, place in here]
        if len(hits) >= most:
            break
        passed = [(Occur.MustNot, Query.boolean_query(held))]
    return hits


def _by_day(searcher: Searcher, found: Query, limit: int, offset: int, *, newest: bool) -> list[tuple[float, Any]]:
    direction = Direction.Desc if newest else Direction.Asc
    hits = searcher.search(
        found, limit=limit, offset=offset, count=False, order_by_field="newness", order=direction
    ).hits
    return [(0.0, place) for _, place in hits]
