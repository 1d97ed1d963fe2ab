"""Keeping the places for number, date, signature and seal with the document, as plain JSON."""

from __future__ import annotations

from dataclasses import asdict, fields
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


def to_json(places: IssuePlaces) -> dict[str, Any]:
    """As kept in the database."""
    return {name: box for name, box in asdict(places).items() if box is not None}


def from_json(kept: dict[str, Any] | None) -> IssuePlaces:
    """Back from the database; a place that is not there is ``None``."""
    kept = kept or {}
    boxes = {entry.name: Box(**kept[entry.name]) if entry.name in kept else None for entry in fields(IssuePlaces)}
    return IssuePlaces(**boxes)


def missing(kept: dict[str, Any] | None) -> tuple[str, ...]:
    """Names of the needed places that are not known."""
    return tuple(name for name in NAMES if name not in (kept or {}))
