"""Trusted lists (ETSI TS 119 612): who provides trust services in a country, as its supervisor signs it.

A list is believed only if it is signed by the very certificate whose fingerprint is given, which the scheme operator
tells by another way than the list itself. What is read is what was signed, and nothing else of the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from signing.anchors import Purpose
from signing.authorities import Authority
from signing.sandbox import Limits, run

MOST_BYTES = 16 * 1024 * 1024
"""The largest list in use has about half of it."""
LIMITS = Limits(seconds=60, memory_bytes=1024 * 1024 * 1024, input_bytes=MOST_BYTES, output_bytes=64 * 1024 * 1024)

_SERVICES = "http://uri.etsi.org/TrstSvc/Svctype/"
_SIGNERS = ("CA/QC", "CA/PKC", "NationalRootCA-QC")
_CLOCKS = ("TSA", "TSA/QTST", "TSA/TSS-QC", "TSA/TSS-AdESQCandQES")
_GOOD = frozenset(
    {
        "granted",
        "recognisedatnationallevel",
        "undersupervision",
        "supervisionincessation",
        "accredited",
        "setbynationallaw",
    }
)
"""Statuses under which a service is what it says (TS 119 612, 5.5.4, and 2013's still found in histories)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A status of a service, and its time."""

    status: str
    """Last part of its URI: ``granted``, ``withdrawn``."""
    since: datetime
    until: datetime | None
    """``None``: until now."""


@dataclass(frozen=True, slots=True)
class Trustworthy:
    """A certificate that stands for a service."""

    authority: Authority | None
    """``None`` if it can be no anchor."""
    problem: str
    """Code of the error then."""


@dataclass(frozen=True, slots=True)
class ListedService:
    """A service of a provider."""

    provider: str
    name: str
    kind: str
    """The service type's URI."""
    status: str
    """As of now."""
    spans: tuple[Span, ...]
    """Its statuses, oldest first; times do not overlap."""
    authorities: tuple[Trustworthy, ...]

    @property
    def kind_name(self) -> str:
        """``CA/QC``, ``TSA/QTST``."""
        return self.kind.removeprefix(_SERVICES)

    @property
    def purposes(self) -> frozenset[Purpose]:
        """What it can be believed for; empty for services of other kinds."""
        if self.kind_name in _SIGNERS:
            return frozenset({Purpose.SIGNATURES})
        return frozenset({Purpose.TIMESTAMPS}) if self.kind_name in _CLOCKS else frozenset()

    def believed(self) -> tuple[datetime, datetime | None] | None:
        """From when to when it was last approved without a gap; ``None`` if it never was."""
        found: tuple[datetime, datetime | None] | None = None
        for span in self.spans:
            if span.status not in _GOOD:
                continue
            joined = found is not None and found[1] == span.since
            found = (found[0] if joined and found is not None else span.since, span.until)
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """A certificate of a list that may become an anchor."""

    authority: Authority
    purposes: frozenset[Purpose]
    since: datetime
    until: datetime | None
    provider: str
    services: tuple[str, ...]
    """Names, each with its kind."""
    status: str


@dataclass(frozen=True, slots=True)
class TrustedList:
    """What a list says, its signature having been checked."""

    territory: str
    scheme: str
    operator: str
    sequence: int
    issued_at: datetime
    next_update: datetime | None
    """``None``: no further one will come."""
    sha256: str
    """Of the file."""
    signer_sha256: str
    services: tuple[ListedService, ...]

    def choices(self) -> tuple[Choice, ...]:
        """Each certificate once that stands for an approved service of a known kind.

        One that stands for several is believed for all their purposes while all of them are approved.
        """
        found: dict[str, Choice] = {}
        for service in self.services:
            time = service.believed()
            if not service.purposes or time is None:
                continue
            label = f"{service.name} ({service.kind_name})"
            for one in service.authorities:
                if one.authority is None or not service.purposes <= one.authority.purposes:
                    continue
                choice = Choice(one.authority, service.purposes, *time, service.provider, (label,), service.status)
                earlier = found.get(one.authority.sha256)
                found[one.authority.sha256] = _both(earlier, choice) if earlier else choice
        return tuple(one for one in found.values() if one.until is None or one.since < one.until)


def read_trusted_list(content: bytes, *, signer_sha256: str, at: datetime) -> TrustedList:
    """Read a list that is signed by a given certificate (XAdES baseline, enveloped; TS 119 612, 5.7.1, annex B).

    Args:
        content: XML; untrusted.
        signer_sha256: of the signer's certificate, hexadecimal, as the scheme operator tells it.
        at: now; the signer's certificate must be in force.

    Raises:
        UnreadableList: no trusted list, or with a document type, or damaged.
        ListNotSigned: not signed by that certificate, not as a whole, or not rightly.
        TooLarge, TimedOut, OutOfMemory, Crashed: the file resisted.
    """
    from signing._tsl import read_signed  # noqa: PLC0415 - it loads XML libraries, which nothing else here needs

    return run(read_signed, content, signer_sha256.lower(), at, limits=LIMITS)


def _both(one: Choice, other: Choice) -> Choice:
    ends = [end for end in (one.until, other.until) if end is not None]
    return Choice(
        authority=one.authority,
        purposes=one.purposes | other.purposes,
        since=max(one.since, other.since),
        until=min(ends) if ends else None,
        provider=one.provider,
        services=tuple(dict.fromkeys((*one.services, *other.services))),
        status=one.status if one.status == other.status else f"{one.status}, {other.status}",
    )
