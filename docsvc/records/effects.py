"""Legal effect: whether a document is in force on a day, and which later documents changed that.

What documents do to others stands in ``document_effects``. What follows from it for a document is kept on its own row
(``amended_on``, ``ended_on``, ``ended_how``), settled in each transaction that changes it, so that a list can ask for
it without looking at other documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, joinedload

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.effects import DocumentEffect
from docsvc.db.records import Document, Job
from docsvc.records.terms import REGISTERED, EffectKind, LegalEffect, State

CHANGING = (EffectKind.AMENDS, EffectKind.CORRECTS, EffectKind.REPEALS_PART)
"""What leaves the other document in force."""
ENDING = {EffectKind.REPLACES: LegalEffect.REPLACED, EffectKind.REPEALS: LegalEffect.REPEALED}
TURNED_WITHIN = timedelta(days=7)
"""A worker that stood still so long catches up."""
_ENDED = (LegalEffect.REPLACED, LegalEffect.REPEALED, LegalEffect.EXPIRED)


@dataclass(frozen=True, slots=True)
class Effect:
    """Where a registered document stands on a day."""

    state: LegalEffect
    start: date | None
    """First day in force."""
    until: date | None
    """Last day in force, as far as is known; ``None``: without end."""
    by: tuple[Document, ...]
    """Issued documents that replaced, repealed, amended or corrected it by that day, oldest first. Not every reader
    may know of them: see :mod:`docsvc.records.effect_panel`."""


def state_on(document: Document, on: date) -> LegalEffect | None:
    """Whether it is in force on a day; ``None`` for documents that do not stand in the register."""
    if document.state not in REGISTERED:
        return None
    if document.state == State.WITHDRAWN:
        return LegalEffect.WITHDRAWN
    if document.ended_on is not None and document.ended_on <= on:
        return LegalEffect(document.ended_how or LegalEffect.EXPIRED)
    start = first_day(document)
    if start is not None and start > on:
        return LegalEffect.NOT_YET
    if document.amended_on is not None and document.amended_on <= on:
        return LegalEffect.AMENDED
    return LegalEffect.IN_FORCE


def first_day(document: Document) -> date | None:
    """From when on it is in force; unknown while it has no date."""
    return document.in_force_from or document.issued_on


def effect_of(session: Session, document: Document, on: date) -> Effect | None:
    """Where a document stands on a day and by which others; ``None`` if it does not stand in the register."""
    state = state_on(document, on)
    if state is None:
        return None
    asked = CHANGING if state in (LegalEffect.IN_FORCE, LegalEffect.AMENDED, LegalEffect.NOT_YET) else tuple(ENDING)
    acting = () if state is LegalEffect.WITHDRAWN else acting_on(session, document, kinds=asked, until=on)
    until = document.ended_on - timedelta(days=1) if document.ended_on else None
    by = tuple(dict.fromkeys(row.document for row in acting))
    return Effect(state, first_day(document), until, by)


def effect_condition(state: LegalEffect, on: date) -> ColumnElement[bool]:
    """The condition on :class:`Document` under which :func:`state_on` says so.

    For states other than in force an index of those few documents alone can answer it.
    """
    ended = _ended_by(on)
    later = and_(Document.in_force_from.is_not(None), Document.in_force_from > on)
    not_yet = or_(later, and_(Document.in_force_from.is_(None), Document.issued_on > on))
    if state in _ENDED:
        return and_(Document.ended_how == state, Document.ended_on <= on)
    if state is LegalEffect.WITHDRAWN:
        return Document.state == State.WITHDRAWN
    if state is LegalEffect.NOT_YET:
        return and_(_issued(), ~ended, not_yet)
    if state is LegalEffect.AMENDED:
        return and_(Document.amended_on <= on, ~ended, ~not_yet)
    changed = and_(Document.amended_on.is_not(None), Document.amended_on <= on)
    return and_(_issued(), ~ended, ~not_yet, ~changed)


def standing_condition(on: date) -> ColumnElement[bool]:
    """In force on that day, wholly or as changed by later documents."""
    start = func.coalesce(Document.in_force_from, Document.issued_on)
    return and_(_issued(), ~_ended_by(on), start <= on)


def effect_column(on: date) -> ColumnElement[str]:
    """The state as a value, to count by; for registered documents."""
    return case(
        (Document.state == State.WITHDRAWN, LegalEffect.WITHDRAWN.value),
        (Document.ended_on <= on, Document.ended_how),
        (func.coalesce(Document.in_force_from, Document.issued_on) > on, LegalEffect.NOT_YET.value),
        (Document.amended_on <= on, LegalEffect.AMENDED.value),
        else_=LegalEffect.IN_FORCE.value,
    )


def _issued() -> ColumnElement[bool]:
    """As a value: nearly every document shares this state, and SQLite would start from its index all the same."""
    return case((Document.state == State.ISSUED, 1), else_=0) == 1


def _ended_by(on: date) -> ColumnElement[bool]:
    return and_(Document.ended_on.is_not(None), Document.ended_on <= on)


def starts_on(row: DocumentEffect) -> date | None:
    """From which day the newer document acts; unknown while it has no date."""
    return row.from_on or first_day(row.document)


def acting_on(
    session: Session, target: Document, *, kinds: Iterable[EffectKind] = tuple(EffectKind), until: date | None = None
) -> tuple[DocumentEffect, ...]:
    """What issued documents do to this one, in the order in which it begins; with ``until``, as begun by that day."""
    rows = session.scalars(
        select(DocumentEffect)
        .join(Document, Document.id == DocumentEffect.document_id)
        .where(
            DocumentEffect.target_id == target.id,
            DocumentEffect.withdrawn_at.is_(None),
            DocumentEffect.kind.in_(list(kinds)),
            Document.state == State.ISSUED,
        )
        .options(joinedload(DocumentEffect.document))
        .order_by(DocumentEffect.id)
    ).all()
    begun = [(starts_on(row) or date.max, row) for row in rows]
    begun.sort(key=lambda pair: pair[0])
    return tuple(row for day, row in begun if until is None or day <= until)


def acts_of(session: Session, document_id: str) -> tuple[DocumentEffect, ...]:
    """What this document does to others, or will when it is issued, in the order in which it was recorded."""
    return tuple(
        session.scalars(
            select(DocumentEffect)
            .where(DocumentEffect.document_id == document_id, DocumentEffect.withdrawn_at.is_(None))
            .options(joinedload(DocumentEffect.target))
            .order_by(DocumentEffect.id)
        )
    )


def lock(session: Session, ids: Iterable[str]) -> None:
    """Hold documents until the transaction ends, in one order for everybody, and read them as they are now."""
    rows = select(Document).where(Document.id.in_(sorted(set(ids)))).order_by(Document.id)
    held = rows.with_for_update(key_share=True, of=Document).execution_options(populate_existing=True)
    session.scalars(held).all()


def lock_with_targets(session: Session, document_id: str) -> None:
    """Hold a document and those it acts on, before a step that changes whether it acts."""
    acted_on = select(DocumentEffect.target_id).where(
        DocumentEffect.document_id == document_id, DocumentEffect.withdrawn_at.is_(None)
    )
    lock(session, (document_id, *session.scalars(acted_on)))


def settle(session: Session, document: Document, now: datetime) -> None:
    """Work out what follows for a document, and let it be indexed anew; whoever calls holds its row."""
    session.flush()
    ends: list[tuple[date, LegalEffect]] = []
    changes: list[date] = []
    if document.state == State.ISSUED:
        for row in acting_on(session, document):
            day, kind = starts_on(row), EffectKind(row.kind)
            if day is not None and kind in ENDING:
                ends.append((day, ENDING[kind]))
            elif day is not None:
                changes.append(day)
        if document.in_force_until is not None:
            ends.append((document.in_force_until + timedelta(days=1), LegalEffect.EXPIRED))
    # Of the same day, what another document says comes before the document's own last day.
    first = min(ends, key=lambda end: (end[0], end[1] is LegalEffect.EXPIRED), default=None)
    document.ended_on, document.ended_how = (first[0], first[1].value) if first else (None, None)
    document.amended_on = min(changes, default=None)
    if document.state in REGISTERED:
        session.add(Job(kind="index", document_id=document.id, due_at=now))
        session.flush()


def owe_turned(session: Session, today: date, now: datetime) -> int:
    """Let documents be indexed anew whose legal effect changed by itself in the last days; gives how many.

    A day begins or ends a document's effect without anybody acting; the index then still tells of the day before.
    """
    since = today - TURNED_WITHIN
    columns = (Document.in_force_from, Document.ended_on, Document.amended_on)
    turned = select(Document.id).where(
        Document.state.in_(REGISTERED), or_(*(column.between(since, today) for column in columns))
    )
    ids = session.scalars(turned).all()
    session.add_all(Job(kind="index", document_id=one, due_at=now) for one in ids)
    return len(ids)


def begin_to_act(session: Session, document: Document, now: datetime, *, by: Actor) -> None:
    """What was recorded with a draft holds from now on: it is issued. Its rows are held already."""
    settle(session, document, now)
    rows = acts_of(session, document.id)
    for row in rows:
        settle(session, row.target, now)
    for row in rows:
        _note(session, row, "effect-noted", by)


def cease_to_act(session: Session, document: Document, now: datetime, *, by: Actor) -> None:
    """A withdrawn document changes no other any more. Its rows are held already."""
    settle(session, document, now)
    rows = acts_of(session, document.id)
    for row in rows:
        settle(session, row.target, now)
    for row in rows:
        _note(session, row, "effect-lifted", by)


def _note(session: Session, row: DocumentEffect, act: str, by: Actor) -> None:
    """In the history of the document acted on."""
    audit.append(
        session,
        actor=by.username,
        act=act,
        object_kind="document",
        object_id=row.target_id,
        kind=row.kind,
        by=row.document_id,
    )
