"""The locks that writers of OpenSearch take: documents that are created or not, of an index that holds nothing else."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from search._opensearch_http import Node, Refused
from search.errors import busy

LEASE_SECONDS = 120.0
_NOT_FOUND, _CONFLICT = 404, 409


class Lock:
    """Locks by name. That of a process of this machine that died is free; any is after ``lease_seconds``."""

    def __init__(self, node: Node, index: str, lease_seconds: float = LEASE_SECONDS) -> None:
        self._node = node
        self._index = index
        self._lease_seconds = lease_seconds

    def prepare(self) -> None:
        """Make the index of locks where there is none. Raises Refused."""
        if self._index in self._node.ask("GET", self._index, ignore_unavailable="true"):
            return
        try:
            settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
            self._node.ask("PUT", self._index, {"settings": settings})
        except Refused as refused:
            if "already_exists" not in refused.reason:
                raise

    @contextmanager
    def held(self, name: str, wait_seconds: float) -> Iterator[bool]:
        """Hold a lock; tells whether it was left by somebody who did not give it back.

        Raises:
            Refused: the cluster cannot be asked.
            SearchError: ``index-busy``, it was not free in time.
        """
        token = secrets.token_hex(8)
        try:
            # Within: it may be ours although the answer that says so was lost.
            yield self._taken(name, token, wait_seconds)
        finally:
            # Whoever cannot be told any more finds the lease over, or this process gone.
            with suppress(Refused):
                kept = self._kept(name)
                if kept is not None and kept["_source"]["token"] == token:
                    self._node.ask("DELETE", f"{self._index}/_doc/{name}", **_as_seen(kept))

    def is_left(self, name: str) -> bool:
        """Whether somebody holds it who will not give it back. Raises Refused."""
        kept = self._kept(name)
        return kept is not None and _is_over(kept["_source"])

    def _taken(self, name: str, token: str, wait_seconds: float) -> bool:
        end = time.monotonic() + wait_seconds
        pause = 0.01
        while True:
            until = time.time() + self._lease_seconds
            mine = {"token": token, "until": until, "machine": _machine(), "pid": os.getpid()}
            if self._done("PUT", f"{self._index}/_create/{name}", mine):
                return False
            kept = self._kept(name)
            if kept is not None:
                if kept["_source"]["token"] == token:
                    return False
                if _is_over(kept["_source"]) and self._done(
                    "PUT", f"{self._index}/_doc/{name}", mine, **_as_seen(kept)
                ):
                    return True
            if time.monotonic() > end:
                raise busy(wait_seconds)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.2)

    def _done(self, method: str, path: str, body: dict[str, Any], **asked: str) -> bool:
        """Do something unless another was there first."""
        try:
            self._node.ask(method, path, body, **asked)
        except Refused as refused:
            if refused.status != _CONFLICT:
                raise
            return False
        return True

    def _kept(self, name: str) -> dict[str, Any] | None:
        try:
            kept: dict[str, Any] = self._node.ask("GET", f"{self._index}/_doc/{name}")
        except Refused as refused:
            if refused.status != _NOT_FOUND:
                raise
            return None
        return kept


def _as_seen(kept: dict[str, Any]) -> dict[str, str]:
    return {"if_seq_no": str(kept["_seq_no"]), "if_primary_term": str(kept["_primary_term"])}


def _machine() -> str:
    """Name this machine since its start, and the space of its process numbers."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _is_over(lock: dict[str, Any]) -> bool:
    """Whether a lock's lease is over, or its holder, a process of this machine, is gone."""
    if time.time() > lock["until"]:
        return True
    if lock["machine"] != _machine():
        return False
    try:
        os.kill(lock["pid"], 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
