"""Reading the event log: an auditor sees what happened in the units audited and in those below them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, String, and_, cast, func, or_, select, true
from sqlalchemy.orm import Session

from docsvc.accounts import Actor, Role
from docsvc.db.people import Membership, Unit
from docsvc.db.records import Document, Event, Series
from docsvc.errors import Forbidden
from docsvc.records.units import covers_all, subtree
from docsvc.texts import one_line

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class EventPage:
    """One page of the log, newest first."""

    events: tuple[Event, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class EventFilters:
    """Limits on the log; empty means none."""

    actor: str = ""
    """A user name, or ``system``."""
    act: str = ""
    object_kind: str = ""
    object_id: str = ""


_OF_ALL = ("anchor", "trusted-list")
"""Whom everybody believes concerns every unit."""


def events(
    session: Session, by: Actor, filters: EventFilters | None = None, *, page: int = 1, per_page: int = PER_PAGE
) -> EventPage:
    """The log, newest first.

    Who audits the whole tree sees every entry. Others see entries about documents, registers, units and users of the
    units they audit: a reason given for a withdrawal elsewhere may tell of a document that is not for them.

    Raises:
        Forbidden: this person audits nothing.
    """
    filters = filters or EventFilters()
    condition = and_(_within(session, by), *_narrowed(filters))
    total = session.scalar(select(func.count()).select_from(Event).where(condition)) or 0
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    found = session.scalars(
        select(Event).where(condition).order_by(Event.id.desc()).offset((page - 1) * per_page).limit(per_page)
    )
    return EventPage(tuple(found), total, page, pages)


def require_auditor(by: Actor) -> None:
    """Let auditors pass.

    Raises:
        Forbidden: this person audits nothing.
    """
    if not by.has(Role.AUDITOR):
        raise Forbidden


def _within(session: Session, by: Actor) -> ColumnElement[bool]:
    require_auditor(by)
    audited = by.units(Role.AUDITOR)
    if covers_all(session, audited):
        return true()
    units = subtree(audited)
    return or_(
        _about("document", select(Document.id).where(Document.unit_id.in_(units))),
        _about("series", select(cast(Series.id, String)).where(Series.unit_id.in_(units))),
        _about("unit", select(cast(Unit.id, String)).where(Unit.id.in_(units))),
        Event.object_kind.in_(_OF_ALL),
        _about("user", select(cast(Membership.user_id, String)).where(Membership.unit_id.in_(units))),
    )


def _about(kind: str, ids: Select[str]) -> ColumnElement[bool]:
    return and_(Event.object_kind == kind, Event.object_id.in_(ids))


def _narrowed(filters: EventFilters) -> list[ColumnElement[bool]]:
    columns = (
        (Event.actor, one_line(filters.actor).lower()),
        (Event.act, one_line(filters.act)),
        (Event.object_kind, one_line(filters.object_kind)),
        (Event.object_id, one_line(filters.object_id)),
    )
    return [column == wanted for column, wanted in columns if wanted]
