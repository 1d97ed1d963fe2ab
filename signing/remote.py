"""Keys of remote signing services, reached through the Cloud Signature Consortium's API v2 (CSC API 2.0.0.2).

Signing is authorised explicitly at SCAL2: PIN, one-time code where the key asks for it, and the very hash that is then
signed. An opened key holds the PIN as one from a file holds the private key: for one act, never shown, never logged.
"""

from __future__ import annotations

import base64
import threading
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from signing._csc import ServiceSecret, Talk, TokenKept, checked_url, talk
from signing.errors import (
    OtpPerSignature,
    RemoteKeyUnusable,
    RemoteServiceMissing,
    RemoteServiceRefused,
    RemoteServiceUnavailable,
    SigningError,
    UnusableKey,
    WrongOtp,
    WrongRemotePin,
    WrongRemoteSignature,
)
from signing.keys import (
    DIGESTS,
    PublicKey,
    SigningKey,
    holder_of,
    longest_signature,
    signing_key,
    strong_public_key,
    without_roots,
)

T = TypeVar("T")

_DIGEST_OIDS = {
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
}
_RSA, _EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
_RSA_WITH = {
    "sha256": "1.2.840.113549.1.1.11",
    "sha384": "1.2.840.113549.1.1.12",
    "sha512": "1.2.840.113549.1.1.13",
}
_ECDSA_WITH = {"sha256": "1.2.840.10045.4.3.2", "sha384": "1.2.840.10045.4.3.3", "sha512": "1.2.840.10045.4.3.4"}
_PIN_TYPE, _OTP_TYPES = "Password", ("OneTimePassword",)
"""A one-time code is told as a password with a generator (8.3.1.2); some services have a name of their own for it."""
_OUTSIDE_TYPES = ("PasswordOOB", "ChallengeResponseOOB")
_CONFIRMING_SECONDS = 120.0
"""For confirming on another device."""
_NEEDED = frozenset({"credentials/info", "credentials/authorize", "signatures/signHash"})
_LONGEST_SECRET = 4096
_LONGEST_CHAIN = 8
_MOST_LISTED = 100
_PROBE = b"signing.remote: does the PIN open this key?"


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at a service, as the service describes it."""

    credential_id: str
    algorithms: tuple[str, ...]
    """Object identifiers of what it signs with."""
    certificates: tuple[x509.Certificate, ...] = field(repr=False)
    """The holder's, then those above it."""
    pin_name: str
    """What the service calls the PIN in an authorisation."""
    otp_name: str
    """The one-time code likewise; empty where none is asked for."""
    outside_names: tuple[str, ...] = ()
    """Proofs that the signer gives elsewhere, as by confirming on a telephone."""

    @property
    def holder(self) -> str:
        """Whose it is.

        Raises:
            UnusableKey: the certificate names nobody.
        """
        try:
            return holder_of(self.certificates[0])
        except SigningError:
            raise
        except Exception as error:
            raise UnusableKey(f"{type(error).__name__}: {error}") from error

    @property
    def needs_otp(self) -> bool:
        """Whether every authorisation takes a new code."""
        return bool(self.otp_name)

    @property
    def tried_when_opened(self) -> bool:
        """Whether a PIN can be tried without a code or a confirmation that a signature needs."""
        return not self.otp_name and not self.outside_names

    def proofs(self, pin: str, otp: str = "") -> dict[str, str | None]:
        """What an authorisation is given; ``None`` for a proof that is given elsewhere."""
        typed = {self.pin_name: pin, self.otp_name: otp} if self.otp_name else {self.pin_name: pin}
        return {**typed, **dict.fromkeys(self.outside_names)}


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What a service says it is."""

    name: str
    specification: str


class RemoteService:
    """One service, signed in to as this office. Safe to share between threads."""

    def __init__(self, url: str, secret: Callable[[], ServiceSecret], *, timeout_seconds: float = 20) -> None:
        """Nothing is asked yet.

        Args:
            url: base address, ``https://…/csc/v2``; ``http`` only on this machine.
            secret: gives what signs in; asked whenever it is needed, so that it may be replaced meanwhile.
            timeout_seconds: the longest wait for a whole act, such as authorising and signing.

        Raises:
            ValueError: the address is none, or not protected by TLS.
        """
        self._url = checked_url(url)
        self._secret = secret
        self._seconds = timeout_seconds
        self._token = TokenKept()

    def check(self) -> ServiceFacts:
        """See that the service answers, speaks version 2, can do what is needed, and knows this office.

        Raises:
            RemoteServiceMissing, RemoteServiceUnavailable, RemoteSignInRefused: as named.
            RemoteServiceRefused: it cannot do what is needed.
        """

        async def act(service: Talk) -> dict[str, Any]:
            found = await service.info()
            await service.sign_in()
            return found

        found = self._carry_out(act)
        specification = str(found.get("specs", ""))[:20]
        if not specification.startswith("2."):
            raise RemoteServiceUnavailable("info: not version 2 of the API")
        methods = found.get("methods")
        lacking = _NEEDED - {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else _NEEDED
        if lacking:
            raise RemoteServiceRefused(f"info: the service lacks {', '.join(sorted(lacking))}")
        return ServiceFacts(str(found.get("name", ""))[:200], specification)

    def credential_ids(self, user_id: str = "") -> tuple[str, ...]:
        """Identifiers of the valid keys, of one of the service's users where it must be told.

        Raises:
            SigningError: as :meth:`check`.
        """
        return tuple(self._carry_out(lambda service: service.credential_ids(user_id, _MOST_LISTED)))

    def credential(self, credential_id: str) -> Credential:
        """A key that may sign as is needed here.

        Raises:
            RemoteKeyUnusable: there is none, it is locked or revoked, or is authorised in another way.
            SigningError: as :meth:`check`.
        """
        return _credential(credential_id, self._carry_out(lambda service: service.credential(credential_id)))

    def authorize(self, credential: Credential, message: bytes, pin: str) -> None:
        """Have the service check a PIN, by an authorisation that nobody uses."""
        digest = _digest(message, "sha256")
        given = credential.proofs(pin)
        oid = _DIGEST_OIDS["sha256"]
        self._carry_out(lambda service: service.authorize(credential.credential_id, [digest], oid, given))

    def sign(
        self,
        credential: Credential,
        digest: bytes,
        digest_algorithm: str,
        algorithm_oid: str,
        given: Mapping[str, str | None],
    ) -> bytes:
        """Authorise this one hash and have it signed; the answer is yet to be checked."""
        oid, name = _DIGEST_OIDS[digest_algorithm], credential.credential_id

        async def act(service: Talk) -> bytes:
            sad = await service.authorize(name, [digest], oid, given)
            implied = "" if algorithm_oid != _RSA else oid
            return (await service.sign_hash(name, sad, [digest], implied, algorithm_oid))[0]

        seconds = max(self._seconds, _CONFIRMING_SECONDS) if credential.outside_names else self._seconds
        return self._carry_out(act, seconds)

    def _carry_out(self, act: Callable[[Talk], Awaitable[T]], seconds: float = 0.0) -> T:
        return talk(self._url, self._secret, self._token, seconds or self._seconds, act)


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """A private key at a service, ready to sign."""

    service: RemoteService = field(repr=False, compare=False)
    credential: Credential
    public: PublicKey = field(repr=False, compare=False)
    pin: str = field(repr=False, compare=False)
    otp: str = field(repr=False, compare=False)
    _spent: threading.Event = field(default_factory=threading.Event, repr=False, compare=False)
    _lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def longest_signature(self) -> int:
        """Most bytes that a signature can have."""
        return longest_signature(self.public)

    @property
    def signs_once(self) -> bool:
        """Whether another signature needs another code."""
        return self.credential.needs_otp

    def sign(self, message: bytes, digest_algorithm: str) -> bytes:
        """The bare signature over a message, made by the service and checked here.

        Raises:
            WrongRemotePin, WrongOtp, WrongRemoteProof, AuthorizationExpired: the service did not authorise it.
            OtpPerSignature: the one-time code has been used.
            RemoteKeyUnusable: the key does not sign with the algorithm needed.
            RemoteServiceMissing, RemoteServiceUnavailable, RemoteSignInRefused, RemoteServiceRefused: as named.
            WrongRemoteSignature: it is not by the certificate's key, or over something else.
        """
        algorithm = self._algorithm(digest_algorithm)
        digest = _digest(message, digest_algorithm)
        if self.signs_once:
            with self._lock:
                if self._spent.is_set():
                    raise OtpPerSignature
                self._spent.set()
        given = self.credential.proofs(self.pin, self.otp)
        made = self.service.sign(self.credential, digest, digest_algorithm, algorithm, given)
        for signature in _readings(made, self.public):
            if _holds(signature, digest, digest_algorithm, self.public):
                return signature
        raise WrongRemoteSignature(f"{len(made)} bytes that do not verify")

    def _algorithm(self, digest_algorithm: str) -> str:
        whole, bare = (_RSA_WITH, _RSA) if isinstance(self.public, rsa.RSAPublicKey) else (_ECDSA_WITH, _EC)
        told = self.credential.algorithms
        if not told or whole[digest_algorithm] in told:
            return whole[digest_algorithm]
        if bare in told:
            return bare if bare == _RSA else whole[digest_algorithm]
        raise RemoteKeyUnusable(f"signs with {', '.join(told)[:200]} only")


def secret_in(file: Path) -> ServiceSecret:
    """What signs in to a service, from a TOML file: ``client_id`` and ``client_secret``, or ``token``.

    Raises:
        RemoteServiceMissing: the file cannot be read or holds neither.
    """
    try:
        entries = tomllib.loads(file.read_text("utf-8"))
        secret = ServiceSecret(**entries)
        known = bool(secret.token) != bool(secret.client_id and secret.client_secret)
        if known and all(isinstance(one, str) and one.isascii() and one.isprintable() for one in entries.values()):
            return secret
    except (OSError, ValueError, TypeError) as error:
        raise RemoteServiceMissing(f"{file}: {type(error).__name__}") from None  # the text may quote the file
    raise RemoteServiceMissing(f"{file}: neither client_id and client_secret nor token")


def open_csc(
    service: RemoteService,
    credential_id: str,
    pin: str,
    *,
    otp: str = "",
    certificates: Sequence[x509.Certificate] = (),
) -> SigningKey:
    """Open a key at a remote service.

    The service is asked at once whether the PIN is right, except for a key with one-time codes or confirmations: they
    are good for one authorisation, which the signature needs.

    Args:
        service: where the key is.
        credential_id: the service's name of the key.
        pin: a wrong one counts at the service.
        otp: the one-time code, where the key asks for one.
        certificates: the holder's, then the authorities above it, as kept; the service must still have the same.

    Raises:
        WrongRemotePin, WrongOtp, WrongRemoteProof: wrong or missing.
        RemoteKeyUnusable: see :meth:`RemoteService.credential`; or it has another certificate now.
        RemoteServiceMissing, RemoteServiceUnavailable, RemoteSignInRefused, RemoteServiceRefused: as named.
        UnusableKey: of a kind that may not sign.
        CertificateNotUsable: the certificate is not meant for signatures.
    """
    if not _can_be_sent(pin):
        raise WrongRemotePin("no PIN")  # without asking the service, which would count it
    credential = service.credential(credential_id)
    if certificates and certificates[0] != credential.certificates[0]:
        raise RemoteKeyUnusable("another certificate than the one kept")
    if credential.needs_otp and not _can_be_sent(otp):
        raise WrongOtp("no code")
    own, *others = certificates or credential.certificates
    try:
        key = RemoteKey(service, credential, strong_public_key(own), pin, otp if credential.needs_otp else "")
        opened = signing_key(key, own, without_roots(others))
    except SigningError:
        raise
    except Exception as error:
        raise UnusableKey(f"{type(error).__name__}: {error}") from error
    if credential.tried_when_opened:
        service.authorize(credential, _PROBE, pin)
    return opened


def _credential(credential_id: str, answer: Mapping[str, Any]) -> Credential:
    """Read an answer of ``credentials/info`` (11.5), untrusted."""
    key, cert, auth = (_part(answer, name) for name in ("key", "cert", "auth"))
    if key.get("status") != "enabled":
        raise RemoteKeyUnusable("the key is not enabled")
    if cert.get("status", "valid") != "valid":
        raise RemoteKeyUnusable("the certificate is not valid, says the service")
    if auth.get("mode") != "explicit" or answer.get("SCAL") != "2":
        raise RemoteKeyUnusable("not authorised explicitly at SCAL2")
    pins, codes, outside = _asked(auth.get("objects"))
    if len(pins) != 1:
        raise RemoteKeyUnusable("asks for no PIN, or for several")
    if len(codes) > 1 or len({*pins, *codes, *outside}) != 1 + len(codes) + len(outside):
        raise RemoteKeyUnusable("asks for several codes")
    algorithms = key.get("algo", [])
    if not isinstance(algorithms, list) or not all(isinstance(one, str) for one in algorithms):
        raise RemoteServiceUnavailable("credentials/info: no list of algorithms")
    return Credential(
        credential_id=credential_id,
        algorithms=tuple(algorithms[:50]),
        certificates=_certificates(cert.get("certificates")),
        pin_name=pins[0],
        otp_name=codes[0] if codes else "",
        outside_names=tuple(outside),
    )


def _asked(objects: object) -> tuple[list[str], list[str], list[str]]:
    """Names of PINs, of one-time codes, and of proofs given elsewhere that an authorisation takes (8.3)."""
    pins: list[str] = []
    codes: list[str] = []
    outside: list[str] = []
    for one in objects if isinstance(objects, list) else []:
        kind, name = (one.get("type"), one.get("id")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not name:
            raise RemoteKeyUnusable("asks for something without a name")
        if kind in _OUTSIDE_TYPES:
            outside.append(name)
        elif kind in _OTP_TYPES or (kind == _PIN_TYPE and one.get("generator")):
            codes.append(name)
        elif kind == _PIN_TYPE:
            pins.append(name)
        else:
            raise RemoteKeyUnusable("asks for something else than a PIN, a one-time code and a confirmation")
    return pins, codes, outside


def _certificates(told: object) -> tuple[x509.Certificate, ...]:
    if not isinstance(told, list) or not told:
        raise RemoteKeyUnusable("no certificate")
    try:
        found = [x509.load_der_x509_certificate(base64.b64decode(one)) for one in told[:_LONGEST_CHAIN]]
        for one in found:
            one.public_bytes(Encoding.DER)
    except Exception:  # noqa: BLE001 - cryptography has errors of its own for certificates that are nearly some
        raise RemoteServiceUnavailable("credentials/info: no certificates") from None
    return tuple(found)


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = answer.get(name)
    if not isinstance(part, dict):
        raise RemoteServiceUnavailable(f"credentials/info: no {name}")
    return part


def _readings(made: bytes, public: PublicKey) -> list[bytes]:
    """As it came, and, as some services give ECDSA signatures, two numbers side by side."""
    readings = [made]
    if isinstance(public, ec.EllipticCurvePublicKey):
        half = (public.key_size + 7) // 8
        if len(made) == 2 * half:
            both = (int.from_bytes(made[:half], "big"), int.from_bytes(made[half:], "big"))
            readings.append(encode_dss_signature(*both))
    return readings


def _holds(signature: bytes, digest: bytes, digest_algorithm: str, public: PublicKey) -> bool:
    algorithm = Prehashed(DIGESTS[digest_algorithm]())
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, digest, padding.PKCS1v15(), algorithm)
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, digest, ec.ECDSA(algorithm))
        else:
            return False  # the interface signs digests, and Ed25519 takes none
    except InvalidSignature:
        return False
    return True


def _digest(message: bytes, digest_algorithm: str) -> bytes:
    hashed = hashes.Hash(DIGESTS[digest_algorithm]())
    hashed.update(message)
    return hashed.finalize()


def _can_be_sent(secret: str) -> bool:
    try:
        return 0 < len(secret.encode()) <= _LONGEST_SECRET
    except UnicodeEncodeError:
        return False
