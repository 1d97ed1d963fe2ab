"""Keeping the places for number, date, signature and seal with the document, as plain JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

from signing.places import Box, IssuePlaces

NAMES = {
    "number": ("chỗ ghi số («Số:      /…»)", "the place for the number («Số:      /…»)"),
    "day": ("chỗ ghi ngày («ngày      tháng…»)", "the place for the day («ngày      tháng…»)"),
    "month": ("chỗ ghi tháng («tháng      năm…»)", "the place for the month («tháng      năm…»)"),
    "personal_signature": (
        "chỗ ký (giữa chức vụ và họ tên người ký)",
        "the place for the signature (between position and full name)",
    ),
}
"""Places without which a document cannot be issued, as people call them."""


_BY_HAND = "by_hand"


def to_json(places: IssuePlaces, *, by_hand: Sequence[str] = ()) -> dict[str, Any]:
    """As kept in the database, with the names of what a person placed otherwise than it was found."""
    kept = {name: place for name, place in asdict(places).items() if place is not None}
    return kept | ({_BY_HAND: list(by_hand)} if by_hand else {})


def by_hand(kept: dict[str, Any] | None) -> tuple[str, ...]:
    """Names of the places that a person chose, or took away."""
    return tuple((kept or {}).get(_BY_HAND, ()))


def carried_over(kept: dict[str, Any] | None, found: dict[str, Any]) -> dict[str, Any]:
    """What is found anew on the same file, with what a person chose before."""
    chosen = by_hand(kept)
    if not chosen or kept is None:
        return found
    others = {name: place for name, place in found.items() if name not in chosen}
    return others | {name: kept[name] for name in chosen if name in kept} | {_BY_HAND: list(chosen)}


def from_json(kept: dict[str, Any] | None) -> IssuePlaces:
    """Back from the database; a place that is not there is ``None``."""
    places: dict[str, Any] = {
        name: Box(**place) if isinstance(place, dict) else place
        for name, place in (kept or {}).items()
        if name != _BY_HAND
    }
    return IssuePlaces(**places)


def seal_box(places: IssuePlaces, diameter_mm: float) -> Box | None:
    """Where the seal will be: as placed by hand, else over the left third of the personal signature (II.8a)."""
    hand = places.personal_signature
    if places.organisation_signature is not None or hand is None:
        return places.organisation_signature
    side = diameter_mm / 25.4 * 72
    right = max(hand.left + hand.width / 3, side + 4)
    middle = (hand.bottom + hand.top) / 2
    return Box(hand.page, right - side, middle - side / 2, right, middle + side / 2)


def missing(kept: dict[str, Any] | None) -> tuple[str, ...]:
    """Names of the needed places that are not known; a month that the drafter printed needs no place."""
    known = {name.replace("printed_", "") for name in kept or {}}
    return tuple(name for name in NAMES if name not in known)


def agrees(kept: dict[str, Any] | None, on: date) -> bool:
    """Whether the month and the year that the drafter printed, if any, are those of the date."""
    places = from_json(kept)
    return places.printed_month in (None, on.month) and places.printed_year in (None, on.year)
