"""Keeping issued documents provable: their files are brought to a level, and renewed before timestamps run out.

Each document is done by itself, bytes first and then one transaction, as in the steps before: killed at any instant,
a document has its newer file or still its earlier one, and the next run goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from docsvc.db.records import Document, Rendition, Signature
from docsvc.db.upkeep import Proof
from docsvc.errors import DocsvcError
from docsvc.issue import waits
from docsvc.issue.annex_preserving import annexes_below, extend_annex, renew_annexes
from docsvc.issue.desk import Desk
from docsvc.issue.errors import NoLaterTimestamp
from docsvc.issue.extending import Done, Outcome, extended, put_newer, renewed
from docsvc.records.index_jobs import owe
from docsvc.records.terms import REGISTERED, RenditionRole
from docsvc.records.units import subtree
from signing.errors import SigningError
from signing.preserve import Extended, Level, lasts_until, level_of, stamps_last_until
from signing.revocation import Remembering
from signing.verify import FileReport, Verdict, verify

_BATCH = 100


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
        level: documents below it are brought there.
        unit_id: only documents of this unit and those below.
        within: renew where the last timestamp's certificate ends in this time; needs B-LTA.

    Raises:
        TimestampUnavailable: renewal is asked for, and the authority gives no timestamp.
    """
    lasting = lasting_now(desk) if within is not None else None
    desk = asking_once(desk)
    last = ""
    while True:
        with desk.database.read() as session:
            chosen = select(Document.id).where(*_issued(unit_id), Document.id > last)
            ids = session.scalars(chosen.order_by(Document.id).limit(_BATCH)).all()
        if not ids:
            return
        for last in ids:
            yield preserve_one(desk, last, level, within=within, lasting=lasting)


def lasting_now(desk: Desk) -> datetime | None:
    """Until when a timestamp got now would last; ``None`` where there is nobody to give one.

    Raises:
        TimestampUnavailable: it could not be had.
    """
    return stamps_last_until(desk.timestamper, desk.algorithm_ends) if desk.timestamper is not None else None


def asking_once(desk: Desk) -> Desk:
    """A desk for a run over many documents: authorities are asked once for what all of them need."""
    return replace(desk, revocation=Remembering(desk.revocation)) if desk.revocation is not None else desk


def _issued(unit_id: int | None) -> tuple[ColumnElement[bool], ...]:
    with_file = select(Rendition.id).where(Rendition.document_id == Document.id, Rendition.role == RenditionRole.ISSUED)
    conditions = (Document.state.in_(REGISTERED), with_file.correlate(Document).exists())
    return conditions if unit_id is None else (*conditions, Document.unit_id.in_(subtree([unit_id])))


def preserve_one(
    desk: Desk,
    document_id: str,
    level: Level,
    *,
    within: timedelta | None = None,
    lasting: datetime | None = None,
) -> Outcome:
    """Bring one issued document and its annexes to a level, or renew them; why it cannot be done is put on record.

    Args:
        desk: the collaborators.
        document_id: of an issued document.
        level: what it is to have.
        within: renew where the last timestamp ends in this time; ``None`` renews nothing.
        lasting: until when a timestamp got now would last; ``None`` where there are none.
    """
    with desk.database.read() as session:
        document = session.get_one(Document, document_id)
        reference = document.reference or ""
        sha256 = issued_file(document).sha256
        below = any(not _level(signature).covers(level) for signature in document.signatures)
        now_at = min((_level(one) for one in document.signatures), key=list(Level).index, default=Level.B_B)
        proof = session.get(Proof, document_id)
        until = proof_until(proof, desk) if proof is not None else None
        annexes = annexes_below(document, level)
    later = desk.clock() + (within or timedelta())
    kept = Outcome(document_id, reference, Done.EXTENDED if annexes else Done.KEPT, now_at)
    try:
        # The annexes first: while one is left behind, the document still is what there is to do.
        for annex_id in annexes:
            extend_annex(desk, annex_id, level)
        if not below and (within is None or (until is not None and until > later)):
            return kept
        content = desk.store.get(sha256)
        if not below and until is None:
            until = _look(desk, document_id, content)
            if until is not None and until > later:
                return kept
        if not below and until is not None and (lasting is None or lasting <= until):
            raise NoLaterTimestamp
        if not below:
            renew_annexes(desk, document_id)
        made = extended(desk, content, level) if below else renewed(desk, content)
        if not _kept(desk, document_id, sha256, made):
            return kept
    except (DocsvcError, SigningError) as error:
        with desk.database.write() as session:
            waits.put(session, desk, document_id, waits.PRESERVE, level, error)
        return Outcome(document_id, reference, Done.FAILED, now_at, error)
    return Outcome(document_id, reference, Done.EXTENDED if below else Done.RENEWED, made.level)


def _look(desk: Desk, document_id: str, content: bytes) -> datetime | None:
    """Until when a file is proven whose record does not say so."""
    report = verify(content, trust=desk.trust, at=desk.clock(), limits=desk.limits)
    with desk.database.write() as session:
        note_proof(session, document_id, report)
    return lasts_until(report, desk.algorithm_ends) if level_of(report) is Level.B_LTA else None


def note_proof(session: Session, document_id: str, report: FileReport) -> None:
    """Record until when the newest timestamp proves a file of level B-LTA, in the caller's transaction."""
    if level_of(report) is not Level.B_LTA or report.verdict is not Verdict.VALID:
        return
    last = report.document_timestamps[-1]
    if last.certificate_until is None:
        return
    row = session.get(Proof, document_id)
    if row is None:
        row = Proof(document_id=document_id)
        session.add(row)
    row.certificate_until = last.certificate_until
    row.algorithms = f" {' '.join(last.algorithms)} "[:200]


def proof_until(proof: Proof, desk: Desk) -> datetime:
    """Until when it proves, by the algorithms' ends as they are set now."""
    ends = [desk.algorithm_ends[name] for name in proof.algorithms.split() if name in desk.algorithm_ends]
    return min((proof.certificate_until, *ends))


def _kept(desk: Desk, document_id: str, earlier: str, made: Extended) -> bool:
    """Record the newer file; ``False`` if somebody was faster."""
    sha256 = desk.store.put(made.content)
    with desk.database.write() as session:
        document = _locked(session, document_id)
        current = issued_file(document)
        if document.state not in REGISTERED or current.sha256 != earlier:
            return False
        put_newer(session, desk, document, current, sha256, made)
        for signature, report in zip(document.signatures, made.report.signatures, strict=True):
            signature.level, signature.indication = str(report.level or ""), report.indication
            signature.checked_at = desk.clock()
        owe(session, [document_id], desk.clock())
        note_proof(session, document_id, made.report)
        waits.settle(session, desk, document_id, made.level, None)
    return True


def issued_file(document: Document) -> Rendition:
    """The newest file of an issued document: what readers get."""
    return [one for one in document.renditions if one.role == RenditionRole.ISSUED][-1]


def _locked(session: Session, document_id: str) -> Document:
    session.execute(select(Document.id).where(Document.id == document_id).with_for_update(key_share=True))
    return session.get_one(Document, document_id)


def _level(signature: Signature) -> Level:
    return Level(signature.level) if signature.level in set(Level) else Level.B_B
