"""The tree of units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, not_, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import Unit
from docsvc.errors import Invalid
from docsvc.records.errors import NoRegister
from docsvc.texts import one_line


@dataclass(frozen=True, slots=True)
class NewUnit:
    """What an administrator types to make a unit."""

    code: str
    name: str
    abbreviation: str
    kind: str
    parent_id: int | None = None
    place: str = ""
    issues: bool = False
    active_from: date | None = None


def create_unit(session: Session, new: NewUnit, *, by: Actor) -> Unit:
    """Add a unit to the tree.

    Raises:
        Invalid: a text is missing or too long, the code is taken, or the parent does not exist.
    """
    texts = {
        "mã": ("code", one_line(new.code), 1, 35),
        "tên": ("name", one_line(new.name), 1, 200),
        "chữ viết tắt": ("abbreviation", one_line(new.abbreviation), 1, 30),
        "loại": ("kind", one_line(new.kind), 1, 20),
        "địa danh": ("place", one_line(new.place), 0, 100),
    }
    for name, (field, text, shortest, longest) in texts.items():
        if not shortest <= len(text) <= longest:
            raise Invalid(
                f"Mục «{name}» của đơn vị cần từ {shortest} đến {longest} ký tự.",
                f"The unit's {field} needs {shortest} to {longest} characters.",
            )
    if new.parent_id is not None and session.get(Unit, new.parent_id) is None:
        raise Invalid("Không có đơn vị cấp trên này.", "There is no such superior unit.")
    unit = Unit(
        **{field: text for field, text, _, _ in texts.values()},
        parent_id=new.parent_id,
        issues=new.issues,
        active_from=new.active_from,
    )
    try:
        with session.begin_nested():
            session.add(unit)
    except IntegrityError as error:  # asked of the database itself: two may add it at once
        raise Invalid("Mã đơn vị đã có.", "The unit code is taken.") from error
    audit.append(session, actor=by.username, act="unit-created", object_kind="unit", object_id=unit.id, code=unit.code)
    return unit


def subtree(roots: Iterable[int]) -> Select[tuple[int]]:
    """Selects the ids of the given units and of every unit below them."""
    tree = select(Unit.id).where(Unit.id.in_(list(roots))).cte(recursive=True)  # no name: a query may hold several
    tree = tree.union(select(Unit.id).where(Unit.parent_id == tree.c.id))
    return select(tree.c.id)


def with_agencies(session: Session, units: Iterable[int]) -> frozenset[int]:
    """The given units and the agencies they belong to: up to the nearest that issues documents, and no further.

    A commune's people belong to the commune; that the province is above it does not make them the province's.
    """
    chain = select(Unit.id, Unit.parent_id, Unit.issues).where(Unit.id.in_(list(units))).cte(recursive=True)
    above = select(Unit.id, Unit.parent_id, Unit.issues).where(Unit.id == chain.c.parent_id, not_(chain.c.issues))
    chain = chain.union(above)
    return frozenset(session.scalars(select(chain.c.id)))


def covers_all(session: Session, units: Iterable[int]) -> bool:
    """Whether every root of the tree is among the units, so that nothing lies outside them."""
    chosen = list(units)
    outside = select(Unit.id).where(Unit.parent_id.is_(None), Unit.id.not_in(chosen)).limit(1)
    return bool(chosen) and session.scalar(outside) is None


def issuing_unit(session: Session, unit_id: int) -> Unit:
    """The unit in whose name a department's documents are issued: itself, or the nearest above with a seal.

    Raises:
        NoRegister: no unit up to the root issues documents.
    """
    unit = session.get(Unit, unit_id)
    while unit is not None and not unit.issues:
        unit = session.get(Unit, unit.parent_id) if unit.parent_id is not None else None
    if unit is None:
        raise NoRegister
    return unit


def drafting_units(session: Session, issuing: Iterable[int]) -> tuple[Unit, ...]:
    """Units whose documents go out in the name of the given issuing units: these and their departments."""
    chosen = frozenset(issuing)
    units = session.scalars(select(Unit).order_by(Unit.id)).all()
    by_id = {unit.id: unit for unit in units}

    def issuer(unit: Unit) -> int | None:
        above: Unit | None = unit
        while above is not None and not above.issues:
            above = by_id.get(above.parent_id) if above.parent_id is not None else None
        return above.id if above else None

    return tuple(unit for unit in units if issuer(unit) in chosen)


def unit_labels(session: Session, on: date) -> dict[str, int]:
    """Every unit that exists on the day, under a label that tells it from all others."""
    existing = or_(Unit.active_to.is_(None), Unit.active_to >= on)
    units = session.scalars(select(Unit).where(existing).order_by(Unit.id)).all()
    names = {unit.id: unit.name for unit in units}
    alike = Counter(names.values())
    labels: dict[str, int] = {}
    for unit in units:
        label = unit.name
        if alike[unit.name] > 1:
            label = f"{unit.name} – {names.get(unit.parent_id or 0) or unit.code}"
        labels[label if label not in labels else f"{label} [{unit.code}]"] = unit.id
    return labels
