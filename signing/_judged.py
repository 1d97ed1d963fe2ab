"""Judging timestamp tokens in the sandbox, where the network library is not needed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, x509
from pyhanko.sign.general import extract_certificate_info

from signing.verify._stamps import held
from signing.verify._trust import Believed, Trusted, utc

_MOST_BYTES = 64 * 1024


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


def judge_all(
    items: tuple[Item, ...],
    roots: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    anchors: tuple[Believed, ...] = (),
) -> list[StampReport]:
    """Runs in the sandbox."""
    trusted = Trusted(
        roots=[x509.Certificate.load(root) for root in roots],
        intermediates=[x509.Certificate.load(one) for one in intermediates],
        anchors=anchors,
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
        signed: Any = content["content"] if content["content_type"].native == "signed_data" else None
        until = utc(extract_certificate_info(signed).signer_cert.not_valid_after)
    except Exception:  # noqa: BLE001 - asn1crypto raises nearly anything on bytes that lie about their shape
        return StampReport(None, "", None, "timestamp-broken")

    def imprint(algorithm: str) -> bytes:
        return bytes.fromhex(digest) if algorithm == "sha256" else b""

    stamped, _ = asyncio.run(held(trusted, signed, imprint, moment))
    if stamped.against is not None:
        return StampReport(None, "", until, stamped.against.reason.code)
    return StampReport(stamped.at, stamped.authority, until)
