"""A leader clears a pile: each document alone, only what was looked at, and a pile that stops can go on."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import select

from config.settings import Settings
from docsvc.accounts import SYSTEM, Role, actor_of, withdraw_role
from docsvc.audit import check_chain
from docsvc.db.people import SigningKeyFile, User
from docsvc.db.records import Document, Event
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import drafting, steps
from docsvc.issue.desk import Desk
from docsvc.issue.errors import NoKey, PileUnderWay
from docsvc.issue.piles import (
    MOST_DOCUMENTS,
    Piles,
    Pinned,
    Progress,
    Run,
    Standing,
    Work,
    issue_pile,
    progress,
    sign_pile,
)
from docsvc.pace import Busy
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from docsvc.wiring import open_service
from signing.errors import TimestampUnavailable, WrongPassphrase
from signing.keys import SigningKey
from signing.timestamp import Timestamper
from signing.verify import Verdict, verify
from tests.faults import journey
from tests.forks import forking, share_readers
from tests.issue.acting import acts, state
from tests.office import COMMUNE, PASSPHRASE, PEOPLE, Office, draft_file

SECONDS = 60
Pile = tuple[Pinned, ...]


def pinned(office: Office, documents: list[str]) -> Pile:
    return tuple(Pinned(one, office.document(one).version) for one in documents)


def submitted(office: Office, count: int) -> list[str]:
    return [office.submitted(f"Văn bản thứ {number}") for number in range(1, count + 1)]


def seen(office: Office, pile: Pile, run: Run | None, by: str = "leader", desk: Desk | None = None) -> Progress:
    with office.service.database.read() as session:
        return progress(session, office.actor(by), pile, run, (desk or office.desk).clock())


def standings(found: Progress) -> list[Standing]:
    return [line.standing for line in found.lines]


def clear(office: Office, pile: Pile, *, desk: Desk | None = None, piles: Piles | None = None) -> Run:
    run = sign_pile(desk or office.desk, piles or Piles(), pile, PASSPHRASE, by=office.actor("leader"))
    assert run.wait(SECONDS)
    return run


class Gate:
    """A timestamp server that answers when told, so that a pile can be looked at half-way."""

    def __init__(self, office: Office, *, open_for: int = 0) -> None:
        assert office.service.pki is not None
        self._pki = office.service.pki
        self.asked = threading.Semaphore(0)
        self._may = threading.Semaphore(open_for)
        self.desk = replace(office.desk, timestamper=Timestamper(self._answer))

    def _answer(self, request: bytes) -> bytes:
        self.asked.release()
        assert self._may.acquire(timeout=SECONDS)
        return self._pki.timestamp_response(request)

    def open(self, times: int = 1000) -> None:
        self._may.release(times)


def test_a_pile_is_signed_with_the_passphrase_typed_once(office: Office) -> None:
    documents = submitted(office, 3)
    pile = pinned(office, documents)
    run = clear(office, pile)
    found = seen(office, pile, run)
    assert standings(found) == [Standing.DONE] * 3
    assert (found.under_way, found.left, found.over) == (False, 0, 3)
    for document_id in documents:
        document = office.document(document_id)
        assert document.state == State.SIGNED
        content = office.desk.store.get(document.renditions[-1].sha256)
        assert verify(content, trust=office.desk.trust).verdict == Verdict.VALID
        assert acts(office, document_id)[-1] == ("leader", "signed")
    steps.issue(office.desk, documents[1], office.today, PASSPHRASE, by=office.actor("clerk"))
    assert standings(seen(office, pile, None)) == [Standing.DONE] * 3, "also when it went on, and by another process"


def test_a_wrong_passphrase_signs_nothing_and_takes_no_place(embedded: Office) -> None:
    pile, piles = pinned(embedded, submitted(embedded, 2)), Piles(1)
    leader = embedded.actor("leader")
    for _ in range(3):
        with pytest.raises(WrongPassphrase):
            sign_pile(embedded.desk, piles, pile, "không phải", by=leader)
    assert piles.of(leader.user_id) is None
    assert standings(seen(embedded, pile, None)) == [Standing.WAITING] * 2
    clear(embedded, pile, piles=piles)
    assert standings(seen(embedded, pile, None)) == [Standing.DONE] * 2


def test_what_changed_after_it_was_looked_at_is_left_out_and_the_others_are_signed(embedded: Office) -> None:
    documents = submitted(embedded, 4)
    pile = pinned(embedded, documents)
    leader, drafter = embedded.actor("leader"), embedded.actor("drafter")
    drafting.send_back(embedded.desk, documents[0], "Sửa điều 2", by=leader)
    drafting.send_back(embedded.desk, documents[1], "Sửa điều 2", by=leader)
    drafting.submit(embedded.desk, documents[1], by=drafter)  # waits again, but is not what was seen
    steps.sign(embedded.desk, documents[2], PASSPHRASE, by=leader)  # signed in another window
    found = seen(embedded, pile, clear(embedded, pile))
    assert standings(found) == [Standing.CHANGED, Standing.CHANGED, Standing.DONE, Standing.DONE]
    assert found.left == 0
    told = found.lines[0].document
    assert told is not None and told.abstract == "Văn bản thứ 1", "it is named as it was seen"
    form = embedded.form("Tên mới", signatory_id=embedded.people["leader"])
    drafting.revise_draft(embedded.desk, documents[0], form, None, by=drafter)
    assert seen(embedded, pile, None).lines[0].document is None, "what its author makes of it is not told"
    reasons = [line.failure.message_vi for line in found.lines if line.failure]
    assert len(reasons) == 2 and all("đã thay đổi sau khi bạn xem" in reason for reason in reasons)
    assert [state(embedded, one) for one in documents] == [State.DRAFT, State.SUBMITTED, State.SIGNED, State.SIGNED]
    assert acts(embedded, documents[2]).count(("leader", "signed")) == 1


def test_one_that_cannot_be_signed_says_why_and_costs_the_others_nothing(embedded: Office) -> None:
    documents = submitted(embedded, 3)
    pile = pinned(embedded, documents)
    gate = Gate(embedded, open_for=1000)
    answers = iter([True, False, True])

    def moody(request: bytes) -> bytes:
        if not next(answers):
            raise TimestampUnavailable
        return gate._answer(request)

    run = clear(embedded, pile, desk=replace(embedded.desk, timestamper=Timestamper(moody)))
    found = seen(embedded, pile, run)
    assert standings(found) == [Standing.DONE, Standing.FAILED, Standing.DONE]
    failure = found.lines[1].failure
    assert failure is not None
    assert (failure.code, failure.message_vi) == (TimestampUnavailable.code, TimestampUnavailable.message_vi)
    assert failure.message_en == TimestampUnavailable.message_en
    assert found.left == 1
    assert standings(seen(embedded, pile, None))[1] == Standing.WAITING, "another process knows only that it waits"
    again = seen(embedded, pile, clear(embedded, pile))
    assert standings(again) == [Standing.DONE] * 3
    assert acts(embedded, documents[0]).count(("leader", "signed")) == 1


def test_a_stop_ends_after_the_file_at_hand_and_the_rest_can_be_signed_later(embedded: Office) -> None:
    pile, piles = pinned(embedded, submitted(embedded, 3)), Piles()
    leader, gate = embedded.actor("leader"), Gate(embedded)
    run = sign_pile(gate.desk, piles, pile, PASSPHRASE, by=leader)
    assert gate.asked.acquire(timeout=SECONDS)
    found = seen(embedded, pile, run)
    assert standings(found) == [Standing.WORKING, Standing.WAITING, Standing.WAITING]
    assert (found.under_way, found.here, found.stopping, found.left) == (True, True, False, 0)
    with pytest.raises(PileUnderWay):
        sign_pile(embedded.desk, piles, pile, PASSPHRASE, by=leader)
    run.stop()
    assert seen(embedded, pile, run).stopping
    gate.open()
    assert run.wait(SECONDS)
    found = seen(embedded, pile, run)
    assert standings(found) == [Standing.DONE, Standing.WAITING, Standing.WAITING]
    assert (found.under_way, found.left) == (False, 2)
    clear(embedded, pile, piles=piles)
    assert standings(seen(embedded, pile, None)) == [Standing.DONE] * 3


def test_a_right_or_a_key_taken_away_meanwhile_ends_the_signing(embedded: Office) -> None:
    pile, gate = pinned(embedded, submitted(embedded, 3)), Gate(embedded)
    leader = embedded.actor("leader")
    run = sign_pile(gate.desk, Piles(), pile, PASSPHRASE, by=leader)
    assert gate.asked.acquire(timeout=SECONDS)
    with embedded.service.database.write() as session:
        withdraw_role(session, leader.user_id, embedded.units[COMMUNE], Role.LEADER, by=SYSTEM)
    gate.open()
    assert run.wait(SECONDS)
    assert [run.failures[one.document_id].code for one in pile[1:]] == ["forbidden"] * 2
    assert {state(embedded, one.document_id) for one in pile[1:]} == {State.SUBMITTED}


def test_a_key_taken_out_of_use_meanwhile_signs_no_more(embedded: Office) -> None:
    pile, gate = pinned(embedded, submitted(embedded, 2)), Gate(embedded)
    run = sign_pile(gate.desk, Piles(), pile, PASSPHRASE, by=embedded.actor("leader"))
    assert gate.asked.acquire(timeout=SECONDS)
    with embedded.service.database.write() as session:
        key = session.scalars(select(SigningKeyFile).where(SigningKeyFile.user_id == embedded.people["leader"])).one()
        key.retired_at = embedded.desk.clock()
    gate.open()
    assert run.wait(SECONDS)
    assert run.failures[pile[1].document_id].code == NoKey.code
    assert state(embedded, pile[1].document_id) == State.SUBMITTED


def test_the_opened_key_is_gone_when_the_pile_is_over(embedded: Office) -> None:
    pile = pinned(embedded, submitted(embedded, 2))

    def refuse(_: bytes) -> bytes:
        raise TimestampUnavailable

    piles = Piles()
    run = clear(embedded, pile, desk=replace(embedded.desk, timestamper=Timestamper(refuse)), piles=piles)
    assert len(run.failures) == 2
    for thread in threading.enumerate():
        if thread.name.startswith("pile of"):
            thread.join(SECONDS)
    gc.collect()
    kept = [one for one in gc.get_objects() if isinstance(one, SigningKey) and one.holder == PEOPLE["leader"][0]]
    assert kept == []


def test_nobody_signs_what_waits_for_somebody_else(embedded: Office) -> None:
    document_id = embedded.submitted()
    pile = pinned(embedded, [document_id])
    deputy = embedded.actor("deputy")
    run = sign_pile(embedded.desk, Piles(), pile, PASSPHRASE, by=deputy)
    assert run.wait(SECONDS)
    assert run.failures[document_id].code == "not-found"
    assert state(embedded, document_id) == State.SUBMITTED
    (line,) = seen(embedded, pile, run, by="deputy").lines
    assert line.document is None, "its title is not told either"


def test_a_pile_holds_some_documents_but_not_any_number(embedded: Office) -> None:
    many = tuple(Pinned(f"{number:032x}", 1) for number in range(MOST_DOCUMENTS + 1))
    for pile in ((), many):
        with pytest.raises(Invalid):
            sign_pile(embedded.desk, Piles(), pile, PASSPHRASE, by=embedded.actor("leader"))


def test_two_leaders_clear_their_piles_at_once_and_a_third_is_told_to_wait(office: Office) -> None:
    deputy_file = draft_file("Văn bản của phó", office.today.year, PEOPLE["deputy"][0])
    leaders = submitted(office, 2)
    deputies = [
        office.submitted("Văn bản của phó", content=deputy_file, signatory_id=office.people["deputy"]) for _ in range(2)
    ]
    piles, gate = Piles(2), Gate(office)
    runs = [
        sign_pile(gate.desk, piles, pinned(office, documents), PASSPHRASE, by=office.actor(username))
        for username, documents in (("leader", leaders), ("deputy", deputies))
    ]
    for _ in runs:
        assert gate.asked.acquire(timeout=SECONDS)
    with pytest.raises(Busy):
        sign_pile(gate.desk, piles, pinned(office, leaders), PASSPHRASE, by=office.actor("other.leader"))
    gate.open()
    assert all(run.wait(SECONDS) for run in runs)
    holders = {one: office.document(one).signatures[0].holder for one in leaders + deputies}
    assert holders == {
        **dict.fromkeys(leaders, PEOPLE["leader"][0]),
        **dict.fromkeys(deputies, PEOPLE["deputy"][0]),
    }
    with office.service.database.read() as session:
        assert check_chain(session) is None


@dataclass
class Fatal(journey.Crossings):
    """Kills where a name is crossed for the second time: while the second document is worked on."""

    name: str = ""

    def at(self, name: str) -> None:
        super().at(name)
        if self.names.count(self.name) == 2:
            os.kill(os.getpid(), signal.SIGKILL)


def clear_and_die(settings: Settings, pile: Pile, name: str) -> None:
    share_readers()
    service = journey.watched(open_service(settings), Fatal(name=name))
    with open_service(settings).database.read() as session:
        leader = actor_of(session, session.scalars(select(User).where(User.username == "leader")).one())
    sign_pile(service.desk, Piles(), pile, PASSPHRASE, by=leader).wait(SECONDS)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("crossing", "signed"), [("before sign_personal", 1), ("after put", 1), ("before commit", 1), ("after commit", 2)]
)
def test_killed_in_the_middle_a_pile_goes_on_and_nothing_is_lost_or_doubled(
    embedded: Office, crossing: str, signed: int
) -> None:
    documents = submitted(embedded, 3)
    pile = pinned(embedded, documents)
    process = forking().Process(target=clear_and_die, args=(embedded.service.settings, pile, crossing))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    found = seen(embedded, pile, None)
    assert [found.count(Standing.DONE), found.count(Standing.WAITING)] == [signed, 3 - signed]
    clear(embedded, pile)
    assert standings(seen(embedded, pile, None)) == [Standing.DONE] * 3
    with embedded.service.database.read() as session:
        told = Counter(session.scalars(select(Event.object_id).where(Event.act == "signed")))
        assert told == dict.fromkeys(documents, 1)
        assert check_chain(session) is None
        assert len(session.scalars(select(Document.id)).all()) == 3
    for document_id in documents:
        assert [one.role for one in embedded.document(document_id).renditions] == ["draft", "signed"]
    assert scrub(embedded.service.database, embedded.desk.store).sound


def test_a_pile_that_another_process_works_on_seems_under_way_until_it_is_quiet(embedded: Office) -> None:
    pile = pinned(embedded, submitted(embedded, 2))
    clear(embedded, pile[:1])
    found = seen(embedded, pile, None)
    assert (found.under_way, found.here, found.left) == (True, False, 0)
    signed_at = embedded.document(pile[0].document_id).signed_at
    assert signed_at is not None
    later = replace(embedded.desk, clock=lambda: signed_at.replace(year=signed_at.year + 1))
    found = seen(embedded, pile, None, desk=later)
    assert (found.under_way, found.left) == (False, 1)


def issued(office: Office, pile: Pile, run: Run | None) -> Progress:
    with office.service.database.read() as session:
        return progress(session, office.actor("clerk"), pile, run, office.desk.clock(), Work.ISSUE)


def issue(office: Office, pile: Pile, *, desk: Desk | None = None, passphrase: str = PASSPHRASE) -> Run:
    clerk = office.actor("clerk")
    run = issue_pile(desk or office.desk, Piles(), pile, office.today, passphrase, by=clerk)
    assert run.wait(SECONDS)
    return run


def references(office: Office, documents: list[str]) -> list[str | None]:
    return [office.document(one).reference for one in documents]


def test_a_clerks_pile_is_numbered_in_its_order_sealed_and_published(office: Office) -> None:
    documents = [office.signed(f"Văn bản thứ {number}") for number in (1, 2, 3)]
    pile = pinned(office, documents[::-1])
    with pytest.raises(WrongPassphrase):
        issue(office, pile, passphrase="không phải")
    assert references(office, documents) == [None] * 3, "a wrong passphrase costs no number"
    found = issued(office, pile, issue(office, pile))
    assert (standings(found), found.left) == ([Standing.DONE] * 3, 0)
    assert references(office, documents[::-1]) == ["01/QĐ-UBND", "02/QĐ-UBND", "03/QĐ-UBND"]
    for document_id in documents:
        document = office.document(document_id)
        content = office.desk.store.get(document.renditions[-1].sha256)
        assert verify(content, trust=office.desk.trust).verdict == Verdict.VALID
        assert [one.kind for one in document.signatures] == ["personal", "organisation"]


def test_a_number_that_was_taken_before_the_seal_failed_is_kept_for_the_next_try(embedded: Office) -> None:
    documents = [embedded.signed(f"Văn bản thứ {number}") for number in (1, 2)]
    pile = pinned(embedded, documents)
    assert embedded.service.pki is not None
    answers = iter([False, True])
    pki = embedded.service.pki

    def moody(request: bytes) -> bytes:
        if not next(answers):
            raise TimestampUnavailable
        return pki.timestamp_response(request)

    run = issue(embedded, pile, desk=replace(embedded.desk, timestamper=Timestamper(moody)))
    found = issued(embedded, pile, run)
    assert standings(found) == [Standing.FAILED, Standing.DONE]
    assert found.left == 1
    assert references(embedded, documents) == ["01/QĐ-UBND", "02/QĐ-UBND"]
    assert standings(issued(embedded, pile, issue(embedded, pile))) == [Standing.DONE] * 2
    assert references(embedded, documents) == ["01/QĐ-UBND", "02/QĐ-UBND"]
    assert [act for _, act in acts(embedded, documents[0])].count("number-taken") == 1


def test_a_clerks_pile_is_of_one_organisation_that_the_clerk_works_for(embedded: Office) -> None:
    pile = pinned(embedded, [embedded.signed()])
    for username, refusal in (("leader", Forbidden), ("other.clerk", Forbidden)):
        with pytest.raises(refusal):
            issue_pile(embedded.desk, Piles(), pile, embedded.today, PASSPHRASE, by=embedded.actor(username))
    assert references(embedded, [pile[0].document_id]) == [None]
