"""The run over what is due: by the records, the soonest to end first, killed and gone on with, by one at a time."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc import audit, worker
from docsvc.db.upkeep import PreserveRun, Proof, Wait
from docsvc.issue import upkeep
from docsvc.issue.desk import Desk
from docsvc.issue.extending import Done
from docsvc.issue.preserving import preserve
from docsvc.issue.upkeep import Plan
from docsvc.wiring import open_service
from signing.errors import RevocationUnavailable, TimestampUnavailable
from signing.preserve import Level
from signing.questions import Question
from signing.timestamp import Timestamper
from signing.verify import Verdict, verify
from tests.forks import forking, share_readers
from tests.office import Office
from tests.signing.stamps import timestamper_until

HALF_YEAR = timedelta(days=180)
ARCHIVE = Plan(Level.B_LTA, HALF_YEAR)


class Down:
    """An authority that cannot be reached."""

    def ocsp(self, _: Question) -> bytes | None:
        raise RevocationUnavailable("connection refused")

    crl = ocsp


def outcomes(desk: Desk, plan: Plan = ARCHIVE) -> list[tuple[str, Done]]:
    return [(outcome.document_id, outcome.done) for outcome, _ in upkeep.run(desk, plan)]


def standing(office: Office, plan: Plan = ARCHIVE, desk: Desk | None = None) -> tuple[int, int, int]:
    with office.service.database.read() as session:
        found = upkeep.standing(session, desk or office.desk, plan)
        return found.below, found.ending, found.failed


def test_what_ends_soonest_is_renewed_first_and_what_lasts_is_left_alone(office: Office) -> None:
    now = datetime.now(UTC)
    assert office.service.pki is not None
    late, soon, lasting = (office.issued(abstract) for abstract in ("Một", "Hai", "Ba"))
    for document_id, days in ((late, 90), (soon, 20)):
        ending = replace(office.desk, timestamper=timestamper_until(office.service.pki, now + timedelta(days=days)))
        upkeep.one(ending, document_id, Plan(Level.B_LTA, timedelta(days=1)))
    upkeep.one(office.desk, lasting, ARCHIVE)
    assert standing(office) == (0, 2, 0)
    assert standing(office, Plan(Level.B_LTA, timedelta(days=30))) == (0, 1, 0)
    assert outcomes(office.desk) == [(soon, Done.RENEWED), (late, Done.RENEWED)]
    assert outcomes(office.desk) == []
    assert standing(office) == (0, 0, 0)
    content = office.service.store.get(office.document(soon).renditions[-1].sha256)
    report = verify(content, trust=office.desk.trust)
    assert (report.verdict, len(report.document_timestamps)) == (Verdict.VALID, 2)


def test_an_algorithm_that_ends_makes_due_what_relies_on_it(embedded: Office) -> None:
    document_id = embedded.issued()
    assert outcomes(embedded.desk) == [(document_id, Done.EXTENDED)]
    with embedded.service.database.read() as session:
        names = session.get_one(Proof, document_id).algorithms.split()
    assert "sha256" in names
    soon = datetime.now(UTC) + timedelta(days=40)
    ended = replace(embedded.desk, algorithm_ends={names[-1]: soon})
    assert standing(embedded, desk=ended) == (0, 1, 0)
    assert outcomes(ended) == [(document_id, Done.FAILED)], "a new timestamp of the same kind would end no later"
    with embedded.service.database.read() as session:
        assert session.get_one(Wait, document_id).code == "no-later-timestamp"
    far = replace(embedded.desk, algorithm_ends={names[-1]: soon + timedelta(days=3000)})
    assert outcomes(far) == []
    assert standing(embedded, desk=far) == (0, 0, 0)


def test_what_the_records_do_not_tell_is_looked_up_once(embedded: Office) -> None:
    document_id = embedded.issued()
    list(preserve(embedded.desk, Level.B_LTA))
    with embedded.service.database.write() as session:
        session.delete(session.get_one(Proof, document_id))
    assert standing(embedded) == (0, 1, 0)
    assert outcomes(embedded.desk) == [(document_id, Done.KEPT)]
    assert outcomes(embedded.desk) == []


def test_a_run_whose_authorities_are_down_ends_early_and_says_so(
    embedded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "GIVE_UP_AFTER", 2)
    for abstract in ("Một", "Hai", "Ba"):
        embedded.issued(abstract)
    down = replace(embedded.desk, revocation=Down())
    assert [done for _, done in outcomes(down)] == [Done.FAILED, Done.FAILED]

    def refuse(_: bytes) -> bytes:
        raise TimestampUnavailable("connection refused")

    with pytest.raises(TimestampUnavailable):
        outcomes(replace(embedded.desk, timestamper=Timestamper(refuse)))
    with embedded.service.database.read() as session:
        first, second = session.scalars(select(PreserveRun).order_by(PreserveRun.id))
        assert (first.due, first.failed, first.stopped_by) == (3, 2, "revocation-unavailable")
        assert (second.failed, second.stopped_by) == (0, "timestamp-unavailable")
        assert first.ended_at is not None
    assert standing(embedded) == (3, 0, 2)
    assert [done for _, done in outcomes(embedded.desk)] == [Done.EXTENDED] * 3
    assert standing(embedded) == (0, 0, 0)


def test_two_runs_do_not_work_side_by_side(embedded: Office) -> None:
    embedded.issued("Một")
    embedded.issued("Hai")
    first = upkeep.run(embedded.desk, ARCHIVE)
    next(first)
    assert outcomes(embedded.desk) == []
    assert [outcome.done for outcome, _ in first] == [Done.EXTENDED]
    with embedded.service.database.write() as session:
        (run,) = session.scalars(select(PreserveRun))
        run.ended_at, run.holder = None, "another machine:1"
    assert outcomes(embedded.desk) == []
    later = replace(embedded.desk, clock=lambda: datetime.now(UTC) + upkeep.STILL_AT_WORK + timedelta(seconds=1))
    with embedded.service.database.read() as session:
        assert not upkeep.at_work(session.scalars(select(PreserveRun)).one(), later.clock())


def _killed(settings: Settings) -> None:
    """In a process of its own: a run that dies as its second document is recorded."""
    share_readers()
    service = open_service(settings)
    log: Any = audit
    append, passed = log.append, 0

    def crossed(act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*args: Any, **details: Any) -> Any:
            nonlocal passed
            made = act(*args, **details)
            passed += 1
            if passed == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return made

        return acting

    log.append = crossed(append)
    list(upkeep.run(service.desk, ARCHIVE))


@pytest.mark.faults
def test_a_killed_run_is_gone_on_with_at_once(embedded: Office) -> None:
    ids = [embedded.issued(abstract) for abstract in ("Một", "Hai", "Ba")]
    process = forking().Process(target=_killed, args=(embedded.service.settings,))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert standing(embedded) == (2, 0, 0)
    assert [done for _, done in outcomes(embedded.desk)] == [Done.EXTENDED] * 2
    assert all(len(embedded.document(one).renditions) == 4 for one in ids), "nothing is doubled"


def test_the_worker_does_what_is_due_by_itself(embedded: Office) -> None:
    document_id = embedded.issued()
    service = replace(embedded.service, desk=replace(embedded.desk, level=Level.B_LT))
    stop = threading.Event()
    keeper = threading.Thread(target=worker.keep, args=(service, stop), kwargs={"every_seconds": 0.05})
    keeper.start()
    try:
        for _ in range(600):
            if {one.level for one in embedded.document(document_id).signatures} == {"B-LT"}:
                break
            stop.wait(0.1)
    finally:
        stop.set()
        keeper.join()
    assert [one.level for one in embedded.document(document_id).signatures] == ["B-LT", "B-LT"]
