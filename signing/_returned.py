"""Looking at a CMS that somebody else's program made. Runs in the sandbox: asn1crypto never sees it elsewhere."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import cms
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation import generic_cms

from signing._der import SET
from signing._prepare import DIGEST
from signing.errors import CertificateNotUsable, SigningError
from signing.refusals import CmsRefused
from signing.verify._trust import SIGNING_USE, Trusted

_ATTRIBUTES = {"content_type", "message_digest", "signing_certificate_v2", "cms_algorithm_protection"}
"""Others have no place in a PAdES signature of ours; the signing time stands in the PDF (EN 319 142-1, table 1)."""
_ALWAYS = {"content_type", "message_digest"}
_SIGNATURES = {"rsa": {"sha256_rsa", "rsassa_pkcs1v15"}, "ec": {"sha256_ecdsa"}}
_EXACT = {"rsa": "sha256_rsa", "ec": "sha256_ecdsa"}


@dataclass(frozen=True, slots=True)
class Returned:
    """What counts of a client's CMS."""

    attributes: bytes
    """Signed attributes as a SET in DER, byte for byte as they were signed."""
    signature: bytes


def read_returned(content: bytes, digest: bytes, certificate: bytes) -> Returned:
    """Check a CMS against the digest handed out and the certificate announced; its signature value is not yet checked.

    Raises:
        CmsRefused: it is not exactly what was asked for.
    """
    try:
        return _read(content, digest, asn1_x509.Certificate.load(certificate, strict=True))
    except SigningError:
        raise
    except Exception as error:
        # asn1crypto raises nearly anything over bytes that lie about their shape.
        raise CmsRefused("unreadable") from error


def _read(content: bytes, digest: bytes, certificate: Any) -> Returned:
    message = cms.ContentInfo.load(content, strict=True)
    _require(message["content_type"].native == "signed_data", "unreadable")
    signed = message["content"]
    _require(len(signed["signer_infos"]) == 1, "not-one-signer")
    inner = signed["encap_content_info"]
    _require(inner["content"].native is None, "not-detached")
    _require(inner["content_type"].native == "data", "content-type")
    signer = signed["signer_infos"][0]
    kind = certificate.public_key.algorithm
    _require(signer["digest_algorithm"]["algorithm"].native == DIGEST, "algorithm")
    _require(signer["signature_algorithm"]["algorithm"].native in _SIGNATURES.get(kind, ()), "algorithm")
    _require_named(signer["sid"], certificate)
    return _attributes(signer, digest, certificate, _EXACT[kind])


def _require_named(sid: Any, certificate: Any) -> None:
    if sid.name == "issuer_and_serial_number":
        same = sid.chosen["serial_number"].native == certificate.serial_number
        _require(same and sid.chosen["issuer"] == certificate.issuer, "other-certificate")
    else:
        _require(sid.chosen.native == certificate.key_identifier, "other-certificate")


def _attributes(signer: Any, digest: bytes, certificate: Any, algorithm: str) -> Returned:
    encoded = signer["signed_attrs"].untag().dump()
    parts = [attribute.dump() for attribute in signer["signed_attrs"]]
    _require(encoded[:1] == bytes((SET,)) and parts == sorted(parts), "not-der")
    values: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        _require(name in _ATTRIBUTES and name not in values and len(attribute["values"]) == 1, "other-attribute")
        values[name] = attribute["values"][0]
    _require("signing_certificate_v2" in values, "no-signing-certificate")
    _require(values.keys() >= _ALWAYS, "other-attribute")
    _require(values["content_type"].native == "data", "content-type")
    _require(values["message_digest"].native == digest, "other-digest")
    identified = values["signing_certificate_v2"]["certs"][0]
    method = identified["hash_algorithm"]["algorithm"].native
    named = hashlib.new(method, certificate.dump()).digest() == identified["cert_hash"].native
    _require(method in {"sha256", "sha384", "sha512"} and named, "other-certificate")
    protection = values.get("cms_algorithm_protection")
    if protection is not None:
        fits = (
            protection["digest_algorithm"]["algorithm"].native == DIGEST
            and protection["signature_algorithm"]["algorithm"].native == algorithm
        )
        _require(fits, "algorithm")
    return Returned(encoded, bytes(signer["signature"].native))


def require_path(
    certificate: bytes, chain: tuple[bytes, ...], roots: tuple[bytes, ...], others: tuple[bytes, ...], at: datetime
) -> None:
    """The certificate leads to a trusted root and may sign documents at that moment.

    Raises:
        CertificateNotUsable: it does not, or may not.
    """
    try:
        load = asn1_x509.Certificate.load
        context = Trusted(
            roots=[load(root) for root in roots], intermediates=[load(one) for one in (*others, *chain)]
        ).context(at)
        subject = load(certificate)
        outcome = asyncio.run(
            generic_cms.validate_cert_usage(
                subject,
                context,
                key_usage_settings=SIGNING_USE,
                paths=context.path_builder.async_build_paths_lazy(subject),
            )
        )
    except Exception as error:
        raise CertificateNotUsable(f"{type(error).__name__}: {error}"[:300]) from error
    if outcome.success_result is None:
        raise CertificateNotUsable("no trusted path")


def _require(condition: bool, reason: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise CmsRefused(reason)
