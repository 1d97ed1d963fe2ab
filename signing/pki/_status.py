"""What became of certificates: revocations kept on disk, and the OCSP answers and CRLs made from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from asn1crypto import core, crl, ocsp, x509

from signing.errors import SigningError
from signing.keys import raw_signature
from signing.pki._certificates import Member, signature_algorithm, whole_seconds
from signing.pki._files import PkiDamaged, write_once

_ANSWER_HOLDS = timedelta(hours=12)
_LIST_HOLDS = timedelta(days=7)
_MOST_BYTES = 64 * 1024
_MOST_QUESTIONS = 64
_NONCE_BYTES = range(1, 128 + 1)
_KNOWN_EXTENSIONS = {"nonce", "acceptable_responses", "preferred_signature_algorithms"}


class UnknownCertificate(SigningError):
    """No certificate of this infrastructure."""

    code = "unknown-certificate"
    message_vi = "CA thử nghiệm không cấp chứng thư này."
    message_en = "The test CA did not issue this certificate."


class Reason(StrEnum):
    """Why a certificate is revoked (RFC 5280, 5.3.1)."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    PRIVILEGE_WITHDRAWN = "privilege_withdrawn"


@dataclass(frozen=True, slots=True)
class Revocation:
    """One revoked certificate."""

    serial: int
    at: datetime
    reason: Reason


class Ledger:
    """Issued and revoked serial numbers: a file each, written once, so that processes need no lock."""

    def __init__(self, directory: Path, own: frozenset[int]) -> None:
        """Keep the ledger in ``directory``; ``own`` are the infrastructure's own serial numbers."""
        self._issued, self._revoked, self._own = directory / "issued", directory / "revoked", own

    def issue(self, serial: int, certificate: bytes) -> None:
        """Remember a certificate."""
        write_once(self._issued / f"{serial:032x}.cer", certificate)

    def knows(self, serial: int) -> bool:
        """Whether the certificate was issued here."""
        return serial in self._own or (self._issued / f"{serial:032x}.cer").is_file()

    def revoke(self, serial: int, reason: Reason, at: datetime) -> None:
        """Revoke for good; the first revocation stands.

        Raises:
            UnknownCertificate: it was not issued here.
        """
        if not self.knows(serial):
            raise UnknownCertificate(f"{serial:x}")
        record = {"at": whole_seconds(at).isoformat(), "reason": reason.value}
        write_once(self._revoked / f"{serial:032x}.json", json.dumps(record).encode())

    def revocation(self, serial: int) -> Revocation | None:
        """The revocation of one certificate."""
        file = self._revoked / f"{serial:032x}.json"
        return self._read(file) if file.is_file() else None

    def revocations(self) -> Iterator[Revocation]:
        """All, by serial number."""
        for file in sorted(self._revoked.glob("[!.]*.json")):
            yield self._read(file)

    def _read(self, file: Path) -> Revocation:
        try:
            record = json.loads(file.read_bytes())
            return Revocation(int(file.stem, 16), datetime.fromisoformat(record["at"]), Reason(record["reason"]))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise PkiDamaged(f"{file}: {error}") from error


def ocsp_answer(request: bytes, *, ledger: Ledger, issuing: Member, responder: Member) -> bytes:
    """An OCSPResponse for any bytes (RFC 6960): signed, or an error status."""
    try:
        asked = ocsp.OCSPRequest.load(request[: _MOST_BYTES + 1], strict=True)
        questions = [entry["req_cert"] for entry in asked["tbs_request"]["request_list"]]
        serials = [question["serial_number"].native for question in questions]
        nonce = asked.nonce_value.native if asked.nonce_value is not None else None
        critical = set(asked.critical_extensions)
        ours = [_asks_about(question, issuing) for question in questions]
    except Exception:  # noqa: BLE001 - asn1crypto raises nearly anything on bytes that lie about their shape
        return _ocsp_failure("malformed_request")
    if not 0 < len(questions) <= _MOST_QUESTIONS or critical - _KNOWN_EXTENSIONS:
        return _ocsp_failure("malformed_request")
    if nonce is not None and len(nonce) not in _NONCE_BYTES:
        return _ocsp_failure("malformed_request")  # RFC 9654, 2.1
    if not any(ours):
        return _ocsp_failure("unauthorized")  # none of our certificates: RFC 6960, 2.3
    now = whole_seconds(datetime.now(UTC))
    single = [
        {
            "cert_id": question,
            "cert_status": _status(ledger, serial) if known else ocsp.CertStatus(name="unknown", value=_UNKNOWN),
            "this_update": now,
            "next_update": now + _ANSWER_HOLDS,
        }
        for question, serial, known in zip(questions, serials, ours, strict=True)
    ]
    return _ocsp_signed(single, nonce, now, responder)


_UNKNOWN, _GOOD = ocsp.StatusUnknown(), ocsp.StatusGood()


def _asks_about(question: Any, issuer: Member) -> bool:
    certificate = issuer.certificate
    algorithm = question["hash_algorithm"]["algorithm"].native
    if algorithm not in {"sha1", "sha256"}:
        return False
    return bool(
        question["issuer_name_hash"].native == getattr(certificate.subject, algorithm)
        and question["issuer_key_hash"].native == getattr(certificate.public_key, algorithm)
    )


def _status(ledger: Ledger, serial: int) -> Any:
    revocation = ledger.revocation(serial)
    if revocation is not None:
        told: dict[str, Any] = {"revocation_time": revocation.at}
        if revocation.reason is not Reason.UNSPECIFIED:
            told["revocation_reason"] = revocation.reason.value
        return ocsp.CertStatus(name="revoked", value=ocsp.RevokedInfo(told))
    if ledger.knows(serial):
        return ocsp.CertStatus(name="good", value=_GOOD)
    return ocsp.CertStatus(name="unknown", value=_UNKNOWN)


def _ocsp_signed(single: list[dict[str, Any]], nonce: bytes | None, now: datetime, responder: Member) -> bytes:
    parts: dict[str, Any] = {
        "responder_id": ocsp.ResponderId(name="by_key", value=responder.certificate.public_key.sha1),
        "produced_at": now,
        "responses": single,
    }
    if nonce is not None:
        value = core.ParsableOctetString(core.OctetString(nonce).dump())
        parts["response_extensions"] = [{"extn_id": "nonce", "extn_value": value}]
    told = ocsp.ResponseData(parts)
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": told,
            "signature_algorithm": signature_algorithm(responder.key),
            "signature": raw_signature(responder.key, told.dump(), "sha256"),
            "certs": [responder.certificate],
        }
    )
    body = {"response_type": "basic_ocsp_response", "response": core.ParsableOctetString(basic.dump())}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": body}).dump())


def _ocsp_failure(status: str) -> bytes:
    return bytes(ocsp.OCSPResponse({"response_status": status}).dump())


def revocation_list(issuer: Member, revoked: Iterable[Revocation]) -> bytes:
    """A CRL, version 2 (RFC 5280, 5)."""
    now = whole_seconds(datetime.now(UTC))
    key_identifier = issuer.certificate.public_key.sha1
    extensions = [
        ("authority_key_identifier", x509.AuthorityKeyIdentifier({"key_identifier": key_identifier})),
        ("crl_number", core.Integer(int(datetime.now(UTC).timestamp() * 1000))),
    ]
    parts: dict[str, Any] = {
        "version": "v2",
        "signature": signature_algorithm(issuer.key),
        "issuer": issuer.certificate.subject,
        "this_update": x509.Time({"utc_time": core.UTCTime(now)}),
        "next_update": x509.Time({"utc_time": core.UTCTime(now + _LIST_HOLDS)}),
        "crl_extensions": [
            {"extn_id": kind, "critical": False, "extn_value": core.ParsableOctetString(value.dump())}
            for kind, value in extensions
        ],
    }
    entries = [_entry(one) for one in revoked]
    if entries:
        parts["revoked_certificates"] = entries
    told = crl.TbsCertList(parts)
    return bytes(
        crl.CertificateList(
            {
                "tbs_cert_list": told,
                "signature_algorithm": signature_algorithm(issuer.key),
                "signature": raw_signature(issuer.key, told.dump(), "sha256"),
            }
        ).dump()
    )


def _entry(revocation: Revocation) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "user_certificate": revocation.serial,
        "revocation_date": x509.Time({"utc_time": core.UTCTime(revocation.at)}),
    }
    if revocation.reason is not Reason.UNSPECIFIED:
        value = core.ParsableOctetString(crl.CRLReason(revocation.reason.value).dump())
        entry["crl_entry_extensions"] = [{"extn_id": "crl_reason", "critical": False, "extn_value": value}]
    return entry
