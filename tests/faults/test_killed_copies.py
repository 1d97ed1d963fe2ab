"""The process is killed while annexes are sealed and while a copy is made and issued; nothing is lost or doubled."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc.accounts import Actor, actor_of
from docsvc.audit import check_chain
from docsvc.db import Database
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, Event, Number
from docsvc.issue import annexes, copying, drafting, steps
from docsvc.issue.copying import CopyRequest
from docsvc.records.annexes import annexes_of
from docsvc.records.reading import fetch
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import Service, open_service
from signing.verify import Verdict, verify
from tests.faults.journey import Crossings, watched
from tests.forks import forking, share_readers
from tests.office import COMMUNE, PASSPHRASE, Office, make_settings
from tests.signing.drafts import draw

KEEPING = ("before commit", "after commit")
"""Just before something lasting happens, its bytes stored already, and just after."""

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(400)]


def issue_with_annexes(service: Service, people: dict[str, Actor], _: int) -> None:
    """Issue the signed document, from wherever an earlier try stopped."""
    for document_id, state in documents(service):
        if state != State.ISSUED:
            steps.issue(service.desk, document_id, service.desk.today(), PASSPHRASE, by=people["clerk"])


def copy_and_issue(service: Service, people: dict[str, Actor], commune: int) -> None:
    """Copy the issued document and issue the copy."""
    source = next(id_ for id_, _ in documents(service, "qd"))
    asked = CopyRequest("trs", commune, people["deputy"].user_id, "KT.", pages="1")
    copying.make_copy(service.desk, asked, source, by=people["clerk"], request_key="một lần")
    issue_with_annexes(service, people, commune)


def documents(service: Service, type_key: str = "") -> list[tuple[str, str]]:
    database = Database(service.settings.database)  # not counted
    try:
        with database.read() as session:
            rows = session.execute(select(Document.id, Document.state, Document.type_key).order_by(Document.created_at))
            return [(row.id, row.state) for row in rows if type_key in ("", row.type_key)]
    finally:
        database.close()


JOURNEYS: dict[str, Callable[[Service, dict[str, Actor], int], None]] = {
    "annexes": issue_with_annexes,
    "copy": copy_and_issue,
}


def take(service: Service, name: str) -> None:
    people = Database(service.settings.database)
    try:
        with people.read() as session:
            actors = {user.username: actor_of(session, user) for user in session.scalars(select(User))}
            commune = session.scalars(select(Unit.id).where(Unit.code == COMMUNE)).one()
    finally:
        people.close()
    JOURNEYS[name](service, actors, commune)


def live(settings: Settings, name: str, kill_at: int | None, passed: Path) -> None:
    """Take the journey in this process, which may kill itself on the way."""
    share_readers()
    crossings = Crossings(kill_at)
    service = watched(open_service(settings), crossings)
    crossings.watch(annexes, "sign_corner")
    crossings.watch(steps, "sign_corner")
    crossings.watch(copying, "transcribe")
    take(service, name)
    service.close()
    passed.write_text(json.dumps(crossings.names), encoding="utf-8")


def run(settings: Settings, name: str, kill_at: int | None, passed: Path) -> int | None:
    process = forking().Process(target=live, args=(settings, name, kill_at, passed))
    process.start()
    process.join()
    return process.exitcode


@dataclass(frozen=True)
class Start:
    """How things stand before each journey, and its crossings."""

    folder: Path
    crossings: tuple[str, ...]


@pytest.fixture(scope="module")
def starts(tmp_path_factory: pytest.TempPathFactory, office_folder: Path) -> dict[str, Start]:
    """A signed document with two annexes; then it issued, to be copied."""
    ground = tmp_path_factory.mktemp("ground")
    folder = ground / "var"
    shutil.copytree(office_folder, folder)
    service = open_service(make_settings(folder))
    office = Office(service, lambda: service)
    document_id = office.draft()
    for name in ("một.pdf", "hai.pdf"):
        annexes.add_annex(office.desk, document_id, draw(), name, by=office.actor("drafter"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    service.close()
    found = {}
    for name in JOURNEYS:
        before = ground / f"before-{name}"
        shutil.copytree(folder, before)
        passed = ground / f"{name}.json"
        assert run(make_settings(folder), name, None, passed) == 0
        found[name] = Start(before, tuple(json.loads(passed.read_text(encoding="utf-8"))))
    return found


@pytest.mark.parametrize("name", JOURNEYS)
def test_killed_where_something_is_signed_or_kept(starts: dict[str, Start], tmp_path: Path, name: str) -> None:
    start = starts[name]
    places = [place for place, crossing in enumerate(start.crossings, start=1) if crossing in KEEPING]
    assert len(places) >= 8
    for place in places:
        where = f"{name}, crossing {place}: {start.crossings[place - 1]}"
        folder, passed = tmp_path / "var", tmp_path / "passed.json"
        shutil.copytree(start.folder, folder)
        settings = make_settings(folder)
        assert run(settings, name, place, passed) == -signal.SIGKILL, where
        service = open_service(settings)
        try:
            take(service, name)
            look(Office(service, lambda service=service: service), name, where)  # type: ignore[misc]
        finally:
            service.close()
        shutil.rmtree(folder)


def look(office: Office, name: str, where: str) -> None:
    """Every file is signed once and valid, every number given once, and the log is whole."""
    references = ["01/QĐ-UBND"] if name == "annexes" else ["01/QĐ-UBND", "01/TrS-UBND"]
    with office.service.database.read() as session:
        assert check_chain(session) is None, where
        ids = session.scalars(select(Document.id).order_by(Document.created_at)).all()
        assert len(session.scalars(select(Number.id)).all()) == len(references), where
        made = [fetch(session, office.actor("clerk"), document_id) for document_id in ids]
        assert [(one.state, one.reference) for one in made] == [(State.ISSUED, one) for one in references], where
        for document in made:
            acts = session.scalars(select(Event.act).where(Event.object_id == document.id).order_by(Event.id)).all()
            count = len(annexes_of(document))
            assert count == (2 if document.type_key == "qd" else 0), where
            assert acts[-3 - count :] == ["number-taken", *["annex-sealed"] * count, "sealed", "published"], where
            assert [one.role for one in document.renditions].count("annex") == count, where
            files = [annex.renditions[-1] for annex in annexes_of(document)]
            files += [one for one in document.renditions if one.role == "issued"]
            assert len(files) == count + 1, where
            for file in files:
                report = verify(office.service.store.get(file.sha256), trust=office.desk.trust)
                assert report.verdict == Verdict.VALID, where
    assert scrub(office.service.database, office.service.store).sound, where
