"""Issued documents are kept provable: at issue by setting, later by a run over the archive that can be stopped."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc import audit
from docsvc.audit import check_chain
from docsvc.db.records import Event
from docsvc.issue import preserving, steps
from docsvc.issue.errors import NoLaterTimestamp
from docsvc.issue.extending import Done, Outcome, extended
from docsvc.issue.paper import withdraw
from docsvc.issue.preserving import count_issued, preserve
from docsvc.records.checking import Standing, match
from docsvc.records.handling import files_of
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import open_service
from signing.errors import RevocationUnavailable, SigningError, TimestampUnavailable
from signing.preserve import Level
from signing.questions import Question
from signing.timestamp import Timestamper
from signing.verify import FileReport, Revocation, Verdict, verify
from tests.forks import forking, share_readers
from tests.office import COMMUNE, OTHER, PASSPHRASE, Office
from tests.signing.stamps import timestamper_until


class Down:
    """An authority that cannot be reached."""

    def ocsp(self, _: Question) -> bytes | None:
        raise RevocationUnavailable("connection refused")

    crl = ocsp


def no_timestamp(_: bytes) -> bytes:
    raise TimestampUnavailable("connection refused")


def report_of(office: Office, document_id: str) -> FileReport:
    sha256 = office.document(document_id).renditions[-1].sha256
    return verify(office.service.store.get(sha256), trust=office.desk.trust)


def levels(office: Office, document_id: str) -> list[str]:
    return [signature.level for signature in office.document(document_id).signatures]


def done(outcomes: list[Outcome]) -> list[Done]:
    return [outcome.done for outcome in outcomes]


def test_by_setting_a_document_is_issued_at_the_level(embedded: Office) -> None:
    document_id, level = embedded.signed(), Level.B_LTA
    desk = replace(embedded.desk, level=level)
    steps.issue(desk, document_id, embedded.today, PASSPHRASE, by=embedded.actor("clerk"))
    document = embedded.document(document_id)
    assert [one.role for one in document.renditions] == ["draft", "signed", "issued"]
    assert levels(embedded, document_id) == [level, level]
    report = report_of(embedded, document_id)
    assert report.verdict is Verdict.VALID
    assert {one.revocation for one in report.signatures} == {Revocation.GOOD}
    with embedded.service.database.read() as session:
        sealed = session.scalars(select(Event.detail).where(Event.act == "sealed")).one()
    assert json.loads(sealed)["level"] == level


def test_without_timestamps_the_document_waits_and_nothing_is_written(embedded: Office) -> None:
    document_id = embedded.signed()
    broken = replace(embedded.desk, level=Level.B_LTA, timestamper=Timestamper(no_timestamp))
    clerk = embedded.actor("clerk")
    with pytest.raises(TimestampUnavailable):
        steps.issue(broken, document_id, embedded.today, PASSPHRASE, by=clerk)
    document = embedded.document(document_id)
    assert document.state == State.NUMBERED
    assert [one.role for one in document.renditions] == ["draft", "signed"]
    assert not scrub(embedded.service.database, embedded.service.store, grace=timedelta()).orphans
    desk = replace(embedded.desk, level=Level.B_LTA)
    assert steps.issue(desk, document_id, embedded.today, PASSPHRASE, by=clerk) == "01/QĐ-UBND"
    assert levels(embedded, document_id) == ["B-LTA", "B-LTA"]


def test_the_archive_is_brought_to_the_level_and_then_left_alone(office: Office) -> None:
    first, second, waiting = office.issued(), office.issued("Về việc thứ hai"), office.signed("Chưa ban hành")
    assert count_issued(office.desk) == 2
    assert done(list(preserve(office.desk, Level.B_LT))) == [Done.EXTENDED, Done.EXTENDED]
    outcomes = list(preserve(office.desk, Level.B_LTA))
    assert [(one.done, one.level, one.problem) for one in outcomes] == [(Done.EXTENDED, "B-LTA", None)] * 2
    assert done(list(preserve(office.desk, Level.B_LTA))) == [Done.KEPT, Done.KEPT]
    assert done(list(preserve(office.desk, Level.B_LT))) == [Done.KEPT, Done.KEPT]
    for document_id in (first, second):
        document = office.document(document_id)
        assert [one.role for one in document.renditions] == ["draft", "signed", "issued", "issued", "issued"]
        assert levels(office, document_id) == ["B-LTA", "B-LTA"]
        sizes = [one.size_bytes for one in document.renditions[2:]]
        contents = [office.service.store.get(one.sha256) for one in document.renditions[2:]]
        assert sizes == [len(content) for content in contents]
        assert contents[2].startswith(contents[1])
        assert contents[1].startswith(contents[0])
        assert report_of(office, document_id).verdict is Verdict.VALID
    assert len(office.document(waiting).renditions) == 2
    with office.service.database.read() as session:
        assert check_chain(session) is None
        events = session.scalars(select(Event).where(Event.act == "preserved").order_by(Event.id)).all()
        assert [event.actor for event in events] == ["system"] * 4
        last = json.loads(events[-1].detail)
    assert last["level"] == "B-LTA"
    assert last["earlier"] != last["sha256"]
    assert scrub(office.service.database, office.service.store).sound


def test_the_newest_form_is_current_and_the_earlier_still_good(embedded: Office) -> None:
    document_id = embedded.issued()
    list(preserve(embedded.desk, Level.B_LTA))
    document = embedded.document(document_id)
    shas = [one.sha256 for one in document.renditions]
    with embedded.service.database.read() as session:
        found = [match(session, sha256) for sha256 in shas]
        files = files_of(session, embedded.actor("reader"), document)
    assert [one.standing for one in found if one is not None] == [
        Standing.EARLIER,
        Standing.EARLIER,
        Standing.EARLIER_FORM,
        Standing.CURRENT,
    ]
    assert [one.sha256 for one in files] == [shas[3], shas[2]], "readers get the newest first"


def test_only_the_units_asked_for_are_gone_over(embedded: Office) -> None:
    embedded.issued()
    desk = embedded.desk
    assert list(preserve(desk, Level.B_LT, unit_id=embedded.units[OTHER])) == []
    assert (count_issued(desk, embedded.units[OTHER]), count_issued(desk, embedded.units[COMMUNE])) == (0, 1)
    assert done(list(preserve(desk, Level.B_LT, unit_id=embedded.units[COMMUNE]))) == [Done.EXTENDED]


def test_what_fails_is_told_and_passed_over(embedded: Office) -> None:
    lost, good = embedded.issued(), embedded.issued("Về việc thứ hai")
    before = [embedded.document(one).version for one in (lost, good)]
    for outcome in preserve(replace(embedded.desk, revocation=Down()), Level.B_LTA):
        assert (outcome.done, outcome.level) == (Done.FAILED, "B-T")
        assert isinstance(outcome.problem, SigningError)
        assert outcome.problem.code == "revocation-unavailable"
    assert [embedded.document(one).version for one in (lost, good)] == before
    embedded.service.store.delete(embedded.document(lost).renditions[-1].sha256)
    outcomes = {outcome.document_id: outcome for outcome in preserve(embedded.desk, Level.B_LTA)}
    assert (outcomes[lost].done, outcomes[good].done) == (Done.FAILED, Done.EXTENDED)
    assert outcomes[lost].reference == "01/QĐ-UBND"


def test_timestamps_are_renewed_before_they_end_and_only_once(embedded: Office) -> None:
    document_id = embedded.issued()
    assert embedded.service.pki is not None
    short = timestamper_until(embedded.service.pki, datetime.now(UTC) + timedelta(days=20))
    ending = replace(embedded.desk, timestamper=short)
    month = timedelta(days=30)
    assert done(list(preserve(ending, Level.B_LTA, within=month))) == [Done.EXTENDED]
    assert done(list(preserve(ending, Level.B_LTA, within=timedelta(days=10)))) == [Done.KEPT]
    (outcome,) = preserve(ending, Level.B_LTA, within=month)
    assert outcome.done is Done.FAILED
    assert isinstance(outcome.problem, NoLaterTimestamp), "the same certificate would prove nothing for longer"
    assert done(list(preserve(embedded.desk, Level.B_LTA, within=month))) == [Done.RENEWED]
    assert done(list(preserve(embedded.desk, Level.B_LTA, within=month))) == [Done.KEPT]
    report = report_of(embedded, document_id)
    assert (report.verdict, len(report.document_timestamps)) == (Verdict.VALID, 2)
    assert len(embedded.document(document_id).renditions) == 5


PLACES = ("after put", "before commit")


def _killed(settings: Settings, place: str) -> None:
    """In a process of its own: a run over the archive that dies at its second document."""
    share_readers()
    service = open_service(settings)
    desk, passed = service.desk, 0

    def crossing(name: str) -> None:
        nonlocal passed
        passed += name == place
        if passed == 2:
            os.kill(os.getpid(), signal.SIGKILL)

    store: Any = desk.store
    log: Any = audit
    put, append = store.put, log.append

    def crossed(act: Callable[..., Any], name: str) -> Callable[..., Any]:
        def acting(*args: Any, **details: Any) -> Any:
            made = act(*args, **details)
            crossing(name)
            return made

        return acting

    store.put, log.append = crossed(put, "after put"), crossed(append, "before commit")
    list(preserve(desk, Level.B_LTA))


@pytest.mark.faults
@pytest.mark.parametrize("place", PLACES)
def test_a_killed_run_goes_on_where_it_stopped(embedded: Office, place: str) -> None:
    ids = [embedded.issued(abstract) for abstract in ("Một", "Hai")]
    process = forking().Process(target=_killed, args=(embedded.service.settings, place))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert sum("B-LTA" in levels(embedded, one) for one in ids) == 1
    assert sorted(done(list(preserve(embedded.desk, Level.B_LTA)))) == [Done.EXTENDED, Done.KEPT]
    for document_id in ids:
        assert len(embedded.document(document_id).renditions) == 4, "nothing is doubled"
        assert report_of(embedded, document_id).verdict is Verdict.VALID
    with embedded.service.database.read() as session:
        assert check_chain(session) is None
    report = scrub(embedded.service.database, embedded.service.store, grace=timedelta())
    assert report.sound
    assert len(report.orphans) <= 1


def test_somebody_who_was_faster_is_not_overwritten(embedded: Office) -> None:
    document_id = embedded.issued()
    before = embedded.document(document_id).renditions[-1].sha256
    content = embedded.service.store.get(before)
    ours = extended(embedded.desk, content, Level.B_LTA)
    assert done(list(preserve(embedded.desk, Level.B_LTA))) == [Done.EXTENDED]
    assert not preserving._kept(embedded.desk, document_id, before, ours)
    assert len(embedded.document(document_id).renditions) == 4


def test_a_withdrawn_document_is_preserved_too(embedded: Office) -> None:
    document_id = embedded.issued()
    withdraw(embedded.desk, document_id, "Sai thẩm quyền", by=embedded.actor("clerk"))
    assert done(list(preserve(embedded.desk, Level.B_LT))) == [Done.EXTENDED]
    with embedded.service.database.read() as session:
        found = match(session, embedded.document(document_id).renditions[-1].sha256)
    assert found is not None
    assert found.standing == Standing.WITHDRAWN
    assert embedded.document(document_id).changed_at <= datetime.now(UTC)
