"""Sealed files are kept provable: revocation data and timestamps over the document, looked at as an auditor would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import ocsp as asn1_ocsp

from signing._status import questions, require_good
from signing._store import Proofs, with_store
from signing.errors import (
    CertificateRevoked,
    NotPreservable,
    RevocationUnavailable,
    SigningError,
    TimestampUnavailable,
    UnreadablePdf,
)
from signing.keys import SigningKey, open_pkcs12
from signing.pki import TestPki
from signing.places import find_places
from signing.preserve import Extended, Level, extend, lasts_until, renew, stamps_last_until
from signing.questions import Question
from signing.revocation import HttpRevocation, Remembering, RevocationSource, Several
from signing.sandbox import Limits
from signing.sign import seal, sign_personal
from signing.timestamp import Timestamper
from signing.verify import Indication, Link, Revocation, SubIndication, Trust, Verdict, examine, verify
from tests.signing import hostile
from tests.signing.drafts import LEADER, draw
from tests.signing.stamps import timestamper_until

PASSPHRASE = "mat-khau-khoa"


@dataclass(frozen=True)
class Office:
    """A leader and an office with their keys, and the authority that answers for them."""

    pki: TestPki
    leader: SigningKey
    organisation: SigningKey

    @property
    def trust(self) -> Trust:
        return Trust(roots=self.pki.roots())

    def sealed(self, *, timestamper: Timestamper | None = None) -> bytes:
        content, stamps = draw(), timestamper or self.pki.timestamper()
        signed = sign_personal(
            content,
            key=self.leader,
            places=find_places(content, signatory_name=LEADER, limits=Limits()),
            image_png=None,
            timestamper=stamps,
        )
        today = date(2026, 3, 7)
        return seal(
            signed.content, key=self.organisation, number="05", issued_on=today, image_png=None, timestamper=stamps
        ).content

    @cached_property
    def issued(self) -> bytes:
        return self.sealed()

    @cached_property
    def archived(self) -> Extended:
        return self.extended(self.issued, Level.B_LTA)

    def extended(self, content: bytes, level: Level, *, status: RevocationSource | None = None) -> Extended:
        return extend(
            content,
            trust=self.trust,
            status=status or self.pki.revocation(),
            timestamper=self.pki.timestamper(),
            level=level,
        )

    def questions(self) -> dict[str, Question]:
        _, links = examine(self.issued, trust=self.trust)
        return {question.holder: question for question in questions(links)}


def make_office(folder: Path, base_url: str = "http://127.0.0.1:9/pki") -> Office:
    pki = TestPki.create(folder / "pki", base_url=base_url)
    leader = pki.issue_person(LEADER, PASSPHRASE)
    organisation = pki.issue_organisation("Ủy ban nhân dân xã Tân Lập", PASSPHRASE, code="H99.1")
    return Office(pki, open_pkcs12(leader, PASSPHRASE), open_pkcs12(organisation, PASSPHRASE))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("office"))


@dataclass(frozen=True)
class Answers:
    """A source with its own ideas."""

    first: Callable[[Question], bytes | None]
    second: Callable[[Question], bytes | None] = lambda _: None

    def ocsp(self, question: Question) -> bytes | None:
        return self.first(question)

    def crl(self, question: Question) -> bytes | None:
        return self.second(question)


def down(_: Question) -> bytes | None:
    raise RevocationUnavailable("connection refused")


def no_timestamp(_: bytes) -> bytes:
    raise TimestampUnavailable("connection refused")


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
def test_a_sealed_file_gets_the_level_and_stays_valid(office: Office, level: Level) -> None:
    made = office.extended(office.issued, level)
    assert made.content.startswith(office.issued), "nothing signed is touched"
    report = verify(made.content, trust=replace(office.trust, revocation_required=True))
    assert report.verdict is Verdict.VALID, report.message_en
    assert [signature.level for signature in report.signatures] == [level, level]
    assert {signature.revocation for signature in report.signatures} == {Revocation.GOOD}
    assert len(report.document_timestamps) == (level is Level.B_LTA)
    assert all(change.allowed for signature in report.signatures for change in signature.changes)
    assert office.extended(made.content, level).content == made.content, "a second time changes nothing"


def test_a_file_with_its_data_gets_its_timestamp_later_without_asking_for_the_signers(office: Office) -> None:
    first = office.extended(office.issued, Level.B_LT)
    asked: list[str] = []
    own = office.pki.revocation()

    def ask(question: Question) -> bytes | None:
        asked.append(question.holder)
        return own.ocsp(question)

    made = office.extended(first.content, Level.B_LTA, status=Answers(ask, own.crl))
    assert made.level is Level.B_LTA
    assert LEADER not in asked, "what is proven need not be asked for: the certificate may have expired by now"


def test_renewing_adds_a_timestamp_and_the_last_ones_proof(office: Office) -> None:
    made = renew(
        office.archived.content,
        trust=office.trust,
        status=office.pki.revocation(),
        timestamper=office.pki.timestamper(),
    )
    assert made.content.startswith(office.archived.content)
    assert made.report.verdict is Verdict.VALID
    assert [one.indication for one in made.report.document_timestamps] == [Indication.TOTAL_PASSED] * 2
    assert [one.covers_whole_file for one in made.report.document_timestamps] == [False, True]


def test_a_renewed_file_outlives_its_earlier_timestamp(office: Office) -> None:
    now = datetime.now(UTC)
    short = timestamper_until(office.pki, now + timedelta(days=20))
    status, trust = office.pki.revocation(), office.trust
    first = extend(office.issued, trust=trust, status=status, timestamper=short, level=Level.B_LTA)
    renewed = renew(first.content, trust=trust, status=status, timestamper=office.pki.timestamper())
    later = now + timedelta(days=40)
    assert verify(first.content, trust=trust, at=later).verdict is Verdict.INDETERMINATE
    report = verify(renewed.content, trust=trust, at=later)
    assert report.verdict is Verdict.VALID, report.message_en
    assert [signature.level for signature in report.signatures] == ["B-LTA", "B-LTA"]
    with pytest.raises(NotPreservable):
        renew(first.content, trust=trust, status=status, timestamper=office.pki.timestamper(), now=later)


def test_renewing_a_file_below_the_level_brings_it_there(office: Office) -> None:
    made = renew(
        office.issued, trust=office.trust, status=office.pki.revocation(), timestamper=office.pki.timestamper()
    )
    assert (made.level, len(made.report.document_timestamps)) == (Level.B_LTA, 1)


def test_a_changed_byte_in_what_was_added_is_noticed(office: Office) -> None:
    content = bytearray(office.archived.content)
    content[content.index(b"/DSS") - 40] ^= 1
    assert verify(bytes(content), trust=office.trust).verdict is not Verdict.VALID


def test_the_signers_key_may_be_revoked_after_signing(tmp_path: Path) -> None:
    """With earlier proof nothing changes; without, the answer says that it was good when it signed."""
    office = make_office(tmp_path)
    proven, unproven = office.archived.content, office.issued
    time.sleep(1.1)  # revocation is kept in whole seconds
    office.pki.revoke(office.leader.certificate.serial_number)
    for content in (proven, office.extended(unproven, Level.B_LTA).content):
        report = verify(content, trust=replace(office.trust, revocation_required=True))
        assert report.verdict is Verdict.VALID, report.message_en
        assert [signature.level for signature in report.signatures] == ["B-LTA", "B-LTA"]


def test_a_key_revoked_before_signing_gets_no_level(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    office.pki.revoke(office.leader.certificate.serial_number, at=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(CertificateRevoked) as refused:
        office.extended(office.issued, Level.B_LTA)
    assert LEADER in refused.value.detail
    own = office.pki.revocation()
    answers = tuple(answer for one in office.questions().values() if (answer := own.ocsp(one)) is not None)
    certificates = (office.pki.certificate("issuing"),)
    forced = with_store(office.issued, Proofs(certificates, answers, (office.pki.crl("root"),)))
    report = verify(forced, trust=office.trust)
    assert report.signatures[0].indication is Indication.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE
    assert report.signatures[0].level == "B-T"


def test_a_revoked_timestamp_authority_proves_nothing(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    office.pki.revoke(serial_of(office.pki.certificate("tsa")), at=datetime.now(UTC) - timedelta(hours=1))
    with pytest.raises(CertificateRevoked):
        office.extended(office.issued, Level.B_LT)


def serial_of(certificate: bytes) -> int:
    from cryptography import x509  # noqa: PLC0415 - used here alone

    return x509.load_der_x509_certificate(certificate).serial_number


def test_where_ocsp_says_nothing_useful_the_crl_is_taken(office: Office) -> None:
    own = office.pki.revocation()
    failure = asn1_ocsp.OCSPResponse({"response_status": "try_later"}).dump()
    for first in (down, lambda _: failure, lambda _: b"<html>", lambda _: None):
        assert office.extended(office.issued, Level.B_LT, status=Answers(first, own.crl)).level is Level.B_LT


@pytest.mark.parametrize(
    "status", [Answers(down, down), Answers(lambda _: None), Answers(lambda _: b"", lambda _: b"")]
)
def test_without_an_answer_there_is_no_level_and_no_file(office: Office, status: RevocationSource) -> None:
    with pytest.raises(RevocationUnavailable) as refused:
        office.extended(office.issued, Level.B_LT, status=status)
    assert refused.value.detail


def test_without_a_timestamp_there_is_no_archive_level(office: Office) -> None:
    for timestamper in (None, Timestamper(no_timestamp)):
        with pytest.raises(TimestampUnavailable):
            extend(
                office.issued,
                trust=office.trust,
                status=office.pki.revocation(),
                timestamper=timestamper,
                level=Level.B_LTA,
            )


def test_a_timestamp_of_somebody_who_is_not_trusted_is_not_taken(office: Office, tmp_path: Path) -> None:
    other = TestPki.create(tmp_path / "other", base_url="http://127.0.0.1:9/pki")
    with pytest.raises(RevocationUnavailable):
        extend(
            office.issued,
            trust=office.trust,
            status=office.pki.revocation(),
            timestamper=other.timestamper(),
            level=Level.B_LTA,
        )


@pytest.mark.parametrize("hours", [-14, 14])
def test_answers_out_of_date_or_from_the_future_prove_nothing(office: Office, hours: int) -> None:
    question = office.questions()[LEADER]
    answer = office.pki.ocsp_response(question.ocsp_request)
    later = datetime.now(UTC) + timedelta(hours=hours)
    with pytest.raises(RevocationUnavailable, match="out of date" if hours > 0 else "in the future"):
        require_good(question, answer, "ocsp", later)
    listed = office.pki.crl("issuing")
    with pytest.raises(RevocationUnavailable, match="out of date" if hours > 0 else "in the future"):
        require_good(question, listed, "crl", datetime.now(UTC) + timedelta(days=hours))


def test_answers_about_others_or_by_others_prove_nothing(office: Office, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    asked = office.questions()
    leader, organisation = asked[LEADER], asked["Ủy ban nhân dân xã Tân Lập"]
    with pytest.raises(RevocationUnavailable, match="not about this"):
        require_good(leader, office.pki.ocsp_response(organisation.ocsp_request), "ocsp", now)
    other = make_office(tmp_path)
    theirs = other.questions()[LEADER]
    with pytest.raises(RevocationUnavailable, match="OCSP"):
        require_good(leader, other.pki.ocsp_response(theirs.ocsp_request), "ocsp", now)
    for wrong in (other.pki.crl("issuing"), office.pki.crl("root")):
        with pytest.raises(RevocationUnavailable, match="CRL"):
            require_good(leader, wrong, "crl", now)


def test_a_changed_answer_proves_nothing(office: Office) -> None:
    question = office.questions()[LEADER]
    answers = (("ocsp", office.pki.ocsp_response(question.ocsp_request)), ("crl", office.pki.crl("issuing")))
    for kind, answer in answers:
        require_good(question, answer, kind, datetime.now(UTC))
        for place in range(0, len(answer), 61):
            changed = bytearray(answer)
            changed[place] ^= 1
            try:
                require_good(question, bytes(changed), kind, datetime.now(UTC))
            except SigningError:
                continue
            # Certificates that travel with an answer may be changed where nothing relies on them.
            assert kind == "ocsp", place


def test_a_file_without_signatures_or_a_spoilt_one_cannot_be_preserved(office: Office) -> None:
    spoilt = bytearray(office.issued)
    spoilt[len(spoilt) // 3] ^= 1
    for bad in (draw(), bytes(spoilt), b"not a pdf"):
        with pytest.raises(NotPreservable):
            office.extended(bad, Level.B_LT)


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_signatures_made_while_no_timestamp_could_be_had_get_one_over_the_document(
    office: Office, level: Level
) -> None:
    content = draw()
    places = find_places(content, signatory_name=LEADER, limits=Limits())
    signed = sign_personal(content, key=office.leader, places=places, image_png=None, timestamper=None)
    facts: dict[str, Any] = {"number": "05", "issued_on": date(2026, 3, 7), "image_png": None}
    # The seal has its timestamp, the leader's signature has none.
    sealed = seal(signed.content, key=office.organisation, timestamper=office.pki.timestamper(), **facts)
    assert [one.level for one in verify(sealed.content, trust=office.trust).signatures] == ["B-B", "B-T"]
    made = office.extended(sealed.content, level)
    assert made.level.covers(level)
    assert made.content.startswith(sealed.content)
    report = verify(made.content, trust=office.trust)
    assert (report.verdict, len(report.document_timestamps)) == (Verdict.VALID, 1)
    assert all(one.timestamped_at is not None for one in report.signatures)
    assert (b"/DSS" in made.content) is level.covers(Level.B_LT)
    with pytest.raises(TimestampUnavailable):
        extend(sealed.content, trust=office.trust, status=office.pki.revocation(), timestamper=None, level=level)


def test_a_timestamp_ends_with_its_certificate_or_with_an_algorithm(office: Office) -> None:
    report = office.archived.report
    (last,) = report.document_timestamps
    assert last.algorithms[0] == "sha256"
    until = lasts_until(report)
    assert until is not None
    earlier, later = until - timedelta(days=100), until + timedelta(days=100)
    for name in last.algorithms:
        assert lasts_until(report, {name: earlier}) == earlier
        assert lasts_until(report, {name: later}) == until
        assert stamps_last_until(office.pki.timestamper(), {name: earlier}) == earlier
    assert lasts_until(report, {"sha1": earlier}) == until


@pytest.mark.parametrize("make", [hostile.looping_pages, hostile.bomb])
def test_a_hostile_file_ends_in_a_named_error(office: Office, make: Callable[[], bytes]) -> None:
    content = make()
    with pytest.raises(SigningError):
        extend(
            content,
            trust=office.trust,
            status=office.pki.revocation(),
            timestamper=office.pki.timestamper(),
            level=Level.B_LTA,
            limits=Limits(seconds=5),
        )


def test_how_long_a_timestamp_lasts_is_known_before_and_after(office: Office) -> None:
    assert lasts_until(office.archived.report) == stamps_last_until(office.pki.timestamper())
    assert lasts_until(verify(office.issued, trust=office.trust)) is None


class _Responder(BaseHTTPRequestHandler):
    """Plays an authority over HTTP: well, slowly, endlessly, or sending elsewhere."""

    def do_POST(self) -> None:
        pki, manner = self.server.pki, self.server.manner  # type: ignore[attr-defined]
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        if manner == "slow":
            self.server.gate.wait(20)  # type: ignore[attr-defined]
        if manner == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "/other")
            self.end_headers()
            return
        body = b"0" * 200_000 if manner == "endless" else pki.ocsp_response(asked)
        self.send_response(500 if manner == "broken" else 200)
        self.send_header("Content-Type", "text/html" if manner == "html" else "application/ocsp-response")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        pki = self.server.pki  # type: ignore[attr-defined]
        body = pki.crl("root" if self.path.endswith("root.crl") else "issuing")
        self.send_response(200)
        self.send_header("Content-Type", "application/pkix-crl")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def responder(tmp_path: Path) -> Iterator[tuple[ThreadingHTTPServer, Office]]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Responder)
    made = make_office(tmp_path, f"http://127.0.0.1:{server.server_port}/pki")
    server.pki, server.manner, server.gate = made.pki, "well", threading.Event()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server, made
    server.gate.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_over_http_the_addresses_in_the_certificates_are_asked(responder: tuple[Any, Office]) -> None:
    server, office = responder
    there = HttpRevocation(timeout_seconds=5, private_addresses=True)
    assert office.extended(office.issued, Level.B_LTA, status=there).level is Level.B_LTA
    question = office.questions()[LEADER]
    with pytest.raises(RevocationUnavailable, match="no public address"):
        HttpRevocation(timeout_seconds=5).ocsp(question)
    by_name = replace(question, ocsp_urls=(f"http://localhost:{server.server_port}/ocsp",))
    with pytest.raises(RevocationUnavailable, match="no public address"):
        HttpRevocation(timeout_seconds=5).ocsp(by_name)
    for other in ("ldap://127.0.0.1/x", "file:///etc/passwd"):
        assert there.ocsp(replace(question, ocsp_urls=(other,))) is None
    for manner, reason in (
        ("elsewhere", "redirect"),
        ("endless", "more than"),
        ("html", "not application"),
        ("broken", "HTTP 500"),
        ("slow", "no answer"),
    ):
        server.manner = manner
        with pytest.raises(RevocationUnavailable, match=reason):
            HttpRevocation(timeout_seconds=0.5, private_addresses=True).ocsp(question)
    server.manner = "broken"
    assert office.extended(office.issued, Level.B_LT, status=there).level is Level.B_LT, "by CRL"


def test_sources_are_asked_in_turn(office: Office) -> None:
    question = office.questions()[LEADER]
    both = Several((Answers(lambda _: None), office.pki.revocation()))
    for answer, kind in ((both.ocsp(question), "ocsp"), (both.crl(question), "crl")):
        assert answer is not None
        require_good(question, answer, kind, datetime.now(UTC))
    foreign = replace(question, issuer=office.pki.certificate("tsa"))
    assert office.pki.revocation().ocsp(foreign) is None
    assert office.pki.revocation().crl(foreign) is None


def test_a_run_asks_once_for_what_many_files_need(office: Office) -> None:
    asked: list[str] = []
    own = office.pki.revocation()

    def ask(question: Question) -> bytes | None:
        asked.append(question.holder)
        return own.ocsp(question)

    source = Remembering(Answers(ask, own.crl))
    for _ in range(2):
        office.extended(office.issued, Level.B_LT, status=source)
    assert len(asked) == len(set(asked)) == 4
    forgetful = Remembering(Answers(ask, own.crl), seconds=0)
    question = office.questions()[LEADER]
    assert forgetful.ocsp(question) is not None
    assert forgetful.ocsp(question) is not None
    assert asked[4:] == [LEADER, LEADER]


def test_long_vietnamese_names_are_no_hindrance(tmp_path: Path) -> None:
    office = make_office(tmp_path)
    name = "Ủy ban nhân dân xã Nguyễn Thượng Hiền và vùng phụ cận huyện Đắk"
    long = open_pkcs12(office.pki.issue_organisation(name, PASSPHRASE, code="H99.1"), PASSPHRASE)
    assert len(name.encode()) > 64
    assert office.extended(replace(office, organisation=long).issued, Level.B_LTA).level is Level.B_LTA


def test_what_is_no_certificate_and_no_file_is_refused_by_name() -> None:
    with pytest.raises(RevocationUnavailable):
        questions((Link(b"no certificate", b"none either", datetime.now(UTC)),))
    with pytest.raises(UnreadablePdf):
        with_store(b"no file", Proofs())
