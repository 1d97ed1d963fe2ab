"""Starting and reaching the process that forks readers; one per process that asks."""

from __future__ import annotations

import atexit
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_PASSED_ON = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH", "TZ")
"""Environment of the readers. Everything else may be a secret."""
_SCRIPT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[2]); "
    "from signing._zygote import serve; serve(int(sys.argv[1]))"
)
_STOP_SECONDS = 5.0


class Readers:
    """Hands out connections to fresh readers. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def connection(self) -> socket.socket:
        """A connection to a reader that waits for one request; closing it ends that reader.

        Raises:
            OSError: there is no room for another process or connection.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self._hand_over(theirs)
            except BaseException:
                ours.close()
                raise
        return ours

    def _hand_over(self, connection: socket.socket) -> None:
        with self._lock:
            if self._control is not None:
                try:
                    socket.send_fds(self._control, [b"."], [connection.fileno()])
                except OSError:
                    self._stop()
                else:
                    return
            self._control = self._start()
            socket.send_fds(self._control, [b"."], [connection.fileno()])

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        # With the caller's import path, as it stands now: functions are found again by name.
        path = json.dumps([str(Path(entry or ".").absolute()) for entry in sys.path])
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-c", _SCRIPT, str(theirs.fileno()), path],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                    cwd="/",
                    start_new_session=True,  # Ctrl-C is for the service, which then closes the connection
                )
            except BaseException:
                ours.close()
                raise
        return ours

    def _stop(self) -> None:
        """Closing the control socket is the message; see :func:`signing._zygote.serve`."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._control = self._process = None

    def stop(self) -> None:
        """At the end of the service."""
        with self._lock:
            self._stop()

    def forget(self) -> None:
        """In a fork of the caller: the process is the parent's, and the lock may be held by a thread not here."""
        self._lock = threading.Lock()
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # not a child of this process: nothing to wait for, nothing to warn of
        self._control = self._process = None


readers = Readers()
atexit.register(readers.stop)
with suppress(AttributeError):
    os.register_at_fork(after_in_child=readers.forget)
