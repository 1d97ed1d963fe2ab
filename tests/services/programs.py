"""Start a real server for the length of a test run, and be sure that it goes away again."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest


def missing(part: str, remedy: str) -> NoReturn:
    """Skip for want of ``part``, or fail where CI=true promises that everything is there."""
    reason = f"{part} is not on this machine; {remedy}"
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def program(name: str, remedy: str) -> str:
    """Path of a program, beside the running Python or on PATH."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    return shutil.which(name) or missing(name, remedy)


def free_ports(count: int) -> list[int]:
    """``count`` different loopback ports that were free a moment ago."""
    with contextlib.ExitStack() as held:
        ports = []
        for _ in range(count):
            listener = held.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            ports.append(int(listener.getsockname()[1]))
        return ports


def tied(command: Sequence[str], *, user: str | None, dying: signal.Signals) -> list[str]:
    """``command`` run as ``user`` and told ``dying`` by the kernel when this process is gone.

    So a test run that is itself killed leaves no server behind.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if user is not None:
            missing("setpriv", "install util-linux, or run the tests as an ordinary user")
        return list(command)
    words = [setpriv, "--pdeathsig", dying.name.removeprefix("SIG")]
    if user is not None:
        words += ["--reuid", user, "--regid", str(_group_of(user)), "--clear-groups"]
    return [*words, "--", *command]


def _group_of(user: str) -> int:
    import pwd  # noqa: PLC0415 - absent on Windows, where no server is started

    return pwd.getpwnam(user).pw_gid


@contextlib.contextmanager
def running(
    command: Sequence[str],
    *,
    log: Path,
    ready: Callable[[], bool],
    ready_seconds: float = 60,
    stop: signal.Signals = signal.SIGTERM,
    user: str | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server in a process group of its own until the block ends.

    ``stop`` asks it to end; after five seconds the whole group is killed. Its output goes to
    ``log``, whose tail is shown when it does not become ready.
    """
    with log.open("wb") as output:
        server = subprocess.Popen(
            tied(command, user=user, dying=stop),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(server, ready, ready_seconds, log)
        yield server
    finally:
        kill_group(server, stop)


def _wait(server: subprocess.Popen[bytes], ready: Callable[[], bool], seconds: float, log: Path) -> None:
    end = time.monotonic() + seconds
    while not ready():
        if server.poll() is not None or time.monotonic() > end:
            tail = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            state = f"ended with {server.returncode}" if server.poll() is not None else "is not ready"
            pytest.fail(f"{server.args!r} {state} after {seconds} s:\n{tail}", pytrace=False)
        time.sleep(0.1)


def kill_group(server: subprocess.Popen[bytes], first: signal.Signals = signal.SIGKILL) -> None:
    """End a server started by ``running`` with its children; harmless when it has ended."""
    if server.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(5)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait(5)
