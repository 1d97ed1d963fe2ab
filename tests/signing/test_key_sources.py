"""Keys from files and keys on tokens do the same; and what only a token can do wrong has a name."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from signing import _cryptoki
from signing._cryptoki import TokenName, close_idle, named_errors
from signing.errors import (
    CertificateNotUsable,
    MechanismRefused,
    PinLocked,
    SigningError,
    TokenFailed,
    TokenKeyMissing,
    TokenMissing,
    TokenModuleMissing,
    UnusableKey,
    WrongPassphrase,
    WrongPin,
)
from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind, TestPki
from signing.tokens import open_pkcs11
from tests.services.softhsm import SoftHsm
from tests.signing.drafts import LEADER
from tests.signing.key_contract import SECRET, Ed25519Contract

TOKEN = "Lãnh đạo"


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("keys") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture(scope="module")
def files(pki: TestPki) -> dict[str, bytes]:
    """One key file of each kind."""
    return {kind.value: pki.issue_person(LEADER, SECRET, key_kind=kind) for kind in KeyKind}


@pytest.fixture(scope="module")
def token(softhsm: SoftHsm, files: dict[str, bytes]) -> SoftHsm:
    """A token with the same keys."""
    softhsm.add_token(TOKEN, SECRET, {kind: (content, SECRET) for kind, content in files.items()})
    return softhsm


class TestPkcs12Files(Ed25519Contract):
    @pytest.fixture(autouse=True)
    def use(self, files: dict[str, bytes]) -> None:
        self.files = files

    def opened(self, kind: KeyKind, secret: str) -> SigningKey:
        return open_pkcs12(self.files[kind.value], secret)


class TestTokens(Ed25519Contract):
    @pytest.fixture(autouse=True)
    def use(self, token: SoftHsm) -> None:
        self.library = token.library

    def opened(self, kind: KeyKind, secret: str) -> SigningKey:
        return open_pkcs11(self.library, secret, token_label=TOKEN, key_label=kind.value)


def on(token: SoftHsm, pin: str = SECRET, *, label: str = TOKEN, key: str = "rsa-2048") -> SigningKey:
    return open_pkcs11(token.library, pin, token_label=label, key_label=key)


def self_signed(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, usage: bool = True) -> bytes:
    """A PKCS#12 file with a certificate that the key signed itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LEADER)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=9))
    bits = dict.fromkeys(
        ("content_commitment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    )
    usages = x509.KeyUsage(
        digital_signature=usage, key_encipherment=not usage, encipher_only=False, decipher_only=False, **bits
    )
    certificate = builder.add_extension(usages, critical=True).sign(key, hashes.SHA256())
    return pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(SECRET.encode()))


@cache
def strange(softhsm: SoftHsm) -> str:
    """A token with keys that may not sign, and one of the largest."""
    keys: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey] = {
        "p-521": ec.generate_private_key(ec.SECP521R1()),
        "rsa-1024": rsa.generate_private_key(65537, 1024),  # noqa: S505 - to be refused
        "rsa-4096": rsa.generate_private_key(65537, 4096),
    }
    kept = {label: (self_signed(key), SECRET) for label, key in keys.items()}
    kept["other use"] = (self_signed(ec.generate_private_key(ec.SECP256R1()), usage=False), SECRET)
    softhsm.add_token("strange", SECRET, kept)
    return "strange"


def test_the_largest_rsa_key_signs_and_weak_or_unusual_ones_are_refused(softhsm: SoftHsm) -> None:
    label = strange(softhsm)
    assert len(on(softhsm, label=label, key="rsa-4096").sign(b"x", "sha256")) == 512
    for key in ("p-521", "rsa-1024"):
        with pytest.raises(UnusableKey):
            on(softhsm, label=label, key=key)
    with pytest.raises(CertificateNotUsable):
        on(softhsm, label=label, key="other use")


def test_token_and_key_are_found_by_serial_number_and_identifier_too(token: SoftHsm) -> None:
    serial = _cryptoki.module(token.library)._token(TokenName(TOKEN)).serial.decode()
    named = open_pkcs11(token.library, SECRET, token_serial=serial, key_id=b"\x04")
    assert named.certificate == on(token, key="ecdsa-p256").certificate
    assert named.sign(b"x", "sha256")
    with pytest.raises(TokenMissing):
        open_pkcs11(token.library, SECRET, token_label=TOKEN, token_serial="0", key_id=b"\x04")


def test_what_is_missing_is_named(token: SoftHsm, tmp_path: Path) -> None:
    with pytest.raises(TokenModuleMissing):
        open_pkcs11(tmp_path / "absent.so", SECRET, token_label=TOKEN, key_label="rsa-2048")
    (tmp_path / "text.so").write_text("no module", encoding="ascii")
    with pytest.raises(TokenModuleMissing):
        open_pkcs11(tmp_path / "text.so", SECRET, token_label=TOKEN, key_label="rsa-2048")
    with pytest.raises(TokenMissing):
        on(token, label="absent")
    with pytest.raises(TokenKeyMissing):
        on(token, key="absent")
    with pytest.raises(TokenKeyMissing):
        open_pkcs11(token.library, SECRET, token_label=TOKEN)


def test_several_keys_or_tokens_of_one_name_are_not_guessed_between(softhsm: SoftHsm, files: dict[str, bytes]) -> None:
    key = (files["ecdsa-p256"], SECRET)
    softhsm.add_token("twice", SECRET, {"first": key})
    softhsm.add_token("twice", SECRET.replace("2", "3"), {})
    with pytest.raises(TokenMissing):
        on(softhsm, label="twice", key="first")


def test_a_wrong_pin_is_the_tokens_to_refuse_and_leaves_no_session_behind(token: SoftHsm) -> None:
    key, wrong = on(token), str(10**6 - 1)
    for _ in range(30):
        with pytest.raises(WrongPin) as refused:
            on(token, wrong)
    told = "".join(traceback.format_exception(refused.value))
    assert wrong not in told
    assert key.sign(b"x", "sha256"), "who has the right one goes on"


def test_idle_sessions_are_closed_and_the_key_signs_on(token: SoftHsm) -> None:
    key = on(token)
    key.sign(b"x", "sha256")
    assert close_idle(60) == 0
    assert close_idle() == 1
    assert close_idle() == 0
    assert key.sign(b"x", "sha256")


def test_a_session_idle_for_long_is_closed_by_itself(token: SoftHsm, monkeypatch: pytest.MonkeyPatch) -> None:
    module = _cryptoki.module(token.library)
    if module._timer is not None:
        module._timer.cancel()
    monkeypatch.setattr(module, "_timer", None)
    monkeypatch.setattr(_cryptoki, "IDLE_SECONDS", 0.05)
    on(token)
    while timers := [timer for timer in (module._timer,) if timer is not None]:
        timers[0].join()
    assert module._open == {}


def test_a_token_pulled_out_is_named_and_signs_again_once_it_is_back(softhsm: SoftHsm, files: dict[str, bytes]) -> None:
    keys = {"k": (files["ecdsa-p256"], SECRET)}
    softhsm.add_token("away", SECRET, keys)
    key = on(softhsm, label="away", key="k")
    assert key.sign(b"x", "sha256")
    softhsm.remove_token("away")
    with pytest.raises(TokenMissing):
        key.sign(b"x", "sha256")
    with pytest.raises(TokenMissing):
        on(softhsm, label="away", key="k")
    softhsm.add_token("away", SECRET, keys)
    assert key.sign(b"x", "sha256")


def test_a_certificate_for_another_key_signs_nothing(token: SoftHsm, files: dict[str, bytes]) -> None:
    other = open_pkcs12(files["rsa-3072"], SECRET).certificate
    key = open_pkcs11(token.library, SECRET, token_label=TOKEN, key_label="rsa-2048", certificates=[other])
    with pytest.raises(UnusableKey):
        key.sign(b"x", "sha256")


def test_a_certificate_that_is_not_on_the_token_is_given(softhsm: SoftHsm, files: dict[str, bytes]) -> None:
    file = open_pkcs12(files["ecdsa-p384"], SECRET)
    given = (file.certificate, *file.chain)
    key = open_pkcs11(softhsm.library, SECRET, token_label=TOKEN, key_label="ecdsa-p384", certificates=given)
    assert (key.holder, key.chain) == (LEADER, file.chain)
    assert key.sign(b"x", "sha256")


def test_a_key_that_asks_for_the_pin_at_each_signature_gets_it(softhsm: SoftHsm, files: dict[str, bytes]) -> None:
    softhsm.add_token("careful", SECRET, {"k": (files["rsa-2048"], SECRET)}, ALWAYS_AUTHENTICATE=True)
    key = on(softhsm, label="careful", key="k")
    assert [len(key.sign(b"x", "sha256")) for _ in range(2)] == [256, 256]


def test_a_key_that_may_not_sign_is_refused_by_name(softhsm: SoftHsm, files: dict[str, bytes]) -> None:
    softhsm.add_token("mute", SECRET, {"k": (files["rsa-2048"], SECRET)}, SIGN=False)
    with pytest.raises(MechanismRefused):
        on(softhsm, label="mute", key="k").sign(b"x", "sha256")


def test_a_token_without_hashing_mechanisms_signs_the_digest(token: SoftHsm) -> None:
    key = on(token)
    operation = key.signer._key
    opened = _cryptoki.module(token.library)._open
    for one in opened.values():
        one.mechanisms = frozenset()
    assert key.sign(b"x", "sha384"), "checked with the certificate's key"
    assert operation.longest_signature == 256


def test_a_fork_signs_with_sessions_of_its_own(token: SoftHsm) -> None:
    key = on(token)
    assert key.sign(b"x", "sha256")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            key.sign(b"x", "sha256")
            on(token, key="ecdsa-p256").sign(b"x", "sha256")
            status = 0
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert key.sign(b"x", "sha256")


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (pkcs11.PinLocked(), PinLocked),
        (pkcs11.PinExpired(), PinLocked),
        (pkcs11.UserPinNotInitialized(), PinLocked),
        (pkcs11.PinLenRange(), WrongPassphrase),
        (pkcs11.DeviceRemoved(), TokenMissing),
        (pkcs11.MechanismInvalid(), MechanismRefused),
        (pkcs11.DeviceMemory(), TokenFailed),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_softhsm_never_says_has_a_name_too(said: Exception, named: type[SigningError]) -> None:
    with pytest.raises(named), named_errors():
        raise said


def test_nothing_is_loaded_into_the_reader_of_foreign_files(token: SoftHsm) -> None:
    """A module is not for the process that hostile files are read in."""
    from signing._readers import readers  # noqa: PLC0415 - looked into here alone

    on(token)
    readers.connection().close()
    assert readers._process is not None
    maps = Path(f"/proc/{readers._process.pid}/maps").read_text(encoding="utf-8")
    assert "softhsm" not in maps
    assert "softhsm" in Path("/proc/self/maps").read_text(encoding="utf-8")
    environment = Path(f"/proc/{readers._process.pid}/environ").read_bytes()
    assert b"SOFTHSM2_CONF" not in environment


def test_a_module_that_cannot_start_is_named(softhsm: SoftHsm, tmp_path: Path) -> None:
    """In a process of its own: a module starts once."""
    script = (
        "import sys; from pathlib import Path; from signing.tokens import open_pkcs11\n"
        "try: open_pkcs11(Path(sys.argv[1]), '1', token_label='x', key_label='x')\n"
        "except Exception as error: print(error.code)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(softhsm.library)],
        env=os.environ | {"SOFTHSM2_CONF": str(tmp_path / "absent.conf")},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() in {"token-module-missing", "token-missing"}
