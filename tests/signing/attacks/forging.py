"""Signatures made by hand over a file, wrong in one way that the signer's own key vouches for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from asn1crypto import algos, cms, tsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from tests.signing.attacks.case import numbers, person, signed, with_container
from tests.signing.authority import Holder, container

HASHES: dict[str, Callable[[], hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
Attributes = list[cms.CMSAttribute]


@dataclass(slots=True)
class Recipe:
    """How a signature is made; everything as it should be, unless said otherwise."""

    by: Holder = field(default_factory=person)
    digest: str = "sha256"
    """Of the message-digest attribute."""
    claimed_digest: str = "sha256"
    """As ``digestAlgorithm`` has it."""
    signed_with: str = "sha256"
    claimed_signature: str = ""
    """As ``signatureAlgorithm`` has it; the right one if empty."""
    attributes: Callable[[Attributes], Attributes | None] = lambda attributes: attributes
    encoded: Callable[[bytes], bytes] = lambda attributes: attributes
    """The signed attributes as they stand in the file and are signed."""
    frame: Callable[[cms.SignedData], None] = lambda _: None
    certificate: x509.Certificate | None = None
    """Another one than the signer's, put in and named."""


def resigned(content: bytes, recipe: Recipe | None = None, span: tuple[int, int, int] | None = None) -> bytes:
    """The file with a new last signature over it, around its container."""
    recipe = recipe or Recipe()
    start, end = container(content)
    first, second, length = span or (start - 1, end + 1, numbers(signed())[3])
    covered = content[:first] + content[second : second + length]
    return with_container(content, made(recipe, covered))


def made(recipe: Recipe, covered: bytes) -> bytes:
    """The CMS over these bytes."""
    certificate = recipe.certificate or recipe.by.asn1
    told = recipe.attributes(
        [
            attribute("content_type", "data"),
            attribute("message_digest", hashlib.new(recipe.digest, covered).digest()),
            signing_certificate(recipe.by.asn1),
        ]
    )
    to_sign, attributes = covered, None
    if told is not None:
        attributes = recipe.encoded(cms.CMSAttributes(told).dump())
        to_sign = attributes
    key = "ecdsa" if isinstance(recipe.by.key, ec.EllipticCurvePrivateKey) else "rsa"
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}),
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": recipe.claimed_digest}),
            "signature_algorithm": algos.SignedDigestAlgorithm(
                {"algorithm": recipe.claimed_signature or f"{recipe.signed_with}_{key}"}
            ),
            "signature": _value(recipe, to_sign),
        }
    )
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": recipe.claimed_digest})],
            "encap_content_info": {"content_type": "data"},
            "certificates": [certificate, *(x509.Certificate.load(one) for one in chain(recipe.by))],
            "signer_infos": [signer],
        }
    )
    recipe.frame(signed_data)
    encoded = cms.ContentInfo({"content_type": "signed_data", "content": signed_data}).dump(force=True)
    return _with_attributes(encoded, attributes) if attributes is not None else bytes(encoded)


def _with_attributes(encoded: bytes, attributes: bytes) -> bytes:
    """Put in byte for byte, so that nothing sorts them anew."""
    message = cms.ContentInfo.load(encoded)
    signer = message["content"]["signer_infos"][0]
    fields = [signer[name].dump() for name in ("version", "sid", "digest_algorithm")]
    fields += [b"\xa0" + attributes[1:], signer["signature_algorithm"].dump(), signer["signature"].dump()]
    fields += [signer["unsigned_attrs"].dump()] if signer["unsigned_attrs"] else []
    others = [one.dump() for one in list(message["content"]["signer_infos"])[1:]]
    signers = element(0x31, element(0x30, b"".join(fields)) + b"".join(others))
    data = message["content"]
    parts = [data[name].dump() for name in ("version", "digest_algorithms", "encap_content_info", "certificates")]
    inside = element(0x30, b"".join(parts) + signers)
    return element(0x30, message["content_type"].dump() + element(0xA0, inside))


def element(tag: int, value: bytes) -> bytes:
    """DER."""
    length = len(value)
    if length < 0x80:
        return bytes([tag, length]) + value
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 + size]) + length.to_bytes(size, "big") + value


def chain(holder: Holder) -> list[bytes]:
    """DER of the authorities above."""
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415 - a name of another library

    return [one.public_bytes(Encoding.DER) for one in holder.chain]


def attribute(kind: str, *values: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def signing_certificate(certificate: x509.Certificate) -> cms.CMSAttribute:
    """ESS signing-certificate-v2 (RFC 5035)."""
    identifier = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(certificate.dump()).digest()})
    return attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [identifier]}))


def _value(recipe: Recipe, to_sign: bytes) -> bytes:
    algorithm = HASHES[recipe.signed_with]()
    if isinstance(recipe.by.key, rsa.RSAPrivateKey):
        return recipe.by.key.sign(to_sign, padding.PKCS1v15(), algorithm)
    return recipe.by.key.sign(to_sign, ec.ECDSA(algorithm))
