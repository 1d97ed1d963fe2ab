"""What a file lacks to be verified, and what came of asking for it. Runs in the sandbox: both come from elsewhere."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.dss import DocumentSecurityStore

_MOST_CERTIFICATES = 200
_MOST_ADDRESSES = 3
_MOST_WANTS = 20


@dataclass(frozen=True, slots=True)
class Want:
    """A certificate whose issuer is missing."""

    holder: str
    certificate: bytes
    """DER."""
    urls: tuple[str, ...]
    """Where the issuer may be had (caIssuers, RFC 5280, 4.2.2.1), as the certificate says."""


def missing_issuers(content: bytes, extra: tuple[bytes, ...], known: tuple[bytes, ...]) -> tuple[Want, ...]:
    """Certificates of the file's signatures and timestamps, and those of ``extra``, whose issuers are nowhere.

    Args:
        content: a PDF file.
        extra: certificates that were fetched before.
        known: roots and further authorities at hand.
    """
    at_hand = _loaded(
        [*(der for _, der in zip(range(_MOST_CERTIFICATES), _certificates(content), strict=False)), *extra]
    )
    authorities = [*at_hand, *_loaded(known)]
    roots = set(known)
    wants = []
    for certificate in at_hand:
        der = certificate.public_bytes(Encoding.DER)
        if der in roots or certificate.issuer == certificate.subject or _issuers(certificate, authorities):
            continue
        urls = tuple(_ca_issuers(certificate))[:_MOST_ADDRESSES]
        if urls:
            wants.append(Want(_holder(der), der, urls))
    return tuple(wants[:_MOST_WANTS])


def issuers_in(body: bytes, certificate: bytes) -> tuple[bytes, ...]:
    """Certificates in an answer that issued ``certificate``: DER, PEM, or a PKCS#7 bundle (RFC 5280, 4.2.2.1)."""
    subject = x509.load_der_x509_certificate(certificate)
    return tuple(one.public_bytes(Encoding.DER) for one in _issuers(subject, _any_form(body)))


def answer_lasts_until(body: bytes, kind: str) -> datetime | None:
    """When an OCSP answer or a CRL is to be followed by another."""
    try:
        if kind == "crl":
            return x509.load_der_x509_crl(body).next_update_utc
        ends = [one.next_update_utc for one in ocsp.load_der_ocsp_response(body).responses]
        return min((end for end in ends if end is not None), default=None)
    except (ValueError, TypeError):
        return None


def _certificates(content: bytes) -> Iterator[bytes]:
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    if reader.security_handler is not None:
        reader.decrypt("")
    for embedded in reader.embedded_signatures:
        try:
            signed = embedded.signed_data
            tokens = [
                token
                for signed_attributes in (False, True)
                for token in generic_cms.extract_tst_data_iter(embedded.signer_info, signed=signed_attributes)
            ]
            yield from _of(signed)
            for token in tokens:
                yield from _of(token)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001, S112 - one hostile signature must not hide what others lack
            continue
    try:
        if "/DSS" in reader.root:
            yield from (one.dump() for one in DocumentSecurityStore.read_dss(reader).load_certs())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged store lacks everything
        return


def _of(signed: Any) -> Iterator[bytes]:
    yield from (choice.chosen.dump() for choice in signed["certificates"] if choice.name == "certificate")


def _loaded(ders: Iterable[bytes]) -> list[x509.Certificate]:
    found = []
    for der in dict.fromkeys(ders):
        try:
            certificate = x509.load_der_x509_certificate(der)
            _ = certificate.issuer, certificate.subject, certificate.extensions
        except ValueError:
            continue
        found.append(certificate)
    return found


def _any_form(body: bytes) -> list[x509.Certificate]:
    ways: tuple[Callable[[bytes], Sequence[x509.Certificate]], ...] = (
        lambda der: [x509.load_der_x509_certificate(der)],
        pkcs7.load_der_pkcs7_certificates,
        x509.load_pem_x509_certificates,
        pkcs7.load_pem_pkcs7_certificates,
    )
    for load in ways:
        try:
            return _loaded(one.public_bytes(Encoding.DER) for one in load(body)[:_MOST_CERTIFICATES])
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
    return []


def _issuers(certificate: x509.Certificate, authorities: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    found = []
    for authority in authorities:
        if authority.subject != certificate.issuer:
            continue
        try:
            certificate.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        found.append(authority)
    return found


def _ca_issuers(certificate: x509.Certificate) -> Iterator[str]:
    try:
        accesses = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return
    for access in accesses:
        location = access.access_location
        if access.access_method == AuthorityInformationAccessOID.CA_ISSUERS and isinstance(
            location, x509.UniformResourceIdentifier
        ):
            yield location.value


def _holder(der: bytes) -> str:
    return str(asn1_x509.Certificate.load(der).subject.native.get("common_name", ""))[:200]
