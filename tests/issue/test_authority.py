"""Who signs in whose place: by position, by record, within its dates and types, and not a day longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.accounts import SYSTEM, Role, grant_role
from docsvc.db.authority import Delegation
from docsvc.db.records import Event
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import drafting, steps
from docsvc.issue.piles import Piles, Pinned, sign_pile
from docsvc.records import delegations
from docsvc.records.delegations import NewDelegation, Standing, standing
from docsvc.records.errors import DelegationEnded, DelegationNotYet, DelegationOtherTypes, NotAuthorised
from docsvc.records.queues import to_sign, waiting_for
from docsvc.records.terms import State
from tests.issue.acting import state
from tests.office import COMMUNE, OTHER, PASSPHRASE, PEOPLE, STAFF, Office, draft_file

DEPUTY = PEOPLE["deputy"][0]


def given(
    office: Office, authority: str = "KT.", *, to: str = "deputy", by: str = "administrator", **terms: Any
) -> int:
    """An authority of the commune, recorded by the administrator."""
    facts: dict[str, Any] = {
        "unit_id": office.units[COMMUNE],
        "user_id": office.people[to],
        "authority": authority,
        "giver_id": office.people["leader"],
        "basis": "Quyết định số 12/QĐ-UBND",
        "valid_from": office.today - timedelta(days=10),
    }
    with office.service.database.write() as session:
        return delegations.grant(session, NewDelegation(**(facts | terms)), by=office.actor(by)).id


def drafted(office: Office, authority: str = "KT.", *, to: str = "deputy", **facts: Any) -> str:
    """A draft for somebody to sign with an authority."""
    content = draft_file(year=office.today.year, signatory=PEOPLE[to][0])
    return office.draft(content=content, signatory_id=office.people[to], authority=authority, **facts)


def submit(office: Office, document_id: str) -> None:
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))


def sign(office: Office, document_id: str, by: str = "deputy") -> None:
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor(by))


def end(office: Office, delegation_id: int) -> None:
    with office.service.database.write() as session:
        delegations.end(session, delegation_id, "Hết thời gian phụ trách", by=office.actor("administrator"))


def test_without_any_record_leaders_sign_as_their_role_says(embedded: Office) -> None:
    document_id = drafted(embedded)
    submit(embedded, document_id)
    sign(embedded, document_id)
    assert state(embedded, document_id) == State.SIGNED


@pytest.mark.parametrize("authority", ["TL.", "TUQ."])
def test_orders_and_authorisations_always_need_a_record(embedded: Office, authority: str) -> None:
    document_id = drafted(embedded, authority)
    with pytest.raises(NotAuthorised):
        submit(embedded, document_id)
    given(embedded, authority, valid_to=embedded.today)
    submit(embedded, document_id)
    sign(embedded, document_id)


def test_once_there_are_records_deputies_need_one_and_the_head_does_not(office: Office) -> None:
    given(office, "TM.", valid_to=office.today)
    document_id = drafted(office, "KT.")
    with pytest.raises(NotAuthorised):
        submit(office, document_id)
    with pytest.raises(NotAuthorised):
        submit(office, drafted(office, ""))
    kept = given(office, "KT.")
    submit(office, document_id)
    sign(office, document_id)
    assert state(office, office.signed("Do người đứng đầu ký")) == State.SIGNED
    with office.service.database.read() as session:
        events = select(Event.detail).where(Event.object_id == document_id, Event.act.in_(("submitted", "signed")))
        assert all(f'"delegation":{kept}' in one and '"authority":"KT."' in one for one in session.scalars(events))


def test_an_authority_that_ends_between_submitting_and_signing_refuses_by_its_name(embedded: Office) -> None:
    document_id = drafted(embedded)
    kept = given(embedded)
    submit(embedded, document_id)
    end(embedded, kept)
    with pytest.raises(DelegationEnded) as refused:
        sign(embedded, document_id)
    for message in (refused.value.message_vi, refused.value.message_en):
        assert str(kept) in message
        assert "12/QĐ-UBND" in message
        assert f"{embedded.today:%d/%m/%Y}" in message
    assert (state(embedded, document_id), len(embedded.document(document_id).renditions)) == (State.SUBMITTED, 1)
    given(embedded)
    sign(embedded, document_id)


def test_the_last_day_is_wholly_good_and_the_next_is_not(embedded: Office) -> None:
    document_id = drafted(embedded)
    given(embedded, valid_to=embedded.today)
    submit(embedded, document_id)
    tomorrow = embedded.desk.clock() + timedelta(days=1)
    with pytest.raises(DelegationEnded):
        steps.sign(replace(embedded.desk, clock=lambda: tomorrow), document_id, PASSPHRASE, by=embedded.actor("deputy"))
    sign(embedded, document_id)


def test_days_are_those_of_viet_nam() -> None:
    row = Delegation(valid_from=date(2026, 5, 5), valid_to=date(2026, 5, 5), ended_at=None)
    at = datetime.fromisoformat
    assert standing(row, at("2026-05-04T16:59:59+00:00")) is Standing.NOT_YET
    assert standing(row, at("2026-05-04T17:00:00+00:00")) is Standing.IN_FORCE
    assert standing(row, at("2026-05-05T16:59:59+00:00")) is Standing.IN_FORCE
    assert standing(row, at("2026-05-05T17:00:00+00:00")) is Standing.RAN_OUT


def test_what_begins_later_or_covers_other_types_says_so(embedded: Office) -> None:
    document_id = drafted(embedded)
    given(embedded, type_keys=("tb", "bc"))
    with pytest.raises(DelegationOtherTypes):
        submit(embedded, document_id)
    given(embedded, valid_from=embedded.today + timedelta(days=1))
    with pytest.raises(DelegationNotYet, match=f"{embedded.today + timedelta(days=1):%d/%m/%Y}"):
        submit(embedded, document_id)
    given(embedded, type_keys=("qd",))
    submit(embedded, document_id)


def test_in_a_pile_each_document_is_asked_for_anew(embedded: Office) -> None:
    kept = given(embedded, valid_to=embedded.today)
    ids = [drafted(embedded, abstract=f"Việc {number}") for number in range(2)]
    for one in ids:
        submit(embedded, one)
    end(embedded, kept)
    pile = tuple(Pinned(one, embedded.document(one).version) for one in ids)
    run = sign_pile(embedded.desk, Piles(), pile, PASSPHRASE, by=embedded.actor("deputy"))
    assert run.wait(60)
    assert {one.code for one in run.failures.values()} == {"authority-ended"}
    assert {state(embedded, one) for one in ids} == {State.SUBMITTED}


def test_the_head_of_a_department_signs_by_order_for_the_agency(embedded: Office) -> None:
    with embedded.service.database.write() as session:
        grant_role(session, embedded.people["drafter.kt"], embedded.units[STAFF], Role.LEADER, by=SYSTEM)
    document_id = drafted(embedded, "TM.")
    with pytest.raises(Invalid):
        drafted(embedded, "TL.", to="drafter.kt")
    given(embedded, "TL.", to="drafter.kt", basis="Quy chế làm việc")
    document_id = drafted(embedded, "TL.", to="drafter.kt")
    submit(embedded, document_id)
    head = embedded.actor("drafter.kt")
    with embedded.service.database.read() as session:
        assert waiting_for(session, head).to_sign == 1
        assert to_sign(head) is not None
    other = drafted(embedded, "TM.", to="drafter.kt")
    with pytest.raises(NotAuthorised):
        submit(embedded, other)


def test_what_the_decree_ties_to_a_form_is_not_recorded_without_it(embedded: Office) -> None:
    last = embedded.today + timedelta(days=30)
    refused: list[dict[str, Any]] = [
        {"authority": "TUQ."},
        {"authority": "TUQ.", "valid_to": last, "basis": ""},
        {"authority": "TL.", "basis": " "},
        {"authority": ""},
        {"valid_to": embedded.today - timedelta(days=11)},
        {"type_keys": ("không có",)},
        {"giver_id": embedded.people["deputy"], "to": "leader"},
        {"giver_id": embedded.people["leader"], "to": "leader"},
        {"giver_id": embedded.people["other.leader"]},
        {"giver_id": None},
        {"to": "drafter"},
        {"unit_id": embedded.units[STAFF]},
        {"basis": "x" * 301},
    ]
    for terms in refused:
        with pytest.raises(Invalid):
            given(embedded, **({"authority": "KT."} | terms))
    for username in ("leader", "deputy", "clerk", "other.leader"):
        with pytest.raises(Forbidden):
            given(embedded, by=username)
    given(embedded, "TUQ.", valid_to=last)
    given(embedded, giver_id=None, giver_position="Chủ tịch")


def test_records_are_seen_by_those_they_concern(embedded: Office) -> None:
    kept = given(embedded)

    def seen(username: str) -> list[int]:
        with embedded.service.database.read() as session:
            return [row.id for row in delegations.visible(session, embedded.actor(username))]

    assert [seen(name) for name in ("administrator", "auditor", "leader", "deputy")] == [[kept]] * 4
    assert [seen(name) for name in ("drafter", "clerk", "reader", "other.leader")] == [[]] * 4
    with embedded.service.database.read() as session:
        assert delegations.visible(session, embedded.actor("administrator"), unit_id=embedded.units[OTHER]) == ()


def test_an_authority_is_ended_once_and_stays_on_record(embedded: Office) -> None:
    kept = given(embedded)
    with pytest.raises(Forbidden), embedded.service.database.write() as session:
        delegations.end(session, kept, "", by=embedded.actor("leader"))
    end(embedded, kept)
    with pytest.raises(Invalid):
        end(embedded, kept)
    with embedded.service.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.act.like("authority-%")).order_by(Event.id)).all()
        assert acts == ["authority-given", "authority-ended"]
        assert session.get_one(Delegation, kept).end_reason == "Hết thời gian phụ trách"
