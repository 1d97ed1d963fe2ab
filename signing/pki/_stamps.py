"""The timestamp authority: answers to RFC 3161 requests."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute

from signing._der import OCTET_STRING, SEQUENCE, SET, TAG_0, der, integer
from signing.keys import raw_signature
from signing.pki._certificates import Member, signature_algorithm, whole_seconds
from signing.timestamp import TimeStampResp

POLICY = "2.25.259183170411237816404731830416025402871"
"""Under the arc for UUIDs (ITU-T X.667): "for trials only"."""
_IMPRINT_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64, "sha3_256": 32, "sha3_384": 48, "sha3_512": 64}
_MOST_BYTES = 16 * 1024


class _Refusal(Exception):
    """Why no timestamp is given: a PKIFailureInfo and words."""


class StampAuthority:
    """Signs timestamps with one key.

    What is the same in every token is encoded once, and the frame around it written straight as DER: left to
    asn1crypto, it would take ten times as long as the signature itself.
    """

    def __init__(self, tsa: Member, issuing: Member) -> None:
        certificate = tsa.certificate
        issuer_and_serial = cms.IssuerAndSerialNumber(
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
        )
        self._key = tsa.key
        self._name = x509.GeneralName(name="directory_name", value=certificate.subject)
        self._signer = bytes(issuer_and_serial.dump())
        self._certificates = b"".join(sorted((tsa.der, issuing.der)))
        self._digest_algorithm = bytes(algos.DigestAlgorithm({"algorithm": "sha256"}).dump())
        self._signature_algorithm = bytes(algos.SignedDigestAlgorithm(signature_algorithm(tsa.key)).dump())
        self._attributes = (
            bytes(simple_cms_attribute("content_type", "tst_info").dump()),
            # ESSCertIDv2, RFC 5816
            bytes(simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(certificate)).dump()),
        )

    def answer(self, request: bytes, *, at: datetime | None = None) -> bytes:
        """A TimeStampResp for any bytes: a timestamp, or a rejection that names its reason (RFC 3161, 2.4.2).

        The stamp tells the time now, or ``at`` for records of an invented past.
        """
        try:
            asked = _read(request)
        except _Refusal as refusal:
            failure, words = refusal.args
            return _rejection(failure, words)
        stamp = self._stamp(asked, at or datetime.now(UTC)).dump()
        return der(SEQUENCE, _GRANTED, self._token(stamp, with_certificates=asked["cert_req"].native))

    def _stamp(self, asked: Any, at: datetime) -> Any:
        parts = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": asked["message_imprint"],
            "serial_number": int.from_bytes(os.urandom(16)) >> 1,
            "gen_time": core.GeneralizedTime(whole_seconds(at)),
            "accuracy": {"seconds": 1},
            "tsa": self._name,
        }
        if asked["nonce"].native is not None:
            parts["nonce"] = asked["nonce"]
        return tsp.TSTInfo(parts)

    def _token(self, stamp: bytes, *, with_certificates: bool) -> bytes:
        """A CMS SignedData (RFC 5652, 5.1) of version 3, in its ContentInfo."""
        digest = simple_cms_attribute("message_digest", hashlib.sha256(stamp).digest()).dump()
        attributes = sorted((*self._attributes, digest))
        signature = raw_signature(self._key, der(SET, *attributes), "sha256")
        signer = der(
            SEQUENCE,
            integer(1),
            self._signer,
            self._digest_algorithm,
            der(TAG_0, *attributes),
            self._signature_algorithm,
            der(OCTET_STRING, signature),
        )
        signed = der(
            SEQUENCE,
            integer(3),
            der(SET, self._digest_algorithm),
            der(SEQUENCE, _TST_INFO, der(TAG_0, der(OCTET_STRING, stamp))),
            der(TAG_0, self._certificates) if with_certificates else b"",
            der(SET, signer),
        )
        return der(SEQUENCE, _SIGNED, der(TAG_0, signed))


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


def _rejection(failure: str, words: str) -> bytes:
    status = {"status": "rejection", "status_string": [words], "fail_info": {failure}}
    return bytes(TimeStampResp({"status": status}).dump())


_TST_INFO = bytes(cms.ContentType("tst_info").dump())
_SIGNED = bytes(cms.ContentType("signed_data").dump())
_GRANTED = bytes(tsp.PKIStatusInfo({"status": "granted"}).dump())
