"""The process is killed while the mark of the public check is drawn; the code stays, and nothing is drawn twice."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc.audit import check_chain
from docsvc.db.check_codes import CheckCode, CheckMark
from docsvc.db.records import Document
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import open_service
from tests.faults import journey
from tests.forks import forking
from tests.office import make_settings

pytestmark = [pytest.mark.faults, pytest.mark.slow]


def run(settings: Settings, step: str, kill_at: int | None, passed: Path) -> int | None:
    process = forking().Process(target=journey.live, args=(settings, step, kill_at, passed))
    process.start()
    process.join()
    return process.exitcode


def codes(settings: Settings) -> list[str]:
    service = open_service(settings)
    try:
        with service.database.read() as session:
            return list(session.scalars(select(CheckCode.code)))
    finally:
        service.close()


def test_killed_between_code_file_and_record(tmp_path: Path, office_folder: Path) -> None:
    def settings(folder: Path) -> Settings:
        return make_settings(folder, public_address="https://kiemtra.tanlap.vn")

    start, passed = tmp_path / "start", tmp_path / "passed.json"
    shutil.copytree(office_folder, start)
    assert run(settings(start), "draft", None, passed) == 0
    whole = tmp_path / "whole"
    shutil.copytree(start, whole)
    assert run(settings(whole), "submit", None, passed) == 0
    crossings = json.loads(passed.read_text(encoding="utf-8"))
    assert crossings.count("after put") == 1
    assert crossings.count("after commit") == 2
    for place, crossing in enumerate(crossings, start=1):
        if crossing not in {"before commit", "after commit", "after put"}:
            continue
        where = f"crossing {place}: {crossing}"
        folder = tmp_path / "var"
        shutil.copytree(start, folder)
        assert run(settings(folder), "submit", place, passed) == -signal.SIGKILL, where
        given = codes(settings(folder))
        assert run(settings(folder), "submit", None, passed) == 0, where
        assert codes(settings(folder)) == (given or codes(settings(folder))), where
        service = open_service(settings(folder))
        try:
            with service.database.read() as session:
                document = session.scalars(select(Document)).one()
                assert document.state == State.SUBMITTED, where
                assert [one.role for one in document.renditions] == ["draft", "draft"], where
                (mark,) = session.scalars(select(CheckMark)).all()
                assert document.renditions[-1].sha256 == mark.marked_sha256, where
                assert len(session.scalars(select(CheckCode.code)).all()) == 1, where
                assert check_chain(session) is None, where
            assert not scrub(service.database, service.store).missing, where
        finally:
            service.close()
        shutil.rmtree(folder)
