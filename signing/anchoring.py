"""Timestamps over statements that are no PDF: asked for, and judged years later along a chain of them.

A later timestamp over a statement that names an earlier timestamp protects that one (RFC 4998, 5.2): it proves that
the earlier one was there before its authority's certificate or its algorithms ended. So each is judged as of the
moment that the next one proves, and only the newest as of now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing._judged import Item, StampReport, judge_all
from signing.errors import SigningError, TimestampUnavailable
from signing.sandbox import Limits, run
from signing.timestamp import Timestamper
from signing.verify import Trust
from signing.verify._trust import Believed

_BATCH = 100
_SECONDS = 60.0
__all__ = ["StampReport", "StampedStatement", "judged", "pem", "stamp"]


@dataclass(frozen=True, slots=True)
class StampedStatement:
    """A timestamp token and what it is to be about."""

    token: bytes
    statement_sha256: str
    """Hexadecimal."""
    guard: int = -1
    """Place in the same sequence, further to the front, of one whose statement names this token; -1 for none."""


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


_Believed = tuple[tuple[bytes, ...], tuple[bytes, ...], tuple[Believed, ...]]
"""Roots and intermediates in DER, and trust anchors."""


def _batch(batch: list[Item], trusted: _Believed) -> list[StampReport]:
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


def pem(roots: Sequence[x509.Certificate]) -> bytes:
    """Root certificates in one file, as ``openssl ts -verify -CAfile`` takes them."""
    return b"".join(root.public_bytes(Encoding.PEM) for root in roots)
