"""Certificates as bytes: names, profiles (RFC 5280) and the one function that signs them.

Built with asn1crypto: names of Vietnamese offices often take more than 64 bytes in UTF-8, though not more than
the 64 characters that X.520 allows, and other builders count bytes.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from asn1crypto import core, keys, x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.keys import PrivateKey, raw_signature

NOTICE = "thử nghiệm – không có giá trị pháp lý"
_LONGEST_COMMON_NAME = 64
_FIRST_YEAR_OF_GENERALIZED_TIME = 2050

Extension = tuple[str, bool, Any]
"""Name, critical, value."""


class KeyKind(StrEnum):
    """Keys that people and organisations may get."""

    RSA_2048 = "rsa-2048"
    """Accepted by every reader."""
    RSA_3072 = "rsa-3072"
    RSA_4096 = "rsa-4096"
    ECDSA_P256 = "ecdsa-p256"
    ECDSA_P384 = "ecdsa-p384"
    ED25519 = "ed25519"
    """ISO/TS 32002; not known to every reader yet."""

    def generate(self) -> PrivateKey:
        """Make a new key."""
        match self:
            case KeyKind.RSA_2048:
                return rsa.generate_private_key(public_exponent=65537, key_size=2048)
            case KeyKind.RSA_3072:
                return rsa.generate_private_key(public_exponent=65537, key_size=3072)
            case KeyKind.RSA_4096:
                return rsa.generate_private_key(public_exponent=65537, key_size=4096)
            case KeyKind.ECDSA_P256:
                return ec.generate_private_key(ec.SECP256R1())
            case KeyKind.ECDSA_P384:
                return ec.generate_private_key(ec.SECP384R1())
            case KeyKind.ED25519:
                return ed25519.Ed25519PrivateKey.generate()


@dataclass(frozen=True, slots=True)
class Member:
    """A key of the infrastructure's own with its certificate."""

    key: PrivateKey
    certificate: Any
    """asn1crypto's."""

    @property
    def der(self) -> bytes:
        """The certificate."""
        return bytes(self.certificate.dump())


def name_of(common_name: str, **parts: str) -> Any:
    """A distinguished name in Vietnam; empty parts are left out."""
    given = {"country_name": "VN", **parts, "common_name": common_name[:_LONGEST_COMMON_NAME]}
    return x509.Name.build({kind: text for kind, text in given.items() if text})


def certificate(
    *,
    subject: Any,
    public_key: Any,
    issuer: Any,
    issuer_key: PrivateKey,
    valid: tuple[datetime, datetime],
    extensions: list[Extension],
) -> Any:
    """Sign a certificate; key identifiers are added to ``extensions``."""
    key_info = public_key_info(public_key)
    signer = public_key_info(issuer_key.public_key())
    described: list[Extension] = [
        *extensions,
        ("key_identifier", False, core.OctetString(key_info.sha1)),
        ("authority_key_identifier", False, x509.AuthorityKeyIdentifier({"key_identifier": signer.sha1})),
    ]
    tbs = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": secrets.randbits(126) | 1 << 126,  # 16 octets, positive (RFC 5280, 4.1.2.2)
            "signature": signature_algorithm(issuer_key),
            "issuer": issuer,
            "validity": {"not_before": _time(valid[0]), "not_after": _time(valid[1])},
            "subject": subject,
            "subject_public_key_info": key_info,
            "extensions": [
                {"extn_id": kind, "critical": critical, "extn_value": core.ParsableOctetString(value.dump())}
                for kind, critical, value in described
            ],
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": tbs,
            "signature_algorithm": signature_algorithm(issuer_key),
            "signature_value": raw_signature(issuer_key, tbs.dump(), "sha256"),
        }
    )


def public_key_info(public_key: Any) -> Any:
    """asn1crypto's form of a public key."""
    return keys.PublicKeyInfo.load(public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def signature_algorithm(key: PrivateKey) -> dict[str, str]:
    """What :func:`signing.keys.raw_signature` makes with SHA-256."""
    return {"algorithm": "sha256_rsa" if isinstance(key, rsa.RSAPrivateKey) else "sha256_ecdsa"}


def for_authority(*, path_length: int | None) -> list[Extension]:
    """Extensions of a CA."""
    return [
        ("basic_constraints", True, x509.BasicConstraints({"ca": True, "path_len_constraint": path_length})),
        ("key_usage", True, x509.KeyUsage({"key_cert_sign", "crl_sign"})),
    ]


def for_signing() -> list[Extension]:
    """Extensions of a person's or an organisation's certificate."""
    return [
        ("basic_constraints", True, x509.BasicConstraints({"ca": False})),
        ("key_usage", True, x509.KeyUsage({"digital_signature", "non_repudiation"})),
        # documentSigning of RFC 9336; some readers of PDF still ask for emailProtection.
        ("extended_key_usage", False, x509.ExtKeyUsageSyntax(["email_protection", "1.3.6.1.5.5.7.3.36"])),
    ]


def for_timestamps() -> list[Extension]:
    """Extensions of a TSA: timestamps only, critical (RFC 3161, 2.3)."""
    return [
        ("basic_constraints", True, x509.BasicConstraints({"ca": False})),
        ("key_usage", True, x509.KeyUsage({"digital_signature", "non_repudiation"})),
        ("extended_key_usage", True, x509.ExtKeyUsageSyntax(["time_stamping"])),
    ]


def for_ocsp() -> list[Extension]:
    """Extensions of an OCSP responder, whose own status nobody needs to ask for (RFC 6960, 4.2.2.2)."""
    return [
        ("basic_constraints", True, x509.BasicConstraints({"ca": False})),
        ("key_usage", True, x509.KeyUsage({"digital_signature"})),
        ("extended_key_usage", False, x509.ExtKeyUsageSyntax(["ocsp_signing"])),
        ("ocsp_no_check", False, core.Null()),
    ]


def where_to_ask(base_url: str, authority: str, *, ocsp: bool) -> list[Extension]:
    """Addresses of the issuer's certificate, its CRL and, if any, its OCSP responder."""
    access = [{"access_method": "ca_issuers", "access_location": _url(f"{base_url}/{authority}.cer")}]
    if ocsp:
        access.insert(0, {"access_method": "ocsp", "access_location": _url(f"{base_url}/ocsp")})
    points = [
        {
            "distribution_point": x509.DistributionPointName(
                name="full_name", value=[_url(f"{base_url}/{authority}.crl")]
            )
        }
    ]
    return [
        ("authority_information_access", False, x509.AuthorityInfoAccessSyntax(access)),
        ("crl_distribution_points", False, x509.CRLDistributionPoints(points)),
    ]


def email_address(email: str) -> Extension:
    """The holder's address."""
    return (
        "subject_alt_name",
        False,
        x509.GeneralNames([x509.GeneralName(name="rfc822_name", value=x509.EmailAddress(email))]),
    )


def whole_seconds(moment: datetime) -> datetime:
    """UTC without fractions, as certificates write it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _time(moment: datetime) -> Any:
    moment = whole_seconds(moment)
    if moment.year < _FIRST_YEAR_OF_GENERALIZED_TIME:
        return x509.Time({"utc_time": core.UTCTime(moment)})
    return x509.Time({"general_time": core.GeneralizedTime(moment)})


def _url(address: str) -> Any:
    return x509.GeneralName(name="uniform_resource_identifier", value=x509.URI(address))
