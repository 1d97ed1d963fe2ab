"""The key lies on the official's own machine: begun and finished in two requests, and what may come between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select

from docsvc.accounts import SYSTEM
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.db.records import BegunSigning, Event, Number, Series
from docsvc.errors import Forbidden, NotFound
from docsvc.issue import drafting, steps
from docsvc.issue.errors import KeyElsewhere, OtherCertificate, SigningOver
from docsvc.issue.keys import add_own_key, key_in_force, open_key
from docsvc.issue.local_signing import HandedOut, begin, finish, laid_out
from docsvc.records.errors import WrongState
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from signing._cms import signed_data
from signing.errors import TimestampUnavailable
from signing.external import announce
from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind
from signing.refusals import CmsRefused
from signing.timestamp import Timestamper
from signing.verify import Verdict, verify
from tests.office import COMMUNE, PASSPHRASE, PEOPLE, Office, shared_pki


def key_of(office: Office, username: str | None = None) -> SigningKey:
    """The commune's, or a person's."""
    with office.service.database.read() as session:
        owner: Unit | User = session.get_one(Unit, office.units[COMMUNE])
        if username is not None:
            owner = session.get_one(User, office.people[username])
        row = key_in_force(session, owner, office.desk.clock())
    return open_key(row, PASSPHRASE, {}, {})


def pem_of(key: SigningKey) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain))


def begun(office: Office, document_id: str, key: SigningKey, by: str) -> HandedOut:
    return begin(office.desk, document_id, pem_of(key), by=office.actor(by))


def counted(office: Office, kind: type[BegunSigning | Number]) -> int:
    with office.service.database.read() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_leader_signs_and_clerk_seals_on_their_own_machines(office: Office) -> None:
    document_id = office.submitted()
    leader, seal = key_of(office, "leader"), key_of(office)
    out = begun(office, document_id, leader, "leader")
    assert (out.kind, out.reference) == ("personal", None)
    assert office.document(document_id).state == State.SUBMITTED
    base = office.document(document_id).renditions[-1].sha256
    laid = office.desk.store.get(laid_out(office.desk, document_id, out.id, by=office.actor("leader")))
    assert laid.startswith(office.desk.store.get(base)), "the file shown is its beginning, byte for byte"
    finish(office.desk, document_id, out.id, signed_data(leader, out.digest, None), by=office.actor("leader"))
    assert office.document(document_id).state == State.SIGNED
    out = begun(office, document_id, seal, "clerk")
    assert (out.kind, out.reference) == ("organisation", "01/QĐ-UBND")
    bare = seal.sign(out.attributes, "sha256")
    finish(office.desk, document_id, out.id, bare, bare=True, by=office.actor("clerk"))
    issued = office.document(document_id)
    assert (issued.state, issued.reference) == (State.ISSUED, "01/QĐ-UBND")
    report = verify(office.desk.store.get(issued.renditions[-1].sha256), trust=office.desk.trust)
    assert report.verdict is Verdict.VALID
    assert [one.level for one in report.signatures] == ["B-T", "B-T"]
    with office.service.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.object_id == document_id).order_by(Event.id)).all()
    assert acts[-6:] == ["signing-begun", "signed", "number-taken", "signing-begun", "sealed", "published"]


def test_what_was_handed_in_once_may_be_handed_in_again(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader = key_of(office, "leader")
    out = begun(office, document_id, leader, "leader")
    returned = signed_data(leader, out.digest, None)
    for _ in range(2):
        finish(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    assert len(office.document(document_id).renditions) == 2
    assert scrub(office.service.database, office.service.store, grace=timedelta(0)).orphans == ()


def test_a_seal_that_was_cut_off_before_publishing_is_finished_by_handing_it_in_again(
    embedded: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, document_id = embedded, embedded.signed()
    seal = key_of(office)
    out = begun(office, document_id, seal, "clerk")
    returned = signed_data(seal, out.digest, None)

    def cut_off(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patched:
        patched.setattr(steps, "publish", cut_off)
        with pytest.raises(ConnectionError):
            finish(office.desk, document_id, out.id, returned, by=office.actor("clerk"))
    assert office.document(document_id).state == State.SEALED
    finish(office.desk, document_id, out.id, returned, by=office.actor("clerk"))
    assert office.document(document_id).state == State.ISSUED
    assert counted(office, Number) == 1


def test_nothing_is_begun_and_no_number_taken_with_another_certificate(embedded: Office) -> None:
    office, waiting, signed = embedded, embedded.submitted(), embedded.signed()
    deputy = key_of(office, "deputy")
    with pytest.raises(OtherCertificate):
        begun(office, waiting, deputy, "leader")
    with pytest.raises(OtherCertificate):
        begun(office, signed, deputy, "clerk")
    with pytest.raises((Forbidden, NotFound)):
        begun(office, waiting, deputy, "deputy")
    with pytest.raises((Forbidden, NotFound)):
        begun(office, signed, key_of(office), "leader")
    assert (counted(office, BegunSigning), counted(office, Number)) == (0, 0)
    assert office.document(signed).state == State.SIGNED


def test_another_signature_changes_nothing(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader, deputy = key_of(office, "leader"), key_of(office, "deputy")
    out = begun(office, document_id, leader, "leader")
    for returned in (
        b"",
        signed_data(leader, bytes(32), None),
        signed_data(deputy, out.digest, None),
    ):
        with pytest.raises(CmsRefused):
            finish(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    with pytest.raises(NotFound):
        finish(office.desk, document_id, out.id, b"", by=office.actor("deputy"))
    assert office.document(document_id).state == State.SUBMITTED
    assert len(office.document(document_id).renditions) == 1


def test_a_document_sent_back_and_submitted_anew_is_not_signed_by_what_was_begun_before(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader = key_of(office, "leader")
    out = begun(office, document_id, leader, "leader")
    returned = signed_data(leader, out.digest, None)
    drafting.take_back(office.desk, document_id, by=office.actor("drafter"))
    with pytest.raises((NotFound, SigningOver)):
        finish(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    with pytest.raises(SigningOver):
        finish(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    assert office.document(document_id).state == State.SUBMITTED


def test_what_was_begun_expires_and_is_cleared_away(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader = key_of(office, "leader")
    out = begun(office, document_id, leader, "leader")
    returned = signed_data(leader, out.digest, None)
    later = office.at(office.desk.clock() + timedelta(hours=2))
    with pytest.raises(SigningOver):
        finish(later, document_id, out.id, returned, by=office.actor("leader"))
    much_later = office.at(office.desk.clock() + timedelta(days=9))
    begin(much_later, document_id, pem_of(leader), by=office.actor("leader"))
    assert counted(office, BegunSigning) == 1
    assert len(scrub(office.service.database, office.service.store, grace=timedelta(0)).orphans) == 1


def test_without_its_timestamp_it_is_not_signed_and_may_be_handed_in_again(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    leader = key_of(office, "leader")
    out = begun(office, document_id, leader, "leader")
    returned = signed_data(leader, out.digest, None)

    def no_answer(_: bytes) -> bytes:
        raise TimestampUnavailable("down")

    with pytest.raises(TimestampUnavailable):
        finish(
            replace(office.desk, timestamper=Timestamper(no_answer)),
            document_id,
            out.id,
            returned,
            by=office.actor("leader"),
        )
    assert office.document(document_id).state == State.SUBMITTED
    finish(office.desk, document_id, out.id, returned, by=office.actor("leader"))
    assert office.document(document_id).state == State.SIGNED


def test_a_number_once_taken_is_kept_when_the_seal_is_begun_again_or_made_here(embedded: Office) -> None:
    office, document_id = embedded, embedded.signed()
    seal = key_of(office)
    assert [begun(office, document_id, seal, "clerk").reference for _ in range(2)] == ["01/QĐ-UBND"] * 2
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    with office.service.database.read() as session:
        assert session.scalars(select(Series.last_number).where(Series.last_number > 0)).all() == [1]
    with pytest.raises(WrongState):
        begun(office, document_id, seal, "clerk")


def test_of_a_key_on_its_owner_s_machine_only_the_certificate_is_kept(embedded: Office) -> None:
    office, document_id = embedded, embedded.submitted()
    own = open_pkcs12(
        shared_pki().issue_person(PEOPLE["leader"][0], PASSPHRASE, key_kind=KeyKind.ECDSA_P256), PASSPHRASE
    )
    with office.service.database.write() as session:
        user = session.get_one(User, office.people["leader"])
        add_own_key(session, owner=user, certificates=announce(pem_of(own)), image_png=None, by=SYSTEM)
    with office.service.database.read() as session:
        row = session.scalars(select(SigningKeyFile).where(SigningKeyFile.kind == "own")).one()
        assert (row.pkcs12, row.holder) == (None, PEOPLE["leader"][0])
    with pytest.raises(KeyElsewhere):
        steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    out = begun(office, document_id, own, "leader")
    finish(office.desk, document_id, out.id, signed_data(own, out.digest, None), by=office.actor("leader"))
    assert office.document(document_id).state == State.SIGNED
