"""Connections to PostgreSQL, kept from one question to the next."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

_MOST_IDLE, _TRUSTED_SECONDS = 8, 1.0

Connection = psycopg.Connection[tuple[Any, ...]]
Connect = Callable[[], Connection]


class Connections:
    """A few connections, each lent to one thread at a time."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._idle: list[tuple[Connection, float]] = []
        self._guard = threading.Lock()

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """Lend one; after a failure it is closed."""
        connection = self._taken() or self._fresh()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._guard:
            kept = len(self._idle) < _MOST_IDLE and not connection.closed
            if kept:
                self._idle.append((connection, time.monotonic()))
        if not kept:
            connection.close()

    def close(self) -> None:
        """Give back those that are not lent."""
        with self._guard:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()

    def __del__(self) -> None:
        """Close what nobody closed: an engine may go out of use without a word."""
        self.close()

    def _taken(self) -> Connection | None:
        while True:
            with self._guard:
                if not self._idle:
                    return None
                connection, since = self._idle.pop()
            if time.monotonic() - since < _TRUSTED_SECONDS:
                return connection
            # The server may have been started anew meanwhile.
            with suppress(psycopg.Error):
                connection.execute("SELECT 1")
                connection.rollback()
                return connection
            connection.close()

    def _fresh(self) -> Connection:
        connection = self._connect()
        connection.autocommit = False
        # Plans are made for the words asked about; compiling them, and bitmaps that overflow, cost more than they save.
        connection.prepare_threshold = None
        connection.execute("SELECT set_config('jit', 'off', false), set_config('work_mem', '64MB', false)")
        connection.commit()
        return connection
