"""Audits of the archive: what they cover, what they find, and that they go on where they were cut off."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from docsvc.accounts import SYSTEM, Role
from docsvc.audit import check_chain
from docsvc.db.inspection import AuditAlarm, AuditResult, AuditRun
from docsvc.db.records import Event, Rendition
from docsvc.errors import Forbidden, NotFound
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry
from docsvc.inspection.choice import Choice, Extent, Scope, extent, permitted
from docsvc.inspection.errors import AuditOver, AuditUnderWay
from docsvc.store import StoreUnavailable
from tests.inspection.archive import alter, audited, begun, causes, issued_sha256, object_file, results, row
from tests.office import COMMUNE, OTHER, STAFF, Office


def test_a_sound_archive_is_found_sound_on_every_back_end(office: Office) -> None:
    office.issued()
    office.draft("Về việc còn soạn")
    run = audited(office)
    assert (run.state, run.total, run.handled, run.findings) == ("done", 4, 4, 0)
    assert causes(office.service, run.id) == {"valid": 2, "bytes-sound": 2}
    assert {one.stored for one in results(office.service, run.id)} == {"matched"}
    with office.service.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.object_kind == "audit").order_by(Event.id)).all()
        assert acts == ["audit-started", "audit-done"]
        assert check_chain(session) is None


def test_altered_deleted_and_left_over_objects_are_found_and_alarm(embedded: Office) -> None:
    altered, deleted, sound = (embedded.issued(f"Về việc số {number}") for number in range(3))
    service = embedded.service
    alter(service, issued_sha256(embedded, altered))
    object_file(service, issued_sha256(embedded, deleted)).unlink()
    left_over = service.store.put(b"nobody's")
    os.utime(object_file(service, left_over), (1, 1))
    run = audited(embedded)
    found = {one.sha256: one for one in results(service, run.id)}
    assert found[issued_sha256(embedded, altered)].cause == "object-altered"
    assert found[issued_sha256(embedded, deleted)].stored == "missing"
    assert found[left_over].cause == "object-extra"
    assert found[issued_sha256(embedded, sound)].cause == "valid"
    assert run.findings == 3
    with service.database.read() as session:
        alarms = session.scalars(select(AuditAlarm).order_by(AuditAlarm.document_id)).all()
        assert sorted((one.document_id, one.cause) for one in alarms) == sorted(
            [(altered, "object-altered"), (deleted, "object-missing")]
        )
        told = session.scalars(select(Event.object_id).where(Event.act == "alarm-raised")).all()
        assert sorted(told) == sorted([altered, deleted])
    audited(embedded)
    with service.database.read() as session:
        assert len(session.scalars(select(AuditAlarm)).all()) == 2, "what waits to be acknowledged is not raised again"


def test_a_forged_file_with_a_matching_hash_is_found_by_its_signatures(embedded: Office) -> None:
    document_id = embedded.issued()
    service = embedded.service
    content = bytearray(service.store.get(issued_sha256(embedded, document_id)))
    at = content.find(b"/Contents <") - 20 if b"/Contents <" in content else 400
    content[at] ^= 1
    forged = service.store.put(bytes(content))
    with service.database.write() as session:
        session.execute(
            update(Rendition)
            .where(Rendition.document_id == document_id, Rendition.role == "issued")
            .values(sha256=forged)
        )
    run = audited(embedded, Choice(scope=Scope.ISSUED))
    (result,) = results(service, run.id)
    assert (result.stored, result.sha256, run.findings) == ("matched", forged, 1)
    assert result.verdict in {"INVALID", "INDETERMINATE", "UNREADABLE"}
    assert result.detail_vi
    assert result.detail_en


def test_the_choice_decides_what_is_covered(embedded: Office) -> None:
    first = embedded.issued("Về việc một")
    embedded.signed("Về việc hai")
    today, commune, other = embedded.today, embedded.units[COMMUNE], embedded.units[OTHER]
    day = timedelta(days=1)

    def files(**chosen: object) -> int:
        with embedded.service.database.read() as session:
            return extent(session, Choice(**chosen)).files  # type: ignore[arg-type]

    assert files(scope=Scope.ISSUED) == 1
    assert files(scope=Scope.ALL) == 5
    assert files(scope=Scope.ALL, start=today) == 3
    assert files(scope=Scope.ALL, start=today + day) == 0
    assert files(scope=Scope.ALL, end=today - day) == 0
    assert files(scope=Scope.RECORDS, unit_ids=(commune,)) == 1
    assert files(scope=Scope.RECORDS, unit_ids=(embedded.units[STAFF],)) == 1
    assert files(scope=Scope.RECORDS, unit_ids=(other,)) == 0
    assert files(scope=Scope.RECORDS, type_keys=("kh",)) == 0
    assert files(scope=Scope.RECORDS, type_keys=("qd",)) == 1
    with embedded.service.database.read() as session:
        content = embedded.service.store.get(issued_sha256(embedded, first))
        assert extent(session, Choice(scope=Scope.ISSUED)) == Extent(1, 1, len(content))


def test_what_was_planned_is_checked_once_and_nothing_else(embedded: Office) -> None:
    for number in range(4):
        embedded.issued(f"Về việc số {number}")
    run_id = begun(embedded.service)
    going = carry(embedded.desk, run_id, at_once=1)
    assert next(going).handled == 0
    embedded.issued("Phát hành khi đang kiểm tra")
    assert next(going).handled >= 1
    going.close()
    half = row(embedded.service, run_id)
    assert half.state == "waiting"
    assert 0 < half.handled < half.total == 12
    checked = {one.id: one.checked_at for one in results(embedded.service, run_id) if one.cause}
    for _ in carry(embedded.desk, run_id):
        pass
    after = results(embedded.service, run_id)
    assert len(after) == len({one.rendition_id for one in after}) == 12
    assert all(one.cause in {"valid", "bytes-sound"} for one in after)
    assert all(one.checked_at == checked[one.id] for one in after if one.id in checked), "none was checked again"
    assert row(embedded.service, run_id).handled == 12


def test_a_run_is_stopped_and_gone_on_with(embedded: Office) -> None:
    for number in range(3):
        embedded.issued(f"Về việc số {number}")
    auditor, run_id, database = embedded.actor("administrator"), begun(embedded.service), embedded.service.database
    going = carry(embedded.desk, run_id, at_once=1)
    next(going)
    next(going)
    with database.write() as session:
        runs.stop(session, embedded.desk, run_id, by=auditor)
    assert list(going)[-1].handled < 9
    assert row(embedded.service, run_id).state == "stopped"
    with database.read() as session:
        assert runs.due(session, embedded.desk.clock()) is None
    with pytest.raises(AuditOver), database.write() as session:
        runs.stop(session, embedded.desk, run_id, by=auditor)
    with database.write() as session:
        runs.resume(session, embedded.desk, run_id, by=auditor)
    with database.read() as session:
        assert runs.due(session, embedded.desk.clock()) == run_id
    for _ in carry(embedded.desk, run_id):
        pass
    assert (row(embedded.service, run_id).state, row(embedded.service, run_id).handled) == ("done", 9)
    with pytest.raises(AuditOver), database.write() as session:
        runs.resume(session, embedded.desk, run_id, by=auditor)
    with pytest.raises(AuditOver):
        next(carry(embedded.desk, run_id))


def test_one_process_at_a_time_works_on_a_run(embedded: Office) -> None:
    embedded.issued()
    run_id = begun(embedded.service)
    here = socket.gethostname()
    cases = {f"{here}:1:aaaa": True, f"{here}:{os.getpid()}:aaaa": False, f"{here}:4194399:aaaa": False, "x:1:a": True}
    for holder, at_work in cases.items():
        with embedded.service.database.write() as session:
            run = session.get_one(AuditRun, run_id)
            run.state, run.holder, run.moved_at = "running", holder, embedded.desk.clock()
        with embedded.service.database.read() as session:
            assert (runs.due(session, embedded.desk.clock()) is None) == at_work, holder
    with pytest.raises(AuditUnderWay):
        next(carry(embedded.desk, run_id))
    later = replace(embedded.desk, clock=lambda: embedded.desk.clock() + timedelta(minutes=3))
    assert list(carry(later, run_id))[-1].handled == 3


def test_a_store_that_does_not_answer_interrupts_the_run_and_accuses_no_file(
    embedded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    embedded.issued()
    run_id = begun(embedded.service)
    monkeypatch.setattr("docsvc.inspection.checking.PAUSE_SECONDS", 0.0)

    class Away:
        def get(self, _: str) -> bytes:
            raise StoreUnavailable

    away = replace(embedded.desk, store=Away())  # type: ignore[arg-type]
    with pytest.raises(StoreUnavailable):
        list(carry(away, run_id))
    run = row(embedded.service, run_id)
    assert (run.state, run.problem, run.findings) == ("waiting", "store-unavailable", 0)
    with embedded.service.database.read() as session:
        assert runs.due(session, embedded.desk.clock()) is None, "not at once again"
        assert runs.due(session, embedded.desk.clock() + timedelta(minutes=11)) == run_id
    assert list(carry(embedded.desk, run_id))[-1].findings == 0


def test_a_draft_discarded_before_its_turn_is_no_finding(embedded: Office) -> None:
    document_id = embedded.draft()
    run_id = begun(embedded.service)
    going = carry(embedded.desk, run_id)
    next(going)
    sha256 = issued_sha256(embedded, document_id, "draft")
    with embedded.service.database.write() as session:
        session.delete(session.scalars(select(Rendition).where(Rendition.document_id == document_id)).one())
    object_file(embedded.service, sha256).unlink()
    list(going)
    assert causes(embedded.service, run_id) == {"removed": 1}
    assert row(embedded.service, run_id).findings == 0


def test_people_audit_what_they_oversee_and_see_no_other_run(embedded: Office) -> None:
    commune, reader = embedded.units[COMMUNE], embedded.actor("reader")
    auditor = replace(embedded.actor("auditor"), roles=frozenset({(Role.AUDITOR, commune)}))
    with embedded.service.database.write() as session:
        chosen = permitted(session, Choice(), auditor)
        assert chosen.unit_ids == (commune,), "the rest lies outside"
        assert permitted(session, Choice(), embedded.actor("auditor")).unit_ids == ()
        with pytest.raises(Forbidden):
            permitted(session, Choice(unit_ids=(commune, embedded.units[OTHER])), auditor)
        assert permitted(session, Choice(unit_ids=(embedded.units[STAFF],)), auditor).unit_ids
        for who in (reader, embedded.actor("leader")):
            with pytest.raises(Forbidden):
                permitted(session, Choice(), who)
        mine = runs.start(session, embedded.desk, Choice(), by=auditor)
        whole = runs.begin(session, embedded.desk, Choice(), by=SYSTEM, origin=runs.Origin.SCHEDULE)
        assert runs.seen(session, mine.id, auditor) is mine
        for run_id in (whole.id, 10**9):
            with pytest.raises(NotFound):
                runs.seen(session, run_id, auditor)
        assert [one.id for one in runs.listed(session, auditor)] == [mine.id]
        with pytest.raises(Forbidden):
            runs.listed(session, reader)


def test_a_run_over_everything_begins_by_the_calendar(embedded: Office) -> None:
    every = timedelta(days=30)

    def scheduled(days: float) -> int | None:
        desk = replace(embedded.desk, clock=lambda: embedded.desk.clock() + timedelta(days=days))
        with embedded.service.database.write() as session:
            run = runs.schedule(session, desk, every, by=SYSTEM)
            return run.id if run else None

    assert scheduled(1) is None, "the office has just begun"
    first = scheduled(31)
    assert first is not None
    assert scheduled(60) is None
    assert scheduled(62) is not None
    run = row(embedded.service, first)
    assert (run.origin, run.scope, run.unit_ids, run.started_by) == ("schedule", "all", "", "system")


def test_results_outlive_nothing_they_name(embedded: Office) -> None:
    """The tables of audits hold no row of a document back."""
    embedded.issued()
    run = audited(embedded)
    names = {key.column.table.name for column in AuditResult.__table__.columns for key in column.foreign_keys}
    assert names == {"audit_runs"}
    assert run.state == "done"
