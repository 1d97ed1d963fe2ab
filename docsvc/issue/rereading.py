"""Reading the texts of kept files again: after a better extractor, or those read before their quality was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM
from docsvc.db.records import Annex, Document, DocumentText, Job, Rendition
from docsvc.errors import DocsvcError
from docsvc.issue.desk import Desk
from docsvc.records.readings import is_current, recognised_pages, text_columns
from docsvc.records.terms import REGISTERED
from signing.errors import SigningError
from signing.texts import EXTRACTOR, read_text

BATCH = 100


@dataclass(frozen=True, slots=True)
class Target:
    """One text and the file that it is read from."""

    document_id: str
    annex_id: int | None
    sha256: str


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """What came of one text."""

    target: Target
    changed: bool
    """Whether the text differs from the one kept before."""
    problem: str = ""
    """Code of what kept it from being read; the text kept before stays."""


def read_again(desk: Desk, *, everything: bool = False) -> Iterator[ReadAgain]:
    """Read texts again that another extractor has read, or all; the files themselves are never touched.

    Each text is kept as soon as it is read: broken off, the next run goes on behind it. Documents whose text changed
    are indexed again by the worker.
    """
    done = changed = 0
    for target in _targets(desk, everything=everything):
        try:
            pages = read_text(desk.store.get(target.sha256), limits=desk.limits)
        except (SigningError, DocsvcError) as error:
            yield ReadAgain(target, changed=False, problem=error.code)
            continue
        with desk.database.write() as session:
            columns = text_columns(pages, desk.clock(), recognised_pages(session, target.sha256))
            is_new = keep_text(session, desk, target, columns)
        done, changed = done + 1, changed + is_new
        yield ReadAgain(target, changed=is_new)
    if done:
        with desk.database.write() as session:
            audit.append(
                session,
                actor=SYSTEM.username,
                act="texts-read-again",
                object_kind="texts",
                object_id=EXTRACTOR,
                read=done,
                changed=changed,
            )


def keep_text(session: Session, desk: Desk, target: Target, columns: dict[str, Any]) -> bool:
    """Put a text in the place of the one kept, unless its file was replaced meanwhile; tells whether it differs."""
    row: DocumentText | Annex | None
    if target.annex_id is None:
        row = session.get(DocumentText, target.document_id)
        if row is None or row.rendition_sha256 != target.sha256:
            return False
    else:
        row = session.get(Annex, target.annex_id)
        if row is None:
            return False
    differs = bool(row.text != columns["text"])
    for name, value in columns.items():
        setattr(row, name, value)
    document = session.get(Document, target.document_id)
    if differs and document is not None and document.state in REGISTERED:
        session.add(Job(kind="index", document_id=document.id, due_at=desk.clock()))
    return differs


def targets_of(session: Session, document_id: str) -> tuple[Target, ...]:
    """The texts of one document: its own, then those of its annexes."""
    own = session.scalar(select(DocumentText.rendition_sha256).where(DocumentText.document_id == document_id))
    found = [Target(document_id, None, own)] if own else []
    annexes = select(Annex.id).where(Annex.document_id == document_id, Annex.removed_at.is_(None))
    return (*found, *_annex_targets(session, session.scalars(annexes.order_by(Annex.id)).all()))


def _annex_targets(session: Session, ids: Any) -> Iterator[Target]:
    """An annex is read from its first file: later ones are the same with a mark and a signature."""
    rows = session.execute(
        select(Rendition.document_id, Rendition.annex_id, Rendition.sha256)
        .where(Rendition.annex_id.in_(ids))
        .order_by(Rendition.annex_id, Rendition.id.desc())
    )
    first = {row.annex_id: row for row in rows}
    return (Target(row.document_id, row.annex_id, row.sha256) for row in first.values())


def _targets(desk: Desk, *, everything: bool) -> Iterator[Target]:
    last: Any = ""
    while True:
        with desk.database.read() as session:
            wanted = select(DocumentText.document_id, DocumentText.rendition_sha256)
            if not everything:
                wanted = wanted.where(not_(is_current(DocumentText)))
            wanted = wanted.where(DocumentText.document_id > last).order_by(DocumentText.document_id).limit(BATCH)
            rows = session.execute(wanted).all()
        if not rows:
            break
        yield from (Target(row.document_id, None, row.rendition_sha256) for row in rows)
        last = rows[-1].document_id
    last = 0
    while True:
        with desk.database.read() as session:
            annexes = select(Annex.id).where(Annex.id > last, Annex.removed_at.is_(None))
            if not everything:
                annexes = annexes.where(not_(is_current(Annex)))
            ids = session.scalars(annexes.order_by(Annex.id).limit(BATCH)).all()
            found = tuple(_annex_targets(session, ids))
        if not ids:
            return
        yield from found
        last = ids[-1]
