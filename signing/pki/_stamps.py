"""The timestamp authority: answers to RFC 3161 requests."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import Any, ClassVar

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

from signing.keys import raw_signature
from signing.pki._certificates import Member, signature_algorithm, whole_seconds

POLICY = "2.25.259183170411237816404731830416025402871"
"""Under the arc for UUIDs (ITU-T X.667): "for trials only"."""
_IMPRINT_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64}
_MOST_BYTES = 16 * 1024


class _Refusal(Exception):
    """Why no timestamp is given: a PKIFailureInfo and words."""


class _Rejection(core.Sequence):  # type: ignore[misc]
    """A TimeStampResp without a token, which asn1crypto's own requires."""

    _fields: ClassVar[list[Any]] = [("status", tsp.PKIStatusInfo)]


def answer(request: bytes, *, tsa: Member, issuing: Member) -> bytes:
    """A TimeStampResp for any bytes: a timestamp, or a rejection that names its reason (RFC 3161, 2.4.2)."""
    try:
        asked = _read(request)
        token = _token(_stamp(asked, tsa), tsa, (tsa, issuing) if asked["cert_req"].native else ())
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())
    except _Refusal as refusal:
        failure, words = refusal.args
        return _rejection(failure, words)


def _read(request: bytes) -> Any:
    if len(request) > _MOST_BYTES:
        raise _Refusal("bad_data_format", "the request is too long")
    try:
        asked = tsp.TimeStampReq.load(request, strict=True)
        version = asked["version"].native
        imprint = asked["message_imprint"]
        algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
        policy, extensions = asked["req_policy"].native, asked["extensions"].native
        _ = asked["cert_req"].native, asked["nonce"].native  # read here, so that nothing fails later
    except Exception as error:  # asn1crypto raises nearly anything on bytes that lie about their shape
        raise _Refusal("bad_data_format", "the request cannot be read") from error
    if version != "v1":
        raise _Refusal("bad_request", "the version is not 1")
    if algorithm not in _IMPRINT_BYTES:
        raise _Refusal("bad_alg", "the hash algorithm is not accepted")
    if len(digest) != _IMPRINT_BYTES[algorithm]:
        raise _Refusal("bad_data_format", "the imprint has another length than its algorithm's")
    if policy not in {None, POLICY}:
        raise _Refusal("unaccepted_policy", "the policy is not offered")
    if extensions:
        raise _Refusal("unaccepted_extensions", "no extension is known")
    return asked


def _stamp(asked: Any, tsa: Member) -> Any:
    parts = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": asked["message_imprint"],
        "serial_number": int.from_bytes(os.urandom(16)) >> 1,
        "gen_time": core.GeneralizedTime(whole_seconds(datetime.now(UTC))),
        "accuracy": {"seconds": 1},
        "tsa": x509.GeneralName(name="directory_name", value=tsa.certificate.subject),
    }
    if asked["nonce"].native is not None:
        parts["nonce"] = asked["nonce"]
    return tsp.TSTInfo(parts)


def _token(stamp: Any, tsa: Member, embedded: tuple[Member, ...]) -> Any:
    """Sign as CMS, RFC 5652, with ESSCertIDv2 (RFC 5816)."""
    content = stamp.dump()
    attributes = cms.CMSAttributes(
        [
            simple_cms_attribute("content_type", "tst_info"),
            simple_cms_attribute("message_digest", hashlib.sha256(content).digest()),
            simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(tsa.certificate)),
        ]
    )
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            {
                "issuer_and_serial_number": {
                    "issuer": tsa.certificate.issuer,
                    "serial_number": tsa.certificate.serial_number,
                }
            }
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signature_algorithm": signature_algorithm(tsa.key),
        "signed_attrs": attributes,
        "signature": raw_signature(tsa.key, attributes.dump(), "sha256"),
    }
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
        "signer_infos": [signer],
    }
    if embedded:
        signed["certificates"] = [
            cms.CertificateChoices(name="certificate", value=member.certificate) for member in embedded
        ]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _rejection(failure: str, words: str) -> bytes:
    status = {"status": "rejection", "status_string": [words], "fail_info": {failure}}
    return bytes(_Rejection({"status": status}).dump())
