"""Recording which unit took over from which, so that the earlier one's documents are found under the later."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import Unit, UnitSuccession
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.records.administration import administered
from docsvc.records.index_jobs import owe_where
from docsvc.records.lineage import read_lineage
from docsvc.texts import one_line

_LONGEST_BASIS = 300


def successions(session: Session) -> tuple[UnitSuccession, ...]:
    """Every succession, newest first."""
    return tuple(
        session.scalars(
            select(UnitSuccession)
            .order_by(UnitSuccession.from_on.desc(), UnitSuccession.id.desc())
            .options(joinedload(UnitSuccession.predecessor), joinedload(UnitSuccession.successor))
        )
    )


def succeed(
    session: Session, predecessor_id: int, successor_id: int, from_on: date, legal_basis: str, *, by: Actor
) -> UnitSuccession:
    """Record that a unit took over from another; both must be units there are.

    Raises:
        Invalid: it is said already, it runs in a circle, a unit is missing, or there is no legal basis.
    """
    basis = one_line(legal_basis)
    if not 1 <= len(basis) <= _LONGEST_BASIS:
        raise Invalid(
            f"Hãy ghi căn cứ pháp lý, tối đa {_LONGEST_BASIS} ký tự.",
            f"Give the legal basis, at most {_LONGEST_BASIS} characters.",
        )
    units = set(session.scalars(select(Unit.id).where(Unit.id.in_((predecessor_id, successor_id)))))
    if units != {predecessor_id, successor_id}:
        raise Invalid("Không có đơn vị này.", "There is no such unit.")
    if predecessor_id == successor_id:
        raise Invalid("Một đơn vị không kế thừa chính nó.", "A unit does not succeed itself.")
    if predecessor_id in read_lineage(session).found_under((successor_id,), predecessors=True):
        raise Invalid(
            "Đơn vị trước đã nằm trên hoặc kế thừa đơn vị sau: không ghi vòng tròn được.",
            "The earlier unit is already above the later one or has taken over from it: no circles.",
        )
    row = UnitSuccession(predecessor_id=predecessor_id, successor_id=successor_id, from_on=from_on, legal_basis=basis)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:  # asked of the database itself: two may record it at once
        raise Invalid("Quan hệ kế thừa này đã được ghi.", "This succession is recorded already.") from error
    _note(session, row, "unit-succeeded", by)
    _owe_documents(session, predecessor_id)
    return row


def record_succession(
    session: Session, predecessor_id: int, successor_id: int, from_on: date, legal_basis: str, *, by: Actor
) -> UnitSuccession:
    """The same, for an administrator of both units.

    Raises:
        Forbidden: one of them lies outside.
        Invalid: see :func:`succeed`.
    """
    if not {predecessor_id, successor_id} <= administered(session, by):
        raise Forbidden
    return succeed(session, predecessor_id, successor_id, from_on, legal_basis, by=by)


def take_back(session: Session, succession_id: int, *, by: Actor) -> None:
    """Strike out a succession that was recorded by mistake.

    Raises:
        NotFound: there is none, or its units are not administered by this person.
    """
    row = session.get(UnitSuccession, succession_id)
    if row is None or not {row.predecessor_id, row.successor_id} <= administered(session, by):
        raise NotFound
    _note(session, row, "unit-succession-struck", by)
    session.delete(row)
    session.flush()
    _owe_documents(session, row.predecessor_id)


def _note(session: Session, row: UnitSuccession, act: str, by: Actor) -> None:
    audit.append(
        session,
        actor=by.username,
        act=act,
        object_kind="unit",
        object_id=row.predecessor_id,
        successor=row.successor_id,
        from_on=row.from_on.isoformat(),
        legal_basis=row.legal_basis,
    )


def _owe_documents(session: Session, unit_id: int) -> None:
    """What the unit and all within it issued or drafted is now found under other units."""
    units = read_lineage(session).within((unit_id,), predecessors=True)
    concerned = or_(Document.unit_id.in_(units), Document.drafting_unit_id.in_(units))
    owe_where(session, concerned, datetime.now(UTC))
