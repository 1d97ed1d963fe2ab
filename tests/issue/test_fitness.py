"""A certificate is looked at before anything is written: at adding a key, and at each signature."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from sqlalchemy import select

from docsvc.accounts import SYSTEM
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.db.records import Event
from docsvc.issue import steps
from docsvc.issue.errors import OtherHolder, OtherIdentifier
from docsvc.issue.fitness import require_fit, status_unknown
from docsvc.issue.key_keeping import keep_key
from docsvc.issue.keys import open_key
from docsvc.issue.piles import Piles, Pinned, sign_pile
from docsvc.records.identifiers import record_unit, record_user
from docsvc.records.terms import State
from signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    CertificateRevoked,
    RevocationUnavailable,
    UntrustedCertificate,
)
from signing.pki import KeyKind, TestPki
from signing.questions import Question
from signing.verify import Trust
from tests.issue.acting import numbers, sign, state
from tests.office import COMMUNE, PASSPHRASE, PEOPLE, Office

LEADER = PEOPLE["leader"][0]
QUICK: dict[str, Any] = {"key_kind": KeyKind.ECDSA_P256}


def pki_of(office: Office) -> TestPki:
    assert office.service.pki is not None
    return office.service.pki


def certificate_of(office: Office, username: str = "leader") -> x509.Certificate:
    with office.service.database.read() as session:
        column, owner = (
            (SigningKeyFile.unit_id, office.units[username])
            if username in office.units
            else (SigningKeyFile.user_id, office.people[username])
        )
        row = session.scalars(select(SigningKeyFile).where(column == owner)).first()
        assert row is not None
        return open_key(row, PASSPHRASE, {}, {}).certificate


def add(office: Office, pkcs12: bytes, *, by: str = "leader", **more: Any) -> SigningKeyFile:
    owner = more.pop("owner", {"user_id": office.people["leader"]})
    desk = more.pop("desk", office.desk)
    return keep_key(desk, **owner, pkcs12=pkcs12, passphrase=PASSPHRASE, image_png=None, by=office.actor(by), **more)


def details(office: Office, act: str) -> list[dict[str, Any]]:
    with office.service.database.read() as session:
        return [json.loads(one) for one in session.scalars(select(Event.detail).where(Event.act == act))]


def keys(office: Office) -> int:
    with office.service.database.read() as session:
        return len(session.scalars(select(SigningKeyFile.id)).all())


def test_a_revoked_certificate_neither_signs_nor_seals_and_costs_no_number(embedded: Office) -> None:
    signed, waiting = embedded.signed(), embedded.submitted("Việc khác")
    renditions = len(embedded.document(waiting).renditions)
    pki_of(embedded).revoke(certificate_of(embedded).serial_number)
    with pytest.raises(CertificateRevoked):
        sign(embedded, waiting)
    assert (state(embedded, waiting), len(embedded.document(waiting).renditions)) == (State.SUBMITTED, renditions)
    pki_of(embedded).revoke(certificate_of(embedded, COMMUNE).serial_number)
    with pytest.raises(CertificateRevoked):
        steps.issue(embedded.desk, signed, embedded.today, PASSPHRASE, by=embedded.actor("clerk"))
    assert (state(embedded, signed), numbers(embedded)) == (State.SIGNED, [])


def test_in_a_pile_too(embedded: Office) -> None:
    waiting = embedded.submitted()
    pki_of(embedded).revoke(certificate_of(embedded).serial_number)
    pile = (Pinned(waiting, embedded.document(waiting).version),)
    run = sign_pile(embedded.desk, Piles(), pile, PASSPHRASE, by=embedded.actor("leader"))
    assert run.wait(60)
    assert run.failures[waiting].code == "certificate-revoked"


def test_a_key_whose_certificate_cannot_sign_is_not_kept(embedded: Office) -> None:
    pki, now, before = pki_of(embedded), datetime.now(UTC), keys(embedded)
    old = pki.issue_person(LEADER, PASSPHRASE, valid_from=now - timedelta(days=9), valid_days=5, **QUICK)
    young = pki.issue_person(LEADER, PASSPHRASE, valid_from=now + timedelta(days=2), **QUICK)
    revoked = pki.issue_person(LEADER, PASSPHRASE, **QUICK)
    nobody = replace(embedded.desk, trust=Trust(roots=()))
    cases: list[tuple[type[Exception], Callable[[], object]]] = [
        (CertificateExpired, lambda: add(embedded, old)),
        (CertificateNotYetValid, lambda: add(embedded, young)),
        (UntrustedCertificate, lambda: add(embedded, revoked, desk=nobody)),
    ]
    for error, act in cases:
        with pytest.raises(error):
            act()
    add(embedded, revoked)
    pki.revoke(certificate_of_newest(embedded).serial_number)
    with pytest.raises(CertificateRevoked):
        add(embedded, revoked)
    assert keys(embedded) == before + 1


def certificate_of_newest(office: Office) -> x509.Certificate:
    with office.service.database.read() as session:
        row = session.scalars(select(SigningKeyFile).order_by(SigningKeyFile.id.desc())).first()
        assert row is not None
        return open_key(row, PASSPHRASE, {}, {}).certificate


def test_another_persons_certificate_is_kept_only_when_an_administrator_says_they_are_one(embedded: Office) -> None:
    other = pki_of(embedded).issue_person("Lê Đình Khải (TC)", PASSPHRASE, **QUICK)
    for by, confirmed in (("leader", False), ("leader", True), ("administrator", False)):
        with pytest.raises(OtherHolder, match="Lê Đình Khải"):
            add(embedded, other, by=by, holder_confirmed=confirmed)
    add(embedded, other, by="administrator", holder_confirmed=True)
    assert details(embedded, "key-added")[-1]["holder_confirmed"] == "yes"
    sign(embedded, embedded.submitted())
    assert details(embedded, "signed")[-1]["holder_confirmed"] == "yes"


def test_a_name_is_the_same_however_it_is_typed(embedded: Office) -> None:
    add(embedded, pki_of(embedded).issue_person("LE DINH  KHAI", PASSPHRASE, **QUICK))
    sign(embedded, embedded.submitted())
    assert details(embedded, "signed")[-1]["revocation"] == "good"


def test_an_owner_who_is_renamed_signs_no_more_with_the_old_certificate(embedded: Office) -> None:
    waiting = embedded.submitted()
    with embedded.service.database.write() as session:
        session.get_one(User, embedded.people["leader"]).full_name = "Lê Thị Khác"
    with pytest.raises(OtherHolder):
        sign(embedded, waiting)


def test_an_identifier_on_record_must_be_the_certificates(embedded: Office) -> None:
    pkcs12 = pki_of(embedded).issue_person(LEADER, PASSPHRASE, identifier="CCCD:001085012345", **QUICK)
    waiting = embedded.submitted()
    for identifier, fits in (("001085099999", False), ("001085012345", True)):
        with embedded.service.database.write() as session:
            record_user(session, session.get_one(User, embedded.people["leader"]), identifier, by=SYSTEM)
        if fits:
            assert add(embedded, pkcs12).holder_identifier == "CCCD:001085012345"
        else:
            with pytest.raises(OtherIdentifier):
                add(embedded, pkcs12, by="administrator", holder_confirmed=True)
    sign(embedded, waiting)
    assert "001085012345" not in json.dumps(details(embedded, "identifier-recorded"))


def test_an_organisation_seals_with_its_own_certificate_alone(embedded: Office) -> None:
    pki, unit = pki_of(embedded), {"unit_id": embedded.units[COMMUNE]}
    name = "Ủy ban nhân dân xã Tân Lập"
    refused = (
        pki.issue_organisation("Ủy ban nhân dân xã Bình An", PASSPHRASE, code="H01.2", **QUICK),
        pki.issue_person(LEADER, PASSPHRASE, organisation=name, identifier=COMMUNE, **QUICK),
    )
    for pkcs12 in refused:
        with pytest.raises(OtherHolder):
            add(embedded, pkcs12, by="administrator", owner=unit)
    add(
        embedded,
        pki.issue_organisation("UBND xã Tân Lập", PASSPHRASE, code=COMMUNE, **QUICK),
        by="administrator",
        owner=unit,
    )
    with embedded.service.database.write() as session:
        record_unit(session, session.get_one(Unit, embedded.units[COMMUNE]), "0301234567", by=SYSTEM)
    pkcs12 = pki.issue_organisation(name, PASSPHRASE, code="MST:0309999999", **QUICK)
    with pytest.raises(OtherIdentifier):
        add(embedded, pkcs12, by="administrator", owner=unit)
    pkcs12 = pki.issue_organisation("UBND xã Tân Lập", PASSPHRASE, code="MST:0301234567", **QUICK)
    add(embedded, pkcs12, by="administrator", owner=unit)


@dataclass(frozen=True)
class Silent:
    """Nobody answers, or only after the test is over."""

    seconds: float = 0

    def ocsp(self, question: Question) -> bytes | None:
        time.sleep(self.seconds)
        raise RevocationUnavailable(f"{question.holder}: down")

    def crl(self, question: Question) -> bytes | None:
        return self.ocsp(question)


@pytest.mark.parametrize("source", [None, Silent(), Silent(3)])
def test_where_nobody_answers_the_log_says_so_or_nothing_is_signed(embedded: Office, source: Silent | None) -> None:
    waiting = embedded.submitted()
    desk = replace(embedded.desk, revocation=source, status_seconds=0.2)
    strict = replace(desk, unknown_status_refused=True)
    with pytest.raises(RevocationUnavailable):
        steps.sign(strict, waiting, PASSPHRASE, by=embedded.actor("leader"))
    assert state(embedded, waiting) == State.SUBMITTED
    steps.sign(desk, waiting, PASSPHRASE, by=embedded.actor("leader"))
    told = details(embedded, "signed")[-1]
    assert told["revocation"] == "unknown"
    assert told["revocation_problem"]
    with embedded.service.database.read() as session:
        assert status_unknown(session, waiting)


def test_the_check_needs_no_document(embedded: Office) -> None:
    with embedded.service.database.read() as session:
        leader = session.get_one(User, embedded.people["leader"])
    fitness = require_fit(embedded.desk, certificate_of(embedded), chain_of(embedded), leader)
    assert fitness.detail() == {"revocation": "good"}


def chain_of(office: Office) -> tuple[x509.Certificate, ...]:
    return (x509.load_der_x509_certificate(pki_of(office).certificate("issuing")),)
