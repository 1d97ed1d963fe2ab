"""A time for one part of reading a file, after which that part is given up and not the whole. Runs in the sandbox.

The sandbox ends a reader that takes too long, and everything that it found is lost with it. What can take long in an
honest file is comparing its revisions: whoever signed, and whether that holds, is then still told.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

COMPARING_SHARE = 0.6
"""Of the reader's time: what was changed after signatures. Four thousand pages take a little more than a second."""
SUSPECTING_SHARE = 0.2
"""Attacks by what came after signatures."""
_OWN_SHARE = 0.88
"""Of the time by the clock, after which both are given up: what is left is for telling the rest."""
_USUAL_SECONDS = 7.0
"""Where nobody has set a time, outside of the sandbox."""
_TICK_SECONDS = 0.02
"""Of the processor: how often the clocks are looked at. What does not run needs no interrupting."""
_AGAIN_SECONDS = 0.1
"""Where something has swallowed the interruption, it comes once more."""


class OutOfTime(BaseException):
    """The part has taken its time; no ``Exception``, because libraries catch those."""


class Clock:
    """A time for all that is done :meth:`within` it together."""

    def __init__(self, seconds: float, until: float) -> None:
        """Set it.

        Args:
            seconds: of the processor, so that a busy machine does not decide what is compared.
            until: the moment of ``time.monotonic`` at which it is over in any case.
        """
        self._left, self._until = seconds, until

    @contextmanager
    def within(self) -> Iterator[None]:
        """Interrupt what is done here when the time is over; only in the main thread, as signals have it.

        Raises:
            OutOfTime: it is.
        """
        if self._left <= 0 or time.monotonic() > self._until:
            raise OutOfTime
        started, running, left, until = time.process_time(), True, self._left, self._until

        def look(_number: int, _frame: FrameType | None) -> None:
            nonlocal left, until
            used = time.process_time() - started
            if running and (used > left or time.monotonic() > until):
                left, until = used + _AGAIN_SECONDS, time.monotonic() + _AGAIN_SECONDS
                raise OutOfTime

        before = signal.signal(signal.SIGPROF, look)
        signal.setitimer(signal.ITIMER_PROF, _TICK_SECONDS, _TICK_SECONDS)
        try:
            yield
        finally:
            running = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
            self._left -= time.process_time() - started


@dataclass(frozen=True, slots=True)
class Clocks:
    """Of one file, all its signatures together."""

    comparing: Clock
    suspecting: Clock

    @classmethod
    def set(cls) -> Clocks:
        """As the time allows in which the sandbox will end this process."""
        seconds = signal.getitimer(signal.ITIMER_REAL)[0] or _USUAL_SECONDS
        until = time.monotonic() + seconds * _OWN_SHARE
        return cls(Clock(seconds * COMPARING_SHARE, until), Clock(seconds * SUSPECTING_SHARE, until))
