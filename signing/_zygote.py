"""The process that forks a reader for every file: Python and the PDF libraries are loaded once, not per file.

It runs beside the service, started by :mod:`signing.sandbox`, has one thread and never looks at a file itself.
Every reader has a connection to whoever asked. When that end is closed - an answer was had, time is up, or the
service was killed - the reader is killed; when the service is gone, so is this process.

On a connection, the request goes in as length and pickle, followed by the arguments that are sent apart; ``STARTED``
comes out, then ``ANSWER`` with length and pickle. A reader that ends leaves ``ENDED`` with its wait status and its peak
memory, said by this process.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import io
import os
import pickle
import resource
import select
import signal
import socket
import struct
import sys
import types
from contextlib import suppress
from typing import Any, NoReturn

from signing.errors import SigningError, TooLarge

PRELOADED = ("signing._pkcs12", "signing._prepare", "signing.places", "signing.pages", "signing.verify")
"""Rooms whose functions run here most. What is loaded burdens every reader, so what is rare is loaded when it is used:
half a second for a report, against a sixth of every signature's time."""
_LEFT_OUT = ("aiohttp",)
"""What pyHanko imports to fetch with. A reader cannot fetch, and each one would take it over from here."""
STARTED, ANSWER, ENDED = b"+", b"=", b"!"
LENGTH = struct.Struct("!Q")
STATUS = struct.Struct("!II")
"""Wait status, and peak resident memory in KiB."""

_MOST_AT_ONCE = 1 << 30
_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
_libc = ctypes.CDLL(None)
_prctl = _libc.prctl
_PROCESSORS = os.sched_getaffinity(0)
_REFUSED = (
    "socket.connect",
    "socket.bind",
    "socket.getaddrinfo",
    "subprocess.Popen",
    "os.system",
    "os.exec",
    "os.fork",
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_OPEN_FILES = 64
_COLLECTED_AFTER = 20_000
"""New objects before a reader looks for rings among them. They live for one file; at the usual 700, looking took four
tenths of the time that comparing thousands of pages takes."""


def serve(control_fd: int) -> NoReturn:
    """Fork a reader for every connection that comes over the control socket, until that is closed."""
    _preload()
    control = socket.socket(fileno=control_fd)
    waker, woken = socket.socketpair()
    waker.setblocking(False)
    woken.setblocking(False)
    signal.set_wakeup_fd(woken.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    poll = select.epoll()
    poll.register(control, select.EPOLLIN)
    poll.register(waker, select.EPOLLIN)
    readers: dict[int, tuple[int, socket.socket]] = {}  # by connection: the reader's process
    while True:
        ready = [fd for fd, _ in poll.poll()]
        # In this order, because reaping frees numbers that accepting takes up again: a hang-up told of the old
        # connection would otherwise end the new one's reader.
        for fd in ready:
            if fd in readers:
                # Nobody waits for the answer any more. Not reaped yet, so the number is still this reader's.
                poll.unregister(fd)
                os.kill(readers[fd][0], signal.SIGKILL)
        if control.fileno() in ready:
            _accept(control, poll, readers)
        if waker.fileno() in ready:
            with suppress(BlockingIOError):
                waker.recv(4096)
            _reap(poll, readers)


class _Absent(types.ModuleType):
    """Stands for a package that is imported, but never used here."""

    __path__: list[str] = []  # noqa: RUF012 - as packages have it

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def _preload() -> None:
    for name in _LEFT_OUT:
        sys.modules[name] = _Absent(name)
    for name in PRELOADED:
        with suppress(Exception):
            importlib.import_module(name)
    with suppress(Exception):  # a reader would only be slower without, as below
        importlib.import_module("signing._quick").install()
    with suppress(Exception):
        importlib.import_module("signing._rehearsal").rehearse()
    gc.collect()
    gc.freeze()  # what is loaded now stays shared with every reader
    gc.set_threshold(_COLLECTED_AFTER)


def _accept(control: socket.socket, poll: select.epoll, readers: dict[int, tuple[int, socket.socket]]) -> None:
    try:
        sent, fds, _, _ = socket.recv_fds(control, 1, 1)
    except OSError:
        sent, fds = b"", []
    if not sent:
        for pid, _connection in readers.values():
            os.kill(pid, signal.SIGKILL)
        os._exit(0)
    for fd in fds:
        connection = socket.socket(fileno=fd)
        try:
            # Where the kernel has no other choice, it does not move the new process to another processor, whose caches
            # know nothing of its memory; that took a fifth of the time where all are busy. It may be moved later.
            os.sched_setaffinity(0, {_libc.sched_getcpu()})
            pid = os.fork()
            os.sched_setaffinity(0, _PROCESSORS)
        except OSError:
            os.sched_setaffinity(0, _PROCESSORS)
            connection.close()  # seen as "could not start" at the other end
            continue
        if pid == 0:
            _read_one(connection)
        readers[fd] = (pid, connection)
        poll.register(fd, select.EPOLLHUP)


def _reap(poll: select.epoll, readers: dict[int, tuple[int, socket.socket]]) -> None:
    while True:
        try:
            pid, status, used = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        for fd, (reader, connection) in list(readers.items()):
            if reader == pid:
                del readers[fd]
                with suppress(OSError):
                    poll.unregister(fd)
                with suppress(OSError):
                    connection.send(ENDED + STATUS.pack(status, used.ru_maxrss), socket.MSG_DONTWAIT)
                connection.close()


def _read_one(connection: socket.socket) -> NoReturn:
    """Run one function in this fresh process and end."""
    status = 1
    try:
        _detach(connection)
        (length,) = LENGTH.unpack(_taken(connection, LENGTH.size))
        # Sent by our own service, therefore trusted.
        function, args, apart, seconds, memory_bytes, output_bytes = pickle.loads(  # noqa: S301
            _taken(connection, length)
        )
        for place, size in apart:
            args[place] = _taken(connection, size)
        _limit(seconds, memory_bytes)
        connection.sendall(STARTED)
        answer = _answered(function, args)
        if len(answer) > output_bytes:
            answer = pickle.dumps(("error", TooLarge(f"an answer of {len(answer)} bytes")))
        connection.sendall(ANSWER + LENGTH.pack(len(answer)))
        connection.sendall(answer)
        status = 0
    except BaseException as error:  # noqa: BLE001 - an unpicklable request, a closed connection: nothing to save
        answer = pickle.dumps(("failure", f"{type(error).__name__}: {error}"[:2000]))
        with suppress(BaseException):
            connection.sendall(ANSWER + LENGTH.pack(len(answer)) + answer)
    finally:
        os._exit(status)


def _taken(connection: socket.socket, size: int) -> bytes:
    """So many bytes, mostly as one piece that is copied only once."""
    pieces: list[bytes] = []
    while size:
        piece = connection.recv(min(size, _MOST_AT_ONCE), socket.MSG_WAITALL)
        if not piece:
            raise EOFError
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _answered(function: Any, args: list[Any]) -> bytes:
    try:
        return pickle.dumps(("result", function(*args)), protocol=5)
    except SigningError as error:
        return pickle.dumps(("error", error))
    except MemoryError:
        pass  # answered outside, once the frames that hold the memory are gone
    except BaseException as error:  # noqa: BLE001 - whatever a hostile file provokes is named at the other end
        return pickle.dumps(("failure", _described(error)))
    return pickle.dumps(("memory", ""))


def _described(error: BaseException) -> str:
    """The error with its place, for the log; without the file's content."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" at {code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno} in {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__}: {error}"[:2000] + place


def _detach(connection: socket.socket) -> None:
    """Let go of everything but the connection."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    _prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    nothing = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(nothing, fd)
    kept = connection.fileno()
    os.closerange(3, kept)
    os.closerange(kept + 1, 1024)


def _limit(seconds: float, memory_bytes: int) -> None:
    """Set the limits that the kernel keeps; memory counts from here, above the libraries and the file itself."""
    with open("/proc/self/statm", encoding="ascii") as statistics:  # noqa: PTH123 - one read, no path to build
        used_bytes = int(statistics.read().split()[0]) * resource.getpagesize()
    cpu_seconds = int(seconds) + 1
    for kind, soft, hard in (
        (resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1),
        (resource.RLIMIT_AS, used_bytes + memory_bytes, used_bytes + memory_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    # The default action of this signal ends the process, in whatever C code it spins.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    sys.addaudithook(_refuse)
    sys.stdin = sys.stdout = sys.stderr = io.StringIO()


def _refuse(event: str, args: tuple[Any, ...]) -> None:
    """Reading needs no network, no other program and no written file (a belt beside the kernel's braces)."""
    if event in _REFUSED or (event == "open" and isinstance(args[2], int) and args[2] & _WRITING):
        raise PermissionError(f"{event} in the sandbox")
