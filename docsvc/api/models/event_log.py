"""What proves the event log."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from docsvc.api.models.base import Told


class Anchor(Told):
    """A statement of how the log stood, proven by a timestamp."""

    number: int
    last_entry: int = Field(description="Every entry up to this one is proven.")
    proven_at: datetime | None
    authority: str
    statement_sha256: str


class LogCheck(Told):
    """What the last check of the whole log found."""

    ended_at: datetime
    sound: bool
    lines: tuple[str, ...] = Field(description="In the person's language; the verdict first.")


class EventLog(Told):
    """How the event log is proven."""

    anchor: Anchor | None = Field(description="The newest.")
    not_anchored: int = Field(description="Entries after it.")
    waiting_since: datetime | None = Field(description="Since when a statement has been waiting for its timestamp.")
    last_check: LogCheck | None
