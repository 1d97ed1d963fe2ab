"""Alarms: findings that somebody must look at, until they are acknowledged with a note."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.inspection import AuditAlarm
from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.errors import Invalid, NotFound
from docsvc.inspection.choice import OVERSEERS
from docsvc.issue.desk import Desk
from docsvc.records.reading import readable
from docsvc.records.units import subtree
from docsvc.texts import one_line

LONGEST_NOTE = 1000


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm with what it is about; ``document`` is ``None`` if it is not for this person to read, or gone."""

    row: AuditAlarm
    unit: Unit
    document: Document | None


def count_open(session: Session, by: Actor) -> int:
    """How many alarms of overseen units wait to be acknowledged."""
    if not by.units(*OVERSEERS):
        return 0
    return session.scalar(select(func.count()).select_from(AuditAlarm).where(_open(by))) or 0


def listed(session: Session, by: Actor, *, over: bool = False, most: int = 200) -> tuple[Alarm, ...]:
    """Alarms of overseen units that wait to be acknowledged, or those that were; the newest first."""
    rows = session.execute(
        select(AuditAlarm, Unit, Document)
        .select_from(AuditAlarm)
        .join(Unit, Unit.id == AuditAlarm.unit_id)
        .outerjoin(Document, and_(Document.id == AuditAlarm.document_id, readable(session, by)))
        .where(_over(by) if over else _open(by))
        .order_by(AuditAlarm.id.desc())
        .limit(most)
    )
    return tuple(Alarm(*row) for row in rows)


def acknowledge(session: Session, desk: Desk, alarm_id: int, text: str, *, by: Actor) -> None:
    """Say what became of it; it is then shown no more, until an audit finds the same again.

    Raises:
        NotFound: there is none for this person, or it was acknowledged already.
        Invalid: nothing is said, or too much.
    """
    condition = and_(_open(by), AuditAlarm.id == alarm_id)
    alarm = session.scalar(select(AuditAlarm).where(condition).with_for_update())
    if alarm is None:
        raise NotFound
    text = one_line(text)
    if not 0 < len(text) <= LONGEST_NOTE:
        raise Invalid(
            f"Hãy ghi đã xử lý thế nào, tối đa {LONGEST_NOTE} ký tự.",
            f"Say what was done about it, in at most {LONGEST_NOTE} characters.",
        )
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.note = desk.clock(), by.username, text
    audit.append(
        session,
        actor=by.username,
        act="alarm-acknowledged",
        object_kind="document",
        object_id=alarm.document_id,
        audit=alarm.run_id,
        cause=alarm.cause,
        reason=text,
    )


def _within(by: Actor) -> ColumnElement[bool]:
    return AuditAlarm.unit_id.in_(subtree(by.units(*OVERSEERS)))


def _open(by: Actor) -> ColumnElement[bool]:
    return and_(AuditAlarm.acknowledged_at.is_(None), _within(by))


def _over(by: Actor) -> ColumnElement[bool]:
    return and_(AuditAlarm.acknowledged_at.is_not(None), _within(by))
