"""The process that builds the search index anew is killed at every crossing; nothing the database knows is lost."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.records import indexing, rebuilding
from docsvc.records.errors import RebuildOver, RebuildUnderWay
from docsvc.records.indexing import index_pending
from search import _generations, whoosh_engine
from search._whoosh_storage import Commits
from search.rebuildable import RebuildableEngine
from search.whoosh_engine import WhooshEngine
from tests.faults.journey import Crossings, WatchedDatabase
from tests.forks import forking
from tests.records.archive import Archive
from tests.records.test_indexing import found, jobs_of, rename

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]

DOCUMENTS = 5


def opened(folder: Path) -> RebuildableEngine:
    return RebuildableEngine(folder / "index", WhooshEngine)


def url_of(folder: Path) -> str:
    return f"sqlite:///{folder / 'docsvc.db'}"


def live(folder: Path, kill_at: int | None, passed: Path) -> None:
    """Build the index anew while work goes on, in this process, which may kill itself on the way."""
    rebuilding._SMALLEST_PIECE = 2
    crossings = Crossings(kill_at)
    database, engine = WatchedDatabase(url_of(folder), crossings), opened(folder)
    plain = Database(url_of(folder))
    crossings.watch(Commits, "write")
    crossings.watch(whoosh_engine, "write_documents")
    crossings.watch(RebuildableEngine, "promote")
    crossings.watch(_generations.Generations, "_put")
    crossings.watch(_generations.Generations, "sweep")
    with plain.write() as session:
        build = rebuilding.ask(session).id
    for _ in rebuilding.carry(database, engine, build):
        while index_pending(database, engine):
            pass
    passed.write_text(json.dumps(crossings.names), encoding="utf-8")


def ended(folder: Path, kill_at: int | None, passed: Path) -> int | None:
    process = forking().Process(target=live, args=(folder, kill_at, passed))
    process.start()
    process.join()
    return process.exitcode


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    database = Database(url_of(tmp_path))
    upgrade(database)
    yield Archive(database, opened(tmp_path))
    database.close()


def test_killed_anywhere_a_rebuild_goes_on_and_ends_with_every_document(archive: Archive, tmp_path: Path) -> None:
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    ids = [archive.put(unit, n + 1, "qd", date(2024, 1, 1), f"Việc chung số{n}") for n in range(DOCUMENTS)]
    archive.index()
    passed = tmp_path / "passed.json"
    assert ended(tmp_path, None, passed) == 0
    crossings = json.loads(passed.read_text(encoding="utf-8"))
    # Those around the two switches, and some of each other kind: a process takes a while to start.
    lasting = [at for at, name in enumerate(crossings, 1) if any(word in name for word in ("promote", "_put", "sweep"))]
    others = [at for at, name in enumerate(crossings, 1) if at not in lasting and "read" not in name]
    killed = 0
    for number, kill_at in enumerate(sorted({*lasting, *others[:: max(len(others) // 12, 1)]})):
        rename(archive, ids[0], f"đổi lần{number}")
        assert ended(tmp_path, kill_at, passed) == -signal.SIGKILL, crossings[kill_at - 1]
        killed += 1
        # Whatever was cut off: the index that answers knows all but what still waits.
        assert set(ids[1:]) <= found(archive, "chung")
        assert ended(tmp_path, None, passed) == 0
        archive.index()
        assert jobs_of(archive) == []
        assert archive.engine.count() == DOCUMENTS
        assert found(archive, f"lần{number}") == {ids[0]}, crossings[kill_at - 1]
        assert len(list((tmp_path / "index").glob("index-*"))) == 1
    assert killed > 10


def race(folder: Path, passed: Path) -> None:
    """Carry whatever is under way, against another who does."""
    rebuilding._SMALLEST_PIECE = 2
    database, engine = Database(url_of(folder)), opened(folder)
    outcome = "carried"
    with database.write() as session:
        build = rebuilding.ask(session).id
    try:
        for _ in rebuilding.carry(database, engine, build):
            while indexing.index_pending(database, engine):
                pass
    except (RebuildUnderWay, RebuildOver) as error:
        outcome = error.code
    passed.write_text(outcome, encoding="utf-8")


def test_of_two_rebuilds_at_once_one_is_told_and_both_leave_a_whole_index(archive: Archive, tmp_path: Path) -> None:
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    ids = {archive.put(unit, n + 1, "qd", date(2024, 1, 1), f"Việc chung số{n}") for n in range(20)}
    archive.index()
    processes = [forking().Process(target=race, args=(tmp_path, tmp_path / f"{n}.txt")) for n in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    outcomes = {(tmp_path / f"{n}.txt").read_text(encoding="utf-8") for n in range(2)}
    assert "carried" in outcomes
    assert outcomes <= {"carried", RebuildUnderWay.code, RebuildOver.code}
    archive.index()
    assert found(archive, "chung") == ids
    assert archive.engine.count() == 20
