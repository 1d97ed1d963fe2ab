"""What kept answers say about certificates (RFC 6960; RFC 5280, 6.3). Runs in the sandbox.

Only answers count whose signature holds under the authority that issued the certificate, or under a responder that it
has charged with answering. Lists of other authorities, parts of lists and changes to lists are left aside.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.verify._evidence import Piece

_OLDEST = timedelta(days=1)
"""That an OCSP answer is taken for fresh if it does not say when the next one comes."""
_FAULTS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, UnsupportedAlgorithm)

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
        for piece in self.pieces:
            with contextlib.suppress(InvalidSignature, *_FAULTS):
                if piece.kind == "crl":
                    yield from self._by_list(piece, subject, authority)
                else:
                    yield from self._by_responder(piece, subject, authority)

    def _load(self, piece: Piece) -> Any:
        if piece.der not in self._loaded:
            load = x509.load_der_x509_crl if piece.kind == "crl" else ocsp.load_der_ocsp_response
            try:
                self._loaded[piece.der] = load(piece.der)
            except _FAULTS:
                self._loaded[piece.der] = None
        return self._loaded[piece.der]

    def _by_list(self, piece: Piece, subject: x509.Certificate, authority: x509.Certificate) -> Iterator[Status]:
        revocations = self._load(piece)
        if revocations is None or revocations.issuer != subject.issuer or authority.subject != subject.issuer:
            return
        key: Any = authority.public_key()
        if not _lists(authority) or not revocations.is_signature_valid(key) or not _whole(revocations, subject):
            return
        issued = revocations.last_update_utc
        if not self.sound(revocations.signature_hash_algorithm, key, issued):
            return
        entry = revocations.get_revoked_certificate_by_serial_number(subject.serial_number)
        yield Status(
            "crl",
            _name(authority),
            issued,
            max(revocations.next_update_utc or issued, issued),
            entry.revocation_date_utc if entry is not None else None,
            piece.end,
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
            responder = _responder(response, authority)
            if responder is None or not self.sound(response.signature_hash_algorithm, responder.public_key(), issued):
                continue
            until = single.next_update_utc or issued + _OLDEST
            yield Status("ocsp", _name(responder), issued, max(until, issued), single.revocation_time_utc, piece.end)


def exempt(certificate: bytes) -> bool:
    """A responder that its authority says need not be asked about (RFC 6960, 4.2.2.2.1)."""
    try:
        return _extension(x509.load_der_x509_certificate(certificate), x509.OCSPNoCheck) is not None
    except _FAULTS:
        return False


def _whole(revocations: x509.CertificateRevocationList, subject: x509.Certificate) -> bool:
    """The list tells of every certificate of the subject's kind (RFC 5280, 5.2.5)."""
    for extension in revocations.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            return False
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            part, constraints = extension.value, _extension(subject, x509.BasicConstraints)
            authority = constraints is not None and constraints.ca
            if part.indirect_crl or part.only_some_reasons or part.only_contains_attribute_certs:
                return False
            if (part.only_contains_user_certs and authority) or (part.only_contains_ca_certs and not authority):
                return False
            if part.full_name and not _named_for(part.full_name, subject):
                return False
        elif extension.critical:
            return False
    return True


def _named_for(names: Iterable[x509.GeneralName], subject: x509.Certificate) -> bool:
    """The list is one of those that the certificate names; one that names none is served by any."""
    points = _extension(subject, x509.CRLDistributionPoints)
    if points is None:
        return True
    return not set(names).isdisjoint(name for point in points for name in point.full_name or ())


def _lists(authority: x509.Certificate) -> bool:
    usage = _extension(authority, x509.KeyUsage)
    return usage is None or bool(usage.crl_sign)


def _asked_of(single: Any, authority: x509.Certificate) -> bool:
    digest = single.hash_algorithm
    return bool(single.issuer_key_hash == _key_hash(authority, digest)) and bool(
        single.issuer_name_hash == _digest(digest, authority.subject.public_bytes())
    )


def _key_hash(authority: x509.Certificate, digest: hashes.HashAlgorithm) -> bytes:
    """Of the key's bits without their frame (RFC 6960, 4.1.1)."""
    key: Any = authority.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        bits = key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    else:
        bits = key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return _digest(digest, bits)


def _digest(algorithm: hashes.HashAlgorithm, content: bytes) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(content)
    return digest.finalize()


def _responder(response: ocsp.OCSPResponse, authority: x509.Certificate) -> x509.Certificate | None:
    """Who signed the answer: the authority itself, or whom it has charged with that (RFC 6960, 4.2.2.2)."""
    for responder in (authority, *response.certificates):
        if not _is(response, responder):
            continue
        if responder != authority and not _charged(responder, authority, response.produced_at_utc):
            continue
        with contextlib.suppress(InvalidSignature, *_FAULTS):
            _check(responder.public_key(), response)
            return responder
    return None


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


def _check(key: Any, response: ocsp.OCSPResponse) -> None:
    digest = response.signature_hash_algorithm
    if digest is None:
        raise ValueError("no digest")
    if isinstance(key, rsa.RSAPublicKey):
        pss = response.signature_algorithm_oid.dotted_string == "1.2.840.113549.1.1.10"
        if pss:
            raise ValueError("RSASSA-PSS")
        key.verify(response.signature, response.tbs_response_bytes, padding.PKCS1v15(), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(response.signature, response.tbs_response_bytes, ec.ECDSA(digest))
    else:
        raise TypeError("a key of an unknown kind")


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _name(certificate: x509.Certificate) -> str:
    for attribute in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME):
        return str(attribute.value)[:500]
    return certificate.subject.rfc4514_string()[:500]
