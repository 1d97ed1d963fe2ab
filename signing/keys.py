"""Keys that people and organisations sign with: PKCS#12 files (RFC 7292), untrusted until opened.

Keys on tokens are opened by :func:`signing.tokens.open_pkcs11`, those of remote services by
:func:`signing.remote.open_csc`; what is opened is a :class:`SigningKey` either way.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import PublicKeyAlgorithmOID
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

from signing._pkcs12 import take_apart
from signing.errors import (
    CertificateExpired,
    CertificateNotYetValid,
    Crashed,
    OutOfMemory,
    SigningError,
    TimedOut,
    TooLarge,
    UnsuitableKey,
    UnusableKey,
    WeakCertificate,
    WrongKeyUsage,
)
from signing.sandbox import Limits, run

LIMITS = Limits(seconds=10, memory_bytes=256 * 1024 * 1024, input_bytes=256 * 1024, output_bytes=1024 * 1024)
"""For opening one file: usual ones take 10 to 100 milliseconds."""
_RSA_BITS = range(2048, 8192 + 1)
_CURVES = (ec.SECP256R1, ec.SECP384R1)
DIGESTS: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


class PrivateOperation(Protocol):
    """What a private key does, wherever it lies; safe to share between threads."""

    @property
    def longest_signature(self) -> int:
        """Most bytes that a signature can have."""
        ...

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message: RSA PKCS#1 v1.5, ECDSA in DER, or Ed25519, which digests by itself."""
        ...


@dataclass(frozen=True, slots=True)
class LoadedKey:
    """A private key in this process's memory."""

    key: PrivateKey = field(repr=False)

    @property
    def longest_signature(self) -> int:
        """Most bytes that a signature can have."""
        return longest_signature(self.key.public_key())

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message."""
        return raw_signature(self.key, message, digest_algorithm)


class KeySigner(Signer):
    """A pyHanko signer that keeps the private key at hand, ready to sign many times."""

    def __init__(
        self, key: PrivateOperation, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...] = ()
    ) -> None:
        registry = SimpleCertificateStore()
        registry.register_multiple(map(_as_asn1, chain))
        super().__init__(signing_cert=_as_asn1(certificate), cert_registry=registry)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002 - pyHanko's signature
        """Sign with the key; a dry run only tells how long a signature can become."""
        if dry_run:
            return bytes(self._key.longest_signature)
        return self.sign(data, digest_algorithm)

    @property
    def signs_once(self) -> bool:
        """Whether another signature needs another code; few kinds of keys say so."""
        return bool(getattr(self._key, "signs_once", False))

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message."""
        return self._key.sign(message, digest_algorithm)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with its certificate, opened and ready to sign."""

    holder: str
    """The certificate's common name."""

    certificate: x509.Certificate = field(repr=False)

    chain: tuple[x509.Certificate, ...] = field(repr=False)
    """Authorities between the holder and a root, embedded into signatures."""

    signer: KeySigner = field(repr=False, compare=False)
    """What pyHanko signs with; made once and kept."""

    @property
    def fingerprint_sha256(self) -> str:
        """Hexadecimal SHA-256 of the certificate's DER."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def not_before(self) -> datetime:
        """Start of the certificate's validity; aware, UTC."""
        return self.certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """End of the certificate's validity; aware, UTC."""
        return self.certificate.not_valid_after_utc

    @property
    def digest(self) -> str:
        """The digest that this key's signatures are made with: SHA-512 for Ed25519 (RFC 8419, 3.1), else SHA-256."""
        return digest_of(self.certificate)

    @property
    def chain_bytes(self) -> int:
        """Room that the certificates take in a signature, the holder's own included."""
        return sum(len(one.public_bytes(Encoding.DER)) for one in (self.certificate, *self.chain))

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message: RSA PKCS#1 v1.5 or ECDSA, as the key is."""
        return self.signer.sign(message, digest_algorithm)

    def require_usable(self, now: datetime) -> None:
        """Refuse to sign outside the certificate's validity.

        Raises:
            CertificateNotYetValid, CertificateExpired: not in force at ``now``.
        """
        require_in_force(self.certificate, now)


def open_pkcs12(pkcs12: bytes, passphrase: str, *, limits: Limits = LIMITS) -> SigningKey:
    """Open a PKCS#12 file, in the sandbox.

    Raises:
        WrongPassphrase: the file does not open with it.
        UnusableKey: no PKCS#12 file, one that takes longer than allowed, or no private key with its certificate of
            a kind that may sign.
        CertificateNotUsable: the certificate is not meant for signatures.
    """
    try:
        parts = run(take_apart, pkcs12, passphrase, limits=limits)
    except (TooLarge, TimedOut, OutOfMemory, Crashed) as error:
        raise UnusableKey(f"{error.code}: {error.detail}") from error
    try:
        certificate = x509.load_der_x509_certificate(parts.certificate)
        chain = without_roots(x509.load_der_x509_certificate(other) for other in parts.others)
        # The sandbox has checked an RSA key's primes, which takes longer than a dozen signatures.
        key = load_der_private_key(parts.key, None, unsafe_skip_rsa_key_validation=True)
        return signing_key(LoadedKey(_fitting(key, certificate)), certificate, chain)
    except SigningError:
        raise
    except Exception as error:
        raise UnusableKey(f"{type(error).__name__}: {error}") from error


def signing_key(
    key: PrivateOperation, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]
) -> SigningKey:
    """A key, wherever it lies, with its certificate.

    Raises:
        UnusableKey: of a kind that may not sign, or of nobody.
        CertificateNotUsable: the certificate is not meant for signatures.
    """
    strong_public_key(certificate)
    require_signing_use(certificate)
    signer = KeySigner(key, certificate, chain)
    return SigningKey(holder=holder_of(certificate), certificate=certificate, chain=chain, signer=signer)


def raw_signature(key: PrivateKey, message: bytes, digest_algorithm: str) -> bytes:
    """Sign ``message`` with RSA PKCS#1 v1.5, ECDSA or Ed25519."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    digest = DIGESTS[digest_algorithm]()
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), digest)
    return key.sign(message, ec.ECDSA(digest))


def longest_signature(key: PublicKey) -> int:
    """Most bytes that a signature, checked with this public key, can have."""
    if isinstance(key, rsa.RSAPublicKey):
        return (key.key_size + 7) // 8
    if isinstance(key, ed25519.Ed25519PublicKey):
        return 64
    return 2 * ((key.key_size + 7) // 8) + 9  # two integers, each with a possible leading zero, in a sequence


def without_roots(certificates: Iterable[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """Roots stay out of signatures: who validates has them, and only those count."""
    return tuple(one for one in certificates if _as_asn1(one).self_issued is False)


def digest_of(certificate: x509.Certificate) -> str:
    """The digest that signatures of the certificate's key are made with."""
    return "sha512" if isinstance(certificate.public_key(), ed25519.Ed25519PublicKey) else "sha256"


def strong_public_key(certificate: x509.Certificate) -> PublicKey:
    """The certificate's key, if it is of a kind that may sign.

    Raises:
        UnsuitableKey: it is not; the error names its kind.
    """
    kind = certificate.public_key_algorithm_oid
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnsuitableKey(kind.dotted_string) from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, rsa.RSAPublicKey) and kind == PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5:
        if key.key_size in _RSA_BITS:
            return key
        raise UnsuitableKey(f"RSA {key.key_size} bit")
    if isinstance(key, ec.EllipticCurvePublicKey):
        if isinstance(key.curve, _CURVES):
            return key
        raise UnsuitableKey(f"ECDSA {key.curve.name}")
    raise UnsuitableKey(f"{type(key).__name__.removesuffix('PublicKey').lstrip('_')} ({kind.dotted_string})")


def _fitting(key: object, certificate: x509.Certificate) -> PrivateKey:
    public = strong_public_key(certificate)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey):
        raise UnusableKey(f"key of kind {type(key).__name__}")
    if key.public_key() != public:
        raise UnusableKey("the certificate is for another key")
    return key


def require_signing_use(certificate: x509.Certificate) -> None:
    """Require digitalSignature or nonRepudiation (RFC 5280, 4.2.1.3; without the extension nothing is ruled out).

    Raises:
        WrongKeyUsage: it has neither.
    """
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise WrongKeyUsage("key usage has neither digitalSignature nor nonRepudiation")


def require_in_force(certificate: x509.Certificate, at: datetime) -> None:
    """Refuse a moment outside the certificate's validity.

    Raises:
        CertificateNotYetValid, CertificateExpired: as named.
    """
    if at < certificate.not_valid_before_utc:
        raise CertificateNotYetValid(f"from {certificate.not_valid_before_utc}, not {at}")
    if at > certificate.not_valid_after_utc:
        raise CertificateExpired(f"until {certificate.not_valid_after_utc}, not {at}")


def require_strong_signature(certificate: x509.Certificate) -> None:
    """Refuse a certificate signed with a broken digest; a root's own signature proves nothing and is not looked at.

    Raises:
        WeakCertificate: SHA-1, MD5, or a digest that nobody knows.
    """
    if _as_asn1(certificate).self_issued:
        return
    algorithm = _as_asn1(certificate)["signature_algorithm"]
    name = str(algorithm["algorithm"].native)
    if name in {"ed25519", "ed448"}:
        return
    try:
        digest = str(algorithm.hash_algo)
    except ValueError:
        digest = name
    if digest not in {"sha256", "sha384", "sha512", "sha3_256", "sha3_384", "sha3_512"}:
        raise WeakCertificate(f"signed with {name}")


def holder_of(certificate: x509.Certificate) -> str:
    """The common name, or else the organisation's.

    Read with asn1crypto: cryptography warns of names over 64 bytes, which Vietnamese offices' names often are.
    """
    named: dict[str, str] = {}
    for part in _as_asn1(certificate).subject.chosen:
        for attribute in part:
            text = unicodedata.normalize("NFC", str(attribute["value"].native))
            named.setdefault(attribute["type"].native, " ".join(_printable(text).split()))
    name = named.get("common_name") or named.get("organization_name")
    if not name:
        raise UnusableKey("the certificate names nobody")
    return name


def _printable(text: str) -> str:
    """Leave out what would reorder or hide letters on a page: the name is shown to people."""
    return "".join(letter for letter in text if letter.isspace() or not unicodedata.category(letter).startswith("C"))


def _as_asn1(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
