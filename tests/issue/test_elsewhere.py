"""A document goes out, is signed with another program, and comes back; and what does not come back as it went out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from docsvc.accounts import SYSTEM
from docsvc.db.people import Unit
from docsvc.db.records import BegunSigning, Event, Number
from docsvc.errors import Forbidden, NotFound
from docsvc.issue import drafting
from docsvc.issue.elsewhere import FileOut, hand_in, hand_out, handed_out
from docsvc.issue.errors import SigningOver
from docsvc.issue.keys import add_own_key
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from signing.external import announce
from signing.keys import open_pkcs12
from signing.refusals import FileRefused
from signing.verify import Verdict, verify
from tests.issue.test_local_signing import pem_of
from tests.office import COMMUNE, PASSPHRASE, Office, issued_keys, shared_pki
from tests.signing.test_elsewhere import CERTIFYING, ORGANISATION, Person, by_pyhanko


def person(username: str) -> Person:
    pkcs12 = issued_keys()[username]
    return Person(pkcs12, open_pkcs12(pkcs12, PASSPHRASE))


def signed_by(office: Office, out: FileOut, who: Person, field_name: str = "personal_signature") -> bytes:
    content = office.desk.store.get(out.sha256)
    options = CERTIFYING if field_name == "personal_signature" else {}
    return by_pyhanko(content, who, field_name, passphrase=PASSPHRASE, **options)


@pytest.fixture
def commune(office: Office) -> Person:
    """The commune's key, which it keeps to itself."""
    pkcs12 = shared_pki().issue_organisation("Ủy ban nhân dân xã Tân Lập", PASSPHRASE, code=COMMUNE)
    made = Person(pkcs12, open_pkcs12(pkcs12, PASSPHRASE))
    with office.service.database.write() as session:
        unit = session.get_one(Unit, office.units[COMMUNE])
        add_own_key(session, owner=unit, certificates=announce(pem_of(made.key)), image_png=None, by=SYSTEM)
    return made


def test_leader_and_clerk_sign_with_another_program(office: Office, commune: Person) -> None:
    document_id, leader, clerk = office.submitted(), office.actor("leader"), office.actor("clerk")
    assert handed_out(office.desk, document_id, by=leader) is None
    out = hand_out(office.desk, document_id, by=leader)
    again = hand_out(office.desk, document_id, by=leader)
    assert (again.id, again.sha256) == (out.id, out.sha256), "what was handed out stays good"
    returned = signed_by(office, out, person("leader"))
    for _ in range(2):
        hand_in(office.desk, document_id, out.id, returned, by=leader)
    assert office.document(document_id).state == State.SIGNED
    out = hand_out(office.desk, document_id, by=clerk)
    assert (out.kind, out.reference, out.holder) == ("organisation", "01/QĐ-UBND", "Ủy ban nhân dân xã Tân Lập")
    returned = signed_by(office, out, commune, ORGANISATION)
    for _ in range(2):
        hand_in(office.desk, document_id, out.id, returned, by=clerk)
    issued = office.document(document_id)
    assert issued.state == State.ISSUED
    report = verify(office.desk.store.get(issued.renditions[-1].sha256), trust=office.desk.trust)
    assert report.verdict is Verdict.VALID
    assert [one.level for one in report.signatures] == ["B-T", "B-T"]
    with office.service.database.read() as session:
        details = session.scalars(select(Event.detail).where(Event.act.in_(("signed", "sealed")))).all()
        assert session.scalar(select(func.count()).select_from(Number)) == 1
    assert all('"way":"file"' in detail.replace(" ", "") for detail in details)
    assert len(scrub(office.service.database, office.service.store, grace=timedelta(0)).orphans) == 0


def test_what_comes_back_otherwise_is_refused_and_nothing_recorded(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader = office.actor("leader")
    out = hand_out(office.desk, document_id, by=leader)
    draft = office.desk.store.get(office.document(document_id).renditions[-1].sha256)
    for returned, reason in (
        (by_pyhanko(draft, person("leader"), "x", passphrase=PASSPHRASE), "other-file"),
        (signed_by(office, out, person("deputy")), "other-person"),
        (office.desk.store.get(out.sha256), "nothing-signed"),
        (b"", "other-file"),
    ):
        with pytest.raises(FileRefused) as told:
            hand_in(office.desk, document_id, out.id, returned, by=leader)
        assert told.value.reason == reason
    good = signed_by(office, out, person("leader"))
    with pytest.raises(NotFound):
        hand_in(office.desk, document_id, out.id, good, by=office.actor("deputy"))
    with pytest.raises((Forbidden, NotFound)):
        hand_out(office.desk, document_id, by=office.actor("clerk"))
    later = office.at(office.desk.clock() + timedelta(days=8))
    with pytest.raises(SigningOver):
        hand_in(later, document_id, out.id, good, by=leader)
    assert (office.document(document_id).state, len(office.document(document_id).renditions)) == ("submitted", 1)


def test_a_draft_sent_back_meanwhile_is_not_signed_by_the_file_that_was_out(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    out = hand_out(office.desk, document_id, by=office.actor("leader"))
    returned = signed_by(office, out, person("leader"))
    drafting.take_back(office.desk, document_id, by=office.actor("drafter"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    with pytest.raises(SigningOver):
        hand_in(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    fresh = hand_out(office.desk, document_id, by=office.actor("leader"))
    assert fresh.id != out.id
    with office.service.database.read() as session:
        assert session.scalar(select(func.count()).select_from(BegunSigning)) == 2
