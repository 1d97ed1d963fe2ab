"""What must hold of the answer to any bytes; first read in this process, so that nothing hides what went wrong."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import signing.verify
from signing.sandbox import Limits
from signing.verify import FileReport, Verdict, verify
from tests.fuzz.seeds import trust

AT = datetime.now(UTC)
SECONDS = 10.0
MEMORY_BYTES = 512 * 1024 * 1024


class TooSlow(BaseException):
    """Not to be caught by anything that catches errors."""


def read_here(content: bytes) -> FileReport:
    """The report on a file, read without the sandbox; whatever is raised but a named error is let out."""

    def run(function: Any, *args: Any, limits: Limits) -> Any:
        with _limited():
            return function(*args)

    with patch.object(signing.verify, "run", run):
        return verify(content, trust=trust(), at=AT)


def read_apart(content: bytes) -> FileReport:
    """The report on a file, read as the service reads it."""
    return verify(content, trust=trust(), at=AT, limits=Limits(seconds=SECONDS, memory_bytes=MEMORY_BYTES))


def require_sound(report: FileReport, content: bytes, seed: bytes) -> None:
    """A verdict with words, and VALID only where all that is signed is as it was signed."""
    assert report.message_vi
    assert report.message_en
    assert report.verdict is not Verdict.CRASHED, report.detail
    if report.verdict is Verdict.VALID:
        signed = max(one.covered_bytes[1] for one in report.signatures)
        assert content[:signed] == seed[:signed], "valid, though what is signed was changed"


@contextmanager
def _limited() -> Iterator[None]:
    def over_time(*_: Any) -> None:
        raise TooSlow

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as statistics:  # noqa: PTH123
        used = int(statistics.read().split()[0]) * resource.getpagesize()
    before = signal.signal(signal.SIGALRM, over_time)
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, hard))
    signal.setitimer(signal.ITIMER_REAL, SECONDS, 1.0)  # again, where somebody swallows it
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        signal.signal(signal.SIGALRM, before)
