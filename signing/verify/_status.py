"""What kept answers say about certificates (RFC 6960; RFC 5280, 6.3). Runs in the sandbox.

Only answers count whose signature holds under the authority that issued the certificate, or under a responder that it
has charged with answering; lists are read in :mod:`signing.verify._lists`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import keys
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.verify._evidence import Piece
from signing.verify._lists import FAULTS, Roll, Rolls
from signing.verify._values import Values, digest_of

_OLDEST = timedelta(days=1)
"""That an OCSP answer is taken for fresh if it does not say when the next one comes."""
_FAULTS = FAULTS

Sound = Callable[[Any, Any, datetime], bool]
"""Whether a digest under a key is still relied upon at a moment; given digest (or ``None``), key, moment."""


@dataclass(frozen=True, slots=True)
class Status:
    """What one answer says about one certificate."""

    kind: str
    """``crl`` or ``ocsp``."""
    answerer: str
    issued_at: datetime
    fresh_until: datetime
    """A newer answer was promised for then."""
    revoked_at: datetime | None
    end: int
    """Of the part of the file that holds the answer."""


@dataclass(slots=True)
class Answers:
    """About everybody, for a whole file; each is read and checked once."""

    pieces: Sequence[Piece] = ()
    sound: Sound = lambda _digest, _key, _moment: True
    certificates: Sequence[bytes] = ()
    """DER of all certificates at hand."""
    _rolls: Rolls | None = None
    _loaded: dict[bytes, Any] = field(default_factory=dict)
    _known: dict[tuple[bytes, bytes], tuple[Status, ...]] = field(default_factory=dict)

    def about(self, certificate: bytes, issuer: bytes) -> tuple[Status, ...]:
        """Every answer about a certificate of an authority."""
        key = (certificate, issuer)
        if key not in self._known:
            self._known[key] = tuple(self._found(certificate, issuer)) if self.pieces else ()
        return self._known[key]

    def _found(self, certificate: bytes, issuer: bytes) -> Iterator[Status]:
        try:
            subject, authority = x509.load_der_x509_certificate(certificate), x509.load_der_x509_certificate(issuer)
        except _FAULTS:
            return
        with contextlib.suppress(InvalidSignature, *_FAULTS):
            yield from self._by_lists(subject, authority)
        for piece in self.pieces:
            if piece.kind != "crl":
                with contextlib.suppress(InvalidSignature, *_FAULTS):
                    yield from self._by_responder(piece, subject, authority)

    def _load(self, piece: Piece) -> Any:
        if piece.der not in self._loaded:
            load = x509.load_der_x509_crl if piece.kind == "crl" else ocsp.load_der_ocsp_response
            try:
                self._loaded[piece.der] = load(piece.der)
            except _FAULTS:
                self._loaded[piece.der] = None
        return self._loaded[piece.der]

    def _by_lists(self, subject: x509.Certificate, authority: x509.Certificate) -> Iterator[Status]:
        if self._rolls is None:
            lists = ((self._load(piece), piece.end) for piece in self.pieces if piece.kind == "crl")
            rolls = (_roll(one, end) for one, end in lists if one is not None)
            self._rolls = Rolls(tuple(roll for roll in rolls if roll is not None), self.certificates)
        for listed in self._rolls.about(subject, authority):
            if self.sound(listed.digest, listed.signer.public_key(), listed.issued_at):
                yield Status(
                    "crl", _name(listed.signer), listed.issued_at, listed.fresh_until, listed.revoked_at, listed.end
                )

    def _by_responder(self, piece: Piece, subject: x509.Certificate, authority: x509.Certificate) -> Iterator[Status]:
        response = self._load(piece)
        if response is None or response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            return
        for single in response.responses:
            if single.serial_number != subject.serial_number or not _asked_of(single, authority):
                continue
            if single.certificate_status is ocsp.OCSPCertStatus.UNKNOWN:
                continue
            issued = single.this_update_utc
            responder, digest = _responder(response, piece.der, authority)
            if responder is None or not self.sound(digest, responder.public_key(), issued):
                continue
            until = single.next_update_utc or issued + _OLDEST
            yield Status("ocsp", _name(responder), issued, max(until, issued), single.revocation_time_utc, piece.end)


def exempt(certificate: bytes) -> bool:
    """A responder that its authority says need not be asked about (RFC 6960, 4.2.2.2.1)."""
    try:
        return _extension(x509.load_der_x509_certificate(certificate), x509.OCSPNoCheck) is not None
    except _FAULTS:
        return False


def _roll(revocations: x509.CertificateRevocationList, end: int) -> Roll | None:
    try:
        return Roll.of(revocations, end)
    except _FAULTS:
        return None


def _asked_of(single: Any, authority: x509.Certificate) -> bool:
    digest = single.hash_algorithm
    return bool(single.issuer_key_hash == _key_hash(authority, digest)) and bool(
        single.issuer_name_hash == _digest(digest, authority.subject.public_bytes())
    )


def _key_hash(authority: x509.Certificate, digest: hashes.HashAlgorithm) -> bytes:
    """Of the key's bits without their frame (RFC 6960, 4.1.1)."""
    spki = authority.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return _digest(digest, bytes(keys.PublicKeyInfo.load(spki)["public_key"].contents[1:]))


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _responder(
    response: ocsp.OCSPResponse, der: bytes, authority: x509.Certificate
) -> tuple[x509.Certificate | None, Any]:
    """Who signed the answer, and by which digest: the authority, or whom it has charged (RFC 6960, 4.2.2.2)."""
    for responder in (authority, *response.certificates):
        if not _is(response, responder):
            continue
        if responder != authority and not _charged(responder, authority, response.produced_at_utc):
            continue
        with contextlib.suppress(InvalidSignature, *_FAULTS):
            return responder, check_value(responder.public_key(), der)
    return None, None


def _is(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    return response.responder_key_hash == _key_hash(responder, hashes.SHA1())  # noqa: S303 - RFC 6960, 4.2.1


def _charged(responder: x509.Certificate, authority: x509.Certificate, at: datetime) -> bool:
    try:
        responder.verify_directly_issued_by(authority)
        use = _extension(responder, x509.ExtendedKeyUsage) or ()
    except (InvalidSignature, *_FAULTS):
        return False
    in_force = responder.not_valid_before_utc <= at <= responder.not_valid_after_utc
    return in_force and ExtendedKeyUsageOID.OCSP_SIGNING in use


def check_value(key: Any, der: bytes) -> Any:
    """Check an OCSP answer's signature, of any kind that signatures have; its digest, as the algorithm has it.

    Raises:
        InvalidSignature: it does not hold under the key, or is of an unknown kind.
    """
    basic = asn1_ocsp.OCSPResponse.load(der)["response_bytes"]["response"].parsed
    algorithm = basic["signature_algorithm"]
    info = keys.PublicKeyInfo.load(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    Values().validate_signature(basic["signature"].native, basic["tbs_response_data"].dump(), info, algorithm)
    return digest_of(algorithm)


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    for attribute in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME):
        return str(attribute.value)[:500]
    return certificate.subject.rfc4514_string()[:500]
