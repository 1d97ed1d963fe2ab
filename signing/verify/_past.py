"""Whether certificates were good when they were used (EN 319 102-1, 5.2.6.4, 5.5.4 and 5.6.2). Runs in the sandbox.

That a signer's certificate was revoked after the signature is proven to exist does not matter. Where an authority's
was, whoever stole its key can have made certificates and answers of any date: so the control time slides back to the
revocation, and everything below must be proven to exist before (5.6.2.2). Freshness is judged at the best signature
time (5.5.4); while sliding, the control time goes back to the end of an answer's freshness rather than to its issuance:
a list issued the day before the signature, and in force, still speaks for that day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from signing.verify._report import Revocation, SubIndication
from signing.verify._status import Answers, Status, exempt

_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Times:
    """Of one signature or timestamp."""

    best: datetime
    """Best signature time: the earliest that it is proven to exist; that of the check where nothing proves it."""
    now: datetime
    """That of the check."""
    proven: Callable[[int], datetime]
    """When the part of the file up to a place is proven to exist."""
    held: Callable[[bytes], datetime]
    """When a certificate is proven to exist."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Of a trusted path at the best signature time."""

    revocation: Revocation
    sub_indication: SubIndication | None = None
    revoked_at: datetime | None = None
    used: tuple[Status, ...] = ()
    """The answers that were relied on, from the root down."""


def standing(path: Sequence[bytes], answers: Answers, times: Times) -> Standing:
    """What the answers say of a path, given from the root down.

    1. A signer's certificate revoked by the best signature time: REVOKED_NO_POE (5.2.6.4, 5.5.4).
    2. An authority's revoked at any time: slide, and hold the best signature time against the control time (5.6.2.4).
    3. Otherwise every certificate must have an answer that was fresh at the best signature time (5.2.5).
    """
    links = [(issuer, certificate) for issuer, certificate in pairwise(path) if not exempt(certificate)]
    if not answers.pieces:
        return Standing(Revocation.NOT_CHECKED)
    known = [_before(answers.about(certificate, issuer), times.now) for issuer, certificate in links]
    revoked = [_revoked_at(about) for about in known]
    if revoked and revoked[-1] is not None and links[-1][1] == path[-1] and revoked[-1] <= times.best:
        return Standing(Revocation.REVOKED, SubIndication.REVOKED_NO_POE, revoked[-1])
    above = [moment for moment, (_, certificate) in zip(revoked, links, strict=True) if certificate != path[-1]]
    taken = [_speaking(about, times.best) for about in known]
    if any(moment is not None for moment in above):
        control = _slid(links, known, times)
        if control is None or control < times.best:
            earliest = min(moment for moment in above if moment is not None)
            return Standing(Revocation.REVOKED, SubIndication.REVOKED_CA_NO_POE, earliest)
    if any(status is None for status in taken):
        return Standing(Revocation.NOT_CHECKED)
    return Standing(Revocation.GOOD, used=tuple(status for status in taken if status is not None))


def good_until_its_end(path: Sequence[bytes], answers: Answers, times: Times, end: datetime) -> bool:
    """The certificate at the path's end has expired, and the answers say that it was never revoked (5.2.6.4)."""
    if len(path) < 2:  # noqa: PLR2004 - an anchor itself
        return False
    about = _before(answers.about(path[-1], path[-2]), times.now)
    return _revoked_at(about) is None and any(status.fresh_until >= end for status in about)


def _before(about: Sequence[Status], moment: datetime) -> list[Status]:
    return [status for status in about if status.issued_at <= moment + _CLOCKS_DIFFER]


def _revoked_at(about: Sequence[Status]) -> datetime | None:
    """The earliest that any answer says; one that says "good" does not take that back."""
    return min((status.revoked_at for status in about if status.revoked_at is not None), default=None)


def _speaking(about: Sequence[Status], best: datetime) -> Status | None:
    """The newest answer that tells of the best signature time."""
    fresh = [one for one in about if one.fresh_until + _CLOCKS_DIFFER >= best or one.revoked_at is not None]
    return max(fresh, key=lambda status: status.issued_at, default=None)


def _slid(links: Sequence[tuple[bytes, bytes]], known: Sequence[list[Status]], times: Times) -> datetime | None:
    """The control time of 5.6.2.2.4; ``None``: there is no answer that is proven to exist by then (NO_POE)."""
    control = times.now
    for (_, certificate), about in zip(links, known, strict=True):
        if times.held(certificate) > control:
            return None
        proven = [one for one in _before(about, control) if times.proven(one.end) <= control]
        if not proven:
            return None
        revoked = _revoked_at(proven)
        newest = max(proven, key=lambda status: status.issued_at)
        control = min(control, revoked if revoked is not None else newest.fresh_until)
    return control
