"""Trust anchors: authorities that are believed for a purpose and for a time (EN 319 102-1, 5.1.4.2; RFC 5914)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cryptography import x509


class Purpose(StrEnum):
    """What an authority is believed for."""

    SIGNATURES = "signatures"
    """Certificates of people and organisations."""
    TIMESTAMPS = "timestamps"
    """Certificates of timestamp authorities."""


BOTH = frozenset(Purpose)


@dataclass(frozen=True, slots=True)
class Anchor:
    """An authority's certificate with the limits within which it is believed."""

    certificate: x509.Certificate
    purposes: frozenset[Purpose] = BOTH
    since: datetime | None = None
    """First instant, aware UTC; ``None``: from the beginning."""
    until: datetime | None = None
    """Last instant; what is proven to be signed before it stays believed. ``None``: no end."""
    name: str = ""
    """For people; empty: as the certificate says."""

    def holds(self, purpose: Purpose, at: datetime) -> bool:
        """Whether it is believed for a purpose at a moment."""
        return holds(self.purposes, self.since, self.until, purpose, at)


def holds(
    purposes: frozenset[Purpose], since: datetime | None, until: datetime | None, purpose: Purpose, at: datetime
) -> bool:
    """The rule of :meth:`Anchor.holds`, also for what crosses into the sandbox."""
    return purpose in purposes and (since is None or since <= at) and (until is None or at <= until)
