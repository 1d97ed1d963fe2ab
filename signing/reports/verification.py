"""Verifying with a report, and coming to the verdict of a report again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from cryptography import x509

from signing.errors import OtherFile, SigningError
from signing.fetching import Fetching
from signing.reports import _again, _evidence
from signing.reports._again import Difference, Listed
from signing.reports._evidence import Evidence
from signing.reports._json import modelled
from signing.reports._report import Algorithms, Program, VerificationReport, ders
from signing.reports._settings import believed, settings_from, settled
from signing.sandbox import Limits, run
from signing.verify import Fetched, FileReport, Trust, Verdict, examine

__all__ = ["Difference", "Listed", "Rerun", "VerificationReport", "again", "read_report", "report_on"]


_EVIDENCE_SECONDS = 4.0
"""Usual files take a tenth of a second; of one that takes longer the report lists less."""


@dataclass(frozen=True, slots=True)
class Rerun:
    """A verification that was done again from what a report lists."""

    listed: Listed
    report: VerificationReport
    """Of the second verification."""
    differences: tuple[Difference, ...]
    strange_anchors: tuple[str, ...]
    """Subjects of trust anchors that the report lists and this service does not trust."""

    @property
    def same(self) -> bool:
        """Whether the outcome is the same, line by line."""
        return not self.differences


def report_on(
    content: bytes,
    *,
    trust: Trust,
    program: str,
    name: str = "",
    at: datetime | None = None,
    limits: Limits | None = None,
    fetching: Fetching | None = None,
) -> VerificationReport:
    """Verify a file, and keep what the verdict rests on; whatever the bytes, there is a report.

    Args:
        content: any bytes.
        trust: whom to believe.
        program: name of the installed distribution that verifies.
        name: of the file, for people.
        at: the moment to judge for; now if ``None``.
        limits: for reading the file, once for the verdict and once for the evidence.
        fetching: asks for what the file lacks; what it gets stands in the report.
    """
    trust = settled(trust)
    at = at or datetime.now(UTC)
    fetched: tuple[Fetched, ...] = ()
    if fetching is not None:
        found, trust = fetching.examined(content, trust=trust, at=at, limits=limits)
        fetched = found.fetched
    file, links = examine(content, trust=trust, at=at, limits=limits)
    if trust.crls or trust.ocsps:
        file = _with_levels_of_the_file(file, content, trust, at, limits)
    file = replace(file, fetched=fetched)
    anchors = (*believed(trust), *ders(trust.intermediates))
    evidence = Evidence()
    further = dict.fromkeys((*anchors, *(der for link in links for der in (link.certificate, link.issuer))))
    given = (*(("crl", der) for der in trust.crls), *(("ocsp", der) for der in trust.ocsps))
    bounds = limits or Limits()
    bounds = replace(bounds, seconds=min(bounds.seconds, _EVIDENCE_SECONDS))
    # Of a file that was not read, there is nothing more to tell; the anchors are described all the same.
    unread = file.verdict in {Verdict.UNREADABLE, Verdict.ENCRYPTED, Verdict.LIMITS, Verdict.CRASHED}
    for readable in (b"",) if unread else (content, b""):
        try:
            evidence = run(_evidence.collect, readable, tuple(further), given, limits=bounds)
            break
        except SigningError:
            continue
    return VerificationReport(
        file=file,
        file_name=name,
        made_at=datetime.now(UTC),
        trust=trust,
        links=links,
        evidence=evidence,
        program=Program.running(program),
        algorithms=Algorithms.in_force(),
    )


def _with_levels_of_the_file(
    file: FileReport, content: bytes, trust: Trust, at: datetime, limits: Limits | None
) -> FileReport:
    """What was given beside the file raises no level: it is not in the file."""
    bare, _ = examine(content, trust=replace(trust, crls=(), ocsps=()), at=at, limits=limits)
    pairs = zip(file.signatures, bare.signatures, strict=False)
    signatures = tuple(replace(one, level=other.level) for one, other in pairs)
    return replace(file, signatures=signatures) if len(signatures) == len(file.signatures) else file


def read_report(content: bytes, *, limits: Limits | None = None) -> Listed:
    """Read a report of this format, JSON or PDF, written by anybody.

    Raises:
        NotAReport: it is none.
        TooLarge, TimedOut, OutOfMemory, Crashed: it resisted.
    """
    return run(_again.read, content, limits=limits or Limits())


def again(
    content: bytes, listed: Listed, *, trust: Trust, program: str, name: str = "", limits: Limits | None = None
) -> Rerun:
    """Verify the file of a report once more, with the anchors, settings and moment that the report lists.

    Args:
        content: the file.
        listed: what the report lists.
        trust: whom this service believes, to tell which of the report's anchors are strange to it.
        program: as for :func:`report_on`.
        name: of the file, for people.
        limits: for reading the file.

    Raises:
        OtherFile: the report is about another file.
    """
    if hashlib.sha256(content).hexdigest() != listed.file_sha256:
        raise OtherFile
    report = report_on(content, trust=_trust(listed), program=program, name=name, at=listed.judged_for, limits=limits)
    known = set(believed(trust))
    strange = [report.described(der) for der in report.anchors if der not in known]
    return Rerun(
        listed=listed,
        report=report,
        differences=_again.compared(listed.conclusions, _again.conclusions(modelled(report))),
        strange_anchors=tuple(one.subject for one in strange if one is not None),
    )


def _trust(listed: Listed) -> Trust:
    """Whom the report believed, told as it was."""
    return Trust(
        roots=tuple(map(x509.load_der_x509_certificate, listed.anchors)),
        intermediates=tuple(map(x509.load_der_x509_certificate, listed.intermediates)),
        **settings_from(listed.settings),
    )
