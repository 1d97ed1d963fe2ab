"""What an anchor states: how the event log stood. Its very bytes are timestamped, kept and handed out."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

KIND = "docsvc-event-log-anchor"
START = f'{{"kind":"{KIND}",'.encode()
"""Every statement begins so, and nothing else in the object store does."""
MOST_BYTES = 2048
"""Of a statement; usual ones have 600."""
_SHA256 = re.compile("[0-9a-f]{64}")
_NUMBERS = ("number", "first_entry", "last_entry")


@dataclass(frozen=True, slots=True)
class Statement:
    """How the log stood. Each names the one before and that one's timestamp, and so renews its proof (RFC 4998)."""

    number: int
    """1, 2, 3 …"""
    first_entry: int
    """First entry since the statement before."""
    last_entry: int
    last_entry_sha256: str
    """It covers every entry up to this one: each holds the hash of the one before."""
    hashes_sha256: str
    """Of the list of the entries' hashes from the first to the last: one a line, hexadecimal."""
    stated_at: str
    """ISO 8601, UTC; by this machine's clock, so proven by the timestamp only."""
    previous_statement_sha256: str
    """Empty for the first."""
    previous_token_sha256: str
    """Empty for the first."""

    def written(self) -> bytes:
        """Canonical JSON: fields in this order, no spaces."""
        return json.dumps({"kind": KIND, **asdict(self)}, separators=(",", ":"), ensure_ascii=True).encode("ascii")

    @property
    def sha256(self) -> str:
        """Of its bytes."""
        return hashlib.sha256(self.written()).hexdigest()


def moment_text(moment: datetime) -> str:
    """As a statement has it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def read_statement(content: bytes) -> Statement | None:
    """The statement that these very bytes are; ``None`` if they are none."""
    if len(content) > MOST_BYTES or not content.startswith(START):
        return None
    try:
        fields = json.loads(content)
        fields.pop("kind")
        statement = Statement(**fields)
        if not all(type(fields[name]) is int and 0 < fields[name] < 2**63 for name in _NUMBERS):
            return None
        if not all(isinstance(value, str) for name, value in fields.items() if name not in _NUMBERS):
            return None
        hashes = [statement.last_entry_sha256, statement.hashes_sha256]
        hashes += [one for one in (statement.previous_statement_sha256, statement.previous_token_sha256) if one]
        if not all(_SHA256.fullmatch(one) for one in hashes):
            return None
        return statement if statement.written() == content else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
