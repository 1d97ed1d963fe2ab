"""The leader's and the organisation's keys lie at a remote service: the whole way, and what may go wrong on it."""

from __future__ import annotations

import logging
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.db.people import SigningKeyFile
from docsvc.db.records import Event
from docsvc.errors import Invalid, NotFound
from docsvc.issue import steps
from docsvc.issue.desk import Desk
from docsvc.issue.key_keeping import keep_remote_key, kept_keys
from docsvc.issue.piles import Piles, Pinned, issue_pile, sign_pile
from docsvc.issue.remote_keys import LONGEST_CREDENTIAL, RemotePlace, ailing
from docsvc.records.terms import State
from signing._csc import ServiceSecret
from signing.errors import (
    OtpPerSignature,
    RemoteKeyUnusable,
    RemoteServiceMissing,
    RemoteServiceUnavailable,
    SigningError,
    WrongOtp,
    WrongRemotePin,
    WrongRemoteProof,
    WrongRemoteSignature,
)
from signing.pki import KeyKind
from signing.remote import RemoteService
from signing.verify import Verdict, verify
from tests.issue.test_token_keys import seal_file
from tests.office import COMMUNE, PEOPLE, Office, shared_pki
from tests.services.csc import CLIENT_ID, CLIENT_SECRET, CscService
from tests.services.second_opinions import SecondOpinions

LEADER_PIN, SEAL_PIN = "135791", "246802"
SECONDS = 60


@pytest.fixture(scope="module")
def stocked(csc_process: CscService) -> CscService:
    """The leader's key of P-256 and the commune's of RSA 3072; both also as keys that ask for one-time codes."""
    person = shared_pki().issue_person(PEOPLE["leader"][0], "x", key_kind=KeyKind.ECDSA_P256)
    for otp in ("", "-otp"):
        csc_process.add_key(f"chu-tich{otp}", person, "x", LEADER_PIN, otp=bool(otp))
        csc_process.add_key(f"co-quan{otp}", seal_file(), "x", SEAL_PIN, otp=bool(otp))
    return csc_process


@pytest.fixture
def desk(office: Office, stocked: CscService, csc: CscService) -> Desk:
    """Where both keys are kept."""
    service = RemoteService(csc.url, lambda: ServiceSecret(CLIENT_ID, CLIENT_SECRET), timeout_seconds=10)
    desk = replace(office.desk, remote_services={"ky-xa": service})
    keep(desk, office, "chu-tich", LEADER_PIN)
    keep_seal(desk, office, "co-quan")
    return desk


def keep(desk: Desk, office: Office, name: str, pin: str, by: str = "administrator", **more: Any) -> SigningKeyFile:
    """As the leader's key."""
    place, user_id = RemotePlace(more.pop("service", "ky-xa"), name), office.people["leader"]
    return keep_remote_key(desk, user_id=user_id, place=place, pin=pin, image_png=None, by=office.actor(by), **more)


def keep_seal(desk: Desk, office: Office, name: str, **more: Any) -> None:
    place, by = RemotePlace("ky-xa", name), office.actor("administrator")
    keep_remote_key(desk, unit_id=office.units[COMMUNE], place=place, pin=SEAL_PIN, image_png=None, by=by, **more)


def test_a_decision_goes_its_whole_way_with_remote_keys(
    office: Office, desk: Desk, csc: CscService, tmp_path: Path, caplog: pytest.LogCaptureFixture
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
    with office.service.database.read() as session:
        told = "".join(event.detail for event in session.scalars(select(Event)))
        assert '"kind":"csc"' in told
        for row in session.scalars(select(SigningKeyFile)):
            told += repr(vars(row))
    told += caplog.text
    assert [secret for secret in (LEADER_PIN, SEAL_PIN, CLIENT_SECRET) if secret in told] == []


def run(command: list[Any]) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


class TestOnOneOffice:
    @pytest.fixture
    def office(self, embedded: Office) -> Office:
        return embedded

    def test_a_wrong_pin_signs_nothing_and_costs_no_number(self, office: Office, desk: Desk) -> None:
        document_id = office.submitted()
        for wrong in ("000000", "", SEAL_PIN):
            with pytest.raises(WrongRemotePin):
                steps.sign(desk, document_id, wrong, by=office.actor("leader"))
        assert office.document(document_id).state == State.SUBMITTED
        steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
        with pytest.raises(WrongRemotePin):
            steps.issue(desk, document_id, office.today, LEADER_PIN, by=office.actor("clerk"))
        assert office.document(document_id).number is None

    def test_a_service_that_is_down_costs_no_number_and_the_document_waits(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        document_id = office.submitted()
        for method, how, error in (
            ("signatures/signHash", "wrong-signature", WrongRemoteSignature),
            ("signatures/signHash", "500", RemoteServiceUnavailable),
        ):
            csc.fail(method, how)
            with pytest.raises(error):
                steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
        csc.mend()
        assert office.document(document_id).state == State.SUBMITTED
        steps.sign(desk, document_id, LEADER_PIN, by=office.actor("leader"))
        csc.fail("credentials/authorize", "500")
        with pytest.raises(RemoteServiceUnavailable):
            steps.issue(desk, document_id, office.today, SEAL_PIN, by=office.actor("clerk"))
        assert office.document(document_id).number is None
        csc.mend()
        assert steps.issue(desk, document_id, office.today, SEAL_PIN, by=office.actor("clerk")) == "01/QĐ-UBND"

    def test_a_pile_is_signed_and_issued_with_one_authorisation_each(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        documents = [office.submitted(f"Văn bản thứ {number}") for number in (1, 2, 3)]
        pile = tuple(Pinned(one, office.document(one).version) for one in documents)
        csc.seen()
        assert sign_pile(desk, Piles(), pile, LEADER_PIN, by=office.actor("leader")).wait(SECONDS)
        assert [one["method"] for one in csc.seen()].count("signatures/signHash") == 3
        assert issue_pile(desk, Piles(), pile, office.today, SEAL_PIN, by=office.actor("clerk")).wait(SECONDS)
        assert {office.document(one).state for one in documents} == {State.ISSUED}

    def test_keys_with_one_time_codes_sign_one_document_at_a_time(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        with pytest.raises(WrongOtp):
            keep(desk, office, "chu-tich-otp", LEADER_PIN)
        keep(desk, office, "chu-tich-otp", LEADER_PIN, otp=csc.code("chu-tich-otp"))
        keep_seal(desk, office, "co-quan-otp", otp=csc.code("co-quan-otp"))
        leader, clerk, document_id = office.actor("leader"), office.actor("clerk"), office.submitted()
        pile = (Pinned(document_id, office.document(document_id).version),)
        with pytest.raises(OtpPerSignature):
            sign_pile(desk, Piles(), pile, LEADER_PIN, by=leader)
        with pytest.raises(WrongOtp):
            steps.sign(desk, document_id, LEADER_PIN, by=leader)
        steps.sign(desk, document_id, LEADER_PIN, otp=csc.code("chu-tich-otp"), by=leader)
        with pytest.raises(OtpPerSignature):
            issue_pile(desk, Piles(), pile, office.today, SEAL_PIN, by=clerk)
        with pytest.raises(WrongOtp):
            steps.issue(desk, document_id, office.today, SEAL_PIN, by=clerk)
        assert office.document(document_id).number is None, "a code that is missing costs no number"
        with pytest.raises(WrongRemoteProof):
            steps.issue(desk, document_id, office.today, SEAL_PIN, by=clerk, otp="000000")
        assert office.document(document_id).state == State.NUMBERED, "a wrong one shows only then; the number is kept"
        code = csc.code("co-quan-otp")
        assert steps.issue(desk, document_id, office.today, SEAL_PIN, by=clerk, otp=code) == "01/QĐ-UBND"

    def test_a_key_that_asks_for_codes_since_it_was_kept_is_to_be_added_anew(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        csc.change("chu-tich", otp=True)
        try:
            with pytest.raises(RemoteKeyUnusable):
                steps.sign(desk, office.submitted(), LEADER_PIN, by=office.actor("leader"))
        finally:
            csc.change("chu-tich", otp=False)

    def test_without_its_service_in_the_settings_a_kept_key_says_so(self, office: Office, desk: Desk) -> None:
        with pytest.raises(RemoteServiceMissing):
            steps.sign(office.desk, office.submitted(), LEADER_PIN, by=office.actor("leader"))

    def test_only_who_administers_the_owner_may_and_the_service_is_not_even_asked(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        csc.seen()
        with pytest.raises(NotFound):
            keep(desk, office, "chu-tich", LEADER_PIN, by="reader")
        assert csc.seen() == []

    def test_a_key_that_does_not_sign_is_not_kept(self, office: Office, desk: Desk, csc: CscService) -> None:
        with office.service.database.read() as session:
            before = kept_keys(session, office.actor("administrator"))
        assert {key.remote for key in before} == {"ky-xa", ""}
        refusals: tuple[tuple[str, str, str, type[SigningError]], ...] = (
            ("chu-tich", "999999", "ky-xa", WrongRemotePin),
            ("không có", LEADER_PIN, "ky-xa", RemoteKeyUnusable),
            ("chu-tich", LEADER_PIN, csc.url, RemoteServiceMissing),
        )
        for name, pin, service, error in refusals:
            with pytest.raises(error):
                keep(desk, office, name, pin, service=service)
        csc.fail("signatures/signHash", "wrong-signature")
        with pytest.raises(WrongRemoteSignature):
            keep(desk, office, "chu-tich", LEADER_PIN)
        with office.service.database.read() as session:
            assert kept_keys(session, office.actor("administrator")) == before

    def test_every_service_and_every_key_in_use_can_be_asked_how_it_is(
        self, office: Office, desk: Desk, csc: CscService
    ) -> None:
        found = dict(ailing(desk.database, desk.remote_services))
        assert [name.partition(" (")[0] for name in found] == ["ky-xa", "ky-xa: chu-tich", "ky-xa: co-quan"]
        assert set(found.values()) == {None}
        csc.change("chu-tich", status="disabled")
        csc.fail("info", "500")
        faults = [type(fault) for fault in dict(ailing(desk.database, desk.remote_services)).values()]
        csc.change("chu-tich", status="enabled")
        assert faults == [RemoteServiceUnavailable, RemoteKeyUnusable, type(None)]


@pytest.mark.parametrize("credential", ["", "x" * (LONGEST_CREDENTIAL + 1), "a\nb"])
def test_what_cannot_name_a_remote_key_is_refused(credential: str) -> None:
    with pytest.raises(Invalid):
        RemotePlace("ky-xa", credential)
