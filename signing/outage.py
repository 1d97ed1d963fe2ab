"""Authorities that do not answer: which, since when, and leaving them alone for a while.

Kept in memory, for one process: another one finds out by itself, and a restart forgets.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

_MOST_SERVERS = 100
REST_SECONDS = 30.0
"""So long a server that failed is not asked: a pile of documents must not wait for it once for each."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A server that gave no usable answer."""

    server: str
    """Its host, as people know it; never the whole address, which may hold a password."""
    since: datetime
    """When it first failed without having answered since; UTC."""
    detail: str
    """What was wrong the last time, in English, for the log."""


class Resting:
    """Servers that failed a moment ago. Safe between threads; remembers a bounded number of them."""

    def __init__(
        self,
        seconds: float = REST_SECONDS,
        *,
        ticks: Callable[[], float] = time.monotonic,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Leave each server that failed alone for ``seconds``."""
        self._seconds, self._ticks, self._clock = seconds, ticks, clock
        self._faults: dict[str, tuple[float, Fault]] = {}
        self._lock = threading.Lock()

    def fault(self, server: str) -> Fault | None:
        """Why the server is not to be asked now; ``None`` if it may be asked."""
        with self._lock:
            found = self._faults.get(server)
        return found[1] if found is not None and self._ticks() - found[0] < self._seconds else None

    def failed(self, server: str, detail: str, *, shown: str = "") -> Fault:
        """Note that it gave no usable answer; ``shown`` is what people know it by, if it is another name."""
        with self._lock:
            earlier = self._faults.pop(server, None)
            fault = Fault((shown or server)[:200], earlier[1].since if earlier else self._clock(), detail[:500])
            if len(self._faults) >= _MOST_SERVERS:
                del self._faults[next(iter(self._faults))]
            self._faults[server] = (self._ticks(), fault)
        return fault

    def answered(self, server: str) -> None:
        """Note that it answers."""
        with self._lock:
            self._faults.pop(server, None)
