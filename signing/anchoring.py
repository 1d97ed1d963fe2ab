"""Timestamps over statements that are no PDF: asked for, and judged years later along a chain of them.

A later timestamp over a statement that names an earlier timestamp protects that one (RFC 4998, 5.2): it proves that
the earlier one was there before its authority's certificate or its algorithms ended. So each is judged as of the
moment that the next one proves, and only the newest as of now.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, x509
from cryptography import x509 as certificates
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import extract_certificate_info

from signing.errors import SigningError, TimestampUnavailable
from signing.sandbox import Limits, run
from signing.timestamp import Timestamper
from signing.verify import Trust
from signing.verify._stamps import held
from signing.verify._trust import Believed, Trusted, utc

_BATCH = 100
_SECONDS = 60.0
_MOST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class StampedStatement:
    """A timestamp token and what it is to be about."""

    token: bytes
    statement_sha256: str
    """Hexadecimal."""
    guard: int = -1
    """Place in the same sequence, further to the front, of one whose statement names this token; -1 for none."""


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


def stamp(timestamper: Timestamper, statement: bytes, *, trust: Trust, at: datetime) -> tuple[bytes, StampReport]:
    """Get a token over a statement, and what it proves; one that would prove nothing is not given.

    Raises:
        TimestampUnavailable: the authority is down, slow, refuses, or its token is not to be believed.
    """
    token = timestamper.token(hashlib.sha256(statement).digest())
    (report,) = judged([StampedStatement(token, hashlib.sha256(statement).hexdigest())], trust=trust, at=at)
    if not report.holds:
        raise TimestampUnavailable(f"its token is not to be believed: {report.code}")
    return token, report


def judged(stamped: Sequence[StampedStatement], *, trust: Trust, at: datetime) -> tuple[StampReport, ...]:
    """Judge tokens, whatever their bytes, newest first: guards stand before what they guard."""
    trusted = (
        tuple(root.public_bytes(Encoding.DER) for root in trust.roots),
        tuple(one.public_bytes(Encoding.DER) for one in trust.intermediates),
        tuple(Believed.of(anchor) for anchor in trust.anchors),
    )
    reports: list[StampReport] = []
    for start in range(0, len(stamped), _BATCH):
        batch = [
            (one.token, one.statement_sha256, one.guard - start, _proven(one, reports) or at)
            for one in stamped[start : start + _BATCH]
        ]
        reports += _batch(batch, trusted)
    return tuple(reports)


def _proven(one: StampedStatement, reports: list[StampReport]) -> datetime | None:
    return reports[one.guard].at if 0 <= one.guard < len(reports) else None


_Item = tuple[bytes, str, int, datetime]
"""Token, digest, place of its guard within the batch, and the moment to judge for where that gives none."""


_Believed = tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[Believed, ...]]
"""Roots and intermediates in DER, and trust anchors."""


def _batch(batch: list[_Item], trusted: _Believed) -> list[StampReport]:
    limits = Limits(seconds=_SECONDS)
    try:
        return run(judge_all, tuple(batch), *trusted, limits=limits)
    except SigningError as error:
        if len(batch) == 1:
            return [StampReport(None, "", None, error.code)]
    # One of them is a trap: each by itself, so that the others are still judged.
    reports: list[StampReport] = []
    for token, digest, guard, moment in batch:
        known = reports[guard].at if 0 <= guard < len(reports) else None
        reports += _batch([(token, digest, -1, known or moment)], trusted)
    return reports


def judge_all(
    items: tuple[_Item, ...],
    roots: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    anchors: tuple[Believed, ...],
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


def pem(roots: Sequence[certificates.Certificate]) -> bytes:
    """Root certificates in one file, as ``openssl ts -verify -CAfile`` takes them."""
    return b"".join(root.public_bytes(Encoding.PEM) for root in roots)
