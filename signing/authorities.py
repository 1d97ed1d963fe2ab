"""Certificates of authorities, looked at before anybody believes them: read in the sandbox, doubts told by name."""

from __future__ import annotations

import base64
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.anchors import BOTH, Purpose
from signing.errors import NoAuthority, NotACertificate, UnsuitableKey, WeakCertificate
from signing.keys import require_strong_signature, strong_public_key
from signing.sandbox import Limits, run

LIMITS = Limits(seconds=10, memory_bytes=256 * 1024 * 1024, input_bytes=256 * 1024, output_bytes=256 * 1024)
_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END", re.ASCII)
_MOST_NAME = 200
_KINDS = ("common_name", "organizational_unit_name", "organization_name")


class Doubt(StrEnum):
    """Why somebody should think twice before believing an authority."""

    ENDED = "ended"
    """Its certificate is no longer in force; what was signed before may still be believed."""
    NOT_YET = "not-yet"
    WEAK_KEY = "weak-key"
    """A key that would not be accepted from a signer: too short, or of an unknown kind."""
    WEAK_DIGEST = "weak-digest"
    """Signed by another authority with a broken digest."""


@dataclass(frozen=True, slots=True)
class Authority:
    """What a certificate says of an authority."""

    certificate: bytes
    """DER."""
    sha256: str
    """Of the DER, hexadecimal."""
    holder: str
    issuer: str
    """Its own name where nobody stands above it."""
    serial: str
    not_before: datetime
    not_after: datetime
    key: str
    """``RSA 4096``, ``EC 256``."""
    purposes: frozenset[Purpose]
    """What it may be believed for: a timestamp server's own certificate for timestamps alone."""
    doubts: tuple[Doubt, ...]


def read_authority(content: bytes, at: datetime) -> Authority:
    """Read the one certificate of a file, PEM or DER.

    Raises:
        NotACertificate: it is none, or several.
        NoAuthority: it belongs neither to an authority nor to a timestamp server.
        TooLarge, TimedOut, OutOfMemory, Crashed: the file resisted.
    """
    return run(_read, content, at, limits=LIMITS)


def describe(der: bytes, at: datetime) -> Authority:
    """What a certificate says. Runs in the sandbox; errors are those of :func:`read_authority`."""
    try:
        read = asn1_x509.Certificate.load(der, strict=True)
        certificate = x509.load_der_x509_certificate(der)
        key = f"{read.public_key.algorithm.upper()} {read.public_key.bit_size}"
        found = Authority(
            certificate=der,
            sha256=read.sha256.hex(),
            holder=named(read.subject),
            issuer=named(read.issuer),
            serial=f"{read.serial_number:x}"[:64],
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key=key[:40],
            purposes=_purposes(read),
            doubts=_doubts(certificate, at),
        )
    except NoAuthority:
        raise
    except Exception as error:
        raise NotACertificate(f"{type(error).__name__}: {error}"[:300]) from error
    if not found.holder:
        raise NotACertificate("it names nobody")
    return found


def named(name: asn1_x509.Name) -> str:
    """The most telling part of a distinguished name, as people may be shown it."""
    parts: dict[str, str] = {}
    for part in name.chosen:
        for attribute in part:
            parts.setdefault(str(attribute["type"].native), str(attribute["value"].native))
    text = unicodedata.normalize("NFC", next((parts[kind] for kind in _KINDS if parts.get(kind)), ""))
    letters = (one for one in text if one.isspace() or not unicodedata.category(one).startswith("C"))
    return " ".join("".join(letters).split())[:_MOST_NAME]


def named_in(certificate: x509.Certificate) -> tuple[str, str]:
    """Holder and issuer of a certificate that is believed already."""
    read = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    return named(read.subject), named(read.issuer)


def pem_of(certificate: bytes) -> bytes:
    """For downloading."""
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def _read(content: bytes, at: datetime) -> Authority:
    encoded = _PEM.findall(content)
    if len(encoded) > 1:
        raise NotACertificate(f"{len(encoded)} certificates in one file")
    try:
        der = base64.b64decode(b"".join(encoded[0].split()), validate=True) if encoded else content
    except ValueError as error:
        raise NotACertificate(str(error)) from error
    return describe(der, at)


def _purposes(certificate: asn1_x509.Certificate) -> frozenset[Purpose]:
    constraints = certificate.basic_constraints_value
    if constraints is not None and constraints["ca"].native:
        usage = certificate.key_usage_value
        if usage is not None and "key_cert_sign" not in usage.native:
            raise NoAuthority("its key may not sign certificates")
        return BOTH
    if constraints is None and certificate["tbs_certificate"]["version"].native != "v3" and certificate.self_issued:
        return BOTH  # from before there were extensions
    extended = certificate.extended_key_usage_value
    if extended is not None and extended.native == ["time_stamping"]:
        return frozenset({Purpose.TIMESTAMPS})
    raise NoAuthority("no authority (basicConstraints) and no timestamp server")


def _doubts(certificate: x509.Certificate, at: datetime) -> tuple[Doubt, ...]:
    found = []
    if at > certificate.not_valid_after_utc:
        found.append(Doubt.ENDED)
    if at < certificate.not_valid_before_utc:
        found.append(Doubt.NOT_YET)
    try:
        strong_public_key(certificate)
    except UnsuitableKey:
        found.append(Doubt.WEAK_KEY)
    try:
        require_strong_signature(certificate)
    except WeakCertificate:
        found.append(Doubt.WEAK_DIGEST)
    return tuple(found)
