"""The leader's and the organisation's keys lie on tokens: the whole way, and what may go wrong on it."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Event
from docsvc.errors import Invalid, NotFound
from docsvc.issue import steps
from docsvc.issue.desk import Desk
from docsvc.issue.key_keeping import keep_token_key, kept_keys
from docsvc.issue.keys import TokenPlace
from docsvc.records.terms import State
from signing.errors import TokenKeyMissing, TokenMissing, TokenModuleMissing, WrongPin
from signing.pki import KeyKind
from signing.verify import Verdict, verify
from tests.office import COMMUNE, PEOPLE, Office, shared_pki
from tests.services.second_opinions import SecondOpinions
from tests.services.softhsm import SoftHsm

LEADER_PIN, SEAL_PIN = "135791", "246802"


@pytest.fixture(scope="module")
def tokens(softhsm: SoftHsm) -> SoftHsm:
    """The leader's key of P-256 on one token, the commune's of RSA 3072 on another."""
    person = shared_pki().issue_person(PEOPLE["leader"][0], "x", key_kind=KeyKind.ECDSA_P256)
    softhsm.add_token("chu tich", LEADER_PIN, {"ký": (person, "x")})
    softhsm.add_token("co quan", SEAL_PIN, {"con dấu": (seal_file(), "x")})
    return softhsm


def seal_file() -> bytes:
    return shared_pki().issue_organisation("Ủy ban nhân dân xã Tân Lập", "x", code=COMMUNE, key_kind=KeyKind.RSA_3072)


@pytest.fixture
def desk(office: Office, tokens: SoftHsm) -> Desk:
    """Where both keys are kept."""
    desk = replace(office.desk, token_modules={"hsm": tokens.library})
    keep(desk, TokenPlace("hsm", "chu tich", key_label="ký"), LEADER_PIN, office, by="administrator")
    keep_seal(desk, "co quan", office)
    return desk


def keep_seal(desk: Desk, token: str, office: Office) -> None:
    keep_token_key(
        desk,
        unit_id=office.units[COMMUNE],
        place=TokenPlace("hsm", token, key_label="con dấu"),
        pin=SEAL_PIN,
        image_png=None,
        by=office.actor("administrator"),
    )


def keep(desk: Desk, place: TokenPlace, pin: str, office: Office, *, by: str) -> SigningKeyFile:
    """As the leader's key."""
    user_id = office.people["leader"]
    return keep_token_key(desk, user_id=user_id, place=place, pin=pin, image_png=None, by=office.actor(by))


def test_a_decision_goes_its_whole_way_with_keys_on_tokens(
    office: Office, desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    document_id = office.submitted()
    steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
    steps.issue(desk, document_id, office.today, SEAL_PIN, by=office.actor("clerk"))
    document = office.document(document_id)
    assert document.state == State.ISSUED
    assert {signature.level for signature in document.signatures} == {"B-T"}
    content = office.service.store.get(document.renditions[-1].sha256)
    assert verify(content, trust=desk.trust).verdict is Verdict.VALID
    pki = office.service.pki
    assert pki is not None
    SecondOpinions(tmp_path, pki.roots()[0], [pki.certificate("issuing")]).all_of(content)
    assert LEADER_PIN not in caplog.text
    with office.service.database.read() as session:
        log = "".join(event.detail for event in session.scalars(select(Event)))
        assert '"kind":"pkcs11"' in log
        for row in session.scalars(select(SigningKeyFile)):
            log += repr(vars(row))
    assert LEADER_PIN not in log
    assert SEAL_PIN not in log


class TestOnOneOffice:
    @pytest.fixture
    def office(self, embedded: Office) -> Office:
        return embedded

    def test_a_wrong_pin_signs_nothing_and_costs_no_number(self, office: Office, desk: Desk) -> None:
        document_id = office.submitted()
        for wrong in ("000000", "", SEAL_PIN):
            with pytest.raises(WrongPin):
                steps.sign(desk, document_id, wrong, by=office.actor("leader"))
        assert office.document(document_id).state == State.SUBMITTED
        steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
        with pytest.raises(WrongPin):
            steps.issue(desk, document_id, office.today, LEADER_PIN, by=office.actor("clerk"))
        assert office.document(document_id).number is None

    def test_a_token_pulled_out_costs_no_number_and_the_document_waits_for_it(
        self, office: Office, desk: Desk, softhsm: SoftHsm
    ) -> None:
        seal = {"con dấu": (seal_file(), "x")}
        softhsm.add_token("rời", SEAL_PIN, seal)
        keep_seal(desk, "rời", office)
        document_id = office.submitted()
        steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
        softhsm.remove_token("rời")
        with pytest.raises(TokenMissing):
            steps.issue(desk, document_id, office.today, SEAL_PIN, by=office.actor("clerk"))
        assert office.document(document_id).number is None
        softhsm.add_token("rời", SEAL_PIN, seal)
        assert steps.issue(desk, document_id, office.today, SEAL_PIN, by=office.actor("clerk")) == "01/QĐ-UBND"

    def test_without_its_module_in_the_settings_a_kept_key_says_so(self, office: Office, desk: Desk) -> None:
        document_id = office.submitted()
        with pytest.raises(TokenModuleMissing):
            steps.sign(office.desk, document_id, LEADER_PIN, by=office.actor("leader"))

    def test_only_who_administers_the_owner_may_and_the_token_is_not_even_asked(
        self, office: Office, desk: Desk
    ) -> None:
        with pytest.raises(NotFound):
            keep(desk, TokenPlace("hsm", "absent", key_label="x"), "1", office, by="reader")

    def test_a_key_that_does_not_open_is_not_kept(self, office: Office, desk: Desk) -> None:
        with office.service.database.read() as session:
            before = kept_keys(session, office.actor("administrator"))
        for place, pin, error in (
            (TokenPlace("hsm", "chu tich", key_label="ký"), "999999", WrongPin),
            (TokenPlace("hsm", "chu tich", key_label="không có"), LEADER_PIN, TokenKeyMissing),
            (TokenPlace("hsm", "không có", key_label="ký"), LEADER_PIN, TokenMissing),
            (TokenPlace("/usr/lib/softhsm/libsofthsm2.so", "chu tich", key_label="ký"), LEADER_PIN, TokenModuleMissing),
        ):
            with pytest.raises(error):
                keep(desk, place, pin, office, by="administrator")
        with office.service.database.read() as session:
            assert kept_keys(session, office.actor("administrator")) == before
            assert {key.token for key in before} >= {"chu tich", "co quan", ""}

    def test_a_token_key_replaces_the_file_before_it(self, office: Office, desk: Desk) -> None:
        with office.service.database.read() as session:
            found = select(SigningKeyFile).where(SigningKeyFile.user_id == office.people["leader"])
            rows = session.scalars(found.order_by(SigningKeyFile.id)).all()
        assert [(row.kind, row.retired_at is None) for row in rows] == [("pkcs12", False), ("pkcs11", True)]
        assert rows[-1].pkcs12 is None


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"label": "a"},
        {"key_label": "a"},
        {"label": "a" * 33, "key_label": "a"},
        {"serial": "1" * 17, "key_id": "01"},
        {"label": "a", "key_id": "xyz"},
    ],
)
def test_what_cannot_name_a_key_on_a_token_is_refused(named: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        TokenPlace("hsm", **named)
