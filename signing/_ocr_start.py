"""Becomes another program, with limits that the kernel keeps: ``python -I -S _ocr_start.py SECONDS BYTES PROGRAM …``.

The limits are set here, in the new process, not between fork and exec of a service with many threads.
"""

import ctypes
import os
import resource
import signal
import sys

_SET_PARENT_DEATH_SIGNAL, _SET_NO_NEW_PRIVILEGES = 1, 38
_OPEN_FILES = 64


def main() -> None:
    """Set the limits and become the program."""
    seconds, memory_bytes, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    call = ctypes.CDLL(None).prctl
    call(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    call(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    for kind, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
