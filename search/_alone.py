"""One writer at a time, by a lock of the kernel's: a killed writer leaves none behind."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from search.errors import busy

_PAUSE_SECONDS = 0.01


@contextmanager
def alone(lock: Path, *, wait_seconds: float) -> Iterator[None]:
    """Hold a lock file. Raises SearchError, ``index-busy``, when others hold it for too long."""
    until = time.monotonic() + wait_seconds
    with lock.open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    raise busy(wait_seconds) from None
                time.sleep(_PAUSE_SECONDS)
            else:
                break
        yield
