"""The process is killed at every step of the issue flow in turn; the flow finishes, nothing is lost or doubled."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import select

from config.settings import Settings
from docsvc.audit import check_chain
from docsvc.db.records import Document, Event, Job, Number, Series
from docsvc.records.finder import find
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import open_service
from signing.verify import Verdict, verify
from tests.faults import journey
from tests.faults.journey import KEEPING, STEPS
from tests.forks import forking
from tests.office import COMMUNE, Office, make_settings
from tests.services.postgres import PostgresServer
from tests.services.s3 import S3Server

pytestmark = [pytest.mark.faults, pytest.mark.slow]


@dataclass(frozen=True)
class Stage:
    """How things stand before a step, and the crossings of that step."""

    folder: Path
    database: str
    """Name in PostgreSQL; empty on SQLite."""
    crossings: tuple[str, ...]


@dataclass
class Ground:
    """Where journeys take place: copies of data folders and databases."""

    folder: Path
    server: PostgresServer | None = None
    store: S3Server | None = None
    bucket: str = ""
    copies: int = 0

    def settings(self, folder: Path, database: str) -> Settings:
        """Of a service on this ground."""
        return make_settings(folder, self.server.url(database) if self.server else "", self.store, self.bucket)

    def copy(self, folder: Path, database: str) -> tuple[Path, str]:
        """Another folder and database just like these."""
        self.copies += 1
        target, name = self.folder / f"copy-{self.copies}", ""
        shutil.copytree(folder, target)
        if self.server is not None:
            name = f"{self.bucket.replace('-', '_')}_{self.copies}"
            with psycopg.connect(self.server.conninfo("postgres"), autocommit=True) as connection:
                copied = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(copied.format(sql.Identifier(name), sql.Identifier(database)))
        return target, name

    def clear(self, folder: Path, database: str) -> None:
        """What is not needed any more."""
        shutil.rmtree(folder)
        if self.server is not None:
            self.server.drop_database(database)


def run(settings: Settings, step: str, kill_at: int | None, passed: Path) -> int | None:
    """One step in a process of its own; gives how it ended."""
    process = forking().Process(target=journey.live, args=(settings, step, kill_at, passed))
    process.start()
    process.join()
    return process.exitcode


def stages(ground: Ground, folder: Path, database: str) -> dict[str, Stage]:
    """Run the flow once undisturbed, and keep how things stood before every step."""
    found: dict[str, Stage] = {}
    for step in STEPS:
        before = ground.copy(folder, database)
        passed = ground.folder / f"{step}.json"
        assert run(ground.settings(folder, database), step, None, passed) == 0
        found[step] = Stage(*before, tuple(json.loads(passed.read_text(encoding="utf-8"))))
    return found


@pytest.fixture(scope="module")
def embedded_stages(tmp_path_factory: pytest.TempPathFactory, office_folder: Path) -> tuple[Ground, dict[str, Stage]]:
    """On SQLite and a folder."""
    ground = Ground(tmp_path_factory.mktemp("ground"))
    return ground, stages(ground, *ground.copy(office_folder, ""))


@pytest.fixture(scope="module")
def cluster_stages(
    tmp_path_factory: pytest.TempPathFactory,
    postgres_server: PostgresServer,
    s3_server: S3Server,
    office_database: str,
) -> Iterator[tuple[Ground, dict[str, Stage]]]:
    """On PostgreSQL and an S3 server."""
    folder = tmp_path_factory.mktemp("ground")
    ground = Ground(folder, postgres_server, s3_server, f"docsvc-{folder.parent.name}-faults".lower())
    (folder / "empty").mkdir()
    made = stages(ground, *ground.copy(folder / "empty", office_database))
    yield ground, made
    for stage in made.values():
        ground.clear(stage.folder, stage.database)


@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_on_the_embedded_back_ends(embedded_stages: tuple[Ground, dict[str, Stage]], step: str) -> None:
    ground, made = embedded_stages
    for place in range(1, len(made[step].crossings) + 1):
        kill_and_go_on(ground, made[step], step, place)


@pytest.mark.parametrize("step", STEPS)
def test_killed_where_something_is_kept_on_postgresql_and_s3(
    cluster_stages: tuple[Ground, dict[str, Stage]], step: str
) -> None:
    ground, made = cluster_stages
    for place, name in enumerate(made[step].crossings, start=1):
        if any(word in name for word in KEEPING):
            kill_and_go_on(ground, made[step], step, place)


def test_the_crossings_cover_the_whole_flow(embedded_stages: tuple[Ground, dict[str, Stage]]) -> None:
    crossings = {step: set(stage.crossings) for step, stage in embedded_stages[1].items()}
    for name in ("commit", "write", "read"):
        for step in STEPS[:1] + STEPS[2:]:
            assert {f"before {name}", f"after {name}"} - {"after write"} <= crossings[step]
    for step, name in (
        ("draft", "put"),
        ("draft", "read_text"),
        ("sign", "sign_personal"),
        ("sign", "timestamp"),
        ("sign", "put"),
        ("issue", "seal"),
        ("issue", "timestamp"),
        ("issue", "put"),
        ("index", "index"),
    ):
        assert {f"before {name}", f"after {name}"} <= crossings[step]
    assert embedded_stages[1]["issue"].crossings.count("after commit") == 3, "number, seal and publication"


def kill_and_go_on(ground: Ground, stage: Stage, step: str, place: int) -> None:
    """Kill the step at a crossing, start again, finish the flow, and look at everything."""
    folder, database = ground.copy(stage.folder, stage.database)
    where = f"{step}, crossing {place}: {stage.crossings[place - 1]}"
    passed = ground.folder / "passed.json"
    passed.unlink(missing_ok=True)
    settings = ground.settings(folder, database)
    assert run(settings, step, place, passed) == -signal.SIGKILL, where
    assert not passed.exists(), where
    service = open_service(settings)
    office = Office(service, lambda: service)
    try:
        for later in STEPS[STEPS.index(step) :]:
            journey.take(service, later)
        look(office, where)
    finally:
        service.close()
    ground.clear(folder, database)


def look(office: Office, where: str) -> None:
    """Nothing is lost and nothing is doubled."""
    database = office.service.database
    with database.read() as session:
        (document_id,) = session.scalars(select(Document.id)).all()
        assert [number.number for number in session.scalars(select(Number))] == [1], where
        series = session.scalars(select(Series).where(Series.unit_id == office.units[COMMUNE])).all()
        assert [one.last_number for one in series] == [1], where
        acts = session.scalars(select(Event.act).where(Event.object_id == document_id).order_by(Event.id)).all()
        assert acts == ["draft-created", "submitted", "signed", "number-taken", "sealed", "published"], where
        assert check_chain(session) is None, where
        assert session.scalars(select(Job.id)).all() == [], where
    document = office.document(document_id)
    assert (document.state, document.reference) == (State.ISSUED, "01/QĐ-UBND"), where
    assert [one.role for one in document.renditions] == ["draft", "signed", "issued"], where
    assert [(one.kind, one.indication) for one in document.signatures] == [
        ("personal", "TOTAL-PASSED"),
        ("organisation", "TOTAL-PASSED"),
    ], where
    assert all(delivery.sent_at == document.published_at for delivery in document.deliveries), where
    content = office.service.store.get(document.renditions[-1].sha256)
    assert verify(content, trust=office.desk.trust).verdict == Verdict.VALID, where
    report = scrub(database, office.service.store)
    assert (report.checked, report.sound) == (3, True), where
    found = find(database, office.service.engine, office.actor("reader"), "kiện toàn chuyển đổi số")
    assert [result.document.id for result in found.results] == [document_id], where
