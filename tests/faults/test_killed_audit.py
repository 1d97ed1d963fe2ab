"""The process is killed in the middle of an audit and begins again; no file is left out, none counts twice."""

from __future__ import annotations

import json
import shutil
import signal
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc.audit import check_chain
from docsvc.db.inspection import AuditAlarm, AuditRun
from docsvc.db.records import Rendition
from docsvc.inspection import carrying, runs
from docsvc.inspection.carrying import carry
from docsvc.wiring import open_service
from tests.faults.journey import Crossings, WatchedDatabase
from tests.forks import forking, share_readers
from tests.inspection.archive import alter, begun, object_file, results
from tests.office import Office, make_settings
from tests.services.postgres import PostgresServer
from tests.services.s3 import S3Server

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(300)]


def live(settings: Settings, run_id: int, kill_at: int | None, passed: Path) -> None:
    """Carry the run in this process, which may kill itself on the way."""
    share_readers()
    crossings = Crossings(kill_at)
    service = open_service(settings)
    crossings.watch(carrying, "check")
    crossings.watch(carrying, "orphans")
    database = WatchedDatabase(settings.database, crossings)
    for _ in carry(replace(service.desk, database=database), run_id, at_once=2):
        pass
    passed.write_text(json.dumps(crossings.names), encoding="utf-8")
    database.close()
    service.close()


def ended(settings: Settings, run_id: int, kill_at: int | None, passed: Path) -> int | None:
    process = forking().Process(target=live, args=(settings, run_id, kill_at, passed))
    process.start()
    process.join()
    return process.exitcode


def spoilt(office: Office) -> tuple[str, str]:
    """Three issued documents, of which one file is altered and one is gone; gives their hashes."""
    found = [office.document(office.issued(f"Về việc số {number}")).renditions[-1].sha256 for number in range(3)]
    alter(office.service, found[0])
    object_file(office.service, found[1]).unlink()
    return found[0], found[1]


def test_killed_at_every_kind_of_moment_an_audit_ends_with_every_file_once(embedded: Office, tmp_path: Path) -> None:
    altered, missing = spoilt(embedded)
    run_id = begun(embedded.service)
    embedded.service.close()
    ground, passed = tmp_path / "ground", tmp_path / "passed.json"
    shutil.move(embedded.service.settings.data_dir, ground)
    folder = embedded.service.settings.data_dir
    shutil.copytree(ground, folder)
    settings = make_settings(folder)
    assert ended(settings, run_id, None, passed) == 0
    names = json.loads(passed.read_text(encoding="utf-8"))
    shutil.rmtree(folder)
    places = {name: [at for at, one in enumerate(names, start=1) if one == name] for name in set(names)}
    middles = {found[len(found) // 2] for name, found in places.items() if not name.endswith("read")}
    chosen = sorted({*middles, places["after commit"][0], places["before commit"][-1]})
    assert len(chosen) >= 6
    for at in chosen:
        shutil.copytree(ground, folder)
        code = ended(settings, run_id, at, passed)
        assert code in {-signal.SIGKILL, 0}, names  # threads may cross fewer times than in the run before
        look(settings, run_id, altered, missing)
        shutil.rmtree(folder)
    shutil.copytree(ground, folder)


def look(settings: Settings, run_id: int, altered: str, missing: str) -> None:
    """The next process finds the run and ends it."""
    service = open_service(settings)
    with closing(service):
        with service.database.read() as session:
            done = session.get_one(AuditRun, run_id).state == "done"
            assert runs.due(session, service.desk.clock()) == (None if done else run_id)
            before = {one.id: one.checked_at for one in results(service, run_id) if one.cause}
            assert len(before) == session.get_one(AuditRun, run_id).handled
        if not done:
            for _ in carry(service.desk, run_id):
                pass
        with service.database.read() as session:
            run = session.get_one(AuditRun, run_id)
            files = sorted(session.scalars(select(Rendition.id)))
            assert (run.state, run.total, run.handled, run.findings) == ("done", len(files), len(files), 2)
            alarms = sorted(map(tuple, session.execute(select(AuditAlarm.sha256, AuditAlarm.cause))))
            assert alarms == sorted([(altered, "object-altered"), (missing, "object-missing")])
            assert check_chain(session) is None
        after = results(service, run_id)
        assert sorted(one.rendition_id or 0 for one in after) == files
        assert all(one.cause for one in after)
        assert all(one.checked_at == before[one.id] for one in after if one.id in before), "checked again"


def test_killed_on_postgresql_too(
    cluster: Office, tmp_path: Path, s3_server: S3Server, postgres_server: PostgresServer
) -> None:
    for number in range(2):
        cluster.issued(f"Về việc số {number}")
    run_id, passed = begun(cluster.service), tmp_path / "passed.json"
    settings = cluster.service.settings
    assert ended(settings, run_id, None, passed) == 0
    names = json.loads(passed.read_text(encoding="utf-8"))
    again = begun(cluster.service)
    half = [at for at, name in enumerate(names, start=1) if name == "before commit"]
    assert ended(settings, again, half[len(half) // 2], passed) == -signal.SIGKILL
    with cluster.service.database.read() as session:
        assert 0 < session.get_one(AuditRun, again).handled < 6
    assert list(carry(cluster.desk, again))[-1].handled == 6
    assert [one.cause for one in results(cluster.service, again)].count("") == 0
