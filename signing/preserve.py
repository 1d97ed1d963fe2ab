"""Keeping signatures provable after their certificates have expired: PAdES B-LT and B-LTA (ETSI EN 319 142-1, 6).

B-LT adds what proves that nobody on the way to a root was revoked; B-LTA adds a timestamp over the document with all
of that, and :func:`renew` another before the certificate of the last one ends. Signed bytes are never touched: all is
appended. A level is only given that verification then finds in the file; otherwise there is an error, and no file.
Files of level B-B are brought to B-T by a timestamp over the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from secrets import token_bytes

from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import extract_certificate_info

from signing._room import fitted
from signing._status import questions, require_good
from signing._store import Proofs, prepare_timestamp, with_store
from signing.errors import NotPreservable, RevocationUnavailable, TimestampUnavailable
from signing.outage import Fault
from signing.questions import Question
from signing.revocation import RevocationSource
from signing.sandbox import Limits, run
from signing.timestamp import Timestamper
from signing.verify import FileReport, Link, Revocation, Trust, Verdict, examine, stamp_algorithms, verify

_TIMESTAMP_BYTES = 6144


class Level(StrEnum):
    """Levels of PAdES, lowest first."""

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    def covers(self, other: Level) -> bool:
        """Whether it is the same level or a higher one."""
        order = list(Level)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Extended:
    """A file at a level."""

    content: bytes
    level: Level
    """What the lowest of its signatures has."""
    report: FileReport
    """Of its verification."""


def level_of(report: FileReport) -> Level | None:
    """The lowest level among a file's signatures; ``None`` where one is no PAdES signature, or there is none."""
    levels = [signature.level for signature in report.signatures]
    if not levels or None in levels:
        return None
    return min((Level(str(one)) for one in levels), key=list(Level).index)


Ends = Mapping[str, datetime]
"""Until when an algorithm is to be trusted, by names as in :attr:`TimestampReport.algorithms`."""


def lasts_until(report: FileReport, ends: Ends | None = None) -> datetime | None:
    """Until when the newest timestamp over the whole document proves it; ``None`` if there is none.

    Its authority's certificate may end, or, with ``ends``, one of its algorithms (ETSI TS 119 312).
    """
    if not report.document_timestamps:
        return None
    last = report.document_timestamps[-1]
    return _earliest(last.certificate_until, last.algorithms, ends)


def stamps_last_until(timestamper: Timestamper, ends: Ends | None = None) -> datetime:
    """Until when a timestamp got now would last; asks for one.

    Raises:
        TimestampUnavailable: none could be had.
    """
    signed = cms.ContentInfo.load(timestamper.token(token_bytes(32)))["content"]
    until = _earliest(extract_certificate_info(signed).signer_cert.not_valid_after, stamp_algorithms(signed), ends)
    if until is None:
        raise TimestampUnavailable("a certificate without an end")
    return until


def _earliest(until: datetime | None, algorithms: tuple[str, ...], ends: Ends | None) -> datetime | None:
    known = [(ends or {})[name] for name in algorithms if name in (ends or {})]
    return min((*known, *([until] if until is not None else [])), default=None)


def extend(
    content: bytes,
    *,
    trust: Trust,
    status: RevocationSource,
    timestamper: Timestamper | None,
    level: Level,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> Extended:
    """Bring a signed file to a level; one that is there already comes back as it is.

    Args:
        content: signed; untrusted. A signature that lacks its timestamp is given one over the whole document, which
            is as good (EN 319 142-1, 6.3, table 1).
        trust: whom to believe.
        status: whom to ask about revocation.
        timestamper: needed for B-LTA, and where a signature lacks its timestamp.
        level: B-T, B-LT or B-LTA.
        limits: for reading the file.
        now: the time; the clock's if ``None``.

    Raises:
        NotPreservable: not every signature is valid, or is a PAdES signature.
        RevocationUnavailable: the status of a certificate cannot be proven.
        CertificateRevoked: a certificate had been revoked when it was relied on.
        TimestampUnavailable: no timestamp over the document could be had.
        TimedOut, OutOfMemory, Crashed, EncryptedPdf, UnreadablePdf: the file resisted.
    """
    moment = now or datetime.now(UTC)
    report, links = _examined(content, trust, moment, limits)
    reached = level_of(report)
    if reached is not None and reached.covers(level):
        return Extended(content, reached, report)
    known = all(signature.revocation is Revocation.GOOD for signature in report.signatures)
    return _appended(
        content,
        _newest(links, report) if known else links,
        trust=trust,
        status=status,
        timestamper=timestamper,
        level=level,
        stamp=level is Level.B_LTA or reached is Level.B_B,
        limits=limits,
        now=moment,
    )


def renew(
    content: bytes,
    *,
    trust: Trust,
    status: RevocationSource,
    timestamper: Timestamper | None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> Extended:
    """Prove a file of level B-LTA for longer: the status of its last timestamp's authority, and a new timestamp.

    To be done while the last one still holds. Arguments and errors are those of :func:`extend`; a file below B-LTA is
    brought there.
    """
    moment = now or datetime.now(UTC)
    report, links = _examined(content, trust, moment, limits)
    if level_of(report) is not Level.B_LTA:
        return extend(
            content,
            trust=trust,
            status=status,
            timestamper=timestamper,
            level=Level.B_LTA,
            limits=limits,
            now=moment,
        )
    return _appended(
        content,
        _newest(links, report),
        trust=trust,
        status=status,
        timestamper=timestamper,
        level=Level.B_LTA,
        stamp=True,
        limits=limits,
        now=moment,
    )


def _examined(
    content: bytes, trust: Trust, moment: datetime, limits: Limits | None
) -> tuple[FileReport, tuple[Link, ...]]:
    report, links = examine(content, trust=trust, at=moment, limits=limits)
    if report.verdict is not Verdict.VALID:
        raise NotPreservable(f"{report.verdict}: {report.message_en}")
    if level_of(report) is None:
        raise NotPreservable("a signature is no PAdES signature")
    return report, links


def _newest(links: tuple[Link, ...], report: FileReport) -> tuple[Link, ...]:
    """What nothing in the file proves yet: judged for the present, not for the time of a later timestamp."""
    return tuple(link for link in links if link.moment == report.checked_at)


def _appended(
    content: bytes,
    links: tuple[Link, ...],
    *,
    trust: Trust,
    status: RevocationSource,
    timestamper: Timestamper | None,
    level: Level,
    stamp: bool,
    limits: Limits | None,
    now: datetime,
) -> Extended:
    """Ask and check, lay out, timestamp, and look at the result as an auditor will.

    1. The status of every certificate is had and checked before anything is written, for levels that need it.
    2. The store is laid out in the sandbox, with room for a timestamp where one is due.
    3. The digest is timestamped and the container filled; if it is too small, go back to 2 with more room.
    4. The level counts that verification finds.
    """
    if stamp and timestamper is None:
        raise TimestampUnavailable("there is no timestamp authority")
    bounds = limits or Limits()
    proofs = _proofs(links, trust, status, bounds, now) if level.covers(Level.B_LT) else Proofs()
    if stamp and timestamper is not None:
        made = _stamped(content, proofs, timestamper, bounds)
    else:
        made = run(with_store, content, proofs, limits=bounds)
    report = verify(made, trust=trust, at=now, limits=bounds)
    reached = level_of(report)
    if report.verdict is not Verdict.VALID or reached is None or not reached.covers(level):
        raise RevocationUnavailable(f"the data give {reached} and {report.verdict}, not {level}")
    return Extended(made, reached, report)


def _stamped(content: bytes, proofs: Proofs, timestamper: Timestamper, limits: Limits) -> bytes:
    return fitted(
        lambda room: run(prepare_timestamp, content, proofs, room, limits=limits), timestamper.token, _TIMESTAMP_BYTES
    )


def _proofs(links: tuple[Link, ...], trust: Trust, status: RevocationSource, limits: Limits, now: datetime) -> Proofs:
    roots = {root.public_bytes(Encoding.DER) for root in trust.all_roots()}
    certificates = dict.fromkeys(one for link in links for one in (link.certificate, link.issuer) if one not in roots)
    found: dict[str, list[bytes]] = {"ocsp": [], "crl": []}
    for question in run(questions, links, limits=limits):
        kind, answer = _answer(question, status, limits, now)
        if answer not in found[kind]:
            found[kind].append(answer)
    return Proofs(tuple(certificates), tuple(found["ocsp"]), tuple(found["crl"]))


def _answer(question: Question, status: RevocationSource, limits: Limits, now: datetime) -> tuple[str, bytes]:
    """OCSP first: it is small and fresh. A CRL where there is no OCSP or its answer proves nothing."""
    problems: list[str] = []
    faults: list[Fault] = []
    for kind, ask in (("ocsp", status.ocsp), ("crl", status.crl)):
        try:
            answer = ask(question)
            if answer is not None:
                run(require_good, question, answer, kind, now, limits=limits)
                return kind, answer
        except RevocationUnavailable as error:
            problems.append(error.detail)
            faults.extend(error.faults)
    raise RevocationUnavailable(f"{question.holder}: {'; '.join(problems) or 'nobody to ask'}", tuple(faults))
