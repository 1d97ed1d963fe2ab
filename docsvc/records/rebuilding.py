"""Building the search index anew beside the one that answers.

1. The build is asked for: a row says so, and whoever carries it holds the row.
2. Document after document goes into an index beside the live one; the row remembers the last. Meanwhile the live
   index answers and takes what changes, and every job done for it is held back instead of removed.
3. What was held back goes into the new index, too.
4. The row says that the switch comes; the engine switches; in one transaction the build ends and all jobs held back
   are owed again, for the new index.

Killed at any moment, it is gone on with from what the row says. After step 4 has begun nothing is built any more:
switching again does nothing, and the jobs are owed either way.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from typing import Any, cast

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.db import Database
from docsvc.db.indexing import IndexBuild
from docsvc.db.records import Document, Job
from docsvc.records import indexing
from docsvc.records.errors import NoRebuild, RebuildOver, RebuildUnderWay
from docsvc.records.indexing import BATCH, HELD, registered_count
from docsvc.records.terms import REGISTERED
from search.bulk import Bulk
from search.engine import Engine, IndexedDocument, Rebuildable
from search.errors import SearchError

STILL_AT_WORK = timedelta(minutes=10)
"""Whoever holds a build and has not moved for so long is taken for dead, if it cannot be known otherwise."""
TRIED_AGAIN_AFTER = timedelta(minutes=1)
BUILDING, SWITCHING = "building", "switching"
DONE, GIVEN_UP = "done", "given-up"
SYSTEM = "system"
_LARGEST_PIECE, _SMALLEST_PIECE = 8_000, 200
_MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a build is."""

    done: int
    due: int
    per_second: float
    """Documents, since this process took it over; 0 while that is unknown."""

    @property
    def percent(self) -> int:
        """Of the documents that were registered when it began; never 100 before it has ended."""
        return min(100 * self.done // self.due, 99) if self.due else 99

    @property
    def seconds_left(self) -> int | None:
        """``None`` while unknown."""
        return round(max(self.due - self.done, 0) / self.per_second) if self.per_second else None


def ask(session: Session, *, by: str = SYSTEM) -> IndexBuild:
    """Have the index built anew; one that is under way is enough. What a person asks stands in the log."""
    open_one = under_way(session)
    if open_one is not None:
        return open_one
    build = IndexBuild(asked_by=by, asked_at=datetime.now(UTC), started_at=None, moved_at=None, ended_at=None)
    session.add(build)
    session.flush()
    if by != SYSTEM:
        audit.append(session, actor=by, act="index-rebuild-asked", object_kind="search-index", object_id=build.id)
    return build


def under_way(session: Session) -> IndexBuild | None:
    """The build that has not ended."""
    return session.scalars(select(IndexBuild).where(IndexBuild.ended_at.is_(None)).limit(1)).first()


def last(session: Session) -> IndexBuild | None:
    """The newest build, ended or not."""
    return session.scalars(select(IndexBuild).order_by(IndexBuild.id.desc()).limit(1)).first()


def at_work(build: IndexBuild, now: datetime) -> bool:
    """Whether somebody is at work on it, as far as can be known from here."""
    if build.ended_at is not None or not build.holder or build.moved_at is None:
        return False
    if build.moved_at <= now - STILL_AT_WORK:
        return False
    machine, process, _ = build.holder.rsplit(":", 2)
    if machine != _machine():
        return True
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def due(session: Session, now: datetime) -> int | None:
    """A build that the worker should carry on now."""
    build = under_way(session)
    if build is None or at_work(build, now):
        return None
    if build.problem and build.moved_at is not None and build.moved_at > now - TRIED_AGAIN_AFTER:
        return None
    return build.id


def give_up(session: Session, build_id: int, *, by: str) -> None:
    """End a build without a switch; whoever carries it notices, and the next begins from nothing.

    Raises:
        RebuildOver: it has ended, or the switch has begun.
    """
    build = _locked(session, build_id)
    if build is None or build.ended_at is not None or build.phase != BUILDING:
        raise RebuildOver
    build.ended_at, build.outcome, build.holder = datetime.now(UTC), GIVEN_UP, ""
    _owe_held(session)
    audit.append(session, actor=by, act="index-rebuild-given-up", object_kind="search-index", object_id=build.id)


def carry(
    database: Database,
    engine: Engine,
    build_id: int,
    *,
    processes: int = 0,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[Progress, None, None]:
    """Carry a build to its end, or until ``stopped``; yields how far it is, from where an earlier one was killed.

    ``processes``: how many others to lay documents down in, if the engine can; 0 does it in this one.

    Raises:
        NoRebuild: this engine has no index that another could take over from.
        RebuildUnderWay: another process is at work on it.
        RebuildOver: it was given up, or taken over by another.
        SearchError: an index cannot be written; the build waits and is gone on with.
    """
    if not hasattr(engine, "beside"):
        raise NoRebuild
    building = _Build(database, cast("Rebuildable", engine), build_id)
    phase = building.take()
    try:
        if phase == BUILDING:
            with closing(building.opened()) as beside:
                yield building.progress()
                for _ in building.fill(beside, processes, stopped):
                    yield building.progress()
                    if stopped():
                        building.let_go()
                        return
                building.catch_up(beside)
        building.switch()
    except SearchError as error:
        if not building.let_go(f"{error.code}: {error}"):
            raise RebuildOver from error
        raise
    except BaseException:
        building.let_go()
        raise
    yield building.progress()


class _Build:
    """A build in the hands of this process."""

    def __init__(self, database: Database, engine: Rebuildable, build_id: int) -> None:
        self._database, self._engine, self._id = database, engine, build_id
        self._holder = f"{_machine()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._last, self._done, self._due, self._done_before = "", 0, 0, 0
        self._began = time.monotonic()

    def progress(self) -> Progress:
        """How far it is."""
        seconds = time.monotonic() - self._began
        fresh = self._done - self._done_before
        return Progress(self._done, self._due, fresh / seconds if fresh > 0 and seconds > 0 else 0.0)

    def take(self) -> str:
        """Hold the build; gives its phase."""
        now = datetime.now(UTC)
        with self._database.write() as session:
            build = _locked(session, self._id)
            if build is None or build.ended_at is not None:
                raise RebuildOver
            if at_work(build, now):
                raise RebuildUnderWay
            build.holder, build.moved_at, build.problem = self._holder, now, ""
            build.started_at = build.started_at or now
            build.due = registered_count(session)
            self._last, self._done, self._due = build.last_id, build.done, build.due
            self._done_before = self._done
            return build.phase

    def opened(self) -> Engine:
        """The index beside, as far as it has come; what an earlier build left that was given up is thrown away."""
        if not self._last:
            self._engine.abandon()
        beside = self._engine.beside()
        try:
            if beside.count() or not self._last:
                return beside
        except SearchError as error:
            if error.code not in {"index-damaged", "index-outdated"}:
                raise
        beside.close()
        self._engine.abandon()
        self._last, self._done, self._done_before = "", 0, 0
        self._note()
        return self._engine.beside()

    def fill(self, beside: Engine, processes: int, stopped: Callable[[], bool]) -> Iterator[None]:
        """Lay down all documents after the last; yields after each commit."""
        if not hasattr(beside, "prepare"):
            while ids := self._next_ids(self._last, BATCH):
                with self._database.read() as session:
                    read = indexing.read_batch(session, ids)
                indexing.put(beside, read)
                indexing.settle(self._database, read)
                self._moved(max(read.versions, default=ids[-1]), len(read.versions))
                yield
            return
        size = min(max(self._due // (4 * max(processes, 1)), _SMALLEST_PIECE), _LARGEST_PIECE)
        bulk = cast("Bulk", beside)
        if not processes:
            while ids := self._next_ids(self._last, size):
                self._adopt(bulk, ids, _lay(self._database, bulk, ids))
                yield
            return
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            running: deque[tuple[Sequence[str], Future[_Laid]]] = deque()
            last_asked = self._last
            while not stopped():
                while len(running) <= processes and (ids := self._next_ids(last_asked, size)):
                    url = self._database.url.render_as_string(hide_password=False)
                    running.append((ids, pool.submit(_lay_elsewhere, url, bulk, ids)))
                    last_asked = ids[-1]
                if not running:
                    return
                ids, laid = running.popleft()
                self._adopt(bulk, ids, laid.result())
                yield
            pool.shutdown(cancel_futures=True)

    def catch_up(self, beside: Engine) -> None:
        """Lay down again what changed since the build began, until hardly anything is left."""
        seen = 0
        for _ in range(_MOST_ROUNDS):
            with self._database.read() as session:
                held = session.execute(
                    select(Job.id, Job.document_id).where(Job.kind == HELD, Job.id > seen).order_by(Job.id).limit(BATCH)
                ).all()
                read = indexing.read_batch(session, {row.document_id for row in held})
            if not held:
                return
            indexing.put(beside, read)
            seen = held[-1].id
            self._note()

    def switch(self) -> None:
        """Let the new index answer, and owe it what was held back."""
        with self._database.write() as session:
            self._mine(session).phase = SWITCHING
        self._engine.promote()
        with self._database.write() as session:
            build = self._mine(session)
            build.ended_at, build.outcome, build.holder = datetime.now(UTC), DONE, ""
            _owe_held(session)
        self._due = max(self._due, self._done)

    def let_go(self, problem: str = "") -> bool:
        """Let whoever comes next go on with it; says whether it was in these hands."""
        with self._database.write() as session:
            build = _locked(session, self._id)
            if build is None or build.holder != self._holder:
                return False
            build.holder, build.problem, build.moved_at = "", problem, datetime.now(UTC)
            return True

    def _next_ids(self, after: str, limit: int) -> Sequence[str]:
        with self._database.read() as session:
            return session.scalars(
                select(Document.id)
                .where(Document.state.in_(REGISTERED), Document.id > after)
                .order_by(Document.id)
                .limit(limit)
            ).all()

    def _adopt(self, bulk: Bulk, ids: Sequence[str], laid: _Laid) -> None:
        bulk.adopt([laid.prepared])
        indexing.settle(self._database, indexing.Batch((), (), laid.versions))
        self._moved(ids[-1], len(laid.versions))

    def _moved(self, last_id: str, count: int) -> None:
        self._last, self._done = last_id, self._done + count
        self._note()

    def _note(self) -> None:
        with self._database.write() as session:
            build = self._mine(session)
            build.last_id, build.done, build.moved_at = self._last, self._done, datetime.now(UTC)

    def _mine(self, session: Session) -> IndexBuild:
        build = _locked(session, self._id)
        if build is None or build.ended_at is not None or build.holder != self._holder:
            raise RebuildOver
        return build


@dataclass(frozen=True, slots=True)
class _Laid:
    """A piece that is laid down and not yet adopted."""

    prepared: str
    versions: dict[str, int]


def _lay(database: Database, bulk: Bulk, ids: Sequence[str]) -> _Laid:
    versions: dict[str, int] = {}

    def read() -> Iterator[IndexedDocument]:
        left = list(ids)
        while left:
            with database.read() as session:
                batch = indexing.read_batch(session, left[:BATCH])
            yield from batch.ready
            versions.update(batch.versions)
            covered = {*batch.versions, *batch.gone}
            left = [one for one in left[:BATCH] if one not in covered] + left[BATCH:]

    return _Laid(bulk.prepare(read()), versions)


_opened: dict[str, Database] = {}


def _lay_elsewhere(url: str, bulk: Bulk, ids: Sequence[str]) -> _Laid:
    if url not in _opened:
        _opened[url] = Database(url)
    return _lay(_opened[url], bulk, ids)


def _locked(session: Session, build_id: int) -> IndexBuild | None:
    return session.scalars(select(IndexBuild).where(IndexBuild.id == build_id).with_for_update()).first()


def _owe_held(session: Session) -> None:
    values: dict[str, Any] = {"kind": "index", "due_at": datetime.now(UTC), "attempts": 0}
    session.execute(update(Job).where(Job.kind == HELD).values(**values))


def _machine() -> str:
    return socket.gethostname()[:150].replace(":", "-")


def held_count(session: Session) -> int:
    """How many documents wait for the switch."""
    return session.scalar(select(func.count(Job.document_id.distinct())).where(Job.kind == HELD)) or 0
