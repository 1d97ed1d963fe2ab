"""Answers of other servers, kept in a folder until they are to be asked again; shared by all processes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_MOST_BYTES = 256 * 1024 * 1024
_SWEEP_EVERY = 50
_LONGEST = timedelta(days=1)
"""A revocation is to be noticed, however long the authority's answers hold."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was had before."""

    body: bytes
    at: datetime


class Answers(Protocol):
    """Where answers are kept."""

    def get(self, url: str, request: bytes | None, now: datetime) -> Kept | None:
        """The answer to the same question, if it still counts."""
        ...

    def put(self, url: str, request: bytes | None, body: bytes, *, now: datetime, until: datetime | None) -> None:
        """Keep an answer; ``until``: when it is to be followed by another."""
        ...


class FolderOfAnswers:
    """One file for each answer: a line that says what it is, then the answer. Losing any of them costs nothing."""

    def __init__(self, folder: Path, *, most_bytes: int = _MOST_BYTES) -> None:
        """The folder is made when the first answer is kept."""
        self._folder, self._most_bytes, self._puts = folder, most_bytes, 0

    def get(self, url: str, request: bytes | None, now: datetime) -> Kept | None:
        """As :meth:`Answers.get`."""
        try:
            head, _, body = self._file(url, request).read_bytes().partition(b"\n")
            told = json.loads(head)
            at, until = datetime.fromisoformat(told["at"]), datetime.fromisoformat(told["until"])
            whole = hashlib.sha256(body).hexdigest() == told["sha256"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Kept(body, at) if whole and at <= now < until else None

    def put(self, url: str, request: bytes | None, body: bytes, *, now: datetime, until: datetime | None) -> None:
        """As :meth:`Answers.put`; a full disk is no reason to fail."""
        ends = min(until or now + _LONGEST, now + _LONGEST)
        if ends <= now:
            return
        told = {
            "url": url[:1000],
            "at": now.astimezone(UTC).isoformat(),
            "until": ends.astimezone(UTC).isoformat(),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        file = self._file(url, request)
        temporary = file.with_name(f".{secrets.token_hex(8)}")
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary.write_bytes(json.dumps(told).encode() + b"\n" + body)
            os.replace(temporary, file)  # noqa: PTH105 - the same, said plainly
            self._puts += 1
            if self._puts % _SWEEP_EVERY == 1:
                self.sweep()

    def sweep(self) -> None:
        """Delete the oldest beyond the room there is."""
        found = []
        for file in self._folder.iterdir():
            with contextlib.suppress(OSError):
                told = file.stat()
                found.append((told.st_mtime, told.st_size, file))
        room = self._most_bytes
        for _, size, file in sorted(found, reverse=True, key=lambda one: one[0]):
            room -= size
            if room < 0:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _file(self, url: str, request: bytes | None) -> Path:
        return self._folder / hashlib.sha256(url.encode(errors="replace") + b"\0" + (request or b"")).hexdigest()
