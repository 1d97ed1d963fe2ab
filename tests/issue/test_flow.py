"""From the draft to the issued document, on both pairs of back ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from docsvc.accounts import SYSTEM, Role, grant_role, withdraw_role
from docsvc.db.records import Job
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.issue import drafting, steps
from docsvc.issue.acts import open_acts
from docsvc.issue.form import RecipientEntry
from docsvc.records.errors import WrongState
from docsvc.records.terms import Channel, RenditionRole, State
from signing.errors import WrongPassphrase
from signing.timestamp import Timestamper
from signing.verify import Trust, Verdict, verify
from tests.issue.acting import acts, at_once, issue, numbers, sign, state
from tests.office import COMMUNE, OTHER, PASSPHRASE, STAFF, Office, draft_file


def test_a_decision_goes_its_whole_way(office: Office) -> None:
    drafter, leader = office.actor("drafter"), office.actor("leader")
    recipients = (RecipientEntry("", Channel.ELECTRONIC, office.units[OTHER]), RecipientEntry("Lưu", Channel.PAPER))
    document_id = office.draft(recipients=recipients)
    drafting.submit(office.desk, document_id, by=drafter)
    drafting.send_back(office.desk, document_id, "  Bổ sung\ncăn cứ  ", by=leader)
    returned = office.document(document_id)
    assert (returned.state, returned.note) == (State.DRAFT, "Bổ sung căn cứ")
    better = draft_file("Về việc kiện toàn Ban Chỉ đạo chuyển đổi số năm nay", office.today.year)
    form = office.form("Về việc kiện toàn Ban Chỉ đạo chuyển đổi số năm nay", recipients=recipients)
    drafting.revise_draft(office.desk, document_id, form, better, "bản 2.pdf", by=drafter)
    drafting.submit(office.desk, document_id, by=drafter)
    sign(office, document_id)
    assert office.document(document_id).number is None, "the number comes when the competent person has signed"
    assert steps.take_number(office.desk, document_id, office.today, by=office.actor("clerk")) == "01/QĐ-UBND"
    steps.seal_document(office.desk, document_id, PASSPHRASE, by=office.actor("clerk"))
    steps.publish(office.desk, document_id, by=office.actor("clerk"))

    issued = office.document(document_id)
    assert (issued.state, issued.reference, issued.year, issued.issued_on, issued.note) == (
        State.ISSUED,
        "01/QĐ-UBND",
        office.today.year,
        office.today,
        "",
    )
    assert [one.role for one in issued.renditions] == ["draft", "draft", "signed", "issued"]
    assert [(one.kind, one.holder, one.level, one.indication) for one in issued.signatures] == [
        ("personal", "Lê Đình Khải", "B-T", "TOTAL-PASSED"),
        ("organisation", "Ủy ban nhân dân xã Tân Lập", "B-T", "TOTAL-PASSED"),
    ]
    sent = {delivery.recipient: delivery.sent_at for delivery in issued.deliveries}
    assert sent["Ủy ban nhân dân xã Bình An"] == issued.published_at
    assert sent["Lưu"] is None, "paper is sent by hand"
    assert acts(office, document_id) == [
        ("drafter", "draft-created"),
        ("drafter", "submitted"),
        ("leader", "sent-back"),
        ("drafter", "draft-changed"),
        ("drafter", "submitted"),
        ("leader", "signed"),
        ("clerk", "number-taken"),
        ("clerk", "sealed"),
        ("clerk", "published"),
    ]
    contents = [office.service.store.get(one.sha256) for one in issued.renditions]
    assert contents[1] == better
    assert contents[3].startswith(contents[2]), "what was signed stays byte for byte"
    assert contents[2].startswith(better), "and so does what was uploaded"
    report = verify(contents[3], trust=office.desk.trust)
    assert report.verdict == Verdict.VALID
    assert [one.holder for one in report.signatures] == ["Lê Đình Khải", "Ủy ban nhân dân xã Tân Lập"]
    assert verify(contents[3], trust=Trust(roots=())).verdict != Verdict.VALID
    office.index()
    assert office.service.engine.count() == 1
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_the_clerk_does_the_last_three_steps_in_one(office: Office) -> None:
    first, second = office.signed(), office.signed("Về việc thứ hai")
    assert [issue(office, first), issue(office, second)] == ["01/QĐ-UBND", "02/QĐ-UBND"]
    assert [state(office, first), state(office, second)] == [State.ISSUED, State.ISSUED]


def test_issuing_goes_on_from_where_it_stopped_with_the_same_number(office: Office) -> None:
    clerk = office.actor("clerk")
    numbered, sealed = office.signed(), office.signed("Về việc thứ hai")
    for document_id in (numbered, sealed):
        steps.take_number(office.desk, document_id, office.today, by=clerk)
    steps.seal_document(office.desk, sealed, PASSPHRASE, by=clerk)
    assert issue(office, sealed, "a passphrase that is not needed any more") == "02/QĐ-UBND"
    assert issue(office, numbered) == "01/QĐ-UBND"
    assert numbers(office) == [1, 2]
    with pytest.raises(WrongState):
        issue(office, numbered)


def test_a_wrong_passphrase_costs_nothing(office: Office) -> None:
    document_id = office.submitted()
    with pytest.raises(WrongPassphrase):
        sign(office, document_id, "wrong")
    assert (state(office, document_id), len(office.document(document_id).renditions)) == (State.SUBMITTED, 1)
    sign(office, document_id)
    with pytest.raises(WrongPassphrase):
        issue(office, document_id, "wrong")
    assert (state(office, document_id), numbers(office)) == (State.SIGNED, [])
    assert issue(office, document_id) == "01/QĐ-UBND"
    assert [act for _, act in acts(office, document_id)].count("signed") == 1


@pytest.mark.parametrize("username", ["drafter", "deputy", "clerk", "auditor", "administrator", "outsider"])
def test_only_the_signatory_signs_or_sends_back(embedded: Office, username: str) -> None:
    document_id, actor = embedded.submitted(), embedded.actor(username)
    tries: tuple[Callable[[], object], ...] = (
        lambda: steps.sign(embedded.desk, document_id, PASSPHRASE, by=actor),
        lambda: drafting.send_back(embedded.desk, document_id, "vì sao", by=actor),
    )
    for act in tries:
        with pytest.raises((Forbidden, NotFound)):
            act()
    assert state(embedded, document_id) == State.SUBMITTED


@pytest.mark.parametrize("username", ["drafter", "leader", "auditor", "administrator", "other.clerk", "province.clerk"])
def test_only_the_clerk_of_the_unit_issues(embedded: Office, username: str) -> None:
    document_id, actor = embedded.signed(), embedded.actor(username)
    every: dict[str, Callable[[], object]] = {
        "number": lambda: steps.take_number(embedded.desk, document_id, embedded.today, by=actor),
        "seal": lambda: steps.seal_document(embedded.desk, document_id, PASSPHRASE, by=actor),
        "publish": lambda: steps.publish(embedded.desk, document_id, by=actor),
        "all": lambda: steps.issue(embedded.desk, document_id, embedded.today, PASSPHRASE, by=actor),
    }
    for name in ("number", "all"):
        with pytest.raises((Forbidden, NotFound)):
            every[name]()
    steps.take_number(embedded.desk, document_id, embedded.today, by=embedded.actor("clerk"))
    for name in ("seal", "all"):
        with pytest.raises((Forbidden, NotFound)):
            every[name]()
    steps.seal_document(embedded.desk, document_id, PASSPHRASE, by=embedded.actor("clerk"))
    for name in ("publish", "all"):
        with pytest.raises((Forbidden, NotFound)):
            every[name]()
    assert state(embedded, document_id) == State.SEALED


@pytest.mark.parametrize("username", ["leader", "drafter.kt", "clerk", "other.drafter"])
def test_only_its_author_submits_or_changes_a_draft(embedded: Office, username: str) -> None:
    document_id, actor = embedded.draft(), embedded.actor(username)
    with pytest.raises((Forbidden, NotFound)):
        drafting.submit(embedded.desk, document_id, by=actor)
    with embedded.service.database.write() as session:
        grant_role(session, actor.user_id, embedded.units[STAFF], Role.DRAFTER, by=SYSTEM)
    with pytest.raises((Forbidden, NotFound)):
        drafting.revise_draft(embedded.desk, document_id, embedded.form(), None, by=embedded.actor(username))


def test_roles_withdrawn_meanwhile_count_at_once(embedded: Office) -> None:
    document_id = embedded.submitted()
    leader, commune = embedded.actor("leader"), embedded.units[COMMUNE]
    with embedded.service.database.write() as session:
        withdraw_role(session, leader.user_id, commune, Role.LEADER, by=SYSTEM)
    with pytest.raises(Forbidden):
        sign(embedded, document_id)
    drafting.send_back(embedded.desk, document_id, "Tôi không còn ký", by=embedded.actor("leader"))
    with pytest.raises(Invalid):
        drafting.submit(embedded.desk, document_id, by=embedded.actor("drafter"))
    with embedded.service.database.write() as session:
        withdraw_role(session, embedded.people["drafter"], embedded.units[STAFF], Role.DRAFTER, by=SYSTEM)
    drafter = embedded.actor("drafter")
    assert open_acts(drafter, embedded.document(document_id)) == frozenset()
    with pytest.raises(Forbidden):
        drafting.submit(embedded.desk, document_id, by=drafter)


def test_a_double_click_signs_once(office: Office) -> None:
    document_id = office.submitted()
    raised = at_once(lambda: sign(office, document_id), lambda: sign(office, document_id))
    assert [type(error) for error in raised if error] == [WrongState]
    document = office.document(document_id)
    assert (document.state, len(document.signatures)) == (State.SIGNED, 1)
    assert [one.role for one in document.renditions] == [RenditionRole.DRAFT, RenditionRole.SIGNED]
    assert [act for _, act in acts(office, document_id)].count("signed") == 1


def test_a_double_click_issues_once(office: Office) -> None:
    document_id = office.signed()
    raised = at_once(*[lambda: issue(office, document_id)] * 3)
    assert [type(error) for error in raised if error] == [WrongState, WrongState]
    assert (state(office, document_id), numbers(office)) == (State.ISSUED, [1])
    assert [act for _, act in acts(office, document_id)][3:] == ["number-taken", "sealed", "published"]


def test_a_signature_on_a_draft_that_was_changed_meanwhile_is_not_recorded(embedded: Office) -> None:
    document_id = embedded.submitted()
    leader, drafter = embedded.actor("leader"), embedded.actor("drafter")

    pki = embedded.service.pki
    assert pki is not None

    def answer(request: bytes) -> bytes:
        """The signature waits for its timestamp; just then the draft is changed."""
        drafting.send_back(embedded.desk, document_id, "Sửa", by=leader)
        drafting.revise_draft(embedded.desk, document_id, embedded.form("Nội dung khác"), None, by=drafter)
        drafting.submit(embedded.desk, document_id, by=drafter)
        return pki.timestamp_response(request)

    with pytest.raises(WrongState):
        steps.sign(replace(embedded.desk, timestamper=Timestamper(answer)), document_id, PASSPHRASE, by=leader)
    assert (state(embedded, document_id), embedded.document(document_id).abstract) == (State.SUBMITTED, "Nội dung khác")
