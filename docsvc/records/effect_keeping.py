"""Recording what a document does to others, and from when to when it is in force itself.

A document whose content is wrong is amended or replaced by another, one whose form is wrong is corrected by a letter
of the organ that issued it (NĐ 30, art. 18.3); a document is amended, replaced or repealed by that organ or by a
competent superior alone (Law 80/2015/QH13, art. 12.1, for legal documents; the same is held of all others).
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.document_types import is_copy
from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.effects import DocumentEffect
from docsvc.db.people import Unit
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.records.effects import acts_of, first_day, lock, lock_with_targets, settle
from docsvc.records.errors import NotCompetent, WrongState
from docsvc.records.reading import fetch
from docsvc.records.terms import EffectKind, State
from docsvc.texts import one_line

_ON_ITS_WAY = (State.SIGNED, State.NUMBERED, State.SEALED)
_LONGEST_REASON = 300


def may_keep(actor: Actor, document: Document) -> bool:
    """Whether the person records what a document does: its drafter in the draft, then the clerk of its unit."""
    if document.state == State.DRAFT:
        return document.created_by == actor.user_id and actor.holds(Role.DRAFTER, [document.drafting_unit_id])
    return document.state not in (State.SUBMITTED, State.WITHDRAWN) and actor.holds(Role.CLERK, [document.unit_id])


def record(
    session: Session,
    document_id: str,
    target_id: str,
    kind: EffectKind,
    *,
    by: Actor,
    from_on: date | None = None,
) -> DocumentEffect:
    """Record what a document does to another; while it is not issued, nothing follows yet.

    Recorded again just the same, it makes nothing new. Clerks of the other document's unit may record it too, once
    the newer one is issued: it is their register that has to tell.

    Raises:
        NotFound: one of them is not there for this person.
        Forbidden: this person keeps neither document.
        WrongState: the other document is not issued, or was withdrawn.
        NotCompetent: the newer one's unit has no say over the other.
        Invalid: a copy, the document itself, an older one, one that acts on it in turn, or an impossible day.
    """
    lock(session, (document_id, target_id))
    document, target = fetch(session, by, document_id), fetch(session, by, target_id)
    _require_pair(session, document, target)
    if not may_keep(by, document) and not (document.state == State.ISSUED and may_keep(by, target)):
        raise Forbidden
    if target.state != State.ISSUED or document.state not in (State.DRAFT, *_ON_ITS_WAY, State.ISSUED):
        raise WrongState
    require_competence(session, document, target, kind, by=by)
    earliest = target.issued_on
    if from_on is not None and earliest is not None and from_on < earliest:
        raise Invalid(
            f"Ngày bắt đầu không được trước ngày {earliest:%d/%m/%Y} của văn bản kia.",
            f"It cannot begin before the other document's date, {earliest:%d/%m/%Y}.",
        )
    known = _standing(session, document_id, target_id, kind)
    if known is not None:
        if known.from_on == from_on:
            return known
        raise Invalid(
            "Quan hệ này đã ghi với ngày bắt đầu khác. Hãy gỡ bản ghi cũ trước.",
            "This stands recorded with another first day. Take that back first.",
        )
    row = DocumentEffect(
        document_id=document_id,
        target_id=target_id,
        kind=kind,
        from_on=from_on,
        recorded_by=by.user_id,
        recorded_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    _follow(session, row, "effect-recorded", "effect-noted", by)
    return row


def take_back(session: Session, effect_id: int, *, by: Actor, of: str = "", reason: str = "") -> None:
    """Take back what was recorded by mistake; it stays on record as taken back.

    ``of`` names one of the two documents, where that is how the entry was come to.

    Raises:
        NotFound: there is no such entry for this person, or it was taken back before.
        Forbidden: this person keeps neither document.
    """
    row = session.get(DocumentEffect, effect_id)
    if row is None or of not in ("", row.document_id, row.target_id):
        raise NotFound
    lock(session, (row.document_id, row.target_id))
    session.refresh(row)
    document = fetch(session, by, row.document_id)
    target = session.get_one(Document, row.target_id)
    if row.withdrawn_at is not None:
        raise NotFound
    allowed = may_keep(by, document) or (document.state == State.ISSUED and may_keep(by, target))
    if not allowed:
        raise Forbidden
    row.withdrawn_at, row.withdrawn_by = datetime.now(UTC), by.user_id
    _follow(session, row, "effect-taken-back", "effect-lifted", by, reason=one_line(reason)[:_LONGEST_REASON])


def set_period(session: Session, document_id: str, start: date | None, last: date | None, *, by: Actor) -> None:
    """Record from when to when a document is in force by its own words; ``None``: from its date, without end.

    Raises:
        NotFound: it is not there for this person.
        Forbidden: this person does not keep it.
        WrongState: it was withdrawn.
        Invalid: it would end before it begins.
    """
    lock_with_targets(session, document_id)
    document = fetch(session, by, document_id)
    if document.state == State.WITHDRAWN:
        raise WrongState
    if not may_keep(by, document):
        raise Forbidden
    begins = start or document.issued_on
    if last is not None and begins is not None and last < begins:
        raise Invalid(
            f"Ngày hết hiệu lực phải từ ngày {begins:%d/%m/%Y} trở đi.",
            f"It cannot end before it begins, on {begins:%d/%m/%Y}.",
        )
    if (document.in_force_from, document.in_force_until) == (start, last):
        return
    document.in_force_from, document.in_force_until = start, last
    now = datetime.now(UTC)
    settle(session, document, now)
    if document.state == State.ISSUED:
        for row in acts_of(session, document.id):
            settle(session, row.target, now)
    audit.append(
        session,
        actor=by.username,
        act="in-force-set",
        object_kind="document",
        object_id=document.id,
        start=start.isoformat() if start else None,
        last=last.isoformat() if last else None,
    )


def require_competence(session: Session, document: Document, target: Document, kind: EffectKind, *, by: Actor) -> None:
    """Refuse what only another organ could do.

    The organ that issued a document may; one that has taken over from it, under the same superior; and, but for
    corrections, every organ above. Units that are not in one line, as a council and its committee, need a clerk who
    keeps both registers.

    Raises:
        NotCompetent
    """
    acting, other = session.get_one(Unit, document.unit_id), session.get_one(Unit, target.unit_id)
    on = document.issued_on or datetime.now(UTC).date()
    ended = other.active_to is not None and other.active_to < on
    if acting.id == other.id or (ended and acting.parent_id == other.parent_id):
        return
    if by.holds(Role.CLERK, [acting.id]) and by.holds(Role.CLERK, [other.id]):
        return
    if kind is EffectKind.CORRECTS or not _is_above(session, acting, other):
        raise NotCompetent


def require_still_competent(session: Session, document: Document, *, by: Actor) -> None:
    """After a draft moved to another unit: refuse if it could not do any more what was recorded with it.

    Raises:
        NotCompetent
    """
    for row in acts_of(session, document.id):
        require_competence(session, document, row.target, EffectKind(row.kind), by=by)


def _is_above(session: Session, unit: Unit, other: Unit) -> bool:
    above, seen = other.parent_id, {other.id}
    while above is not None and above not in seen:
        if above == unit.id:
            return True
        seen.add(above)
        above = session.scalar(select(Unit.parent_id).where(Unit.id == above))
    return False


def _require_pair(session: Session, document: Document, target: Document) -> None:
    if document.id == target.id:
        raise Invalid("Văn bản không thể tác động đến chính nó.", "A document cannot act on itself.")
    if is_copy(document.type_key) or is_copy(target.type_key):
        raise Invalid(
            "Bản sao không có hiệu lực riêng. Hãy chọn văn bản gốc.",
            "A copy has no effect of its own. Choose the document it was made from.",
        )
    if document.issued_on is not None and target.issued_on is not None and document.issued_on < target.issued_on:
        raise Invalid(
            "Văn bản có ngày sớm hơn không thể tác động đến văn bản ban hành sau nó.",
            "An older document cannot act on one that was issued after it.",
        )
    # Only documents of one day could act on each other in turn; followed as far as it goes all the same.
    acted_on = select(DocumentEffect.target_id).where(
        DocumentEffect.document_id == target.id, DocumentEffect.withdrawn_at.is_(None)
    )
    chain = acted_on.cte(recursive=True)
    chain = chain.union(
        select(DocumentEffect.target_id).where(
            DocumentEffect.document_id == chain.c.target_id, DocumentEffect.withdrawn_at.is_(None)
        )
    )
    if session.scalar(select(chain.c.target_id).where(chain.c.target_id == document.id).limit(1)) is not None:
        raise Invalid(
            "Văn bản kia đã được ghi là tác động đến văn bản này, nên không ghi ngược lại được.",
            "The other document stands recorded as acting on this one; it cannot be so both ways.",
        )


def _standing(session: Session, document_id: str, target_id: str, kind: EffectKind) -> DocumentEffect | None:
    return session.scalar(
        select(DocumentEffect).where(
            DocumentEffect.document_id == document_id,
            DocumentEffect.target_id == target_id,
            DocumentEffect.kind == kind,
            DocumentEffect.withdrawn_at.is_(None),
        )
    )


def _follow(session: Session, row: DocumentEffect, act: str, act_on_other: str, by: Actor, **told: str) -> None:
    """Settle the other document, let both be indexed, and write it into both histories."""
    document = session.get_one(Document, row.document_id)
    target = session.get_one(Document, row.target_id)
    issued, now = document.state == State.ISSUED, datetime.now(UTC)
    if issued:
        settle(session, target, now)
        settle(session, document, now)
    told = {"kind": row.kind, **{name: text for name, text in told.items() if text}}
    first = row.from_on or first_day(document)
    entries = [(document.id, act, {"target": target.id, "from": first.isoformat() if first else ""})]
    if issued:
        entries.append((target.id, act_on_other, {"by": document.id}))
    for object_id, name, more in entries:
        audit.append(session, actor=by.username, act=name, object_kind="document", object_id=object_id, **told, **more)
