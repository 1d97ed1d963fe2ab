"""Key files as people have them: from openssl, old and new, wrong, weak, broken and hostile."""

from __future__ import annotations

import asyncio
import contextlib
import pickle
import random
import subprocess
import threading
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import pkcs12 as asn1_pkcs12
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.errors import (
    CertificateNotUsable,
    SigningError,
    UnsuitableKey,
    UnusableKey,
    WeakCertificate,
    WrongPassphrase,
)
from signing.fitness import require_certificate
from signing.keys import SigningKey, open_pkcs12, require_strong_signature, strong_public_key
from signing.pki import KeyKind, TestPki
from signing.sandbox import Limits
from signing.verify import Trust

PASSPHRASE = "Mật khẩu 1"


def openssl(*words: str | Path, feed: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *map(str, words)], input=feed, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("keys") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture(scope="module")
def person(pki: TestPki) -> bytes:
    return pki.issue_person("Nguyễn Văn An", PASSPHRASE, organisation="UBND xã Tân Lập", position="Chủ tịch")


@pytest.fixture
def made_by_openssl(tmp_path: Path) -> Callable[..., bytes]:
    """A self-signed key file, made without any code of ours."""

    def make(
        *algorithm: str,
        subject: str = "/CN=Trần Thị Bình",
        usage: str = "critical,digitalSignature",
        export: tuple[str, ...] = (),
    ) -> bytes:
        key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
        openssl("genpkey", "-out", key, *algorithm)
        words: list[str | Path] = [
            "req",
            "-x509",
            "-new",
            "-key",
            key,
            "-out",
            certificate,
            "-subj",
            subject,
            "-utf8",
            "-days",
            "9",
        ]
        openssl(*words, *(("-addext", f"keyUsage={usage}") if usage else ()))
        return openssl(
            "pkcs12", "-export", "-inkey", key, "-in", certificate, "-passout", f"pass:{PASSPHRASE}", *export
        )

    return make


RSA = ("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
P256 = ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")


@pytest.mark.parametrize(
    ("algorithm", "export"),
    [
        (RSA, ()),
        (RSA, ("-legacy",)),
        (RSA, ("-keypbe", "NONE", "-certpbe", "NONE")),
        (P256, ()),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"), ()),
    ],
    ids=["rsa", "rsa in an old file", "rsa with integrity only", "p-256", "p-384"],
)
def test_a_key_file_of_openssl_signs_what_openssl_accepts(
    made_by_openssl: Callable[..., bytes], tmp_path: Path, algorithm: tuple[str, ...], export: tuple[str, ...]
) -> None:
    key = open_pkcs12(made_by_openssl(*algorithm, export=export), PASSPHRASE)
    assert key.holder == "Trần Thị Bình"
    assert accepted_by_openssl(key, tmp_path)


def accepted_by_openssl(key: SigningKey, folder: Path, *, root: bytes | None = None) -> bool:
    message, signature, trusted = folder / "message", folder / "message.p7s", folder / "trusted.pem"
    message.write_bytes("Quyết định".encode())
    cms = asyncio.run(key.signer.async_sign_general_data(message.read_bytes(), key.digest))
    signature.write_bytes(cms.dump())
    trusted.write_bytes(root or key.certificate.public_bytes(Encoding.PEM))
    what = ("-inform", "DER", "-in", signature, "-content", message, "-binary")
    how = ("-CAfile", trusted, "-purpose", "any", "-out", "/dev/null")
    return subprocess.run(["openssl", "cms", "-verify", *what, *how], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("kind", list(KeyKind))
def test_every_kind_of_key_the_test_ca_gives_signs(pki: TestPki, tmp_path: Path, kind: KeyKind) -> None:
    key = open_pkcs12(pki.issue_person("An", "x", key_kind=kind), "x")
    accepted = accepted_by_openssl(key, tmp_path, root=pki.roots()[0].public_bytes(Encoding.PEM))
    assert accepted is (kind is not KeyKind.ED25519), "OpenSSL's cms knows no Ed25519"


def test_the_key_tells_whose_it_is_and_how_long(person: bytes) -> None:
    key = open_pkcs12(person, PASSPHRASE)
    assert key.holder == "Nguyễn Văn An"
    assert key.fingerprint_sha256 == key.certificate.fingerprint(hashes.SHA256()).hex()
    assert key.not_before < datetime.now(UTC) < key.not_after
    assert key.not_before.tzinfo is not None
    assert [one.issuer == one.subject for one in key.chain] == [False], "the issuing CA, and no root"
    assert key.chain_bytes == sum(len(one.public_bytes(Encoding.DER)) for one in (key.certificate, *key.chain))


def test_printing_a_key_tells_nothing_secret(person: bytes) -> None:
    assert repr(open_pkcs12(person, PASSPHRASE)) == "SigningKey(holder='Nguyễn Văn An')"


def test_one_loaded_key_signs_in_many_threads_at_once(person: bytes, pki: TestPki, tmp_path: Path) -> None:
    key = open_pkcs12(person, PASSPHRASE)
    root = pki.roots()[0].public_bytes(Encoding.PEM)
    accepted: list[bool] = []

    def sign(place: Path) -> None:
        place.mkdir()
        accepted.append(accepted_by_openssl(key, place, root=root))

    threads = [threading.Thread(target=sign, args=(tmp_path / str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert accepted == [True] * 8


@pytest.mark.parametrize("wrong", ["", "mat khau 1", PASSPHRASE + " ", "\udcff", "x" * 5000])
def test_a_wrong_passphrase_is_told_as_such(person: bytes, wrong: str) -> None:
    with pytest.raises(WrongPassphrase):
        open_pkcs12(person, wrong)


def test_a_passphrase_typed_in_decomposed_letters_opens_too(person: bytes) -> None:
    decomposed = unicodedata.normalize("NFD", PASSPHRASE)
    assert decomposed != PASSPHRASE
    assert open_pkcs12(person, decomposed).holder == "Nguyễn Văn An"


@pytest.mark.parametrize(
    ("algorithm", "name"),
    [
        (("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"), "RSA 1024 bit"),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-192"), "ECDSA secp192r1"),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"), "ECDSA secp521r1"),
        (("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"), "ECDSA secp256k1"),
        (("-algorithm", "ED448"), "Ed448"),
        (("-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"), "RSA"),
    ],
    ids=["rsa-1024", "p-192", "p-521", "secp256k1", "ed448", "rsa-pss"],
)
def test_weak_and_unusual_keys_are_refused_by_name(
    made_by_openssl: Callable[..., bytes], algorithm: tuple[str, ...], name: str
) -> None:
    with pytest.raises(UnsuitableKey) as refused:
        open_pkcs12(made_by_openssl(*algorithm), PASSPHRASE)
    assert f"Khóa loại {name}" in refused.value.message_vi
    assert f"of the kind {name}" in refused.value.message_en
    again = pickle.loads(pickle.dumps(refused.value))  # noqa: S301 - our own: errors cross process borders
    assert again.message_vi == refused.value.message_vi


def test_a_dsa_key_is_refused_by_name() -> None:
    key = dsa.generate_private_key(2048)
    certificate = signed_by(rsa.generate_private_key(65537, 2048), key.public_key(), hashes.SHA256())
    with pytest.raises(UnsuitableKey, match="DSA"):
        strong_public_key(certificate)


def test_a_certificate_signed_with_sha_1_is_refused(pki: TestPki) -> None:
    authority, key = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
    good = signed_by(authority, key.public_key(), hashes.SHA256())
    require_strong_signature(good)
    der = bytearray(good.public_bytes(Encoding.DER))
    sha256_rsa, sha1_rsa = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")
    old = x509.load_der_x509_certificate(bytes(der).replace(sha256_rsa, sha1_rsa))
    with pytest.raises(WeakCertificate, match="sha1"):
        require_strong_signature(old)
    with pytest.raises(WeakCertificate):
        require_certificate(old, (), trust=Trust(roots=pki.roots()), status=None, at=datetime.now(UTC))


def signed_by(authority: rsa.RSAPrivateKey, public: Any, digest: hashes.SHA256) -> x509.Certificate:
    """A person's certificate under an authority that is not trusted."""
    name = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in ("An", "CA")]
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name[0]).issuer_name(name[1]).public_key(public)
    builder = (
        builder.serial_number(7).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
    )
    return builder.sign(authority, digest)


def test_a_file_without_a_key_or_without_its_certificate_is_refused(
    made_by_openssl: Callable[..., bytes],
) -> None:
    with pytest.raises(UnusableKey):
        open_pkcs12(made_by_openssl(*P256, export=("-nokeys",)), PASSPHRASE)
    with pytest.raises(UnusableKey):
        open_pkcs12(made_by_openssl(*P256, export=("-nocerts",)), PASSPHRASE)


def test_a_certificate_for_another_key_is_refused(made_by_openssl: Callable[..., bytes]) -> None:
    plain = ("-keypbe", "NONE", "-certpbe", "NONE", "-nomac")
    one, other = (
        asn1_pkcs12.Pfx.load(made_by_openssl(*P256, subject=f"/CN={name}", export=plain)) for name in ("Một", "Hai")
    )
    parts = [
        next(part for part in file.authenticated_safe if (b"BEGIN" not in part.dump()) and holds(part, bag))
        for file, bag in ((one, "cert_bag"), (other, "key_bag"))
    ]
    safe = asn1_pkcs12.AuthenticatedSafe(parts)
    mixed = asn1_pkcs12.Pfx({"version": "v3", "auth_safe": {"content_type": "data", "content": safe.dump()}})
    with pytest.raises(UnusableKey):
        open_pkcs12(mixed.dump(), "")


def holds(part: asn1_pkcs12.ContentInfo, bag: str) -> bool:
    return any(entry["bag_id"].native == bag for entry in asn1_pkcs12.SafeContents.load(part["content"].native))


@pytest.mark.parametrize("usage", ["critical,keyEncipherment", "critical,keyCertSign,cRLSign"])
def test_a_certificate_for_other_purposes_may_not_sign(made_by_openssl: Callable[..., bytes], usage: str) -> None:
    with pytest.raises(CertificateNotUsable):
        open_pkcs12(made_by_openssl(*P256, usage=usage), PASSPHRASE)


@pytest.mark.parametrize("usage", ["nonRepudiation", "digitalSignature", ""])
def test_either_bit_of_key_usage_or_no_word_of_it_allows_signing(
    made_by_openssl: Callable[..., bytes], usage: str
) -> None:
    assert open_pkcs12(made_by_openssl(*P256, usage=usage), PASSPHRASE).holder == "Trần Thị Bình"


def test_a_certificate_signs_only_while_it_is_in_force(pki: TestPki) -> None:
    start = datetime(2026, 3, 1, tzinfo=UTC)
    key = open_pkcs12(pki.issue_person("An", "x", valid_from=start, valid_days=30), "x")
    key.require_usable(start)
    key.require_usable(start + timedelta(days=30))
    for moment in (start - timedelta(seconds=1), start + timedelta(days=30, seconds=1)):
        with pytest.raises(CertificateNotUsable):
            key.require_usable(moment)


def test_the_holder_is_written_without_signs_that_hide_or_reorder_letters(
    made_by_openssl: Callable[..., bytes],
) -> None:
    key = open_pkcs12(made_by_openssl(*P256, subject="/CN=Nguyễn \u202eVăn\u200b  An"), PASSPHRASE)
    assert key.holder == "Nguyễn Văn An"


def test_without_a_common_name_the_organisation_stands_for_the_holder(
    made_by_openssl: Callable[..., bytes],
) -> None:
    assert open_pkcs12(made_by_openssl(*P256, subject="/O=UBND xã Tân Lập"), PASSPHRASE).holder == "UBND xã Tân Lập"
    with pytest.raises(UnusableKey):
        open_pkcs12(made_by_openssl(*P256, subject="/C=VN"), PASSPHRASE)


def test_names_of_offices_may_take_more_than_64_bytes(pki: TestPki) -> None:
    name = "Sở Nông nghiệp và Môi trường tỉnh Thái Nguyên, Chi cục Kiểm lâm"
    assert len(name.encode()) > 64
    assert open_pkcs12(pki.issue_organisation(name, "x", code="H55"), "x").holder == name


def test_a_file_that_would_take_minutes_to_open_is_given_up(person: bytes) -> None:
    file = asn1_pkcs12.Pfx.load(person)
    file["mac_data"]["iterations"] = 2**31 - 1
    with pytest.raises(UnusableKey):
        open_pkcs12(file.dump(force=True), PASSPHRASE, limits=Limits(seconds=1))


def test_a_file_far_too_large_is_not_read(person: bytes) -> None:
    with pytest.raises(UnusableKey):
        open_pkcs12(person + bytes(1024 * 1024), PASSPHRASE)


def test_whatever_is_broken_in_a_file_the_error_has_a_name(person: bytes) -> None:
    chance = random.Random(7)
    for cut in range(0, len(person), 83):
        with pytest.raises(SigningError):
            open_pkcs12(person[:cut], PASSPHRASE)
    for _ in range(150):
        broken = bytearray(person)
        for _ in range(chance.randint(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        with contextlib.suppress(SigningError):
            open_pkcs12(bytes(broken), PASSPHRASE)
    for junk in (b"", b"\x30", b"\x30\x80", b"%PDF-1.7", bytes(1000), chance.randbytes(1000)):
        with pytest.raises(UnusableKey):
            open_pkcs12(junk, PASSPHRASE)


def test_certificates_broken_inside_an_open_file_give_an_error_with_a_name(
    made_by_openssl: Callable[..., bytes],
) -> None:
    """Without encryption and MAC, every byte of the certificate reaches the parser."""
    plain = made_by_openssl(*P256, export=("-keypbe", "NONE", "-certpbe", "NONE", "-nomac"))
    assert open_pkcs12(plain, "").holder
    chance = random.Random(11)
    for _ in range(250):
        broken = bytearray(plain)
        broken[chance.randrange(len(broken))] = chance.randrange(256)
        with contextlib.suppress(SigningError):
            open_pkcs12(bytes(broken), "")


def test_errors_are_the_same_on_the_far_side_of_a_process(person: bytes) -> None:
    import pickle  # noqa: PLC0415 - used here alone, on our own bytes

    copied = pickle.loads(pickle.dumps(UnusableKey("RSA of 1024 bits")))  # noqa: S301 - just written
    assert (type(copied), copied.detail) == (UnusableKey, "RSA of 1024 bits")


def test_the_certificate_is_the_very_one_of_the_file(person: bytes, tmp_path: Path) -> None:
    file = tmp_path / "person.p12"
    file.write_bytes(person)
    pem = openssl("pkcs12", "-in", file, "-passin", f"pass:{PASSPHRASE}", "-nokeys", "-clcerts")
    assert x509.load_pem_x509_certificate(pem) == open_pkcs12(person, PASSPHRASE).certificate
    named = asn1_x509.Certificate.load(open_pkcs12(person, PASSPHRASE).certificate.public_bytes(Encoding.DER))
    assert named.subject.native["title"] == "Chủ tịch"
