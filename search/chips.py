"""Chips: the parts of a query as they were understood, each of which can be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from search.dates import FIRST_DAY, LAST_DAY, Period
from search.folding import nfc

Kind = Literal["reference", "period", "type", "unit", "signatory", "phrase", "excluded", "words"]


@dataclass(frozen=True, slots=True)
class Chip:
    """One understood part of a query; cutting ``start:end`` out of ``nfc(text)`` takes it back."""

    kind: Kind
    text: str
    """As typed, in NFC."""

    label: str
    """As understood: the reference in full, the first and last day, the name."""

    start: int
    end: int
    preferred: bool = False
    """Documents of this type, unit, signatory or year come first, but others are found, too: its words are words."""


def cut(text: str, chip: Chip) -> str:
    """Return the query without this part."""
    composed = nfc(text)
    return " ".join((composed[: chip.start] + " " + composed[chip.end :]).split())


def as_words(text: str, chip: Chip) -> str | None:
    """Return the query with this part as plain words in a row; None where it is that already."""
    if chip.kind in {"words", "phrase", "excluded"} or '"' in chip.text:
        return None
    composed = nfc(text)
    return " ".join(f'{composed[: chip.start]} "{chip.text}" {composed[chip.end :]}'.split())


def period_label(period: Period) -> str:
    """Write a period by its days; ``từ`` or ``đến`` one where it is open."""
    start, end = f"{period.start:%d/%m/%Y}", f"{period.end:%d/%m/%Y}"
    if period.start == period.end:
        return start
    if period.start == FIRST_DAY:
        return f"đến {end}"
    return f"từ {start}" if period.end == LAST_DAY else f"{start} – {end}"
