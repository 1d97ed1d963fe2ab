"""Run a function over an untrusted file in a separate process with limits of time, memory and size.

The first call starts a process (:mod:`signing._zygote`) that loads the PDF libraries once; every call is then a fork
of it, some milliseconds. It is started anew where it was lost. Calls may come from any thread. Linux only.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from signing._answers import unpacked
from signing._readers import readers
from signing._zygote import ANSWER, ENDED, LENGTH, STARTED, STATUS
from signing.errors import Crashed, OutOfMemory, SigningError, TimedOut, TooLarge

T = TypeVar("T")

_MIB = 1024 * 1024
_START_SECONDS = 60.0
"""For loading the libraries on a busy machine; not counted against the file."""
_GRACE_SECONDS = 1.0
"""The kernel ends a reader on time; this is for the news of it to arrive."""
_APART_BYTES = 64 * 1024
"""Arguments of this size and more are sent as they are, not copied into a pickle and out of it."""
_OVER_TIME = (signal.SIGALRM, signal.SIGXCPU)
_OUT_OF_MEMORY_SHARE = 0.4
"""pdfium dies at an allocation that fails; having had this share of the limit before, it died of memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take."""

    seconds: float = 20.0
    """By the clock and of the processor."""
    memory_bytes: int = 512 * _MIB
    """Address space, beyond the libraries and the file itself."""
    input_bytes: int = 200 * _MIB
    output_bytes: int = 256 * _MIB


def run(function: Callable[..., T], *args: Any, limits: Limits) -> T:
    """Run a module-level function in a process of its own.

    Args:
        function: importable by name, so not from ``__main__``.
        args: anything that pickles; the bytes among them count against ``limits.input_bytes``.
        limits: for this call.

    Returns:
        its result: plain values, or dataclasses and enumerations of ``signing`` or of the function's own package.

    Raises:
        TooLarge: the arguments or the answer are over the limit of bytes.
        TimedOut, OutOfMemory: over the limit of time or memory.
        Crashed: it ended without an answer, or with an error that nobody named.
        SigningError: as raised by the function.
    """
    size_bytes = sum(len(arg) for arg in args if isinstance(arg, bytes))
    if size_bytes > limits.input_bytes:
        raise TooLarge(f"{size_bytes} bytes, allowed are {limits.input_bytes}")
    apart = [(place, arg) for place, arg in enumerate(args) if isinstance(arg, bytes) and len(arg) >= _APART_BYTES]
    sizes = [(place, len(arg)) for place, arg in apart]
    others = [None if any(place == one for one, _ in apart) else arg for place, arg in enumerate(args)]
    asked = pickle.dumps(
        (function, others, sizes, limits.seconds, limits.memory_bytes, limits.output_bytes), protocol=5
    )
    request = (LENGTH.pack(len(asked)) + asked, *(arg for _, arg in apart))
    try:
        answer = _answer(request, limits)
    except _Lost:
        try:
            answer = _answer(request, limits)  # by a new process, where the old one was lost
        except _Lost as lost:
            raise Crashed("no reader could be started") from lost
    try:
        kind, value = unpacked(answer, function.__module__)
    except Exception as error:
        raise Crashed(f"unusable answer: {type(error).__name__}: {error}") from error
    if kind == "result":
        return value  # type: ignore[no-any-return]
    if kind == "error" and isinstance(value, SigningError):
        raise value
    if kind == "memory":
        raise OutOfMemory(f"more than {limits.memory_bytes} bytes")
    raise Crashed(str(value))


def warm_up() -> None:
    """Start loading the libraries now, in the background, so that the first file need not wait."""
    readers.connection().close()


class _Lost(Exception):
    """The connection ended without a word from a reader."""


def _answer(request: Sequence[bytes], limits: Limits) -> bytes:
    try:
        connection = readers.connection()
    except OSError as error:
        raise _Lost from error
    with connection:
        connection.settimeout(_START_SECONDS)
        try:
            for part in request:
                connection.sendall(part)
            said = connection.recv(1)
        except TimeoutError as error:
            raise TimedOut("no reader started in time") from error
        except OSError as error:
            raise _Lost from error
        try:
            return _spoken(connection, said, limits)
        except TimeoutError as error:
            raise TimedOut(f"more than {limits.seconds:g} s") from error
        except _Ended as end:
            raise _named(end, limits) from end


def _spoken(connection: socket.socket, said: bytes, limits: Limits) -> bytes:
    deadline = time.monotonic() + limits.seconds + _GRACE_SECONDS
    if said == STARTED:
        said = _received(connection, 1, deadline)
    if said == ANSWER:
        (length,) = LENGTH.unpack(_received(connection, LENGTH.size, deadline))
        if length > limits.output_bytes + _MIB:
            raise Crashed(f"an answer of {length} bytes")
        return _received(connection, length, deadline)
    raise _Ended(said + _received(connection, STATUS.size, deadline))


def _received(connection: socket.socket, length: int, deadline: float) -> bytes:
    received = bytearray()
    while len(received) < length:
        connection.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            chunk = connection.recv(min(length - len(received), _MIB))
        except ConnectionError:
            chunk = b""
        if not chunk:
            raise _Ended(bytes(received[-STATUS.size - 1 :]))
        received += chunk
    return bytes(received)


class _Ended(Exception):
    """The reader ended before its answer was whole; ``last_words`` are of the process that forked it."""

    def __init__(self, last_words: bytes) -> None:
        super().__init__()
        self.last_words = last_words


def _named(end: _Ended, limits: Limits) -> Exception:
    if len(end.last_words) != STATUS.size + 1 or not end.last_words.startswith(ENDED):
        return _Lost()
    status, peak_kib = STATUS.unpack(end.last_words[1:])
    if not os.WIFSIGNALED(status):
        return Crashed(f"the reader left with status {os.waitstatus_to_exitcode(status)}")
    number = os.WTERMSIG(status)
    if number in _OVER_TIME:
        return TimedOut(f"more than {limits.seconds:g} s")
    detail = f"{signal.strsignal(number)}, at its peak {peak_kib} KiB of memory"
    if number == signal.SIGKILL or peak_kib * 1024 > _OUT_OF_MEMORY_SHARE * limits.memory_bytes:
        return OutOfMemory(detail)
    return Crashed(detail)
