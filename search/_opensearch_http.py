"""Requests to OpenSearch: JSON over HTTP, with bounded waits."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3

_TRIES = 4
_PASSING = frozenset({429, 502, 503, 504})
"""Said of a node that has too much to do, or of a cluster that is about to recover."""


class Refused(Exception):
    """OpenSearch said no, or nothing at all; ``status`` is 0 then."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Node:
    """One address of a cluster. Threads may share it."""

    def __init__(self, url: str, *, ca_file: str = "", seconds: float = 30.0) -> None:
        parts = urlsplit(url)
        if ca_file and not Path(ca_file).is_file():
            raise ValueError(f"no file {ca_file}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("not an http:// or https:// address")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.address = f"{parts.scheme}://{host}:{parts.port or (443 if parts.scheme == 'https' else 9200)}"
        """Without user and password: for messages."""
        self._path = parts.path.rstrip("/")
        headers = {"Accept": "application/json"}
        if parts.username is not None:
            signed_in = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers |= urllib3.make_headers(basic_auth=signed_in)
        self._pool = urllib3.PoolManager(
            maxsize=16,
            headers=headers,
            timeout=urllib3.Timeout(connect=min(5.0, seconds), read=seconds),
            retries=False,
            ca_certs=ca_file or None,
        )

    def ask(self, method: str, path: str, body: Any = None, **asked: str) -> Any:
        """Send one request, and again while the node has too much to do; gives the JSON of its answer.

        ``body`` is JSON, or bytes with one JSON object a line.

        Raises:
            Refused: it cannot be reached, or its answer is no success.
        """
        for left in range(_TRIES - 1, -1, -1):
            try:
                return self._asked(method, path, body, asked)
            except Refused as refused:
                if not left or refused.status not in _PASSING:
                    raise
                time.sleep(0.1 * 2 ** (_TRIES - left))
        raise AssertionError

    def _asked(self, method: str, path: str, body: Any, asked: Mapping[str, str]) -> Any:
        lines = isinstance(body, bytes)
        headers = dict(self._pool.headers)
        if body is not None:
            headers["Content-Type"] = "application/x-ndjson" if lines else "application/json"
            body = body if lines else json.dumps(body).encode()
        query = "&".join(f"{key}={value}" for key, value in asked.items())
        url = f"{self.address}{self._path}/{path}" + (f"?{query}" if query else "")
        try:
            answer = self._pool.request(method, url, body=body, headers=headers, redirect=False)
        except (urllib3.exceptions.HTTPError, OSError, UnicodeError) as error:
            raise Refused(0, f"{self.address}: {type(error).__name__}") from error
        try:
            told = answer.json() if answer.data else {}
        except ValueError as error:
            raise Refused(answer.status, f"{self.address}: {answer.status}") from error
        if answer.status >= 300:  # noqa: PLR2004 - success ends here
            raise Refused(answer.status, _reason(told) or f"{self.address}: {answer.status}")
        return told

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()


def _reason(told: Any) -> str:
    error = told.get("error", "") if isinstance(told, dict) else ""
    if isinstance(error, dict):
        causes = [error, *(error.get("root_cause") or ()), *(each.get("reason") for each in _failed(error))]
        said = (f"{one.get('type')}: {one.get('reason')}" for one in causes if isinstance(one, dict))
        return "; ".join(dict.fromkeys(said))[:400]
    return str(error)[:400]


def _failed(error: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [each for each in error.get("failed_shards") or () if isinstance(each, dict)]
