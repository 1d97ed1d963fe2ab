"""Fetching from addresses that certificates name, which are somebody else's word: each is looked at before it is used.

What is connected to is what was looked at: the address is checked again when the socket is made, so that neither a name
server that answers twice differently nor a number written in an unusual way leads elsewhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

T = TypeVar("T")

_GRACE_SECONDS = 0.5
"""For closing the connection after the time is up."""
_REDIRECTS = (301, 302, 303, 307, 308)
_TRANSLATED = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))
"""IPv6 addresses that stand for IPv4 ones in their last four bytes (RFC 6052, 2.1; RFC 4291, 2.5.5.1)."""


class NotFetched(Exception):
    """Down, slow, too much, or not to be asked; the text says which, in English, without paths."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Where it is allowed to ask."""

    private_addresses: bool = False
    """Networks that are not public and this machine, too. Only then a proxy of the environment is used."""
    ports: frozenset[int] | None = None
    """``None``: any."""


async def fetched(
    url: str,
    *,
    reach: Reach,
    seconds: float,
    most_bytes: int,
    request: bytes | None = None,
    request_type: str = "",
    media_type: str = "",
    redirects: int = 0,
) -> bytes:
    """One answer: GET, or POST of ``request``; never decompressed.

    Args:
        url: whose word it is does not matter.
        reach: where it is allowed to ask.
        seconds: for everything, name lookup and redirects included.
        most_bytes: of the answer.
        request: to be posted; never sent on to where a redirect leads.
        request_type: its media type.
        media_type: that the answer must have; empty means any.
        redirects: how many are followed, each looked at like the first address.

    Raises:
        NotFetched: see there.
    """
    host = ""
    try:
        async with asyncio.timeout(seconds):
            address = URL(url)
            for _ in range(redirects + 1):
                host = _looked_at(address, reach)
                found = await _answer(address, reach, request, request_type, media_type, most_bytes)
                if isinstance(found, bytes):
                    return found
                _require(request is None, f"{host}: a redirect")
                address = address.join(found)
            raise NotFetched(f"{host}: too many redirects")
    except TimeoutError as error:
        raise NotFetched(f"{host}: no answer within {seconds:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise NotFetched(f"{host}: {type(error).__name__}") from error


def in_time(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Run it on a thread of its own: a name server that never answers cannot be interrupted, only left.

    Raises:
        NotFetched: as ``work``, and when the time is up.
    """
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(asyncio.run(work()))
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            outcome.set_exception(error)

    threading.Thread(target=run, name="fetching", daemon=True).start()
    try:
        return outcome.result(seconds + _GRACE_SECONDS)
    except TimeoutError as error:
        raise NotFetched(f"no answer within {seconds:g} s") from error


def is_public(host: str) -> bool:
    """Whether a numeric address is of the public network, and of one machine in it."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    meant: ipaddress.IPv4Address | ipaddress.IPv6Address = address
    if isinstance(address, ipaddress.IPv6Address):
        meant = address.ipv4_mapped or address.sixtofour or address
        if any(address in network for network in _TRANSLATED):
            meant = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if address.teredo or address.is_site_local:
            return False
    return meant.is_global and not meant.is_multicast and not meant.is_reserved


def _looked_at(address: URL, reach: Reach) -> str:
    """The host of an address that may be asked; names are looked at when they have been looked up."""
    host = address.host or ""
    _require(address.scheme in {"http", "https"} and bool(host), "no web address")
    _require(reach.ports is None or address.port in reach.ports, f"{host}: port {address.port}")
    numeric = ":" in host or host.replace(".", "").isdigit()  # what aiohttp takes for an address, too
    _require(reach.private_addresses or not numeric or is_public(host), f"{host} is no public address")
    return host


async def _answer(
    address: URL, reach: Reach, request: bytes | None, request_type: str, media_type: str, most_bytes: int
) -> bytes | URL:
    """The body, or where to go on."""
    host = address.host or ""
    free = reach.private_addresses
    connector = aiohttp.TCPConnector(
        resolver=None if free else _PublicOnly(), socket_factory=None if free else _socket_to
    )
    headers = {"Content-Type": request_type} if request is not None else {}
    async with (
        aiohttp.ClientSession(connector=connector, trust_env=free, auto_decompress=False) as session,
        session.request(
            "GET" if request is None else "POST",
            address.with_user(None),
            data=request,
            headers=headers,
            allow_redirects=False,
        ) as response,
    ):
        if response.status in _REDIRECTS:
            return URL(response.headers.get("Location", ""))
        _require(response.status == 200, f"{host}: HTTP {response.status}")  # noqa: PLR2004
        _require(media_type in {"", response.content_type}, f"{host}: not {media_type}")
        answer = bytearray()
        async for chunk in response.content.iter_any():
            answer += chunk
            _require(len(answer) <= most_bytes, f"{host}: an answer of more than {most_bytes} bytes")
        return bytes(answer)


class _PublicOnly(AbstractResolver):
    """Looks names up and hands out public addresses alone."""

    def __init__(self) -> None:
        self._names = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp asks."""
        found = await self._names.resolve(host, port, family)
        for one in found:
            _require(is_public(one["host"]), f"{host}: {one['host']} is no public address")
        return found

    async def close(self) -> None:
        """Nothing is held."""


def _socket_to(wanted: Any) -> socket.socket:
    """A socket to an address that was looked at: here is the last place to do so."""
    family, kind, protocol, _, address = wanted
    _require(is_public(str(address[0])), f"{address[0]} is no public address")
    return socket.socket(family, kind, protocol)


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise NotFetched(otherwise)
