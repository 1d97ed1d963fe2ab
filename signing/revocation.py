"""Where to learn whether a certificate was revoked: OCSP (RFC 6960) and CRLs (RFC 5280), asked for in bounded time.

Answers are bytes that nobody has looked at yet; :mod:`signing.preserve` checks them before it relies on them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from signing.errors import RevocationUnavailable
from signing.outage import Fault, Resting
from signing.questions import Question

_MOST_OCSP_BYTES = 64 * 1024
_MOST_CRL_BYTES = 8 * 1024 * 1024
"""It is put into the file."""
_MOST_ADDRESSES = 3
"""Of one certificate and kind."""
_MOST_REMEMBERED = 1000
_GRACE_SECONDS = 0.5
"""For closing the connection after the time is up."""


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
        return self._first(question.ocsp_urls, question.ocsp_request, "application/ocsp-response", _MOST_OCSP_BYTES)

    def crl(self, question: Question) -> bytes | None:
        """By GET; authorities label CRLs in many ways, so that the media type is not looked at."""
        return self._first(question.crl_urls, None, "", _MOST_CRL_BYTES)

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
        """On a thread of its own: a name server that never answers cannot be interrupted, only left."""
        outcome: Future[bytes] = Future()

        def work() -> None:
            try:
                outcome.set_result(asyncio.run(self._fetched(url, request, media_type, most_bytes)))
            except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
                outcome.set_exception(error)

        threading.Thread(target=work, name="revocation", daemon=True).start()
        try:
            return outcome.result(self.timeout_seconds + _GRACE_SECONDS)
        except TimeoutError as error:
            raise RevocationUnavailable(f"no answer within {self.timeout_seconds:g} s") from error

    async def _fetched(self, url: str, request: bytes | None, media_type: str, most_bytes: int) -> bytes:
        host = ""
        try:
            host = urlsplit(url).hostname or ""
            if not self.private_addresses:
                _require_public(host)
            connector = aiohttp.TCPConnector(resolver=None if self.private_addresses else _PublicOnly())
            timeout = aiohttp.ClientTimeout(total=self.timeout_seconds)
            headers = {"Content-Type": "application/ocsp-request"} if request is not None else {}
            async with (
                aiohttp.ClientSession(
                    timeout=timeout, connector=connector, trust_env=self.private_addresses, auto_decompress=False
                ) as session,
                session.request(
                    "GET" if request is None else "POST", url, data=request, headers=headers, allow_redirects=False
                ) as response,
            ):
                _require(response.status == 200, f"{host}: HTTP {response.status}")  # noqa: PLR2004
                _require(media_type in {"", response.content_type}, f"{host}: not {media_type}")
                answer = bytearray()
                async for chunk in response.content.iter_any():
                    answer += chunk
                    _require(len(answer) <= most_bytes, f"{host}: an answer of more than {most_bytes} bytes")
                return bytes(answer)
        except TimeoutError as error:
            raise RevocationUnavailable(f"{host}: no answer within {self.timeout_seconds:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise RevocationUnavailable(f"{host}: {type(error).__name__}") from error


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


class _PublicOnly(AbstractResolver):
    """Looks names up and hands out public addresses alone; what is connected to is what was looked at."""

    def __init__(self) -> None:
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp asks."""
        found = await self._names.resolve(host, port, family)
        for one in found:
            _require_public(one["host"])
        return found

    async def close(self) -> None:
        """Nothing is held."""


def _require_public(host: str) -> None:
    """Refuse an address that is not of the public network; a name is looked at when it has been looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return
    mapped = getattr(address, "ipv4_mapped", None) or address
    _require(mapped.is_global and not mapped.is_multicast, f"{host} is no public address")


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise RevocationUnavailable(otherwise)
