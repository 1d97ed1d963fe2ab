"""Makes test infrastructures in child processes: several at once, or one that is killed half-way.

Run as a program, so that it forks from a process without threads: ``python -m tests.signing.makers FOLDER``.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from signing.pki import TestPki

BASE = "http://127.0.0.1:9/pki"
FILES = 11
"""That a whole folder has: four keys, four certificates, the description and two folders."""


def make(folder: Path) -> int:
    """Start a child that makes an infrastructure; gives its process number."""
    child = os.fork()
    if child == 0:
        try:
            TestPki.create(folder, base_url=BASE)
        finally:
            os._exit(0)
    return child


def make_at_once(folder: Path, children: int) -> None:
    """Let several children make the same one."""
    for child in [make(folder) for _ in range(children)]:
        os.waitpid(child, 0)


def make_and_kill(folder: Path, entries: int) -> None:
    """Kill the child as soon as so many files lie in the folder that it is building."""
    child = make(folder)
    while not folder.exists() and _built(folder) < entries:
        time.sleep(0.0005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _built(folder: Path) -> int:
    try:
        return max((1 + len(list(building.iterdir())) for building in folder.parent.glob(".pki-*")), default=0)
    except FileNotFoundError:
        return 0


if __name__ == "__main__":
    place = Path(sys.argv[1])
    make_at_once(place / "at-once" / "pki", 4)
    for moment in range(FILES + 2):
        (place / f"killed-{moment}").mkdir(parents=True)
        make_and_kill(place / f"killed-{moment}" / "pki", moment)
