"""Keeping issued documents provable: their files are brought to a level, and renewed before timestamps run out.

Each document is done by itself, bytes first and then one transaction, as in the steps before: killed at any instant,
a document has its newer file or still its earlier one, and the next run goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM
from docsvc.db.records import Annex, Document, Rendition, Signature
from docsvc.errors import DocsvcError
from docsvc.issue.desk import Desk
from docsvc.issue.errors import NoLaterTimestamp
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.terms import REGISTERED, RenditionRole
from docsvc.records.units import subtree
from signing.errors import RevocationUnavailable, SigningError
from signing.preserve import Extended, Level, extend, lasts_until, level_of, renew, stamps_last_until
from signing.revocation import Remembering
from signing.sign import SignedFile
from signing.verify import verify

_BATCH = 100


class Done(StrEnum):
    """What became of one document."""

    EXTENDED = "extended"
    RENEWED = "renewed"
    KEPT = "kept"
    """Nothing was due."""
    FAILED = "failed"


_TELLING = (Done.FAILED, Done.EXTENDED, Done.RENEWED, Done.KEPT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document, and why not."""

    document_id: str
    reference: str
    done: Done
    level: str = ""
    """Of the file as it is now."""
    problem: DocsvcError | SigningError | None = None


def sealed_at_level(desk: Desk, sealed: SignedFile) -> SignedFile:
    """A file just sealed, at the office's level.

    Raises:
        SigningError: as :func:`signing.preserve.extend` does.
    """
    if not desk.level.covers(Level.B_LT):
        return sealed
    made = _extended(desk, sealed.content, desk.level)
    return SignedFile(made.content, sealed.certificate_sha256, made.level)


def count_issued(desk: Desk, unit_id: int | None = None) -> int:
    """How many documents :func:`preserve` goes over."""
    with desk.database.read() as session:
        return session.scalar(select(func.count()).select_from(Document).where(*_issued(unit_id))) or 0


def preserve(
    desk: Desk, level: Level, *, unit_id: int | None = None, within: timedelta | None = None
) -> Iterator[Outcome]:
    """Go over the issued documents; what cannot be done is told and passed over.

    Args:
        desk: the collaborators.
        level: B-LT or B-LTA; documents below it are brought there.
        unit_id: only documents of this unit and those below.
        within: renew where the last timestamp's certificate ends in this time; needs B-LTA.

    Raises:
        TimestampUnavailable: renewal is asked for, and the authority gives no timestamp.
    """
    lasting = stamps_last_until(desk.timestamper) if within is not None and desk.timestamper is not None else None
    if desk.revocation is not None:
        desk = replace(desk, revocation=Remembering(desk.revocation))
    last = ""
    while True:
        with desk.database.read() as session:
            chosen = select(Document.id).where(*_issued(unit_id), Document.id > last)
            ids = session.scalars(chosen.order_by(Document.id).limit(_BATCH)).all()
        if not ids:
            return
        for last in ids:
            yield _preserve_one(desk, last, level, within, lasting)


def _issued(unit_id: int | None) -> tuple[ColumnElement[bool], ...]:
    with_file = select(Rendition.id).where(Rendition.document_id == Document.id, Rendition.role == RenditionRole.ISSUED)
    conditions = (Document.state.in_(REGISTERED), with_file.correlate(Document).exists())
    return conditions if unit_id is None else (*conditions, Document.unit_id.in_(subtree([unit_id])))


def _preserve_one(
    desk: Desk, document_id: str, level: Level, within: timedelta | None, lasting: datetime | None
) -> Outcome:
    """The document's own file, then each of its annexes; what failed is told before what was done."""
    outcome = _preserve_own(desk, document_id, level, within, lasting)
    with desk.database.read() as session:
        annexes = [annex.id for annex in annexes_of(session.get_one(Document, document_id))]
    for annex_id in annexes:
        other = _preserve_annex(desk, outcome, annex_id, level, within, lasting)
        if _TELLING.index(other.done) < _TELLING.index(outcome.done):
            outcome = other
    return outcome


def _preserve_annex(
    desk: Desk, own: Outcome, annex_id: int, level: Level, within: timedelta | None, lasting: datetime | None
) -> Outcome:
    with desk.database.read() as session:
        annex = session.get_one(Annex, annex_id)
        sha256, now_at = annex_file(annex).sha256, annex.level
    below = not Level(now_at).covers(level)
    kept = Outcome(own.document_id, own.reference, Done.KEPT, now_at)
    if not below and within is None:
        return kept
    try:
        content = desk.store.get(sha256)
        made = _extended(desk, content, level) if below else _renewed(desk, content, within or timedelta(), lasting)
        if made is None or not _annex_kept(desk, annex_id, sha256, made):
            return kept
    except (DocsvcError, SigningError) as error:
        return replace(kept, done=Done.FAILED, problem=error)
    return replace(kept, done=Done.EXTENDED if below else Done.RENEWED, level=made.level)


def _annex_kept(desk: Desk, annex_id: int, earlier: str, made: Extended) -> bool:
    """Record an annex's newer file; ``False`` if somebody was faster."""
    sha256 = desk.store.put(made.content)
    with desk.database.write() as session:
        annex = session.get_one(Annex, annex_id)
        document = _locked(session, annex.document_id)
        session.refresh(annex)
        current = annex_file(annex)
        if document.state not in REGISTERED or current.sha256 != earlier:
            return False
        annex.level = made.level
        document.changed_at = desk.clock()
        if sha256 != earlier:
            newer = Rendition(
                role=RenditionRole.ANNEX,
                annex_id=annex.id,
                sha256=sha256,
                size_bytes=len(made.content),
                file_name=current.file_name,
                store=desk.store.name,
                created_at=desk.clock(),
                created_by=current.created_by,
            )
            document.renditions.append(newer)
        audit.append(
            session,
            actor=SYSTEM.username,
            act="preserved",
            object_kind="document",
            object_id=document.id,
            sha256=sha256,
            earlier=earlier,
            level=made.level,
        )
    return True


def _preserve_own(
    desk: Desk, document_id: str, level: Level, within: timedelta | None, lasting: datetime | None
) -> Outcome:
    with desk.database.read() as session:
        document = session.get_one(Document, document_id)
        reference = document.reference or ""
        sha256 = issued_file(document).sha256
        below = any(not _level(signature).covers(level) for signature in document.signatures)
        now_at = min((signature.level for signature in document.signatures), default="")
    if not below and within is None:
        return Outcome(document_id, reference, Done.KEPT, now_at)
    try:
        content = desk.store.get(sha256)
        done = Done.EXTENDED if below else Done.RENEWED
        made = _extended(desk, content, level) if below else _renewed(desk, content, within or timedelta(), lasting)
        if made is None or not _kept(desk, document_id, sha256, made):
            return Outcome(document_id, reference, Done.KEPT, now_at)
    except (DocsvcError, SigningError) as error:
        return Outcome(document_id, reference, Done.FAILED, now_at, error)
    return Outcome(document_id, reference, done, made.level)


def _extended(desk: Desk, content: bytes, level: Level) -> Extended:
    if desk.revocation is None:
        raise RevocationUnavailable("nobody to ask")
    return extend(
        content,
        trust=desk.trust,
        status=desk.revocation,
        timestamper=desk.timestamper,
        level=level,
        limits=desk.limits,
        now=desk.clock(),
    )


def _renewed(desk: Desk, content: bytes, within: timedelta, lasting: datetime | None) -> Extended | None:
    """With another timestamp, if the last one ends soon.

    Raises:
        NoLaterTimestamp: a new one would end no later.
    """
    now = desk.clock()
    report = verify(content, trust=desk.trust, at=now, limits=desk.limits)
    until = lasts_until(report)
    if level_of(report) is Level.B_LTA and until is not None:
        if until > now + within:
            return None
        if lasting is None or lasting <= until:
            raise NoLaterTimestamp
    if desk.revocation is None:
        raise RevocationUnavailable("nobody to ask")
    return renew(
        content,
        trust=desk.trust,
        status=desk.revocation,
        timestamper=desk.timestamper,
        limits=desk.limits,
        now=now,
    )


def _kept(desk: Desk, document_id: str, earlier: str, made: Extended) -> bool:
    """Record the newer file; ``False`` if somebody was faster."""
    sha256 = desk.store.put(made.content)
    with desk.database.write() as session:
        document = _locked(session, document_id)
        current = issued_file(document)
        if document.state not in REGISTERED or current.sha256 != earlier:
            return False
        document.changed_at = desk.clock()
        if sha256 != earlier:
            # Made by the service; who issued the document stays the one who answers for its file.
            document.renditions.append(
                Rendition(
                    role=RenditionRole.ISSUED,
                    sha256=sha256,
                    size_bytes=len(made.content),
                    file_name=current.file_name,
                    store=desk.store.name,
                    created_at=desk.clock(),
                    created_by=current.created_by,
                )
            )
        for signature, report in zip(document.signatures, made.report.signatures, strict=True):
            signature.level, signature.indication = str(report.level or ""), report.indication
            signature.checked_at = desk.clock()
        audit.append(
            session,
            actor=SYSTEM.username,
            act="preserved",
            object_kind="document",
            object_id=document.id,
            sha256=sha256,
            earlier=earlier,
            level=made.level,
        )
    return True


def issued_file(document: Document) -> Rendition:
    """The newest file of an issued document: what readers get."""
    return [one for one in document.renditions if one.role == RenditionRole.ISSUED][-1]


def _locked(session: Session, document_id: str) -> Document:
    session.execute(select(Document.id).where(Document.id == document_id).with_for_update(key_share=True))
    return session.get_one(Document, document_id)


def _level(signature: Signature) -> Level:
    return Level(signature.level) if signature.level in set(Level) else Level.B_B
