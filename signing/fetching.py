"""Verification that may ask: for missing authorities, OCSP answers and CRLs, at the addresses that certificates name.

Reading stays offline and in the sandbox; between its passes a guarded client fetches (:mod:`signing._web`):

1. The file is verified offline.
2. Where no chain was found, issuers are fetched (AIA caIssuers, RFC 5280, 4.2.2.1), level by level; each must have
   issued the certificate that named it, and is believed only under a trust anchor. The file is verified again.
3. Where revocation is unknown, OCSP and CRLs are fetched for the trusted paths, each answer is checked, and the file is
   verified with them.

The level in the report is that of the file: what was fetched is not in it. Limits count for one file.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing._status import questions, require_good
from signing._wants import Want, answer_lasts_until, issuers_in, missing_issuers
from signing._web import NotFetched, Reach, fetched, in_time
from signing.answers_kept import Answers, Kept
from signing.errors import CertificateRevoked, SigningError
from signing.outage import Resting
from signing.questions import Question
from signing.revocation import MOST_CRL_BYTES, MOST_OCSP_BYTES, OCSP_REQUEST, OCSP_RESPONSE, RevocationSource
from signing.sandbox import Limits, run
from signing.verify import MOST_SECONDS, Fetched, FileReport, Link, Revocation, Trust, Verdict, examine

__all__ = ["WEB_PORTS", "Fetching", "Reach"]

T = TypeVar("T")

WEB_PORTS = frozenset({80, 443})
_MOST_CERTIFICATE_BYTES = 256 * 1024
_MOST_ADDRESSES = 3
_REDIRECTS = 3
_LEVELS = 4
"""Of authorities above one another that are fetched."""
_LIMITS = Limits(seconds=10, memory_bytes=256 * 1024 * 1024, input_bytes=32 * 1024 * 1024)
_SHORTEST_PASS = 0.1
"""Seconds."""
_ANSWERED = {Verdict.VALID, Verdict.INDETERMINATE, Verdict.INVALID}


@dataclass(frozen=True, slots=True)
class Fetching:
    """How and what may be asked; one for the whole service."""

    answers: Answers
    reach: Reach = field(default_factory=lambda: Reach(ports=WEB_PORTS))
    own: RevocationSource | None = None
    """Asked first about revocation: the service's own authority, without any network."""
    timeout_seconds: float = 10
    """For one answer."""
    total_seconds: float = 30
    """For everything that is asked for one file."""
    most_asked: int = 40
    """Requests for one file."""
    most_bytes: int = 32 * 1024 * 1024
    """Of all answers for one file."""
    resting: Resting = field(default_factory=Resting)

    def verify(
        self, content: bytes, *, trust: Trust, at: datetime | None = None, limits: Limits | None = None
    ) -> FileReport:
        """As :func:`signing.verify.verify`, with what can be fetched; the report says what was."""
        return self.examined(content, trust=trust, at=at, limits=limits)[0]

    def examined(
        self, content: bytes, *, trust: Trust, at: datetime | None = None, limits: Limits | None = None
    ) -> tuple[FileReport, Trust]:
        """As :meth:`verify`, with all that the verdict rests on: what was fetched stands in the trust, too."""
        moment = (at or datetime.now(UTC)).astimezone(UTC)
        errand, passes = _Errand(self, moment), _Passes(content, moment, limits or Limits())
        report, links = passes.first(trust)
        if report.verdict not in _ANSWERED:
            return report, trust
        if report.verdict is not Verdict.VALID:
            extra = errand.issuers(content, trust, passes.limits)
            known = replace(trust, intermediates=(*trust.intermediates, *extra))
            further = passes.further(known) if extra else None
            if further is not None:
                trust, (report, links) = known, further
        if any(one.trusted and one.revocation is Revocation.NOT_CHECKED for one in report.signatures):
            crls, ocsps = errand.status(links)
            if crls or ocsps:
                levels = [one.level for one in report.signatures]
                known = replace(trust, crls=(*trust.crls, *crls), ocsps=(*trust.ocsps, *ocsps))
                further = passes.further(known)
                if further is not None:
                    trust, (report, _) = known, further
                    found = zip(report.signatures, levels, strict=True)
                    report = replace(report, signatures=tuple(replace(one, level=level) for one, level in found))
        return replace(report, fetched=tuple(errand.told)), trust


class _Passes:
    """Goes through a file more than once, all in the time for one verdict; waiting for the network is counted apart."""

    def __init__(self, content: bytes, moment: datetime, limits: Limits) -> None:
        self._content, self._moment, self._limits = content, moment, limits
        self._left = min(limits.seconds, MOST_SECONDS)

    @property
    def limits(self) -> Limits:
        """What is left."""
        return replace(self._limits, seconds=max(self._left, _SHORTEST_PASS))

    def first(self, trust: Trust) -> tuple[FileReport, tuple[Link, ...]]:
        """The file as it is."""
        started = time.monotonic()
        try:
            return examine(self._content, trust=trust, at=self._moment, limits=self.limits)
        finally:
            self._left -= time.monotonic() - started

    def further(self, trust: Trust) -> tuple[FileReport, tuple[Link, ...]] | None:
        """With what was fetched; ``None`` where the time is not enough for it, and what was found before counts."""
        if self._left <= _SHORTEST_PASS:
            return None
        found = self.first(trust)
        return found if found[0].verdict in _ANSWERED else None


class _Errand:
    """Everything asked for one file, within its limits."""

    def __init__(self, by: Fetching, moment: datetime) -> None:
        self._by, self._moment = by, moment
        self._ends = time.monotonic() + by.total_seconds
        self._asked = self._bytes = 0
        self._fresh: tuple[str, str, bytes | None, Kept] | None = None
        """What was fetched last and not yet looked at."""
        self.told: list[Fetched] = []

    def issuers(self, content: bytes, trust: Trust, limits: Limits) -> list[x509.Certificate]:
        """Authorities that the file lacks."""
        known = tuple(map(_der, (*trust.all_roots(), *trust.intermediates)))
        found: dict[bytes, None] = {}
        tried: set[str] = set()
        for _ in range(_LEVELS):
            before = len(found)
            for want in self._wants(content, tuple(found), known, limits):
                found.update(dict.fromkeys(self._issuer(want, tried)))
            if len(found) == before:
                break
        return [x509.load_der_x509_certificate(der) for der in found]

    def status(self, links: Sequence[Link]) -> tuple[list[bytes], list[bytes]]:
        """CRLs and OCSP answers about certificates on trusted paths."""
        found: dict[str, dict[bytes, None]] = {"crl": {}, "ocsp": {}}
        for link in links:
            for question in self._questions(link):
                kind, body = self._status_of(question)
                if body is not None:
                    found[kind][body] = None
        return list(found["crl"]), list(found["ocsp"])

    def _wants(
        self, content: bytes, found: tuple[bytes, ...], known: tuple[bytes, ...], limits: Limits
    ) -> tuple[Want, ...]:
        nothing: tuple[Want, ...] = ()
        return _safely(lambda: run(missing_issuers, content, found, known, limits=limits), nothing)

    def _issuer(self, want: Want, tried: set[str]) -> tuple[bytes, ...]:
        """Who issued the certificate, from the first address that knows."""
        nothing: tuple[bytes, ...] = ()
        for url in want.urls:
            if url in tried:
                continue
            tried.add(url)
            body = self._answer("certificate", url, want.holder, most_bytes=_MOST_CERTIFICATE_BYTES)
            if body is None:
                continue
            issuers = _safely(partial(run, issuers_in, body, want.certificate, limits=_LIMITS), nothing)
            if issuers:
                self._usable()
                return issuers
            self._unusable("no issuer of the certificate")
        return nothing

    def _questions(self, link: Link) -> tuple[Question, ...]:
        nothing: tuple[Question, ...] = ()
        return _safely(lambda: run(questions, (link,), limits=_LIMITS), nothing)

    def _status_of(self, question: Question) -> tuple[str, bytes | None]:
        """OCSP first: it is small and fresh; a CRL where there is none or it proves nothing."""
        own = self._own(question)
        if own is not None:
            return own
        asked: tuple[tuple[str, tuple[str, ...], bytes | None, int], ...] = (
            ("ocsp", question.ocsp_urls, question.ocsp_request, MOST_OCSP_BYTES),
            ("crl", question.crl_urls, None, MOST_CRL_BYTES),
        )
        for kind, urls, request, most_bytes in asked:
            for url in urls[:_MOST_ADDRESSES]:
                body = self._answer(kind, url, question.holder, request=request, most_bytes=most_bytes)
                if body is None:
                    continue
                if self._proves(question, body, kind):
                    self._usable()
                    return kind, body
                self._unusable("the answer proves nothing")
        return "crl", None

    def _own(self, question: Question) -> tuple[str, bytes] | None:
        """From the service's own authority, if the certificate is one of its."""
        own, nothing = self._by.own, None
        if own is None:
            return None
        for kind, ask in (("ocsp", own.ocsp), ("crl", own.crl)):
            body = _safely(partial(ask, question), nothing)
            if body is not None and self._proves(question, body, kind):
                self.told.append(_told(kind, "", question.holder, Kept(body, datetime.now(UTC))))
                return kind, body
        return None

    def _proves(self, question: Question, body: bytes, kind: str) -> bool:
        try:
            run(require_good, question, body, kind, self._moment, limits=_LIMITS)
        except CertificateRevoked:
            return True
        except SigningError:
            return False
        return True

    def _answer(
        self, kind: str, url: str, about: str, *, most_bytes: int, request: bytes | None = None
    ) -> bytes | None:
        """One answer, kept or fetched; told either way."""
        now = datetime.now(UTC)
        self._fresh = None
        kept = self._by.answers.get(url, request, now)
        if kept is None:
            try:
                kept = Kept(self._from_afar(url, request, most_bytes), now)
            except NotFetched as error:
                self.told.append(Fetched(kind, url[:1000], about, now, problem=str(error)[:300]))
                return None
            self._fresh = (kind, url, request, kept)
        self.told.append(_told(kind, url, about, kept))
        return kept.body

    def _usable(self) -> None:
        """Keep what was just fetched: now that it is known to be what it should be."""
        if self._fresh is None:
            return
        kind, url, request, kept = self._fresh
        until = kept.at + timedelta(days=1)
        if kind != "certificate":
            until = _safely(lambda: run(answer_lasts_until, kept.body, kind, limits=_LIMITS), None) or kept.at
        self._by.answers.put(url, request, kept.body, now=kept.at, until=until)

    def _unusable(self, why: str) -> None:
        self.told[-1] = replace(self.told[-1], problem=why)

    def _from_afar(self, url: str, request: bytes | None, most_bytes: int) -> bytes:
        by, left = self._by, self._ends - time.monotonic()
        if left <= 0 or self._asked >= by.most_asked or self._bytes >= by.most_bytes:
            raise NotFetched("the limit for one file is reached")
        resting = by.resting.fault(url)
        if resting is not None:
            raise NotFetched(resting.detail)
        self._asked += 1
        seconds = min(by.timeout_seconds, left)
        try:
            body = in_time(
                lambda: fetched(
                    url,
                    reach=by.reach,
                    seconds=seconds,
                    most_bytes=min(most_bytes, by.most_bytes - self._bytes),
                    request=request,
                    request_type=OCSP_REQUEST,
                    media_type=OCSP_RESPONSE if request is not None else "",
                    redirects=_REDIRECTS if request is None else 0,
                ),
                seconds,
            )
        except NotFetched as error:
            by.resting.failed(url, str(error))
            raise
        by.resting.answered(url)
        self._bytes += len(body)
        return body


def _safely(work: Callable[[], T], otherwise: T) -> T:
    """What a hostile answer or file does to the sandbox leaves verification as it was."""
    try:
        return work()
    except SigningError:
        return otherwise


def _told(kind: str, url: str, about: str, kept: Kept) -> Fetched:
    return Fetched(kind, url[:1000], about, kept.at, len(kept.body), hashlib.sha256(kept.body).hexdigest())


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
