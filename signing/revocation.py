"""Where to learn whether a certificate was revoked: OCSP (RFC 6960) and CRLs (RFC 5280), asked for in bounded time.

Answers are bytes that nobody has looked at yet; :mod:`signing.preserve` checks them before it relies on them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

from signing._web import NotFetched, Reach, fetched, in_time
from signing.errors import RevocationUnavailable
from signing.outage import Fault, Resting
from signing.questions import Question

MOST_OCSP_BYTES = 64 * 1024
MOST_CRL_BYTES = 8 * 1024 * 1024
"""It is put into the file."""
_MOST_ADDRESSES = 3
"""Of one certificate and kind."""
_MOST_REMEMBERED = 1000
OCSP_REQUEST, OCSP_RESPONSE = "application/ocsp-request", "application/ocsp-response"
"""Media types (RFC 6960, appendix C)."""


class RevocationSource(Protocol):
    """Whom to ask."""

    def ocsp(self, question: Question) -> bytes | None:
        """An OCSPResponse; ``None`` where there is nobody to ask.

        Raises:
            RevocationUnavailable: down, slow, or not to be asked.
        """
        ...

    def crl(self, question: Question) -> bytes | None:
        """A CRL; ``None`` and errors as for :meth:`ocsp`."""
        ...


@dataclass(frozen=True, slots=True)
class Several:
    """Sources asked in turn until one has an answer."""

    sources: tuple[RevocationSource, ...]

    def ocsp(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.ocsp`."""
        return next((found for one in self.sources if (found := one.ocsp(question)) is not None), None)

    def crl(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.crl`."""
        return next((found for one in self.sources if (found := one.crl(question)) is not None), None)


class Remembering:
    """Asks once for what many files need: their authorities are the same. For one run over an archive.

    Only for files signed before the run began: an answer is good for what was before it.
    """

    def __init__(self, source: RevocationSource, *, seconds: float = 600) -> None:
        """Keep each answer of ``source`` for so long."""
        self._source, self._seconds = source, seconds
        self._kept: dict[tuple[object, ...], tuple[float, bytes | None]] = {}

    def ocsp(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.ocsp`."""
        return self._answer((question.certificate,), lambda: self._source.ocsp(question))

    def crl(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.crl`: one for all certificates of an authority that name the same list."""
        return self._answer((question.issuer, question.crl_urls), lambda: self._source.crl(question))

    def _answer(self, key: tuple[object, ...], ask: Callable[[], bytes | None]) -> bytes | None:
        now = time.monotonic()
        if key in self._kept and now - self._kept[key][0] < self._seconds:
            return self._kept[key][1]
        if len(self._kept) >= _MOST_REMEMBERED:
            self._kept.clear()
        answer = ask()
        self._kept[key] = now, answer
        return answer


@dataclass(frozen=True, slots=True)
class HttpRevocation:
    """Asks at the addresses that certificates name, which are somebody else's word: each is looked at first."""

    timeout_seconds: float = 10
    """The longest wait for one whole answer, name lookup and connecting included."""
    resting: Resting = field(default_factory=Resting)
    """Servers that failed a moment ago; one is shared by all copies."""
    private_addresses: bool = False
    """Ask at addresses of private networks and of this machine, too: an office's own authority may be there.

    Only then a proxy named in the environment is used: what it connects to cannot be looked at from here.
    """

    def ocsp(self, question: Question) -> bytes | None:
        """By POST (RFC 6960, appendix A.1)."""
        return self._first(question.ocsp_urls, question.ocsp_request, OCSP_RESPONSE, MOST_OCSP_BYTES)

    def crl(self, question: Question) -> bytes | None:
        """By GET; authorities label CRLs in many ways, so that the media type is not looked at."""
        return self._first(question.crl_urls, None, "", MOST_CRL_BYTES)

    def _first(self, urls: Sequence[str], request: bytes | None, media_type: str, most_bytes: int) -> bytes | None:
        faults: list[Fault] = []
        for url in [one for one in urls if _is_web(one)][:_MOST_ADDRESSES]:
            resting = self.resting.fault(url)
            if resting is not None:
                faults.append(resting)
                continue
            try:
                answer = self._asked(url, request, media_type, most_bytes)
            except RevocationUnavailable as error:
                server = urlsplit(url).netloc.rpartition("@")[2]
                faults.append(self.resting.failed(url, error.detail, shown=server))
                continue
            self.resting.answered(url)
            return answer
        if faults:
            raise RevocationUnavailable(faults[-1].detail, tuple(faults))
        return None

    def _asked(self, url: str, request: bytes | None, media_type: str, most_bytes: int) -> bytes:
        seconds = self.timeout_seconds
        reach = Reach(private_addresses=self.private_addresses)
        try:
            return in_time(
                lambda: fetched(
                    url,
                    reach=reach,
                    seconds=seconds,
                    most_bytes=most_bytes,
                    request=request,
                    request_type=OCSP_REQUEST,
                    media_type=media_type,
                ),
                seconds,
            )
        except NotFetched as error:
            raise RevocationUnavailable(str(error)) from error


class InTime:
    """Asks another source, and all in all no longer than so many seconds: for the certificates of one signature."""

    def __init__(self, source: RevocationSource, seconds: float) -> None:
        """The time runs from now on."""
        self._source, self._ends = source, time.monotonic() + seconds

    def ocsp(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.ocsp`."""
        return self._asked(lambda: self._source.ocsp(question))

    def crl(self, question: Question) -> bytes | None:
        """As :meth:`RevocationSource.crl`."""
        return self._asked(lambda: self._source.crl(question))

    def _asked(self, ask: Callable[[], bytes | None]) -> bytes | None:
        """On a thread of its own, which is left when the time is up and ends by its own limit."""
        outcome: Future[bytes | None] = Future()

        def work() -> None:
            try:
                outcome.set_result(ask())
            except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
                outcome.set_exception(error)

        left = self._ends - time.monotonic()
        if left <= 0:
            raise RevocationUnavailable("the time for all answers is up")
        threading.Thread(target=work, name="revocation in time", daemon=True).start()
        try:
            return outcome.result(left)
        except TimeoutError as error:
            raise RevocationUnavailable("the time for all answers is up") from error


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in {"http", "https"}
    except ValueError:
        return False
