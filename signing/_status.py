"""Questions about certificates, and answers held against them. Runs in the sandbox: both come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from signing.errors import CertificateRevoked, RevocationUnavailable, SigningError
from signing.questions import Question
from signing.verify import Link
from signing.verify._status import check_value

_CLOCKS_DIFFER = timedelta(minutes=5)
_OLDEST = timedelta(days=1)
"""Of an OCSP answer that does not say when the next one comes."""


def questions(links: tuple[Link, ...]) -> tuple[Question, ...]:
    """What to ask about each certificate that must be asked about.

    A certificate with ``id-pkix-ocsp-nocheck`` is good without (RFC 6960, 4.2.2.2.1).

    Raises:
        RevocationUnavailable: a certificate cannot be asked about.
    """
    try:
        return tuple(_question(link) for link in links)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RevocationUnavailable(f"{type(error).__name__}: {error}") from error


def require_good(question: Question, answer: bytes, kind: str, now: datetime) -> None:
    """Check an answer (RFC 6960, 3.2; RFC 5280, 6.3): about this certificate, rightly signed, in force, and good.

    Raises:
        RevocationUnavailable: it proves nothing.
        CertificateRevoked: by ``question.moment`` it was revoked.
    """
    try:
        certificate, issuer = _loaded(question.certificate), _loaded(question.issuer)
        revoked_at = (_by_ocsp if kind == "ocsp" else _by_crl)(question, certificate, issuer, answer, now)
    except SigningError:
        raise
    except Exception as error:
        # Extensions and algorithms of any wrong kind may stand in an answer.
        raise RevocationUnavailable(f"{kind}: {type(error).__name__}: {error}") from error
    if revoked_at is None:
        return
    if revoked_at <= question.moment:
        raise CertificateRevoked(f"{question.holder}: {revoked_at:%Y-%m-%d %H:%M:%S}Z")
    # A list says from when on; readers take an OCSP answer of "revoked" for no proof of the time before.
    _require(kind != "ocsp", "OCSP: revoked since then")


def _question(link: Link) -> Question:
    certificate, issuer = _loaded(link.certificate), _loaded(link.issuer)
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1()).build()  # noqa: S303 - RFC 5019
    return Question(
        holder=str(asn1_x509.Certificate.load(link.certificate).subject.native.get("common_name", ""))[:200],
        certificate=link.certificate,
        issuer=link.issuer,
        moment=link.moment,
        ocsp_request=request.public_bytes(Encoding.DER),
        ocsp_urls=tuple(_ocsp_urls(certificate)),
        crl_urls=tuple(_crl_urls(certificate)),
    )


def _ocsp_urls(certificate: x509.Certificate) -> Iterable[str]:
    for access in _extension(certificate, x509.AuthorityInformationAccess) or ():
        if access.access_method == AuthorityInformationAccessOID.OCSP:
            yield from _urls([access.access_location])


def _crl_urls(certificate: x509.Certificate) -> Iterable[str]:
    for point in _extension(certificate, x509.CRLDistributionPoints) or ():
        if not point.reasons and not point.crl_issuer:
            yield from _urls(point.full_name or ())


def _urls(names: Iterable[x509.GeneralName]) -> Iterable[str]:
    return (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))


def _by_ocsp(
    question: Question, certificate: x509.Certificate, issuer: x509.Certificate, answer: bytes, now: datetime
) -> datetime | None:
    response = ocsp.load_der_ocsp_response(answer)
    status = response.response_status
    _require(status is ocsp.OCSPResponseStatus.SUCCESSFUL, f"OCSP: {status.name.lower()}")
    _require_by_authority(response, answer, issuer, now)
    asked = ocsp.load_der_ocsp_request(question.ocsp_request)
    for single in response.responses:
        if single.serial_number != certificate.serial_number:
            continue
        same_issuer = (
            isinstance(single.hash_algorithm, hashes.SHA1)
            and single.issuer_key_hash == asked.issuer_key_hash
            and single.issuer_name_hash == asked.issuer_name_hash
        )
        _require(same_issuer, "OCSP: about another authority's certificate")
        until = single.next_update_utc or single.this_update_utc + _OLDEST
        _require_in_force(single.this_update_utc, until, now, "OCSP")
        _require(single.certificate_status is not ocsp.OCSPCertStatus.UNKNOWN, "OCSP: unknown certificate")
        return single.revocation_time_utc
    raise RevocationUnavailable("OCSP: not about this certificate")


def _require_by_authority(response: ocsp.OCSPResponse, answer: bytes, issuer: x509.Certificate, now: datetime) -> None:
    """Signed by the authority itself, or by whom it has charged with that (RFC 6960, 4.2.2.2)."""
    for responder in (issuer, *response.certificates):
        if not _is(response, responder):
            continue
        if responder.fingerprint(hashes.SHA256()) != issuer.fingerprint(hashes.SHA256()):
            _require_charged(responder, issuer, now)
        _require_signed(responder, answer)
        return
    raise RevocationUnavailable("OCSP: the responder's certificate is missing")


def _is(response: ocsp.OCSPResponse, responder: x509.Certificate) -> bool:
    if response.responder_name is not None:
        return response.responder_name == responder.subject
    key = responder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return bool(response.responder_key_hash == keys.PublicKeyInfo.load(key).sha1)


def _require_charged(responder: x509.Certificate, issuer: x509.Certificate, now: datetime) -> None:
    try:
        responder.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise RevocationUnavailable("OCSP: the responder is of another authority") from error
    use = _extension(responder, x509.ExtendedKeyUsage) or ()
    _require(ExtendedKeyUsageOID.OCSP_SIGNING in use, "OCSP: the responder may not answer")
    _require(_extension(responder, x509.OCSPNoCheck) is not None, "OCSP: the responder may itself be revoked")
    in_force = responder.not_valid_before_utc <= now <= responder.not_valid_after_utc
    _require(in_force, "OCSP: the responder's certificate is not in force")


def _require_signed(responder: x509.Certificate, answer: bytes) -> None:
    try:
        digest = check_value(responder.public_key(), answer)
    except InvalidSignature as error:
        raise RevocationUnavailable("OCSP: the signature does not hold") from error
    _require(digest is not None and digest.digest_size >= hashes.SHA256.digest_size, "OCSP: a weak digest")


def _by_crl(
    _: Question, certificate: x509.Certificate, issuer: x509.Certificate, answer: bytes, now: datetime
) -> datetime | None:
    revocations = x509.load_der_x509_crl(answer)
    _require(revocations.issuer == issuer.subject, "CRL: of another authority")
    key: Any = issuer.public_key()
    _require(revocations.is_signature_valid(key), "CRL: the signature does not hold")
    _require(revocations.next_update_utc is not None, "CRL: does not say until when it holds")
    assert revocations.next_update_utc is not None  # noqa: S101 - required above
    _require_in_force(revocations.last_update_utc, revocations.next_update_utc, now, "CRL")
    for extension in revocations.extensions:
        known = isinstance(extension.value, x509.IssuingDistributionPoint)
        _require(known or not extension.critical, "CRL: not a whole list")
        if isinstance(extension.value, x509.IssuingDistributionPoint):
            _require(_covers(extension.value, certificate), "CRL: not about certificates of this kind")
    entry = revocations.get_revoked_certificate_by_serial_number(certificate.serial_number)
    return entry.revocation_date_utc if entry is not None else None


def _covers(part: x509.IssuingDistributionPoint, certificate: x509.Certificate) -> bool:
    constraints = _extension(certificate, x509.BasicConstraints)
    authority = constraints is not None and constraints.ca
    partial = part.indirect_crl or part.only_some_reasons or part.only_contains_attribute_certs
    return not (
        partial or (part.only_contains_user_certs and authority) or (part.only_contains_ca_certs and not authority)
    )


def _require_in_force(since: datetime, until: datetime, now: datetime, kind: str) -> None:
    _require(since <= now + _CLOCKS_DIFFER, f"{kind}: made in the future")
    _require(until >= now - _CLOCKS_DIFFER, f"{kind}: out of date")


def _extension(certificate: x509.Certificate, kind: Any) -> Any:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def _loaded(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise RevocationUnavailable(otherwise)
