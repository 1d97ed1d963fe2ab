"""What only those who handle a document see of it: its earlier files and what was done to it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, Event, Rendition
from docsvc.errors import NotFound
from docsvc.records.reading import fetch
from docsvc.records.terms import REGISTERED, RenditionRole, State
from docsvc.records.units import subtree

_FOR_READERS = (RenditionRole.ISSUED, RenditionRole.SCAN, RenditionRole.ANNEX)


@dataclass(frozen=True, slots=True)
class PastAct:
    """One entry of a document's history."""

    happened_at: datetime
    act: str
    username: str
    full_name: str
    """Empty for the service itself and for people whose account is gone."""
    detail: dict[str, Any]


def handles(session: Session, actor: Actor, document: Document) -> bool:
    """Whether the person drafts, signs, issues or audits this document, beyond reading it."""
    if actor.user_id == document.created_by:
        return True
    if actor.user_id == document.signatory_id and document.state != State.DRAFT:
        return True
    if actor.holds(Role.CLERK, [document.unit_id]):
        return True
    audited = subtree(actor.units(Role.AUDITOR))
    return session.scalar(select(Unit.id).where(Unit.id == document.unit_id, Unit.id.in_(audited))) is not None


def files_of(session: Session, actor: Actor, document: Document) -> tuple[Rendition, ...]:
    """The document's files for this person, newest first: readers get what was issued, never a draft.

    Its own come before those of its annexes.
    """
    everything = handles(session, actor, document)
    return tuple(
        rendition
        for rendition in sorted(document.renditions, key=lambda one: (one.annex_id is not None, -one.id))
        if everything or (document.state in REGISTERED and rendition.role in _FOR_READERS)
    )


def fetch_file(session: Session, actor: Actor, document_id: str, rendition_id: int) -> tuple[Document, Rendition]:
    """One file of a document, if this person may read both.

    Raises:
        NotFound: there is none, or it is not for this person: the answer is the same.
    """
    document = fetch(session, actor, document_id)
    for rendition in files_of(session, actor, document):
        if rendition.id == rendition_id:
            return document, rendition
    raise NotFound


def note_download(session: Session, actor: Actor, document: Document, rendition: Rendition) -> None:
    """Write into the event log that the person takes this file away (NĐ 30, appendix VI: who used a document)."""
    audit.append(
        session,
        actor=actor.username,
        act="file-downloaded",
        object_kind="document",
        object_id=document.id,
        sha256=rendition.sha256,
        role=rendition.role,
    )


def history(session: Session, actor: Actor, document: Document) -> tuple[PastAct, ...]:
    """What was done to the document, oldest first; nothing for those who only read it."""
    if not handles(session, actor, document):
        return ()
    rows = session.execute(
        select(Event, User.full_name)
        .outerjoin(User, User.username == Event.actor)
        .where(Event.object_kind == "document", Event.object_id == document.id)
        .order_by(Event.id)
    )
    return tuple(
        PastAct(event.happened_at, event.act, event.actor, full_name or "", json.loads(event.detail))
        for event, full_name in rows
    )
