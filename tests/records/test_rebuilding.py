"""The search index built anew beside the one that answers: nothing the database knows is lost on the way."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from docsvc import worker
from docsvc.accounts import Role
from docsvc.db import Database
from docsvc.db.indexing import IndexBuild
from docsvc.db.migrate import upgrade
from docsvc.db.records import Document, Event, Job
from docsvc.records import rebuilding
from docsvc.records.errors import NoRebuild, RebuildOver, RebuildUnderWay
from docsvc.records.indexing import index_pending, owe_missing
from search.engine import IndexedDocument
from search.errors import SearchError
from search.rebuildable import RebuildableEngine
from search.whoosh_engine import WhooshEngine
from tests.office import make_service
from tests.records.archive import NOON, Archive
from tests.records.test_indexing import eventually, found, jobs_of, put_many, rename, url

__all__ = ["url"]


@pytest.fixture
def archive(url: str, tmp_path: Path) -> Iterator[Archive]:
    database = Database(url)
    upgrade(database)
    yield Archive(database, RebuildableEngine(tmp_path / "index", WhooshEngine))
    database.close()


@pytest.fixture
def unit(archive: Archive) -> int:
    return archive.unit("Ủy ban nhân dân xã Tân An", "UBND")


def asked(archive: Archive) -> int:
    with archive.database.write() as session:
        return rebuilding.ask(session).id


def carried(archive: Archive, build: int, meanwhile: Callable[[rebuilding.Progress], object] | None = None) -> int:
    progress = None
    for progress in rebuilding.carry(archive.database, archive.engine, build):
        if meanwhile:
            meanwhile(progress)
    assert progress is not None
    return progress.done


def build_of(archive: Archive, build: int) -> IndexBuild:
    with archive.database.read() as session:
        return session.get_one(IndexBuild, build)


def test_a_rebuild_finds_everything_and_drops_what_is_not_registered(archive: Archive, unit: int) -> None:
    ids = set(put_many(archive, unit, 5))
    archive.index()
    archive.engine.index([IndexedDocument("of a later day", "", "việc chung", "", "")])
    assert carried(archive, asked(archive)) == 5
    assert found(archive, "chung") == ids
    assert jobs_of(archive) == []


def test_while_it_runs_the_live_index_answers_and_takes_new_documents(
    archive: Archive, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_SMALLEST_PIECE", 2)
    ids = put_many(archive, unit, 6)
    archive.index()
    added: list[str] = []

    def work_goes_on(progress: rebuilding.Progress) -> None:
        if progress.done == progress.due:
            return
        assert progress.percent < 100
        rename(archive, ids[0], f"đổi lần {len(added)}")
        added.append(archive.put(unit, 50 + len(added), "qd", date(2024, 1, 2), "Việc chung mới"))
        archive.index()
        assert found(archive, "chung") == {*ids[1:], *added}
        assert found(archive, f"đổi {len(added) - 1}") == {ids[0]}

    build = asked(archive)
    carried(archive, build, work_goes_on)
    assert len(added) > 1
    # What was done for the old index is owed to the new one; the worker does it.
    assert jobs_of(archive)
    archive.index()
    assert jobs_of(archive) == []
    assert found(archive, "chung") == {*ids[1:], *added}
    assert found(archive, f"đổi {len(added) - 1}") == {ids[0]}
    assert build_of(archive, build).outcome == rebuilding.DONE


def test_what_changes_just_before_the_switch_is_not_lost(
    archive: Archive, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = put_many(archive, unit, 2)
    archive.index()
    switch = RebuildableEngine.promote

    def late_change(engine: RebuildableEngine) -> None:
        rename(archive, one, "cuối")
        archive.index()
        switch(engine)

    monkeypatch.setattr(RebuildableEngine, "promote", late_change)
    carried(archive, asked(archive))
    archive.index()
    assert found(archive, "cuối") == {one}
    assert found(archive, "chung") == {other}


def test_a_job_done_for_an_index_that_is_switched_away_meanwhile_is_done_again(archive: Archive, unit: int) -> None:
    one = archive.put(unit, 1, "qd", date(2024, 1, 1), "đầu")
    archive.index()
    rename(archive, one, "cuối")

    class Overtaken:
        """Writes into the index that answered when it began, and finds at the end that another one answers."""

        def index(self, documents: object) -> None:
            with archive.database.write() as session:
                session.get_one(Document, one).abstract = "cuối"
            carried(archive, asked(archive))
            archive.engine.index([IndexedDocument(one, "", "đầu", "", "")])

    index_pending(archive.database, Overtaken())  # type: ignore[arg-type]
    assert jobs_of(archive)
    archive.index()
    assert found(archive, "cuối") == {one}


def test_a_rebuild_that_was_stopped_goes_on_where_it_was(
    archive: Archive, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_SMALLEST_PIECE", 2)
    ids = set(put_many(archive, unit, 6))
    archive.index()
    build = asked(archive)
    half = rebuilding.carry(archive.database, archive.engine, build)
    assert [next(half).done, next(half).done] == [0, 2]
    half.close()
    assert asked(archive) == build
    first = next(iter(rebuilding.carry(archive.database, archive.engine, build)))
    assert first.done == 2
    assert carried(archive, build) == 6
    assert found(archive, "chung") == ids


def test_two_do_not_build_at_once_and_a_dead_holder_is_taken_over_from(archive: Archive, unit: int) -> None:
    put_many(archive, unit, 3)
    build = asked(archive)
    first = rebuilding.carry(archive.database, archive.engine, build)
    next(first)
    with pytest.raises(RebuildUnderWay):
        carried(archive, build)
    with archive.database.read() as session:
        assert rebuilding.due(session, datetime.now(UTC)) is None
        assert rebuilding.due(session, datetime.now(UTC) + timedelta(hours=1)) == build
    with archive.database.write() as session:
        session.execute(update(IndexBuild).values(moved_at=NOON))
    carried(archive, build)
    with pytest.raises(RebuildOver):
        list(first)
    with pytest.raises(RebuildOver):
        carried(archive, build)


def test_a_rebuild_given_up_leaves_the_old_index_and_every_job(archive: Archive, unit: int) -> None:
    ids = set(put_many(archive, unit, 3))
    archive.index()
    build = asked(archive)
    running = rebuilding.carry(archive.database, archive.engine, build)
    next(running)
    rename(archive, min(ids), "Việc chung đổi")
    archive.index()
    with archive.database.write() as session:
        rebuilding.give_up(session, build, by="quantri")
    with pytest.raises(RebuildOver):
        list(running)
    archive.index()
    assert found(archive, "chung") == ids
    assert jobs_of(archive) == []
    with archive.database.write() as session, pytest.raises(RebuildOver):
        rebuilding.give_up(session, build, by="quantri")
    assert carried(archive, asked(archive)) == 3


def test_a_new_index_that_is_lost_or_damaged_is_begun_again(
    archive: Archive, unit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuilding, "_SMALLEST_PIECE", 2)
    ids = set(put_many(archive, unit, 6))
    build = asked(archive)
    for harm in (shutil.rmtree, lambda folder: (folder / "format.json").unlink()):
        half = rebuilding.carry(archive.database, archive.engine, build)
        next(half), next(half)
        half.close()
        harm(tmp_path / "index" / (tmp_path / "index" / "building").read_text())
    assert carried(archive, build) == 6
    assert found(archive, "chung") == ids


def test_an_index_that_cannot_be_written_keeps_the_build_for_later(
    archive: Archive, unit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_many(archive, unit, 3)
    build = asked(archive)

    def refused(*_: object) -> None:
        raise SearchError("index-unwritable", "đầy", "full")

    with monkeypatch.context() as patched:
        patched.setattr(WhooshEngine, "prepare", refused)
        with pytest.raises(SearchError):
            carried(archive, build)
    assert "index-unwritable" in build_of(archive, build).problem
    now = datetime.now(UTC)
    with archive.database.read() as session:
        assert rebuilding.due(session, now) is None
        assert rebuilding.due(session, now + timedelta(minutes=2)) == build
    carried(archive, build)
    assert build_of(archive, build).problem == ""


def test_an_engine_without_a_second_index_says_so(archive: Archive, tmp_path: Path) -> None:
    archive.engine = WhooshEngine(tmp_path / "alone")
    with pytest.raises(NoRebuild):
        carried(archive, asked(archive))


def test_an_index_that_lacks_documents_answers_until_another_is_built_beside_it(archive: Archive, unit: int) -> None:
    ids = put_many(archive, unit, 4)
    archive.index()
    archive.engine.delete(ids[2:])
    assert owe_missing(archive.database, archive.engine) == 4
    assert owe_missing(archive.database, archive.engine) == 0
    assert found(archive, "chung") == set(ids[:2])
    carried(archive, asked(archive))
    assert found(archive, "chung") == set(ids)
    archive.engine.delete(ids[:1])
    # Built anew this very hour: a person should look.
    assert owe_missing(archive.database, archive.engine) == 0


def test_the_worker_carries_what_was_asked_for_in_another_process(tmp_path: Path) -> None:
    service = make_service(tmp_path, pki="none")
    archive = Archive(service.database, service.engine)
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    ids = set(put_many(archive, unit, 3))
    archive.index()
    archive.engine.delete(list(ids)[:1])
    build = asked(archive)
    stop = threading.Event()
    running = threading.Thread(target=worker.rebuild, args=(service, stop))
    running.start()
    try:
        eventually(lambda: build_of(archive, build).ended_at is not None)
        assert found(archive, "chung") == ids
    finally:
        stop.set()
        running.join()
        service.close()


def test_what_people_ask_for_stands_in_the_log(archive: Archive, unit: int) -> None:
    person = archive.actor("quantri", (Role.ADMINISTRATOR, unit))
    with archive.database.write() as session:
        build = rebuilding.ask(session, by=person.username)
        assert rebuilding.ask(session, by=person.username) is build
    with archive.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.object_kind == "search-index")).all()
        assert acts == ["index-rebuild-asked"]
        assert session.scalars(select(Job)).all() == []
