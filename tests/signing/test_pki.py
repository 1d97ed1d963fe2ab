"""The test infrastructure as openssl and pyHanko's validator see it, and as a killed process leaves it."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathValidationError

from signing.errors import WrongPassphrase
from signing.keys import open_pkcs12
from signing.pki import PkiDamaged, Reason, TestPki, UnknownCertificate
from signing.timestamp import TimeStampResp
from tests.signing.makers import BASE, FILES


def openssl(folder: Path, *words: str | Path, good: bool | None = True) -> str:
    """Output and complaints of openssl; ``good`` says whether it should succeed, ``None`` that both will do."""
    done = subprocess.run(["openssl", *map(str, words)], cwd=folder, capture_output=True, text=True, check=False)
    assert good is None or (done.returncode == 0) == good, done.stdout + done.stderr
    return done.stdout + done.stderr


class Bench:
    """An infrastructure with its certificates and lists as PEM files for openssl."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pki = TestPki.create(folder / "pki", base_url=BASE)
        for name in ("root", "issuing", "tsa", "ocsp"):
            self.pem(name, self.pki.certificate(name))

    def pem(self, name: str, der: bytes) -> Path:
        file = self.folder / f"{name}.pem"
        file.write_bytes(x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))
        return file

    def person(self, name: str) -> int:
        """Issue to a person; gives the serial number and leaves ``name.pem``."""
        certificate = open_pkcs12(self.pki.issue_person(name, "x"), "x").certificate
        self.pem(name, certificate.public_bytes(Encoding.DER))
        return certificate.serial_number

    def verify(self, *names: str, good: bool | None = True) -> str:
        """Verify certificates down to the revocation of each link."""
        with (self.folder / "lists.pem").open("w") as lists:
            for authority in ("root", "issuing"):
                (self.folder / "list").write_bytes(self.pki.crl(authority))
                lists.write(openssl(self.folder, "crl", "-inform", "DER", "-in", "list"))
        trust = ("-CAfile", "root.pem", "-untrusted", "issuing.pem", "-CRLfile", "lists.pem", "-crl_check_all")
        files = [f"{name}.pem" for name in names]
        return openssl(self.folder, "verify", "-x509_strict", *trust, *files, good=good)

    def ocsp(self, *what: str, issuer: str = "issuing") -> str:
        """Ask about certificates or serial numbers and have openssl check the answer."""
        about = ["-issuer", f"{issuer}.pem"]
        for one in what:
            about += ["-serial", one] if one.isdigit() else ["-cert", f"{one}.pem"]
        openssl(self.folder, "ocsp", *about, "-reqout", "request", good=None)
        (self.folder / "answer").write_bytes(self.pki.ocsp_response((self.folder / "request").read_bytes()))
        # Given -cert, openssl would make a new nonce to compare with.
        words = ("-no_nonce", "-respin", "answer", "-CAfile", "root.pem")
        return openssl(self.folder, "ocsp", *about, *words, good=None)

    def stamp(self, *query: str) -> bytes:
        """Ask for a timestamp of some file."""
        (self.folder / "file").write_bytes("Quyết định".encode())
        openssl(self.folder, "ts", "-query", "-data", "file", "-out", "query", *query)
        answer = self.pki.timestamp_response((self.folder / "query").read_bytes())
        (self.folder / "stamp").write_bytes(answer)
        return answer


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("pki"))


# --- certificates ------------------------------------------------------------------------------------


def test_openssl_finds_nothing_wrong_with_any_certificate(bench: Bench) -> None:
    bench.person("an")
    told = bench.verify("issuing", "tsa", "ocsp", "an")
    assert told.count(": OK") == 4
    openssl(
        bench.folder,
        "verify",
        "-purpose",
        "timestampsign",
        "-CAfile",
        "root.pem",
        "-untrusted",
        "issuing.pem",
        "tsa.pem",
    )


@pytest.mark.parametrize("name", ["root", "issuing", "tsa", "ocsp"])
def test_every_certificate_says_that_it_has_no_legal_value(bench: Bench, name: str) -> None:
    certificate = asn1_x509.Certificate.load(bench.pki.certificate(name))  # type: ignore[arg-type]
    assert "thử nghiệm – không có giá trị pháp lý" in certificate.subject.native["common_name"]


def test_certificates_tell_where_to_ask_about_them(bench: Bench) -> None:
    key = open_pkcs12(bench.pki.issue_person("An", "x", email="an@xa.example"), "x")
    named = asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER))
    assert named.ocsp_urls == [f"{BASE}/ocsp"]
    assert [point.url for point in named.crl_distribution_points] == [f"{BASE}/issuing.crl"]
    issuers = [one for one in named.authority_information_access_value.native if one["access_method"] == "ca_issuers"]
    assert issuers[0]["access_location"] == f"{BASE}/issuing.cer"
    assert named.subject_alt_name_value.native == ["an@xa.example"]
    issuing = asn1_x509.Certificate.load(bench.pki.certificate("issuing"))
    assert [point.url for point in issuing.crl_distribution_points] == [f"{BASE}/root.crl"]


def test_openssl_opens_the_key_file_of_a_person(bench: Bench) -> None:
    (bench.folder / "person.p12").write_bytes(bench.pki.issue_person("An", "bí mật"))
    opened = openssl(bench.folder, "pkcs12", "-in", "person.p12", "-passin", "pass:bí mật", "-nodes", "-info")
    assert "BEGIN PRIVATE KEY" in opened
    assert opened.count("BEGIN CERTIFICATE") == 2, "the holder's and the issuing CA's"
    assert "PBKDF2" in opened
    openssl(bench.folder, "pkcs12", "-in", "person.p12", "-passin", "pass:bi mat", "-nodes", good=False)


def test_an_organisations_certificate_carries_its_identifier(bench: Bench) -> None:
    key = open_pkcs12(bench.pki.issue_organisation("UBND xã Tân Lập", "x", code="H99.1"), "x")
    named = asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)).subject.native
    assert (named["organization_name"], named["organization_identifier"]) == ("UBND xã Tân Lập", "H99.1")


def test_a_key_without_a_passphrase_is_not_given(bench: Bench) -> None:
    with pytest.raises(WrongPassphrase):
        bench.pki.issue_person("An", "")


def test_no_certificate_outlives_its_authority(bench: Bench) -> None:
    key = open_pkcs12(bench.pki.issue_person("An", "x", valid_days=100 * 365), "x")
    issuing = x509.load_der_x509_certificate(bench.pki.certificate("issuing"))
    assert key.not_after == issuing.not_valid_after_utc


def test_what_is_not_there_is_named_unknown(bench: Bench) -> None:
    for ask in (
        lambda: bench.pki.certificate("other"),  # type: ignore[arg-type]
        lambda: bench.pki.crl("other"),  # type: ignore[arg-type]
        lambda: bench.pki.revoke(12345),
    ):
        with pytest.raises(UnknownCertificate):
            ask()


# --- revocation --------------------------------------------------------------------------------------


def test_a_revoked_certificate_is_on_the_list_and_the_others_are_not(bench: Bench) -> None:
    bench.person("kept")
    serial = bench.person("lost")
    bench.verify("kept", "lost")
    bench.pki.revoke(serial, Reason.KEY_COMPROMISE)
    bench.verify("kept")
    assert "certificate revoked" in bench.verify("lost", good=False)
    entry = next(
        one
        for one in asn1_crl.CertificateList.load(bench.pki.crl("issuing"))["tbs_cert_list"]["revoked_certificates"]
        if one["user_certificate"].native == serial
    )
    assert entry.crl_reason_value.native == "key_compromise"


def test_ocsp_tells_good_revoked_and_unknown_in_one_answer(bench: Bench) -> None:
    bench.person("good")
    serial = bench.person("bad")
    bench.pki.revoke(serial, Reason.SUPERSEDED, at=datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC))
    told = bench.ocsp("good", "bad", "tsa", "12345")
    assert "Response verify OK" in told
    assert "good.pem: good" in told
    assert "tsa.pem: good" in told
    assert "12345: unknown" in told
    assert "bad.pem: revoked" in told
    assert "Reason: superseded" in told
    assert "Revocation Time: Feb  3 04:05:06 2026 GMT" in told


def test_an_ocsp_answer_repeats_the_nonce_of_its_request(bench: Bench) -> None:
    bench.ocsp("tsa")
    sent = asn1_ocsp.OCSPRequest.load((bench.folder / "request").read_bytes())
    answer = asn1_ocsp.OCSPResponse.load((bench.folder / "answer").read_bytes())
    assert answer.nonce_value.native == sent.nonce_value.native
    assert len(sent.nonce_value.native) >= 16


def test_ocsp_does_not_speak_for_other_authorities(bench: Bench) -> None:
    assert "unauthorized" in bench.ocsp("issuing", issuer="root")


def test_the_tsa_and_the_issuing_ca_can_be_revoked_too(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for name in ("tsa", "issuing"):
        certificate = x509.load_der_x509_certificate(bench.pki.certificate(name))
        bench.verify(name)
        bench.pki.revoke(certificate.serial_number)
        assert "certificate revoked" in bench.verify(name, good=False)


def test_the_first_revocation_stands_and_outlives_the_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    serial = bench.person("an")
    first = datetime(2026, 1, 2, tzinfo=UTC)
    bench.pki.revoke(serial, Reason.SUPERSEDED, at=first)
    bench.pki.revoke(serial, Reason.KEY_COMPROMISE, at=first + timedelta(days=9))
    bench.pki = TestPki.load(tmp_path / "pki")
    told = bench.ocsp("an")
    assert "Reason: superseded" in told
    assert "Jan  2 00:00:00 2026" in told


def test_another_process_sees_a_revocation_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    serial = bench.person("an")
    script = (
        "import sys; from pathlib import Path; from signing.pki import TestPki;"
        "TestPki.load(Path(sys.argv[1])).revoke(int(sys.argv[2]))"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "pki"), str(serial)], check=True)
    assert "an.pem: revoked" in bench.ocsp("an")


def test_pyhankos_validator_agrees_with_both_kinds_of_answer(bench: Bench) -> None:
    key = open_pkcs12(bench.pki.issue_person("An", "x"), "x")
    certificate = asn1_x509.Certificate.load(key.certificate.public_bytes(Encoding.DER))
    issuing = asn1_x509.Certificate.load(bench.pki.certificate("issuing"))

    def check() -> None:
        question = asn1_ocsp.CertId(
            {
                "hash_algorithm": {"algorithm": "sha256"},
                "issuer_name_hash": issuing.subject.sha256,
                "issuer_key_hash": issuing.public_key.sha256,
                "serial_number": certificate.serial_number,
            }
        )
        request = asn1_ocsp.OCSPRequest({"tbs_request": {"request_list": [{"req_cert": question}]}})
        context = ValidationContext(
            trust_roots=[asn1_x509.Certificate.load(bench.pki.certificate("root"))],
            other_certs=[issuing],
            crls=[bench.pki.crl("root")],
            ocsps=[bench.pki.ocsp_response(request.dump())],
            revocation_mode="require",
        )
        validator = CertificateValidator(certificate, validation_context=context)
        asyncio.run(validator.async_validate_usage({"non_repudiation"}))

    check()
    bench.pki.revoke(certificate.serial_number)
    with pytest.raises(PathValidationError, match="revoked"):
        check()


# --- timestamps --------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_openssl_verifies_the_timestamp(bench: Bench, algorithm: str) -> None:
    bench.stamp(f"-{algorithm}", "-cert")
    words = ("-queryfile", "query", "-in", "stamp", "-CAfile", "root.pem")
    assert "Verification: OK" in openssl(bench.folder, "ts", "-verify", *words)
    told = openssl(bench.folder, "ts", "-reply", "-in", "stamp", "-text")
    assert "Accuracy: 0x01 seconds" in told
    assert "Policy OID: 2.25." in told


def test_a_timestamp_without_nonce_and_certificates_is_given_when_asked_so(bench: Bench) -> None:
    bare = bench.stamp("-sha256", "-no_nonce")
    told = openssl(bench.folder, "ts", "-reply", "-in", "stamp", "-text")
    assert "Nonce: unspecified" in told
    assert b"Granted" not in bare
    assert bench.pki.certificate("tsa") not in bare
    both = bench.folder / "both.pem"
    both.write_text((bench.folder / "issuing.pem").read_text() + (bench.folder / "tsa.pem").read_text())
    words = ("-queryfile", "query", "-in", "stamp", "-CAfile", "root.pem", "-untrusted", "both.pem")
    assert "Verification: OK" in openssl(bench.folder, "ts", "-verify", *words)


@pytest.mark.parametrize(
    ("query", "failure"),
    [
        (("-sha1", "-cert"), "unrecognized or unsupported algorithm"),
        (("-md5", "-cert"), "unrecognized or unsupported algorithm"),
        (("-sha256", "-tspolicy", "1.2.3.4"), "policy is not supported"),
    ],
)
def test_a_refusal_names_its_reason(bench: Bench, query: tuple[str, ...], failure: str) -> None:
    bench.stamp(*query)
    told = openssl(bench.folder, "ts", "-reply", "-in", "stamp", "-text")
    assert "Status: Rejected." in told
    assert failure in told


def test_our_own_policy_may_be_asked_for_by_name(bench: Bench) -> None:
    bench.stamp("-sha256")
    told = openssl(bench.folder, "ts", "-reply", "-in", "stamp", "-text")
    policy = told.split("Policy OID: ")[1].split()[0]
    bench.stamp("-sha256", "-tspolicy", policy)
    assert "Status: Granted." in openssl(bench.folder, "ts", "-reply", "-in", "stamp", "-text")


def request(digest: bytes = bytes(32), **more: object) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": digest}
    return bytes(tsp.TimeStampReq({"version": 1, "message_imprint": imprint, **more}).dump())


def failure_of(answer: bytes) -> set[str] | None:
    return TimeStampResp.load(answer, strict=True)["status"]["fail_info"].native  # type: ignore[no-any-return]


def test_imprints_of_a_wrong_length_and_unknown_extensions_are_refused(bench: Bench) -> None:
    assert failure_of(bench.pki.timestamp_response(request(bytes(20)))) == {"bad_data_format"}
    extension = [{"extn_id": "1.2.3.4", "extn_value": b"\x05\x00"}]
    assert failure_of(bench.pki.timestamp_response(request(extensions=extension))) == {"unaccepted_extensions"}
    assert failure_of(bench.pki.timestamp_response(request()[:-1])) == {"bad_data_format"}
    assert failure_of(bench.pki.timestamp_response(request() + bytes(100_000))) == {"bad_data_format"}
    assert failure_of(bench.pki.timestamp_response(request(cert_req=True))) is None


def test_no_two_timestamps_share_a_serial_number(bench: Bench) -> None:
    serials = set()
    for number in range(300):
        token = TimeStampResp.load(
            bench.pki.timestamp_response(request(hashlib.sha256(bytes([number % 256])).digest()))
        )
        stamp = token["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        serials.add(stamp["serial_number"].native)
    assert len(serials) == 300


def test_stamps_of_an_invented_past_tell_that_time_and_hold(bench: Bench) -> None:
    then = datetime.now(UTC).replace(microsecond=0) - timedelta(days=500)
    token = bench.pki.timestamper(lambda: then).token(bytes(32))
    assert cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed["gen_time"].native == then
    (bench.folder / "past").write_bytes(token)
    words = ("-token_in", "-in", "past", "-digest", bytes(32).hex(), "-CAfile", "root.pem")
    openssl(bench.folder, "ts", "-verify", *words, "-attime", str(int(then.timestamp())))


# --- whatever is sent --------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_get_a_well_formed_answer(bench: Bench, sent: bytes) -> None:
    refusal = TimeStampResp.load(bench.pki.timestamp_response(sent), strict=True)
    assert refusal["status"]["status"].native == "rejection"
    answer = asn1_ocsp.OCSPResponse.load(bench.pki.ocsp_response(sent), strict=True)
    assert answer["response_status"].native in {"malformed_request", "unauthorized"}


@pytest.mark.parametrize("place", range(0, 110, 3))
def test_requests_broken_anywhere_get_a_well_formed_answer(bench: Bench, place: int) -> None:
    openssl(bench.folder, "ocsp", "-issuer", "issuing.pem", "-cert", "tsa.pem", "-reqout", "broken", good=None)
    for right, answer, shape, status in (
        (request(nonce=7), bench.pki.timestamp_response, TimeStampResp, "status"),
        ((bench.folder / "broken").read_bytes(), bench.pki.ocsp_response, asn1_ocsp.OCSPResponse, "response_status"),
    ):
        for mask in (0x01, 0x55, 0x80, 0xFF):
            broken = bytearray(right)
            broken[place % len(broken)] ^= mask
            assert shape.load(answer(bytes(broken)), strict=True)[status].native


# --- the folder --------------------------------------------------------------------------------------


def test_private_keys_are_for_the_service_alone(bench: Bench) -> None:
    folder = bench.folder / "pki"
    keys = sorted(folder.glob("*.key"))
    assert [file.name for file in keys] == ["issuing.key", "ocsp.key", "root.key", "tsa.key"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in keys} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_creating_again_loads_what_is_there(tmp_path: Path) -> None:
    first = TestPki.create(tmp_path / "pki", base_url=BASE)
    second = TestPki.create(tmp_path / "pki", base_url="http://elsewhere/pki")
    assert second.roots() == first.roots()
    assert [entry.name for entry in tmp_path.iterdir()] == ["pki"]


def test_an_empty_folder_may_wait_for_it(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    assert TestPki.create(tmp_path / "pki", base_url=BASE).roots() == TestPki.load(tmp_path / "pki").roots()


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "tsa.key").unlink(),
        lambda folder: (folder / "root.cer").unlink(),
        lambda folder: (folder / "pki.json").write_text("{}"),
        lambda folder: (folder / "pki.json").write_text("[]"),
        lambda folder: (folder / "pki.json").write_text('{"form": 99, "base_url": ""}'),
        lambda folder: (folder / "issuing.cer").write_bytes(b"\x30\x03"),
        lambda folder: (folder / "issuing.key").write_bytes((folder / "tsa.key").read_bytes()),
        shutil.rmtree,
    ],
)
def test_a_damaged_folder_is_not_taken_for_whole(
    bench: Bench, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    shutil.copytree(bench.folder / "pki", tmp_path / "pki")
    damage(tmp_path / "pki")
    with pytest.raises(PkiDamaged):
        TestPki.load(tmp_path / "pki")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pki").mkdir()
    (tmp_path / "pki" / "thesis.txt").write_text("mine")
    with pytest.raises(PkiDamaged):
        TestPki.create(tmp_path / "pki", base_url=BASE)
    assert [file.name for file in (tmp_path / "pki").iterdir()] == ["thesis.txt"]


@pytest.fixture(scope="module")
def made_by_others(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("makers")
    subprocess.run([sys.executable, "-m", "tests.signing.makers", str(folder)], check=True)
    return folder


def test_of_processes_creating_at_once_one_wins_and_the_others_leave_nothing(made_by_others: Path) -> None:
    assert TestPki.load(made_by_others / "at-once" / "pki").roots()
    assert [entry.name for entry in (made_by_others / "at-once").iterdir()] == ["pki"]


@pytest.mark.faults
@pytest.mark.parametrize("moment", range(FILES + 2))
def test_killed_at_any_file_the_creation_leaves_all_or_nothing(made_by_others: Path, moment: int) -> None:
    folder = made_by_others / f"killed-{moment}" / "pki"
    if folder.exists():
        before = TestPki.load(folder).roots()
    else:
        before = None
        with pytest.raises(PkiDamaged):
            TestPki.load(folder)
    after = TestPki.create(folder, base_url=BASE).roots()
    assert before in {None, after}, "the next start goes on with what is whole, or makes it anew"


@pytest.mark.faults
def test_most_of_those_kills_came_before_the_folder_was_whole(made_by_others: Path) -> None:
    left = [folder for folder in made_by_others.glob("killed-*") if any(folder.glob(".pki-*"))]
    assert len(left) >= FILES // 2


def test_what_a_killed_process_left_behind_is_swept_after_an_hour(tmp_path: Path) -> None:
    left, recent = tmp_path / ".pki-being-made-abc", tmp_path / ".pki-being-made-def"
    for folder in (left, recent):
        folder.mkdir()
        (folder / "root.key").touch()
    an_hour_ago = time.time() - 3700
    os.utime(left, (an_hour_ago, an_hour_ago))
    TestPki.create(tmp_path / "pki", base_url=BASE)
    assert not left.exists()
    assert recent.exists(), "another process may be at work in it"
