"""How often and how many at once: keeps one client from taking the service away from the others.

Counted in this process's memory; several web processes count each for itself.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from docsvc.errors import DocsvcError

MOST_CLIENTS = 10_000
"""Clients remembered; when there are more, those who have not asked for a minute are forgotten."""


class TooOften(DocsvcError):
    """More requests than a client may make."""

    code = "too-often"
    message_vi = "Bạn gửi quá nhiều yêu cầu trong thời gian ngắn. Hãy đợi một lát rồi thử lại."
    message_en = "Too many requests in a short time. Wait a little and try again."

    def __init__(self, seconds: int = 60) -> None:
        super().__init__()
        self.seconds = seconds
        """After this time the next request is answered again."""


class Busy(DocsvcError):
    """As much costly work as this process takes on is under way."""

    code = "busy"
    message_vi = "Hệ thống đang xử lý nhiều tệp cùng lúc. Hãy thử lại sau ít giây."
    message_en = "Many files are being worked on at once. Try again in a few seconds."


def neighbourhood(address: str) -> str:
    """Whom requests from an address are counted for: with IPv6 the whole network of one customer, not one address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class Pace:
    """Lets each client act ``per_minute`` times a minute on average, all of them at once if it likes."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = float(max(per_minute, 1))
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, client: str) -> None:
        """Count one act of this client.

        Raises:
            TooOften: it has none left.
        """
        now = self._clock()
        with self._lock:
            left = self._left_of(client, now)
            if left < 1:
                raise TooOften(max(1, round((1 - left) * 60 / self._most)))
            self._left[client] = (left - 1, now)
            if len(self._left) > MOST_CLIENTS:
                self._left = {name: kept for name, kept in self._left.items() if now - kept[1] < 60}  # noqa: PLR2004 - a minute

    def _left_of(self, client: str, now: float) -> float:
        left, then = self._left.get(client, (self._most, now))
        return min(self._most, left + (now - then) * self._most / 60)


class Places:
    """So many may work at once; the next waits a little and is then sent away."""

    def __init__(self, most: int, *, wait_seconds: float = 5.0) -> None:
        self._free = threading.BoundedSemaphore(max(most, 1))
        self._wait_seconds = wait_seconds

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place for the block.

        Raises:
            Busy: none became free in time.
        """
        if not self._free.acquire(timeout=self._wait_seconds):
            raise Busy
        try:
            yield
        finally:
            self._free.release()
