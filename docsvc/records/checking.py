"""Whether a file that somebody holds is the very file in this archive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session, joinedload

from docsvc.accounts import Actor
from docsvc.db.records import Document, Rendition
from docsvc.records.annexes import label_of
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, Access, RenditionRole, State

_FINAL = (RenditionRole.ISSUED, RenditionRole.SCAN, RenditionRole.ANNEX)


class Standing(StrEnum):
    """What the file is to the archive."""

    CURRENT = "current"
    """The file that stands in the archive for a document in force."""
    EARLIER_FORM = "earlier-form"
    """The file as it was issued, before data were added that prove it for longer; it is as good."""
    EARLIER = "earlier"
    """A draft, the file as the leader signed it, or what a copy was made from: not the issued document."""
    WITHDRAWN = "withdrawn"
    """The file in the archive of a document that was withdrawn after issue."""


@dataclass(frozen=True, slots=True)
class Match:
    """The archive's record of the file."""

    standing: Standing
    document_id: str
    reference: str
    issued_on: date | None
    type_key: str
    abstract: str
    unit_name: str
    signatory_name: str
    signatory_position: str
    withdrawn_at: datetime | None
    withdrawn_because: str
    """Only for who may open the document; empty for others."""
    annex: str
    """Label and title of the annex whose file it is; empty for the document's own file."""
    may_open: bool
    """Whether the person asking may open the document's page."""


def match(session: Session, sha256: str, actor: Actor | None = None) -> Match | None:
    """The record that a file belongs to, by its SHA-256; ``None`` if it is no file of a record shown here.

    To everybody only public documents that stand in the register are shown. Who is signed in also sees what that
    person may read. A file of any other document is answered like a file that was never here.
    """
    shown = _public()
    if actor is not None:
        shown = or_(shown, and_(Document.state.in_(REGISTERED), readable(session, actor)))
    current = case((Rendition.role.in_(_FINAL), 1), else_=0)
    found = session.execute(
        select(Document, Rendition)
        .join(Rendition, Rendition.document_id == Document.id)
        .where(Rendition.sha256 == sha256, shown)
        .options(joinedload(Document.unit))
        .order_by(current.desc(), Document.issued_on.desc(), Document.id, Rendition.id.desc())
        .limit(1)
    ).first()
    if found is None:
        return None
    document, rendition = found
    withdrawn = document.state == State.WITHDRAWN
    may_open = actor is not None and _may_open(session, document, actor)
    return Match(
        standing=_standing(session, rendition, withdrawn=withdrawn),
        document_id=document.id,
        reference=document.reference or "",
        issued_on=document.issued_on,
        type_key=document.type_key,
        abstract=document.abstract,
        unit_name=document.unit.name,
        signatory_name=document.signatory_name,
        signatory_position=document.signatory_position,
        withdrawn_at=document.withdrawn_at,
        withdrawn_because=document.note if withdrawn and may_open else "",
        annex=f"{label_of(document, rendition.annex)}: {rendition.annex.title}" if rendition.annex else "",
        may_open=may_open,
    )


def _public() -> ColumnElement[bool]:
    return and_(Document.state.in_(REGISTERED), Document.access == Access.PUBLIC)


def _standing(session: Session, rendition: Rendition, *, withdrawn: bool) -> Standing:
    if rendition.role not in _FINAL:
        return Standing.EARLIER
    if withdrawn:
        return Standing.WITHDRAWN
    newer = select(Rendition.id).where(
        Rendition.document_id == rendition.document_id,
        Rendition.role == rendition.role,
        Rendition.annex_id.is_not_distinct_from(rendition.annex_id),
        Rendition.id > rendition.id,
    )
    return Standing.CURRENT if session.scalar(newer.limit(1)) is None else Standing.EARLIER_FORM


def _may_open(session: Session, document: Document, actor: Actor) -> bool:
    return session.scalar(select(Document.id).where(Document.id == document.id, readable(session, actor))) is not None
