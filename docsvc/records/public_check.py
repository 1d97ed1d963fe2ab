"""What the register tells to whoever has a document's check code, and what a file is to that document."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from config.document_types import is_copy
from docsvc.accounts import Actor
from docsvc.db.check_codes import CheckCode
from docsvc.db.records import Annex, Document, Rendition
from docsvc.errors import NotFound
from docsvc.records.annexes import annexes_of, label_of
from docsvc.records.check_codes import digest_of, grouped, read_code
from docsvc.records.effects import acting_on, first_day, starts_on, state_on
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, Access, EffectKind, LegalEffect, RenditionRole, State

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_FINAL = (RenditionRole.ISSUED, RenditionRole.SCAN, RenditionRole.ANNEX)


class Comparison(StrEnum):
    """What a file is to the document that a code names."""

    ISSUED = "issued"
    """The very file that was issued, byte for byte."""
    LATER = "later"
    """The issued file, to which this service added what proves its signatures for longer."""
    APPENDED = "appended"
    """Begins with the issued file, byte for byte; somebody appended something behind it."""
    EARLIER = "earlier"
    """A draft, or the file as the leader signed it: not the issued document."""
    OTHER = "other"
    """No file of this document."""


@dataclass(frozen=True, slots=True)
class CopyOf:
    """What a copy was made from."""

    reference: str
    issued_on: date | None
    agency: str
    pages: str
    """Of an excerpt; empty where all of it was copied."""
    withdrawn_at: datetime | None
    """When the document it was made from was withdrawn; ``None`` if it was not, or is not for everybody to know of."""
    effect: LegalEffect | None = None
    """Of the document it was made from, today; ``None`` where that is not for everybody to know of."""
    effect_ends: date | None = None


@dataclass(frozen=True, slots=True)
class NewerDocument:
    """A public document that stands in the register and acts on the one looked up."""

    kind: EffectKind
    from_on: date | None
    type_key: str
    reference: str
    issued_on: date | None
    unit_name: str


@dataclass(frozen=True, slots=True)
class AnnexEntry:
    """An annex in a file of its own."""

    label: str
    title: str
    pages: int


@dataclass(frozen=True, slots=True)
class PublicRecord:
    """A document as it stands in the register (NĐ 30, appendix IV)."""

    code: str
    """Grouped, as people read it."""
    document_id: str
    reference: str
    issued_on: date | None
    type_key: str
    abstract: str
    unit_name: str
    signatory_name: str
    signatory_position: str
    signatory_authority: str
    state: State
    """``issued`` or ``withdrawn``."""
    withdrawn_at: datetime | None
    medium: str
    pages: int
    annexes: tuple[AnnexEntry, ...]
    copy_of: CopyOf | None
    may_open: bool
    """Whether the person asking may open the document's page."""
    effect: LegalEffect = LegalEffect.IN_FORCE
    """Today."""
    effect_from: date | None = None
    """Its first day in force."""
    effect_ends: date | None = None
    """First day on which it is not in force any more, come or to come; ``None``: none is known."""
    newer: tuple[NewerDocument, ...] = ()
    """By which others, of those that are public; that there are more is never told."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What a file turned out to be."""

    comparison: Comparison
    annex: str
    """Label and title of the annex whose file it is; empty for the document's own file."""


def look_up(session: Session, typed: str, actor: Actor | None = None, *, today: date | None = None) -> PublicRecord:
    """The register's entry that a code leads to.

    Everybody is told of public documents that stand in the register; who is signed in, also of what that person may
    read.

    Raises:
        NotFound: there is no such code, or what it leads to is not for this person or not issued yet. The answer is
            the same in each case, and every case takes the one question to the database.
    """
    code = read_code(typed)
    today = today or datetime.now(_VIETNAM).date()
    shown = _public()
    if actor is not None:
        shown = or_(shown, and_(Document.state.in_(REGISTERED), readable(session, actor)))
    document = session.scalar(
        select(Document)
        .join(CheckCode, CheckCode.document_id == Document.id)
        .where(CheckCode.code_sha256 == digest_of(code or ""), shown)
    )
    if document is None or code is None:
        raise NotFound
    return PublicRecord(
        code=grouped(code),
        document_id=document.id,
        reference=document.reference or "",
        issued_on=document.issued_on,
        type_key=document.type_key,
        abstract=document.abstract,
        unit_name=document.unit.name,
        signatory_name=document.signatory_name,
        signatory_position=document.signatory_position,
        signatory_authority=document.signatory_authority,
        state=State(document.state),
        withdrawn_at=document.withdrawn_at,
        medium=document.medium,
        pages=document.pages,
        annexes=tuple(AnnexEntry(label_of(document, one), one.title, one.pages) for one in annexes_of(document)),
        copy_of=_copy_of(document, today),
        may_open=actor is not None and _may_open(session, document, actor),
        effect=state_on(document, today) or LegalEffect.IN_FORCE,
        effect_from=first_day(document),
        effect_ends=document.ended_on,
        newer=_newer(session, document),
    )


def compare(session: Session, document_id: str, content: bytes) -> Compared:
    """What a file is to a document, its annexes included; told by SHA-256, nothing is read from the file."""
    rows = session.scalars(select(Rendition).where(Rendition.document_id == document_id).order_by(Rendition.id)).all()
    document = session.get_one(Document, document_id)
    finals = [row for row in rows if row.role in _FINAL and (row.annex is None or row.annex in annexes_of(document))]
    digest = hashlib.sha256(content).hexdigest()
    for row in finals:
        if row.sha256 == digest:
            first = next(one for one in finals if (one.role, one.annex_id) == (row.role, row.annex_id))
            comparison = Comparison.ISSUED if first.sha256 == digest else Comparison.LATER
            return Compared(comparison, _annex_name(document, row.annex))
    beginnings = _beginnings(content, {row.size_bytes for row in finals if row.size_bytes < len(content)})
    for row in reversed(finals):
        if beginnings.get(row.size_bytes) == row.sha256:
            return Compared(Comparison.APPENDED, _annex_name(document, row.annex))
    for row in rows:
        if row.sha256 == digest:
            return Compared(Comparison.EARLIER, _annex_name(document, row.annex))
    return Compared(Comparison.OTHER, "")


def _public() -> ColumnElement[bool]:
    return and_(Document.state.in_(REGISTERED), Document.access == Access.PUBLIC)


def _copy_of(document: Document, today: date) -> CopyOf | None:
    known = document.copied_from
    if known is None or not is_copy(document.type_key):
        return None
    source = known.source
    public = source if source is not None and source.access == Access.PUBLIC else None
    return CopyOf(
        reference=known.reference,
        issued_on=known.issued_on,
        agency=known.agency,
        pages=known.pages,
        withdrawn_at=public.withdrawn_at if public is not None and public.state == State.WITHDRAWN else None,
        effect=state_on(public, today) if public is not None else None,
        effect_ends=public.ended_on if public is not None else None,
    )


def _newer(session: Session, document: Document) -> tuple[NewerDocument, ...]:
    """Those that are public, whoever asks; of a withdrawn document nothing more needs to be said."""
    if document.state == State.WITHDRAWN:
        return ()
    return tuple(
        NewerDocument(
            kind=EffectKind(row.kind),
            from_on=starts_on(row),
            type_key=row.document.type_key,
            reference=row.document.reference or "",
            issued_on=row.document.issued_on,
            unit_name=row.document.unit.name,
        )
        for row in acting_on(session, document)
        if row.document.access == Access.PUBLIC
    )


def _annex_name(document: Document, annex: Annex | None) -> str:
    return f"{label_of(document, annex)}: {annex.title}" if annex is not None else ""


def _beginnings(content: bytes, sizes: set[int]) -> dict[int, str]:
    """SHA-256 of the file's beginnings of those lengths, each byte read once."""
    digests: dict[int, str] = {}
    running = hashlib.sha256()
    done = 0
    for size in sorted(sizes):
        running.update(content[done:size])
        digests[size] = running.hexdigest()
        done = size
    return digests


def _may_open(session: Session, document: Document, actor: Actor) -> bool:
    return session.scalar(select(Document.id).where(Document.id == document.id, readable(session, actor))) is not None
