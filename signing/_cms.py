"""The CMS of a signature (RFC 5652; CAdES as PAdES uses it, ETSI EN 319 142-1, 5 and 6).

What is the same in all signatures of one key is encoded once and kept: certificates, issuer and serial number,
the signing certificate's attribute. What is left for each is two digests, one signature and, perhaps, a timestamp.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from asn1crypto import algos, cms
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from signing._der import OCTET_STRING, SEQUENCE, SET, TAG_0, TAG_1, der, integer, set_of
from signing.keys import SigningKey, digest_of
from signing.timestamp import Timestamper

_STAMPED_DIGEST = "sha256"
_DIRECTORY_NAME = 0xA4
_DATA = bytes(cms.ContentType("data").dump())
_SIGNED_DATA = bytes(cms.ContentType("signed_data").dump())
_CONTENT_TYPE = bytes(cms.CMSAttributeType("content_type").dump())
_MESSAGE_DIGEST = bytes(cms.CMSAttributeType("message_digest").dump())
_SIGNING_CERTIFICATE_V2 = bytes(cms.CMSAttributeType("1.2.840.113549.1.9.16.2.47").dump())
_TIME_STAMP_TOKEN = bytes(cms.CMSAttributeType("signature_time_stamp_token").dump())


@dataclass(frozen=True, slots=True)
class _Constant:
    """What does not change from one signature of a key to the next."""

    certificates: bytes
    signer: bytes
    attributes: tuple[bytes, ...]
    digest_algorithm: bytes
    algorithm: bytes


def signed_data(key: SigningKey, digest: bytes, timestamper: Timestamper | None) -> bytes:
    """A detached signature over a digest (see :attr:`SigningKey.digest`), as a ContentInfo.

    Signed attributes are content type, message digest and signing certificate; no signing time, which PAdES keeps in
    the signature dictionary (EN 319 142-1, table 1).

    Raises:
        TimestampUnavailable: a timestamper was given and gave no timestamp; there is no signature then.
    """
    attributes = signed_attributes(key.certificate, digest)
    signature = key.sign(attributes, key.digest)
    return assembled(key.certificate, key.chain, attributes, signature, timestamper)


def signed_attributes(certificate: x509.Certificate, digest: bytes) -> bytes:
    """What is really signed: the attributes of a signature over a digest, as a SET in DER (RFC 5652, 5.4)."""
    constant = _constant(certificate, ())
    return der(SET, set_of(*constant.attributes, _attribute(_MESSAGE_DIGEST, der(OCTET_STRING, digest))))


def assembled(
    certificate: x509.Certificate,
    chain: tuple[x509.Certificate, ...],
    attributes: bytes,
    signature: bytes,
    timestamper: Timestamper | None,
) -> bytes:
    """The ContentInfo around a signature that was made over ``attributes``.

    Raises:
        TimestampUnavailable: as :func:`signed_data`.
    """
    constant = _constant(certificate, chain)
    unsigned = b""
    if timestamper is not None:
        token = timestamper.token(hashlib.sha256(signature).digest(), _STAMPED_DIGEST)
        unsigned = der(TAG_1, _attribute(_TIME_STAMP_TOKEN, token))
    signer = der(
        SEQUENCE,
        integer(1),
        constant.signer,
        constant.digest_algorithm,
        bytes((TAG_0,)) + attributes[1:],
        constant.algorithm,
        der(OCTET_STRING, signature),
        unsigned,
    )
    content = der(
        SEQUENCE,
        integer(1),
        der(SET, constant.digest_algorithm),
        der(SEQUENCE, _DATA),
        der(TAG_0, constant.certificates),
        der(SET, signer),
    )
    return der(SEQUENCE, _SIGNED_DATA, der(TAG_0, content))


@lru_cache(maxsize=256)
def _constant(certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]) -> _Constant:
    encoded = certificate.public_bytes(Encoding.DER)
    issuer, serial = certificate.issuer.public_bytes(), integer(certificate.serial_number)
    # ESSCertIDv2 (RFC 5035, 5.4.1.1): SHA-256 is the default algorithm, so it is left out.
    identified = der(
        SEQUENCE,
        der(OCTET_STRING, hashlib.sha256(encoded).digest()),
        der(SEQUENCE, der(SEQUENCE, der(_DIRECTORY_NAME, issuer)), serial),
    )
    public = certificate.public_key()
    kind = "sha256_rsa" if isinstance(public, rsa.RSAPublicKey) else "sha256_ecdsa"
    if isinstance(public, ed25519.Ed25519PublicKey):
        kind = "ed25519"  # without parameters (RFC 8419, 2.1)
    return _Constant(
        certificates=set_of(encoded, *(each.public_bytes(Encoding.DER) for each in chain)),
        signer=der(SEQUENCE, issuer, serial),
        attributes=(
            _attribute(_CONTENT_TYPE, _DATA),
            _attribute(_SIGNING_CERTIFICATE_V2, der(SEQUENCE, der(SEQUENCE, identified))),
        ),
        digest_algorithm=bytes(algos.DigestAlgorithm({"algorithm": digest_of(certificate)}).dump()),
        algorithm=bytes(algos.SignedDigestAlgorithm({"algorithm": kind}).dump()),
    )


def _attribute(kind: bytes, value: bytes) -> bytes:
    return der(SEQUENCE, kind, der(SET, value))
