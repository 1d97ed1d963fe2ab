"""How wide an organisation's seal is: its picture must stand on the page in real size (NĐ 30, appendix I, II.8a)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import Unit
from docsvc.errors import Invalid
from docsvc.records.administration import require_unit

USUAL_SEAL_MM = 36
"""Diameter of round seals where nobody said another."""

SMALLEST_SEAL_MM, LARGEST_SEAL_MM = 20, 60


def seal_mm(unit: Unit) -> float:
    """Diameter of an organisation's seal, in mm."""
    return float(unit.seal_mm or USUAL_SEAL_MM)


def set_seal_mm(session: Session, unit: Unit, millimetres: int, *, by: Actor) -> None:
    """Say how wide a unit's seal is; what is signed from now on keeps that much room for it.

    Raises:
        Invalid: the unit has no seal, or no seal is of that size.
    """
    if not unit.issues:
        raise Invalid("Đơn vị này không có con dấu riêng.", "This unit has no seal of its own.")
    if not SMALLEST_SEAL_MM <= millimetres <= LARGEST_SEAL_MM:
        raise Invalid(
            f"Đường kính con dấu cần từ {SMALLEST_SEAL_MM} đến {LARGEST_SEAL_MM} mm.",
            f"A seal's diameter is {SMALLEST_SEAL_MM} to {LARGEST_SEAL_MM} mm.",
        )
    unit.seal_mm = millimetres
    audit.append(
        session, actor=by.username, act="seal-size-set", object_kind="unit", object_id=unit.id, millimetres=millimetres
    )


def say_seal_mm(session: Session, unit_id: int, millimetres: int, *, by: Actor) -> Unit:
    """As :func:`set_seal_mm`, for a unit that this person administers.

    Raises:
        Forbidden: it lies outside.
        Invalid: see there.
    """
    unit = require_unit(session, unit_id, by)
    set_seal_mm(session, unit, millimetres, by=by)
    return unit
