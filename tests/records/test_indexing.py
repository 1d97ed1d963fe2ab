"""Carrying documents to the index: nothing is lost, whoever dies or comes late."""

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from docsvc import worker
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.records import Document, Job
from docsvc.records.indexing import begin_anew, index_pending, owe_missing, reindex, waiting
from docsvc.records.terms import State
from search.engine import IndexedDocument, WordQuery
from search.errors import SearchError
from search.folding import terms
from search.whoosh_engine import WhooshEngine
from tests.office import make_service
from tests.records.archive import NOON, Archive
from tests.services.postgres import PostgresServer

REPOSITORY = Path(__file__).parents[2]
LONG = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'docsvc.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture
def archive(url: str, tmp_path: Path) -> Iterator[Archive]:
    database = Database(url)
    upgrade(database)
    yield Archive(database, WhooshEngine(tmp_path / "index"))
    database.close()


@pytest.fixture
def unit(archive: Archive) -> int:
    return archive.unit("Ủy ban nhân dân xã Tân An", "UBND")


def put_many(archive: Archive, unit: int, count: int) -> list[str]:
    return [archive.put(unit, n + 1, "qd", date(2024, 1, 1), f"Việc chung số{n}") for n in range(count)]


def found(archive: Archive, word: str) -> set[str]:
    return {hit.id for hit in archive.engine.search(WordQuery(words=terms(word)), limit=1000)}


def jobs_of(archive: Archive) -> list[Job]:
    with archive.database.read() as session:
        return list(session.scalars(select(Job).order_by(Job.id)))


def rename(archive: Archive, identifier: str, abstract: str) -> None:
    """Change a registered document as a use case would: with a job in the same transaction."""
    with archive.database.write() as session:
        session.get_one(Document, identifier).abstract = abstract
        session.add(Job(kind="index", document_id=identifier, due_at=NOON))


def test_a_registered_document_is_found_by_its_facts_and_its_text(archive: Archive, unit: int) -> None:
    bureau = archive.unit("Phòng Tư pháp", "TP", unit)
    one = archive.put(
        unit,
        138,
        "qd",
        date(2024, 1, 1),
        "Bổ nhiệm cán bộ",
        text="điều khoản thi hành",
        drafting=bureau,
        signatory="Trần Bình Trọng",
        recipients=(("Sở Nội vụ", None),),
    )
    assert index_pending(archive.database, archive.engine) == 1
    for word in ("138", "bổ nhiệm", "điều khoản", "tư pháp", "trọng", "nội vụ", "quyết định"):
        assert found(archive, word) == {one}, word
    assert jobs_of(archive) == []
    assert index_pending(archive.database, archive.engine) == 0


def test_a_document_with_several_jobs_is_indexed_once(archive: Archive, unit: int) -> None:
    one = archive.put(unit, 1, "qd", date(2024, 1, 1), "đầu")
    rename(archive, one, "cuối")
    with archive.database.read() as session:
        assert waiting(session) == 1
    assert index_pending(archive.database, archive.engine) == 2
    assert archive.engine.count() == 1
    assert found(archive, "đầu") == set()
    assert found(archive, "cuối") == {one}


def test_a_withdrawn_document_stays_findable_and_an_unregistered_one_leaves(archive: Archive, unit: int) -> None:
    one, other = put_many(archive, unit, 2)
    archive.index()
    with archive.database.write() as session:
        for identifier, state in ((one, State.WITHDRAWN), (other, State.SEALED)):
            session.get_one(Document, identifier).state = state
            session.add(Job(kind="index", document_id=identifier, due_at=NOON))
    archive.index()
    assert found(archive, "chung") == {one}


def test_jobs_not_yet_due_wait(archive: Archive, unit: int) -> None:
    put_many(archive, unit, 2)
    with archive.database.write() as session:
        session.execute(update(Job).values(due_at=datetime.now(UTC) + LONG))
    assert index_pending(archive.database, archive.engine) == 0
    assert len(jobs_of(archive)) == 2


def test_long_texts_are_indexed_in_several_goes_without_losing_any(archive: Archive, unit: int) -> None:
    # Of all texts the least work: no words.
    ids = {archive.put(unit, n, "qd", date(2024, 1, 1), "Việc chung", text="." * 3_000_000) for n in range(1, 5)}
    rounds = 0
    while index_pending(archive.database, archive.engine):
        rounds += 1
    assert rounds == 2
    assert found(archive, "chung") == ids


def test_an_index_that_cannot_be_written_keeps_the_jobs_for_later(archive: Archive, unit: int, tmp_path: Path) -> None:
    one, other = put_many(archive, unit, 2)
    impatient = WhooshEngine(tmp_path / "index", wait_seconds=0.01)
    assert isinstance(archive.engine, WhooshEngine)
    with archive.engine._writing_alone(), pytest.raises(SearchError):
        index_pending(archive.database, impatient)
    jobs = jobs_of(archive)
    assert [job.attempts for job in jobs] == [1, 1]
    assert all("index-busy" in job.problem for job in jobs)
    assert all(job.due_at > datetime.now(UTC) for job in jobs)
    with archive.database.write() as session:
        session.execute(update(Job).values(due_at=NOON, attempts=60))
    with archive.engine._writing_alone(), pytest.raises(SearchError):
        index_pending(archive.database, impatient)
    assert all(job.due_at < datetime.now(UTC) + timedelta(minutes=11) for job in jobs_of(archive))
    with archive.database.write() as session:
        session.execute(update(Job).values(due_at=NOON))
    archive.index()
    assert found(archive, "chung") == {one, other}


DIES = """
import os, pathlib, signal, sys
from docsvc.db import Database
from docsvc.records.indexing import index_pending
from search.whoosh_engine import WhooshEngine
url, index, when = sys.argv[1:]

class Dying(WhooshEngine):
    def index(self, documents):
        if when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        super().index(documents)
        os.kill(os.getpid(), signal.SIGKILL)

index_pending(Database(url), Dying(pathlib.Path(index)))
"""


@pytest.mark.faults
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_around_the_commit_nothing_is_lost_or_doubled(
    archive: Archive, unit: int, url: str, tmp_path: Path, when: str
) -> None:
    ids = set(put_many(archive, unit, 3))
    died = subprocess.run(
        [sys.executable, "-c", DIES, url, str(tmp_path / "index"), when],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        check=False,
    )
    assert died.returncode == -9, died.stderr
    assert len(jobs_of(archive)) == 3
    archive.index()
    assert jobs_of(archive) == []
    assert found(archive, "chung") == ids
    assert archive.engine.count() == 3


class Overtaken:
    """An engine whose first commit comes late: something else happens between reading the database and writing."""

    def __init__(self, engine: WhooshEngine, meanwhile: Callable[[], None]) -> None:
        self._engine, self._meanwhile = engine, [meanwhile]

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        if self._meanwhile:
            self._meanwhile.pop()()
        self._engine.index(documents)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def test_of_two_workers_the_slower_never_leaves_an_older_state(archive: Archive, unit: int) -> None:
    one = archive.put(unit, 1, "qd", date(2024, 1, 1), "đầu")
    assert isinstance(archive.engine, WhooshEngine)

    def change_and_index_elsewhere() -> None:
        rename(archive, one, "cuối")
        archive.index()

    index_pending(archive.database, Overtaken(archive.engine, change_and_index_elsewhere))
    archive.index()
    assert found(archive, "cuối") == {one}
    assert found(archive, "đầu") == set()


def test_a_rebuild_never_leaves_an_older_state_either(archive: Archive, unit: int) -> None:
    one, other = put_many(archive, unit, 2)
    archive.index()
    assert isinstance(archive.engine, WhooshEngine)

    def change_and_index_elsewhere() -> None:
        rename(archive, one, "cuối")
        archive.index()

    assert list(reindex(archive.database, Overtaken(archive.engine, change_and_index_elsewhere))) == [2]
    archive.index()
    assert found(archive, "cuối") == {one}
    assert found(archive, "chung") == {other}


def test_a_rebuild_finds_everything_and_loses_no_job(archive: Archive, unit: int) -> None:
    ids = set(put_many(archive, unit, 3))
    archive.index()
    later = archive.put(unit, 9, "qd", date(2024, 1, 2), "Việc chung khác")
    assert list(reindex(archive.database, archive.engine))[-1] == 4
    assert len(jobs_of(archive)) == 1
    archive.index()
    assert found(archive, "chung") == {*ids, later}


def test_what_a_lost_index_lacks_is_owed(archive: Archive, unit: int, tmp_path: Path) -> None:
    ids = set(put_many(archive, unit, 3))
    archive.index()
    assert owe_missing(archive.database, archive.engine) == 0
    shutil.rmtree(tmp_path / "index")
    archive.engine = WhooshEngine(tmp_path / "index")
    assert archive.engine.fresh
    assert owe_missing(archive.database, archive.engine) == 3
    assert owe_missing(archive.database, archive.engine) == 0
    archive.index()
    assert found(archive, "chung") == ids
    assert owe_missing(archive.database, archive.engine) == 0


def test_what_a_broken_off_rebuild_left_out_is_owed(archive: Archive, unit: int) -> None:
    ids = set(put_many(archive, unit, 3))
    archive.index()
    archive.engine.delete(sorted(ids)[1:])
    assert owe_missing(archive.database, archive.engine) == 3
    archive.index()
    assert found(archive, "chung") == ids


def test_an_index_with_documents_of_another_time_is_emptied(archive: Archive, unit: int) -> None:
    ids = set(put_many(archive, unit, 2))
    archive.index()
    archive.engine.index([IndexedDocument("of a later day", "", "việc chung", "", "")])
    assert owe_missing(archive.database, archive.engine) == 2
    archive.index()
    assert found(archive, "chung") == ids


def test_documents_that_still_wait_are_not_taken_for_missing(archive: Archive, unit: int) -> None:
    put_many(archive, unit, 2)
    assert owe_missing(archive.database, archive.engine) == 0
    assert len(jobs_of(archive)) == 2


def test_a_damaged_index_begins_anew(archive: Archive, unit: int, tmp_path: Path) -> None:
    ids = set(put_many(archive, unit, 2))
    archive.index()
    (tmp_path / "index" / "format.json").unlink()
    with pytest.raises(SearchError):
        owe_missing(archive.database, archive.engine)
    assert begin_anew(archive.database, archive.engine) == 2
    archive.index()
    assert found(archive, "chung") == ids


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came about"
        time.sleep(0.02)


def test_the_worker_indexes_what_comes_and_mends_a_damaged_index(tmp_path: Path) -> None:
    service = make_service(tmp_path, pki="none")
    archive = Archive(service.database, service.engine)
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    before = set(put_many(archive, unit, 2))
    stop = threading.Event()
    running = threading.Thread(target=worker.work, args=(service, stop))
    running.start()
    try:
        eventually(lambda: jobs_of(archive) == [])
        assert found(archive, "chung") == before
        (tmp_path / "index" / "live").unlink()
        after = before | {archive.put(unit, 9, "qd", date(2024, 1, 2), "Việc chung khác")}
        eventually(lambda: jobs_of(archive) == [] and service.engine.count() == 3)
        assert found(archive, "chung") == after
    finally:
        stop.set()
        running.join()
        service.close()


def test_the_worker_fills_an_index_that_was_lost_while_nothing_ran(tmp_path: Path) -> None:
    first = make_service(tmp_path, pki="none")
    archive = Archive(first.database, first.engine)
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    ids = set(put_many(archive, unit, 2))
    archive.index()
    first.close()
    shutil.rmtree(tmp_path / "index")
    again = make_service(tmp_path, pki="none")
    archive = Archive(again.database, again.engine, author=archive.author)
    thread, stop = worker.start(again)
    try:
        eventually(lambda: again.engine.count() == 2 and jobs_of(archive) == [])
        assert found(archive, "chung") == ids
    finally:
        stop.set()
        thread.join()
        again.close()
