"""Keys of remote services do what keys from files do; and what a service can do wrong has a name, and ends in time."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import logging
import os
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from signing._csc import ServiceSecret
from signing.errors import (
    AuthorizationExpired,
    OtpPerSignature,
    RemoteKeyUnusable,
    RemoteServiceMissing,
    RemoteServiceRefused,
    RemoteServiceUnavailable,
    RemoteSignInRefused,
    SigningError,
    WrongOtp,
    WrongRemotePin,
    WrongRemoteProof,
    WrongRemoteSignature,
)
from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind, TestPki
from signing.places import find_places
from signing.remote import RemoteService, _credential, open_csc, secret_in
from signing.sandbox import Limits
from signing.sign import sign_personal
from signing.timestamp import Timestamper
from signing.verify import Trust, Verdict, verify
from tests.services.csc import BEARER, CLIENT_ID, CLIENT_SECRET, WRONG_PINS, CscService
from tests.services.programs import free_ports, running
from tests.signing.drafts import LEADER, draw
from tests.signing.key_contract import KINDS, SECRET, KeyContract

CLIENT = ServiceSecret(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
P256 = KeyKind.ECDSA_P256.value


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("remote") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture(scope="module")
def files(pki: TestPki) -> dict[str, bytes]:
    """One key file of each kind."""
    return {kind.value: pki.issue_person(LEADER, SECRET, key_kind=kind) for kind in KINDS}


@pytest.fixture(scope="module")
def stocked(csc_process: CscService, files: dict[str, bytes]) -> CscService:
    """The service with the same keys, and one more that asks for one-time codes."""
    for kind, content in files.items():
        csc_process.add_key(kind, content, SECRET, SECRET)
    csc_process.add_key("otp", files[P256], SECRET, SECRET, otp=True)
    return csc_process


@pytest.fixture
def service(stocked: CscService, csc: CscService) -> RemoteService:
    return RemoteService(csc.url, lambda: CLIENT, timeout_seconds=10)


class TestRemoteKeys(KeyContract):
    @pytest.fixture(autouse=True)
    def use(self, service: RemoteService) -> None:
        self.service = service

    def opened(self, kind: KeyKind, secret: str) -> SigningKey:
        return open_csc(self.service, kind.value, secret)


def impatient(csc: CscService) -> RemoteService:
    return RemoteService(csc.url, lambda: CLIENT, timeout_seconds=1)


def test_a_signature_is_authorised_for_its_very_hash_and_no_other(csc: CscService, service: RemoteService) -> None:
    key = open_csc(service, P256, SECRET)
    csc.seen()
    key.sign(b"Quyet dinh", "sha256")
    authorised, signed = csc.seen()
    assert (authorised["method"], signed["method"]) == ("credentials/authorize", "signatures/signHash")
    expected = [base64.b64encode(hashlib.sha256(b"Quyet dinh").digest()).decode()]
    assert authorised["body"]["hashes"] == signed["body"]["hashes"] == expected
    assert authorised["body"]["numSignatures"] == 1
    # The service holds to it: used once, and for this hash.
    stolen = signed["body"]
    assert csc.post("signatures/signHash", stolen)[0] == 400
    other = [base64.b64encode(bytes(32)).decode()]
    assert csc.post("signatures/signHash", stolen | {"hashes": other})[1]["error"] == "invalid_request"


def test_signing_in_is_done_once_and_again_where_the_service_forgot(csc: CscService, service: RemoteService) -> None:
    key = open_csc(service, P256, SECRET)
    key.sign(b"1", "sha256")
    assert [one["method"] for one in csc.seen()].count("oauth2/token") == 1
    csc.forget_tokens()
    key.sign(b"2", "sha256")
    assert [one["method"] for one in csc.seen()].count("oauth2/token") == 1


def test_a_token_given_beforehand_signs_in_too(csc: CscService, stocked: CscService) -> None:
    open_csc(RemoteService(csc.url, lambda: ServiceSecret(token=BEARER)), P256, SECRET).sign(b"x", "sha256")
    assert "oauth2/token" not in [one["method"] for one in csc.seen()]
    for wrong in (ServiceSecret(token="het-han"), ServiceSecret(CLIENT_ID, "sai-bi-mat")):
        with pytest.raises(RemoteSignInRefused) as refused:
            RemoteService(csc.url, lambda wrong=wrong: wrong).credential(P256)  # type: ignore[misc]
        assert "het-han" not in refused.value.detail
        assert "sai-bi-mat" not in refused.value.detail


def test_a_service_tells_what_it_is_and_which_keys_it_has(csc: CscService, service: RemoteService) -> None:
    facts = service.check()
    assert (facts.name, facts.specification) == ("Dịch vụ ký số thử", "2.0.0.2")
    assert P256 in service.credential_ids()
    csc.change("otp", user="khai")
    assert service.credential_ids("khai") == ("otp",)
    csc.change("otp", user=None)
    for how, error in (("old", RemoteServiceUnavailable), ("poor", RemoteServiceRefused)):
        csc.fail("info", how)
        with pytest.raises(error):
            service.check()


class TestOneTimeCodes:
    def test_a_code_is_good_for_one_signature(self, csc: CscService, service: RemoteService) -> None:
        key = open_csc(service, "otp", SECRET, otp=csc.code("otp"))
        assert key.signer.signs_once
        key.sign(b"x", "sha256")
        with pytest.raises(OtpPerSignature):
            key.sign(b"y", "sha256")

    def test_a_missing_wrong_used_or_old_code_signs_nothing(self, csc: CscService, service: RemoteService) -> None:
        with pytest.raises(WrongOtp):
            open_csc(service, "otp", SECRET)
        used = csc.code("otp")
        open_csc(service, "otp", SECRET, otp=used).sign(b"x", "sha256")
        for code in ("not-a-code", used, csc.code("otp", seconds=0)):
            with pytest.raises(WrongRemoteProof) as refused:
                open_csc(service, "otp", SECRET, otp=code).sign(b"x", "sha256")
            assert code not in refused.value.detail

    def test_a_wrong_pin_is_told_when_it_signs(self, csc: CscService, service: RemoteService) -> None:
        code = csc.code("otp")
        with pytest.raises(WrongRemoteProof):
            open_csc(service, "otp", "000000", otp=code).sign(b"x", "sha256")

    def test_a_service_may_say_which_of_them_is_wrong(self, csc: CscService, service: RemoteService) -> None:
        csc.fail("names", "older")
        with pytest.raises(WrongRemotePin):
            open_csc(service, P256, "000000")
        with pytest.raises(WrongRemotePin):
            open_csc(service, "otp", "000000", otp=csc.code("otp")).sign(b"x", "sha256")
        with pytest.raises(WrongOtp):
            open_csc(service, "otp", SECRET, otp="000000").sign(b"x", "sha256")
        csc.change("otp", objects=[{"type": "Password", "id": "PIN"}, {"type": "OneTimePassword", "id": "OTP"}])
        open_csc(service, "otp", SECRET, otp=csc.code("otp")).sign(b"x", "sha256")
        csc.change("otp", objects=None)

    def test_one_code_is_enough_for_a_file_with_a_long_timestamp(
        self, pki: TestPki, csc: CscService, service: RemoteService
    ) -> None:
        draft = draw()
        signed = sign_personal(
            draft,
            key=open_csc(service, "otp", SECRET, otp=csc.code("otp")),
            places=find_places(draft, signatory_name=LEADER, limits=Limits()),
            image_png=None,
            timestamper=Timestamper(pki.timestamp_response),
        )
        assert verify(signed.content, trust=Trust(roots=pki.roots())).verdict is Verdict.VALID


class TestConfirmingElsewhere:
    """Keys whose every signature is confirmed on the signer's telephone (8.3.1.5, 11.7)."""

    @pytest.fixture
    def phone(self, csc: CscService, files: dict[str, bytes], service: RemoteService) -> RemoteService:
        csc.add_key("phone", files[P256], SECRET, SECRET, phone=True)
        return service

    def test_the_service_is_asked_until_the_signer_has_confirmed(self, csc: CscService, phone: RemoteService) -> None:
        key = open_csc(phone, "phone", SECRET)
        assert "credentials/authorize" not in [one["method"] for one in csc.seen()], "opening rings no telephone"
        key.sign(b"x", "sha256")
        asked = [one["method"] for one in csc.seen()]
        assert asked == ["credentials/authorize", *2 * ["credentials/authorizeCheck"], "signatures/signHash"]

    def test_a_signer_who_declines_signs_nothing(self, csc: CscService, phone: RemoteService) -> None:
        csc.fail("phone", "declined")
        with pytest.raises(WrongRemoteProof):
            open_csc(phone, "phone", SECRET).sign(b"x", "sha256")

    def test_the_wait_has_an_end(self, csc: CscService, phone: RemoteService, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("signing.remote._CONFIRMING_SECONDS", 1.5)
        csc.fail("phone", "lies")
        with pytest.raises(RemoteServiceUnavailable):
            open_csc(RemoteService(csc.url, lambda: CLIENT, timeout_seconds=1), "phone", SECRET).sign(b"x", "sha256")


def test_a_service_may_name_its_issuer_instead_of_an_address(csc: CscService, stocked: CscService) -> None:
    issuer = csc.url.removesuffix("/csc/v2") + "/office"
    csc.fail("issuer", issuer)
    open_csc(RemoteService(csc.url, lambda: CLIENT), P256, SECRET).sign(b"x", "sha256")
    assert [one["method"] for one in csc.seen()].count("oauth2/token") == 1
    csc.fail("issuer", f"{issuer}/other")
    with pytest.raises(RemoteServiceUnavailable):
        RemoteService(csc.url, lambda: CLIENT).check()


def test_ecdsa_signatures_may_come_as_two_numbers(
    csc: CscService, files: dict[str, bytes], service: RemoteService
) -> None:
    for kind in (KeyKind.ECDSA_P256, KeyKind.ECDSA_P384):
        csc.add_key("raw", files[kind.value], SECRET, SECRET, raw=True)
        open_csc(service, "raw", SECRET).sign(b"x", "sha256")


def test_an_rsa_key_may_sign_with_the_bare_algorithm_only(
    csc: CscService, files: dict[str, bytes], service: RemoteService
) -> None:
    csc.add_key("bare", files["rsa-2048"], SECRET, SECRET, algo=["1.2.840.113549.1.1.1"])
    open_csc(service, "bare", SECRET).sign(b"x", "sha256")
    assert csc.seen()[-1]["body"]["signAlgo"] == "1.2.840.113549.1.1.1"
    csc.change("bare", algo=["1.2.840.113549.1.1.10"])
    with pytest.raises(RemoteKeyUnusable):
        open_csc(service, "bare", SECRET).sign(b"x", "sha256")


def test_too_many_wrong_pins_lock_the_key_at_the_service(
    csc: CscService, files: dict[str, bytes], service: RemoteService
) -> None:
    csc.add_key("lock", files[P256], SECRET, SECRET)
    for _ in range(WRONG_PINS):
        with pytest.raises(WrongRemotePin):
            open_csc(service, "lock", "000000")
    with pytest.raises(RemoteKeyUnusable):
        open_csc(service, "lock", SECRET)


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "disabled"},
        {"certificate_status": "revoked"},
        {"certificate_status": "expired"},
        {"mode": "implicit"},
        {"mode": "oauth2code"},
        {"SCAL": "1"},
        {"certificates": []},
        {"objects": []},
        {"objects": "PIN"},
        {"objects": [{"type": "OneTimePassword", "id": "OTP"}]},
        {"objects": [{"type": "Password", "id": "OTP", "generator": "totp"}]},
        {"objects": [{"type": "Password", "id": "PIN"}, {"type": "Password", "id": "PIN2"}]},
        {"objects": [{"type": "Password", "id": "PIN"}, {"type": "PasswordOOB", "id": "PIN"}]},
        {"objects": [{"type": "Password", "id": "PIN"}, {"type": "ChallengeResponse", "id": "SMS"}]},
        {"objects": [{"type": "Password", "id": "PIN"}, {"type": "FaceID", "id": "face"}]},
        {"objects": [{"type": "Password", "id": 5}]},
    ],
)
def test_a_key_that_is_not_in_force_or_opened_in_another_way_is_refused(
    csc: CscService, files: dict[str, bytes], service: RemoteService, facts: dict[str, Any]
) -> None:
    csc.add_key("odd", files[P256], SECRET, SECRET)
    csc.change("odd", **facts)
    with pytest.raises(RemoteKeyUnusable):
        open_csc(service, "odd", SECRET)
    assert [one["method"] for one in csc.seen()].count("credentials/authorize") == 0, "no PIN was sent"


def test_a_key_that_is_not_there_or_has_another_certificate_now_is_refused(
    csc: CscService, files: dict[str, bytes], service: RemoteService
) -> None:
    with pytest.raises(RemoteKeyUnusable):
        open_csc(service, "nobody", SECRET)
    kept = open_pkcs12(files["rsa-2048"], SECRET)
    with pytest.raises(RemoteKeyUnusable):
        open_csc(service, P256, SECRET, certificates=(kept.certificate, *kept.chain))
    opened = open_csc(service, "rsa-2048", SECRET, certificates=(kept.certificate, *kept.chain))
    assert opened.chain == kept.chain


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture(scope="module")
def certificate(files: dict[str, bytes]) -> str:
    """As services give it: base64 of DER."""
    return base64.b64encode(open_pkcs12(files[P256], SECRET).certificate.public_bytes(Encoding.DER)).decode()


@given(st.data())
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_whatever_a_service_says_of_a_key_only_errors_with_a_name_come_of_it(
    certificate: str, data: st.DataObject
) -> None:
    answer: dict[str, Any] = {
        "key": {"status": "enabled", "algo": ["1.2.840.10045.4.3.2"]},
        "cert": {"status": "valid", "certificates": [certificate]},
        "auth": {"mode": "explicit", "objects": [{"type": "Password", "id": "PIN"}]},
        "SCAL": "2",
    }
    assert _credential("x", answer).holder == LEADER
    places: list[tuple[Any, Any]] = [(answer, name) for name in answer]
    places += [(answer[name], one) for name in ("key", "cert", "auth") for one in answer[name]]
    places += [
        (answer["auth"]["objects"], 0),
        (answer["auth"]["objects"][0], "id"),
        (answer["cert"]["certificates"], 0),
    ]
    place, name = data.draw(st.sampled_from(places))
    place[name] = data.draw(json_values)
    with contextlib.suppress(SigningError):
        assert _credential("x", answer).holder == LEADER


@pytest.mark.parametrize("method", ["oauth2/token", "credentials/info", "credentials/authorize", "signatures/signHash"])
@pytest.mark.parametrize("how", ["500", "503", "huge", "not-json", "deep", "list", "empty", "redirect", "hang-up"])
def test_a_broken_answer_is_no_answer(csc: CscService, stocked: CscService, method: str, how: str) -> None:
    csc.fail(method, how)
    with pytest.raises(RemoteServiceUnavailable):
        open_csc(RemoteService(csc.url, lambda: CLIENT), P256, SECRET).sign(b"x", "sha256")
    csc.mend()
    open_csc(RemoteService(csc.url, lambda: CLIENT), P256, SECRET).sign(b"x", "sha256")


@dataclass(frozen=True)
class Fault:
    method: str
    how: str
    error: type[SigningError]


@pytest.mark.parametrize(
    "fault",
    [
        Fault("credentials/authorize", "slow", RemoteServiceUnavailable),
        Fault("signatures/signHash", "slow", RemoteServiceUnavailable),
        Fault("credentials/authorize", "denied", RemoteServiceRefused),
        Fault("credentials/authorize", "expired", AuthorizationExpired),
        Fault("credentials/authorize", "over", AuthorizationExpired),
        Fault("signatures/signHash", "wrong-signature", WrongRemoteSignature),
        Fault("signatures/signHash", "other-hash", WrongRemoteSignature),
    ],
    ids=lambda fault: f"{fault.method}-{fault.how}",
)
@pytest.mark.parametrize("kind", [KeyKind.RSA_2048, KeyKind.ECDSA_P256])
def test_what_goes_wrong_while_signing_has_a_name(
    csc: CscService, stocked: CscService, fault: Fault, kind: KeyKind
) -> None:
    key = open_csc(impatient(csc), kind.value, SECRET)
    csc.fail(fault.method, fault.how)
    begun = time.monotonic()
    with pytest.raises(fault.error):
        key.sign(b"x", "sha256")
    assert time.monotonic() - begun < 30


def test_a_service_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(RemoteServiceUnavailable):
        RemoteService("http://127.0.0.1:9/csc/v2", lambda: CLIENT).check()


@pytest.mark.parametrize(
    "url",
    [
        "http://sign.example.vn/csc/v2",
        "https://u:p@sign.example.vn/",
        "https://a/?x=1",
        "ftp://127.0.0.1",
        "",
        "https://",
    ],
)
def test_nothing_is_said_in_the_clear_to_another_machine(url: str) -> None:
    with pytest.raises(ValueError, match="not"):
        RemoteService(url, lambda: CLIENT)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The service behind TLS, and the certificate it shows: one that nobody else knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 5, now - timedelta(days=1), now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    shown = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    both, trusted = tmp_path / "server.pem", tmp_path / "trusted.pem"
    both.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + shown)
    trusted.write_bytes(shown)
    (port,) = free_ports(1)

    def ready() -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return True
        return False

    command = [sys.executable, "-m", "tests.services.csc", str(port), str(both)]
    with running(command, log=tmp_path / "log", ready=ready):
        yield f"https://localhost:{port}/csc/v2", trusted


ASK = """
import sys
from signing.remote import RemoteService, ServiceSecret
print(RemoteService(sys.argv[1], lambda: ServiceSecret(*sys.argv[2:])).check().specification)
"""


def test_over_tls_only_a_service_with_a_trusted_certificate_is_spoken_to(secured: tuple[str, Path]) -> None:
    url, trusted = secured
    with pytest.raises(RemoteServiceUnavailable, match="Certificate"):
        RemoteService(url, lambda: CLIENT).check()
    command = [sys.executable, "-c", ASK, url, CLIENT_ID, CLIENT_SECRET]
    environment = {**os.environ, "SSL_CERT_FILE": str(trusted), "no_proxy": "localhost"}
    asked = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert asked.stdout == "2.0.0.2\n", asked.stderr


def test_a_proxy_of_the_environment_hears_nothing_that_stays_here(
    csc: CscService, stocked: CscService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    open_csc(RemoteService(csc.url, lambda: CLIENT), P256, SECRET)


def test_no_secret_is_logged_or_told_in_an_error(
    csc: CscService, stocked: CscService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secrets = ["9753124680", CLIENT_SECRET, SECRET, csc.code("otp")]
    told = []
    for act in (
        lambda: open_csc(RemoteService(csc.url, lambda: CLIENT), P256, secrets[0]),
        lambda: open_csc(RemoteService(csc.url, lambda: ServiceSecret("x", CLIENT_SECRET)), P256, SECRET),
        lambda: open_csc(RemoteService(csc.url, lambda: CLIENT), "otp", SECRET, otp=f"{secrets[3]}1").sign(
            b"", "sha256"
        ),
    ):
        with pytest.raises(SigningError) as refused:
            act()
        told.append("".join(traceback.format_exception(refused.value)) + refused.value.detail)
    key = open_csc(RemoteService(csc.url, lambda: CLIENT), "otp", SECRET, otp=secrets[3])
    told.append(f"{key!r} {key.signer._key!r} {CLIENT!r} {RemoteService(csc.url, lambda: CLIENT)!r}")
    told.append(caplog.text)
    assert [one for one in secrets if one in "".join(told)] == []


class TestSecretFiles:
    def test_a_client_or_a_token_is_read(self, tmp_path: Path) -> None:
        file = tmp_path / "secret.toml"
        file.write_text(f'client_id = "{CLIENT_ID}"\nclient_secret = "{CLIENT_SECRET}"\n', encoding="utf-8")
        assert secret_in(file) == CLIENT
        file.write_text(f'token = "{BEARER}"\n', encoding="utf-8")
        assert secret_in(file) == ServiceSecret(token=BEARER)

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "bi-mat-tran-trui",
            'client_id = "a"',
            "token = 5",
            'token = "a"\nclient_id = "b"\nclient_secret = "c"',
            'mat_khau = "bi-mat-tran-trui"',
            'token = "xuống\\ndòng"',
        ],
    )
    def test_another_file_is_refused_without_quoting_it(self, tmp_path: Path, content: str) -> None:
        file = tmp_path / "secret.toml"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(RemoteServiceMissing) as refused:
            secret_in(file)
        assert "bi-mat-tran-trui" not in "".join(traceback.format_exception(refused.value))
        with pytest.raises(RemoteServiceMissing):
            secret_in(tmp_path / "absent.toml")


def test_certificates_come_from_the_service_with_the_chain(service: RemoteService, files: dict[str, bytes]) -> None:
    kept = open_pkcs12(files[P256], SECRET)
    opened = open_csc(service, P256, SECRET)
    assert opened.certificate == kept.certificate
    assert [one.public_bytes(Encoding.DER) for one in opened.chain] == [
        one.public_bytes(Encoding.DER) for one in kept.chain
    ]
    assert opened.not_before < datetime.now(UTC) < opened.not_after
