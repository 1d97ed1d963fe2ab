"""What the issue flow refuses: steps out of turn, dates, missing keys, doubtful results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from docsvc.db.people import SigningKeyFile, User
from docsvc.db.records import Document
from docsvc.errors import Invalid, NotFound
from docsvc.issue import drafting, steps
from docsvc.issue.acts import Act, open_acts
from docsvc.issue.errors import BadResult, DateNotAllowed, DateNotAsPrinted, NoKey, PlacesMissing
from docsvc.records.errors import DateOutOfOrder, WrongState
from docsvc.records.terms import State
from signing.errors import TimestampUnavailable, UntrustedCertificate
from signing.pki import TestPki
from signing.timestamp import Timestamper
from signing.verify import Trust
from tests.issue.acting import issue, numbers, sign, state
from tests.office import COMMUNE, PASSPHRASE, STAFF, Office, draft_file
from tests.services.programs import free_ports


def test_no_step_can_be_taken_out_of_turn(embedded: Office) -> None:
    drafter, leader, clerk = (embedded.actor(name) for name in ("drafter", "leader", "clerk"))
    document_id = embedded.draft()
    every: dict[str, Callable[[], object]] = {
        "submit": lambda: drafting.submit(embedded.desk, document_id, by=drafter),
        "revise": lambda: drafting.revise_draft(embedded.desk, document_id, embedded.form(), None, by=drafter),
        "take back": lambda: drafting.take_back(embedded.desk, document_id, by=drafter),
        "send back": lambda: drafting.send_back(embedded.desk, document_id, "x", by=leader),
        "sign": lambda: steps.sign(embedded.desk, document_id, PASSPHRASE, by=leader),
        "number": lambda: steps.take_number(embedded.desk, document_id, embedded.today, by=clerk),
        "seal": lambda: steps.seal_document(embedded.desk, document_id, PASSPHRASE, by=clerk),
        "publish": lambda: steps.publish(embedded.desk, document_id, by=clerk),
    }
    open_now = {
        State.DRAFT: {"submit", "revise"},
        State.SUBMITTED: {"sign", "send back", "take back"},
        State.SIGNED: {"number"},
        State.NUMBERED: {"seal"},
        State.SEALED: {"publish"},
        State.ISSUED: set[str](),
    }
    for next_step in ("submit", "sign", "number", "seal", "publish", None):
        here = state(embedded, document_id)
        for name in every.keys() - open_now[here]:
            with pytest.raises((WrongState, NotFound)):
                every[name]()
            assert state(embedded, document_id) == here, f"{name} at {here}"
        if next_step:
            every[next_step]()
    assert state(embedded, document_id) == State.ISSUED


def test_open_acts_are_those_that_the_steps_accept(embedded: Office) -> None:
    document_id = embedded.draft()
    clerk, leader = embedded.actor("clerk"), embedded.actor("leader")

    def opened() -> dict[str, set[str]]:
        document = embedded.document(document_id)
        people = ("drafter", "leader", "deputy", "clerk", "reader", "other.clerk")
        found = {name: {str(act) for act in open_acts(embedded.actor(name), document)} for name in people}
        return {name: kinds for name, kinds in found.items() if kinds}

    assert opened() == {"drafter": {Act.REVISE, Act.PLACE, Act.SUBMIT}}
    drafting.submit(embedded.desk, document_id, by=embedded.actor("drafter"))
    assert opened() == {"drafter": {Act.TAKE_BACK}, "leader": {Act.SIGN, Act.PLACE, Act.SEND_BACK}}
    steps.sign(embedded.desk, document_id, PASSPHRASE, by=leader)
    assert opened() == {"clerk": {Act.ISSUE}}
    steps.take_number(embedded.desk, document_id, embedded.today, by=clerk)
    assert opened() == {"clerk": {Act.ISSUE}}
    issue(embedded, document_id)
    assert opened() == {"clerk": {Act.WITHDRAW, Act.COPY}, "other.clerk": {Act.COPY}}


def test_the_date_lies_between_the_signature_and_today(embedded: Office) -> None:
    document_id, clerk = embedded.signed(), embedded.actor("clerk")
    for days in (-1, 1):
        with pytest.raises(DateNotAllowed):
            steps.take_number(embedded.desk, document_id, embedded.today + timedelta(days=days), by=clerk)
    assert numbers(embedded) == []
    three_days_on = datetime.now(UTC) + timedelta(days=3)
    later = replace(embedded.desk, clock=lambda: three_days_on)
    other = embedded.signed("Về việc thứ hai")
    if later.today().year == embedded.today.year:
        steps.take_number(later, document_id, later.today(), by=clerk)
        with pytest.raises(DateOutOfOrder):
            steps.take_number(later, other, embedded.today, by=clerk)
        assert steps.take_number(later, other, later.today(), by=clerk) == "02/QĐ-UBND"


def test_the_date_is_todays_in_vietnam_also_when_it_is_yesterday_in_greenwich(embedded: Office) -> None:
    late = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
    assert replace(embedded.desk, clock=lambda: late).today() == date(2026, 5, 5)


def test_a_year_that_is_printed_on_the_page_must_be_the_dates(embedded: Office) -> None:
    """A decision drafted and signed in the old year cannot be dated in the new one."""
    content = draft_file(year=embedded.today.year - 1)
    drafter, clerk = embedded.actor("drafter"), embedded.actor("clerk")
    document_id = drafting.create_draft(embedded.desk, embedded.form(), content, "x.pdf", by=drafter)
    drafting.submit(embedded.desk, document_id, by=drafter)
    sign(embedded, document_id)
    with pytest.raises(DateNotAsPrinted):
        steps.take_number(embedded.desk, document_id, embedded.today, by=clerk)
    assert numbers(embedded) == []


def test_without_a_key_in_force_nobody_signs_or_seals(embedded: Office) -> None:
    document_id = embedded.submitted()
    with embedded.service.database.write() as session:
        for row in session.scalars(select(SigningKeyFile).where(SigningKeyFile.unit_id == embedded.units[COMMUNE])):
            row.retired_at = datetime.now(UTC)
        for row in session.scalars(select(SigningKeyFile).where(SigningKeyFile.user_id == embedded.people["leader"])):
            row.not_after = datetime.now(UTC) - timedelta(seconds=1)
    with pytest.raises(NoKey):
        sign(embedded, document_id)
    with embedded.service.database.write() as session:
        for row in session.scalars(select(SigningKeyFile).where(SigningKeyFile.user_id == embedded.people["leader"])):
            row.not_after = datetime.now(UTC) + timedelta(days=1)
    sign(embedded, document_id)
    with pytest.raises(NoKey):
        issue(embedded, document_id)
    assert (state(embedded, document_id), numbers(embedded)) == (State.SIGNED, [])


def test_without_its_timestamp_no_signature_is_made(embedded: Office) -> None:
    document_id = embedded.submitted()
    (port,) = free_ports(1)
    nobody = Timestamper.http(f"http://127.0.0.1:{port}", timeout_seconds=5)
    cut_off = replace(embedded.desk, timestamper=nobody)
    with pytest.raises(TimestampUnavailable):
        steps.sign(cut_off, document_id, PASSPHRASE, by=embedded.actor("leader"))
    assert state(embedded, document_id) == State.SUBMITTED
    sign(embedded, document_id)
    with pytest.raises(TimestampUnavailable):
        steps.issue(cut_off, document_id, embedded.today, PASSPHRASE, by=embedded.actor("clerk"))
    assert (state(embedded, document_id), numbers(embedded)) == (State.NUMBERED, [1]), "it goes on from here"
    assert issue(embedded, document_id) == "01/QĐ-UBND"


def test_a_file_that_would_not_pass_an_audit_is_not_recorded(embedded: Office, tmp_path: Path) -> None:
    document_id = embedded.submitted()
    strangers = TestPki.create(tmp_path / "strangers", base_url="http://127.0.0.1:9/pki")
    doubtful = replace(embedded.desk, timestamper=strangers.timestamper())
    with pytest.raises(BadResult):
        steps.sign(doubtful, document_id, PASSPHRASE, by=embedded.actor("leader"))
    distrustful = replace(embedded.desk, trust=Trust(roots=()))
    with pytest.raises(UntrustedCertificate):
        steps.sign(distrustful, document_id, PASSPHRASE, by=embedded.actor("leader"))
    assert (state(embedded, document_id), len(embedded.document(document_id).renditions)) == (State.SUBMITTED, 1)


def test_a_draft_without_places_is_not_submitted_and_says_what_is_missing(embedded: Office) -> None:
    drafter = embedded.actor("drafter")
    content = draft_file(signatory="Một Người Khác")
    document_id = drafting.create_draft(embedded.desk, embedded.form(), content, "x.pdf", by=drafter)
    with pytest.raises(PlacesMissing, match="signature"):
        drafting.submit(embedded.desk, document_id, by=drafter)
    with embedded.service.database.write() as session:
        deputy = session.get_one(User, embedded.people["deputy"])
        deputy.full_name = "Một Người Khác"
    form = embedded.form(signatory_id=deputy.id)
    drafting.revise_draft(embedded.desk, document_id, form, None, by=drafter)
    drafting.submit(embedded.desk, document_id, by=drafter)
    assert state(embedded, document_id) == State.SUBMITTED


def test_a_reason_is_needed_to_send_back(embedded: Office) -> None:
    document_id = embedded.submitted()
    with pytest.raises(Invalid):
        drafting.send_back(embedded.desk, document_id, " \n\x00 ", by=embedded.actor("leader"))
    drafting.send_back(embedded.desk, document_id, "lý\x00 do " * 2000, by=embedded.actor("leader"))
    assert len(embedded.document(document_id).note) == 2000


def test_a_document_of_a_department_is_issued_by_the_agency_above_it(embedded: Office) -> None:
    document = embedded.document(embedded.issued())
    assert (document.unit_id, document.drafting_unit_id) == (embedded.units[COMMUNE], embedded.units[STAFF])
    with embedded.service.database.read() as session:
        assert session.scalars(select(Document.version)).one() > 4, "every step counts as a change"
