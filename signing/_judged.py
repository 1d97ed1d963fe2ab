"""Judging timestamp tokens in the sandbox, where the network library is not needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms, core, tsp, x509
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.settings import KeyUsageConstraints

from signing.verify._findings import Findings
from signing.verify._trust import Trusted, judge, name_of, utc

_MOST_BYTES = 64 * 1024
_CLOCKS_DIFFER = timedelta(minutes=5)
_TIMESTAMP_USE = KeyUsageConstraints(key_usage=set(), extd_key_usage={"time_stamping"})
_CODES = {"untrusted": "timestamp-untrusted", "expired": "timestamp-expired"}
"""What it is called where a timestamp's certificate is so; anything else is a broken timestamp."""


@dataclass(frozen=True, slots=True)
class StampReport:
    """What a token proves."""

    at: datetime | None
    """The moment it tells, if it is to be believed; ``None`` otherwise."""
    authority: str
    certificate_until: datetime | None
    """End of the authority's certificate."""
    code: str = ""
    """Why it is not to be believed; empty if it is."""

    @property
    def holds(self) -> bool:
        """Whether it proves anything."""
        return self.at is not None


Item = tuple[bytes, str, int, datetime]
"""Token, digest, place of its guard within the batch, and the moment to judge for where that gives none."""


def judge_all(items: tuple[Item, ...], roots: tuple[bytes, ...], intermediates: tuple[bytes, ...]) -> list[StampReport]:
    """Runs in the sandbox."""
    trusted = Trusted(
        roots=[x509.Certificate.load(root) for root in roots],
        intermediates=[x509.Certificate.load(one) for one in intermediates],
    )
    reports: list[StampReport] = []
    for token, digest, guard, moment in items:
        known = reports[guard].at if 0 <= guard < len(reports) else None
        reports.append(_judge_one(token, digest, trusted, (known or moment).astimezone(UTC)))
    return reports


def _judge_one(token: bytes, digest: str, trusted: Trusted, moment: datetime) -> StampReport:
    if len(token) > _MOST_BYTES:
        return StampReport(None, "", None, "timestamp-broken")
    try:
        content = cms.ContentInfo.load(token, strict=True)
        signed: Any = content["content"]
        inner = signed["encap_content_info"]["content"]
        stamped: Any = inner.parsed if isinstance(inner, core.ParsableOctetString) else None
        if content["content_type"].native != "signed_data" or not isinstance(stamped, tsp.TSTInfo):
            return StampReport(None, "", None, "timestamp-broken")
        asked = stamped["message_imprint"]
        about = asked["hash_algorithm"]["algorithm"].native, asked["hashed_message"].native
        at = utc(stamped["gen_time"].native)
        until = utc(extract_certificate_info(signed).signer_cert.not_valid_after)
    except Exception:  # noqa: BLE001 - asn1crypto raises nearly anything on bytes that lie about their shape
        return StampReport(None, "", None, "timestamp-broken")
    if about != ("sha256", bytes.fromhex(digest)):
        return StampReport(None, "", until, "timestamp-broken")
    if at > moment + _CLOCKS_DIFFER:
        return StampReport(None, "", until, "timestamp-in-future")
    findings = Findings()
    found = asyncio.run(judge(signed, None, trusted, moment, findings, use=_TIMESTAMP_USE))
    if found is None or findings.sub_indication is not None:
        code = findings.reasons[0].code if findings.reasons else ""
        return StampReport(None, "", until, _CODES.get(code, "timestamp-broken"))
    return StampReport(at.astimezone(UTC), name_of(found.certificate.subject), until)
