"""What an audit goes over: units with those below, a period, types, and which files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from config.document_types import document_types, drafted_types
from docsvc.accounts import Actor, Role
from docsvc.db.inspection import AuditRun
from docsvc.db.people import Unit
from docsvc.db.records import Document, Rendition
from docsvc.errors import Forbidden, Invalid
from docsvc.records.terms import REGISTERED, RenditionRole
from docsvc.records.units import covers_all, subtree

OVERSEERS = (Role.AUDITOR, Role.ADMINISTRATOR)
"""Who may audit, in the units of the role and those below. Which documents they may read is another matter."""


class Scope(StrEnum):
    """Which files of a document."""

    ISSUED = "issued"
    """What readers get of issued documents, copies aside: the newest issued file."""
    RECORDS = "records"
    """That, and the same of annexes, copies, and scans of paper documents."""
    ALL = "all"
    """Every file that was ever kept; drafts, sources and scans only for their bytes."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen; nothing chosen means everything."""

    unit_ids: tuple[int, ...] = ()
    """Roots; those below are with them."""
    start: date | None = None
    """First day of issue."""
    end: date | None = None
    type_keys: tuple[str, ...] = ()
    scope: Scope = Scope.RECORDS

    @property
    def everything(self) -> bool:
        """Whether no file and no object is outside."""
        return self.scope is Scope.ALL and not (self.unit_ids or self.start or self.end or self.type_keys)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a choice covers."""

    documents: int
    files: int
    size_bytes: int


def choice_of(run: AuditRun) -> Choice:
    """What a run was started with."""
    return Choice(
        unit_ids=tuple(map(int, run.unit_ids.split())),
        start=run.issued_from,
        end=run.issued_to,
        type_keys=tuple(run.type_keys.split()),
        scope=Scope(run.scope),
    )


def permitted(session: Session, choice: Choice, by: Actor) -> Choice:
    """The choice, kept to what this person oversees; no units chosen means all of those.

    Raises:
        Forbidden: this person oversees nothing, or not a unit that was chosen.
        Invalid: the days or the types cannot be.
    """
    overseen = by.units(*OVERSEERS)
    if not overseen:
        raise Forbidden
    if choice.start and choice.end and choice.end < choice.start:
        raise Invalid("Ngày cuối phải bằng hoặc sau ngày đầu.", "The last day may not lie before the first.")
    if any(key not in document_types() for key in choice.type_keys):
        raise Invalid("Không có loại văn bản này.", "There is no such type of document.")
    if choice.unit_ids:
        if not _within(session, choice.unit_ids, overseen):
            raise Forbidden
        return choice
    if covers_all(session, overseen):
        return choice
    return Choice(tuple(sorted(overseen)), choice.start, choice.end, choice.type_keys, choice.scope)


def may_see(session: Session, run: AuditRun, by: Actor) -> bool:
    """Whether everything the run goes over is overseen by this person."""
    overseen = by.units(*OVERSEERS)
    if not run.unit_ids:
        return covers_all(session, overseen)
    return bool(overseen) and _within(session, tuple(map(int, run.unit_ids.split())), overseen)


def extent(session: Session, choice: Choice) -> Extent:
    """How many documents and files the choice covers now."""
    files = chosen_files(choice).subquery()
    counted = session.execute(
        select(
            func.count(func.distinct(files.c.document_id)),
            func.count(),
            func.coalesce(func.sum(files.c.size_bytes), 0),
        ).select_from(files)
    ).one()
    return Extent(*counted)


def chosen_files(choice: Choice) -> Select[int, str, str, str, int]:
    """Selects the renditions: id, document, role, SHA-256, size."""
    return (
        select(Rendition.id, Rendition.document_id, Rendition.role, Rendition.sha256, Rendition.size_bytes)
        .join(Document, Document.id == Rendition.document_id)
        .where(_of_documents(choice), _of_roles(choice.scope))
    )


def _of_documents(choice: Choice) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [true()]
    if choice.scope is not Scope.ALL:
        conditions.append(Document.state.in_(REGISTERED))
    if choice.scope is Scope.ISSUED:
        conditions.append(Document.type_key.in_(tuple(drafted_types())))
    if choice.unit_ids:
        units = subtree(choice.unit_ids)
        conditions.append(or_(Document.unit_id.in_(units), Document.drafting_unit_id.in_(units)))
    if choice.type_keys:
        conditions.append(Document.type_key.in_(choice.type_keys))
    if choice.start:
        conditions.append(Document.issued_on >= choice.start)
    if choice.end:
        conditions.append(Document.issued_on <= choice.end)
    return and_(*conditions)


def _of_roles(scope: Scope) -> ColumnElement[bool]:
    if scope is Scope.ALL:
        return true()
    newer = aliased(Rendition)
    newest = (
        ~select(newer.id)
        .where(
            newer.document_id == Rendition.document_id,
            newer.role == Rendition.role,
            func.coalesce(newer.annex_id, 0) == func.coalesce(Rendition.annex_id, 0),
            newer.id > Rendition.id,
        )
        .correlate(Rendition)
        .exists()
    )
    if scope is Scope.ISSUED:
        return and_(Rendition.role == RenditionRole.ISSUED, newest)
    return and_(Rendition.role.in_((RenditionRole.ISSUED, RenditionRole.ANNEX, RenditionRole.SCAN)), newest)


def _within(session: Session, units: tuple[int, ...], overseen: frozenset[int]) -> bool:
    below = session.scalar(
        select(func.count()).select_from(Unit).where(Unit.id.in_(units), Unit.id.in_(subtree(overseen)))
    )
    return below == len(set(units))
