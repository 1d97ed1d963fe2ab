"""What a hostile file may make a reader do; run in the sandbox by its tests."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from signing.errors import EncryptedPdf


def add(left: int, right: int) -> int:
    return left + right


def echo(value: object) -> object:
    return value


def process() -> tuple[int, int]:
    """Of this reader, and of the one that forked it."""
    return os.getpid(), os.getppid()


def environment() -> dict[str, str]:
    return dict(os.environ)


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def spin() -> None:
    while True:
        pass


def sleep(seconds: float) -> None:
    time.sleep(seconds)


def ignore_signals_and_spin() -> None:
    for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    spin()


def grow() -> int:
    kept = [b"x" * 1_000_000]
    while True:
        kept.append(kept[-1] + b"x" * 1_000_000)


def dig(depth: int) -> int:
    return dig(depth + 1) + 1


def answer_of(size_bytes: int) -> bytes:
    return bytes(size_bytes)


def refuse() -> None:
    raise EncryptedPdf("owner's password")


def fail() -> None:
    raise KeyError("/Root")


def abort() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def touch(path: str) -> None:
    Path(path).write_bytes(b"x")


def connect(port: int) -> None:
    socket.create_connection(("127.0.0.1", port), timeout=1)


def start_program() -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)


if __name__ == "__main__":
    # A service that is killed while a reader of its spins.
    import threading

    from signing.sandbox import Limits, run
    from tests.signing import strains

    reader, forker = run(strains.process, limits=Limits())
    threading.Thread(target=lambda: run(strains.spin, limits=Limits(seconds=60))).start()
    sys.stdout.write(f"{forker}\n")
    sys.stdout.flush()
    time.sleep(60)
