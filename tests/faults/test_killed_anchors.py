"""Anchoring is killed at every step in turn; the next try claims the anchor once, and the log stays provable."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from docsvc.audit import anchoring
from docsvc.audit.verifying import verify
from docsvc.db import Database
from docsvc.db.anchors import EventAnchor
from docsvc.db.records import Event
from docsvc.store.files import FileStore
from docsvc.wiring import open_service
from signing.timestamp import Timestamper
from tests.faults.journey import Crossings
from tests.forks import forking, share_readers
from tests.office import Office, make_settings

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def anchor_and_die(settings: Settings, kill_at: int | None, passed: Path) -> None:
    """Anchor in a process of its own, killed at a crossing."""
    share_readers()
    service = open_service(settings)
    crossings = Crossings(kill_at)
    for owner, name in ((FileStore, "put"), (FileStore, "put_stream"), (Timestamper, "token"), (Database, "write")):
        crossings.watch(owner, name)
    anchoring.anchor(service.desk)
    passed.write_text(str(len(crossings.names)), encoding="ascii")


def run(settings: Settings, kill_at: int | None, passed: Path) -> int | None:
    process = forking().Process(target=anchor_and_die, args=(settings, kill_at, passed))
    process.start()
    process.join(120)
    return process.exitcode


def test_whenever_anchoring_is_killed_the_next_try_claims_the_anchor_once(
    embedded: Office, tmp_path: Path, office_folder: Path
) -> None:
    passed = tmp_path / "passed"
    assert run(embedded.service.settings, None, passed) == 0
    crossings = int(passed.read_text(encoding="ascii"))
    assert crossings >= 10
    for kill_at in range(1, crossings + 1):
        folder = tmp_path / f"killed-{kill_at}"
        shutil.copytree(office_folder, folder)
        settings = make_settings(folder)
        assert run(settings, kill_at, passed) == -signal.SIGKILL, kill_at
        service = open_service(settings)
        try:
            desk = service.desk
            if verify(desk).proven is None:
                anchoring.anchor(desk)
            report = verify(desk)
            assert report.is_sound, (kill_at, report)
            assert report.anchors == 1, kill_at
            with service.database.read() as session:
                assert session.scalar(select(func.count()).select_from(EventAnchor)) == 1, kill_at
                told = select(func.count()).select_from(Event).where(Event.act == anchoring.ACT)
                assert session.scalar(told) == 1, kill_at
        finally:
            service.close()
        shutil.rmtree(folder)
