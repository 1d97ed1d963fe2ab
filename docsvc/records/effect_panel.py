"""What one reader is told of a document's legal effect: by which others, as far as they are for that reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.accounts import Actor
from docsvc.db.effects import DocumentEffect
from docsvc.db.records import Document
from docsvc.records.effect_keeping import may_keep
from docsvc.records.effects import acting_on, acts_of, first_day, starts_on, state_on
from docsvc.records.handling import handles
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, EffectKind, LegalEffect, State


@dataclass(frozen=True, slots=True)
class Relation:
    """One thing that one document does to another, seen from either."""

    id: int
    kind: EffectKind
    from_on: date | None
    """From which day; unknown while the newer document has no date."""
    begun: bool
    """Whether that day has come, and the newer document is issued."""
    other: Document | None
    """``None`` for a document that is not for this reader: of that one nothing is told."""
    may_take_back: bool


@dataclass(frozen=True, slots=True)
class EffectPanel:
    """A document's legal effect, as one reader may know it."""

    state: LegalEffect | None
    """``None`` while the document does not stand in the register."""
    start: date | None
    last: date | None
    """Its last day by its own words."""
    ended_on: date | None
    """First day not in force any more, come or to come."""
    acted_on: tuple[Relation, ...]
    """What issued documents do to it, also from a later day on."""
    acts: tuple[Relation, ...]
    """What it does to others, or will when it is issued."""
    may_record: bool


def panel_of(session: Session, actor: Actor, document: Document, on: date) -> EffectPanel:
    """A document's legal effect for a reader who may read the document itself.

    What a draft will do is told to those alone who handle it; of what a document does, readers learn with it.
    """
    registered = document.state in REGISTERED
    upon = acting_on(session, document) if document.state == State.ISSUED else ()
    acts = acts_of(session, document.id) if registered or handles(session, actor, document) else ()
    others = _readable(session, actor, [*(row.document_id for row in upon), *(row.target_id for row in acts)])
    keeps = may_keep(actor, document)

    def seen(row: DocumentEffect, other_id: str) -> Relation:
        other = others.get(other_id)
        day = starts_on(row)
        acting = row.document
        allowed = may_keep(actor, acting) or (
            acting.state == State.ISSUED and other is not None and may_keep(actor, row.target)
        )
        return Relation(
            id=row.id,
            kind=EffectKind(row.kind),
            from_on=day,
            begun=acting.state == State.ISSUED and day is not None and day <= on,
            other=other,
            may_take_back=allowed,
        )

    return EffectPanel(
        state=state_on(document, on),
        start=first_day(document),
        last=document.in_force_until,
        ended_on=document.ended_on,
        acted_on=tuple(seen(row, row.document_id) for row in upon),
        acts=tuple(seen(row, row.target_id) for row in acts),
        may_record=keeps,
    )


def _readable(session: Session, actor: Actor, ids: Iterable[str]) -> dict[str, Document]:
    wanted = list(ids)
    if not wanted:
        return {}
    rows = session.scalars(select(Document).where(Document.id.in_(wanted), readable(session, actor)))
    return {row.id: row for row in rows}
