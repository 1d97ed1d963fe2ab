"""The mark of the public check, drawn into a document's files before anybody signs them.

It is done on submission, so that the leader sees the very file that is signed. The code is given first, in a
transaction of its own: killed in between, the next try draws the same one. Where the mark cannot be drawn, the
document goes on without it, and its page says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.check_codes import CheckMark
from docsvc.db.records import Annex, Document, Rendition
from docsvc.issue import places
from docsvc.issue.annex_files import name_annex_file
from docsvc.issue.desk import Desk
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.check_codes import address_of
from docsvc.records.seal_sizes import seal_mm
from docsvc.records.terms import RenditionRole
from signing.checkmark import draw_mark
from signing.errors import SigningError
from signing.places import Box

WORDS, WORDS_OF_COPY = "Kiểm tra văn bản tại:", "Kiểm tra bản sao tại:"
"""A copy shows its source's mark, too, as it shows all of the page."""


@dataclass(frozen=True, slots=True)
class Markable:
    """A file into which the mark is to be drawn."""

    annex_id: int | None
    """``None`` for the document's own."""
    base_sha256: str
    """As it was uploaded."""
    keep_free: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawn:
    """A file with the mark, its bytes in the store; or why there is none."""

    annex_id: int | None
    base_sha256: str
    marked_sha256: str
    size_bytes: int
    address: str
    place: str
    problem: str


def markable_files(session: Session, document: Document, current: Rendition) -> tuple[Markable, ...]:
    """The document's file and those of its annexes, as they were before an earlier mark."""
    bases = {
        row.marked_sha256: row.base_sha256
        for row in session.scalars(select(CheckMark).where(CheckMark.document_id == document.id))
        if row.marked_sha256
    }
    annexes = ((annex.id, annex_file(annex).sha256) for annex in annexes_of(document))
    return (
        Markable(None, bases.get(current.sha256, current.sha256), _keep_free(document)),
        *(Markable(annex_id, bases.get(sha256, sha256)) for annex_id, sha256 in annexes),
    )


def draw(desk: Desk, code: str, files: Iterable[Markable], words: str = WORDS) -> tuple[Drawn, ...]:
    """Draw the mark into each file; outside any transaction."""
    return tuple(_drawn(desk, address_of(desk.check_address, code), file, words) for file in files)


def record_marks(
    session: Session, desk: Desk, document: Document, current: Rendition, drawn: Sequence[Drawn], *, by: Actor
) -> None:
    """Name the files with the mark, in the caller's transaction; those that are as before are left alone."""
    annexes = {annex.id: annex for annex in annexes_of(document)}
    for one in drawn:
        file = current if one.annex_id is None else annex_file(annexes[one.annex_id])
        if _is_as_before(session, file, one):
            continue
        session.add(
            CheckMark(
                document_id=document.id,
                annex_id=one.annex_id,
                base_sha256=one.base_sha256,
                marked_sha256=one.marked_sha256,
                address=one.address,
                place=one.place,
                problem=one.problem,
                made_at=desk.clock(),
            )
        )
        audit.append(
            session,
            actor=by.username,
            act="check-mark-left-out" if one.problem else "check-mark-drawn",
            object_kind="document",
            object_id=document.id,
            **({"annex": one.annex_id} if one.annex_id is not None else {}),
            **({"reason": one.problem} if one.problem else {"sha256": one.marked_sha256}),
        )
        if one.problem and file.sha256 == one.base_sha256:
            continue
        sha256, size = (one.marked_sha256, one.size_bytes) if not one.problem else _base(document, one.base_sha256)
        _name(desk, document, file, annexes.get(one.annex_id or 0), sha256, size, by=by)


def leave_out_marks(
    desk: Desk, document: Document, current: Rendition, files: Iterable[Markable], *, by: Actor
) -> None:
    """Go back to the files as they were uploaded, where an earlier submission drew marks that are not wanted now."""
    annexes = {annex.id: annex for annex in annexes_of(document)}
    for one in files:
        file = current if one.annex_id is None else annex_file(annexes[one.annex_id])
        if file.sha256 != one.base_sha256:
            sha256, size_bytes = _base(document, one.base_sha256)
            _name(desk, document, file, annexes.get(one.annex_id or 0), sha256, size_bytes, by=by)


def marked_files(session: Session, document: Document) -> frozenset[str]:
    """SHA-256 of the files as they were marked, before anything was signed on them."""
    rows = session.scalars(select(CheckMark.marked_sha256).where(CheckMark.document_id == document.id))
    return frozenset(filter(None, rows))


def problems_of(session: Session, document: Document) -> tuple[str, ...]:
    """Why the mark is missing on files that the document has now; each reason once."""
    latest = {
        row.annex_id: row.problem
        for row in session.scalars(select(CheckMark).where(CheckMark.document_id == document.id).order_by(CheckMark.id))
    }
    here = {None, *(annex.id for annex in annexes_of(document))}
    return tuple(dict.fromkeys(problem for annex_id, problem in latest.items() if problem and annex_id in here))


def _keep_free(document: Document) -> tuple[Box, ...]:
    kept = places.from_json(document.places)
    boxes = (
        kept.number,
        kept.day,
        kept.month,
        kept.year,
        kept.personal_signature,
        places.seal_box(kept, seal_mm(document.unit)),
    )
    return tuple(box for box in boxes if box is not None)


def _drawn(desk: Desk, address: str, file: Markable, words: str) -> Drawn:
    base, _, code = address.rpartition("/")
    lines = (words, f"{base.removeprefix('https://')}/", code)
    try:
        made = draw_mark(desk.store.get(file.base_sha256), address, lines, keep_free=file.keep_free, limits=desk.limits)
    except SigningError:
        return Drawn(file.annex_id, file.base_sha256, "", 0, address, "", "unreadable")
    if made.content is None:
        return Drawn(file.annex_id, file.base_sha256, "", 0, address, "", made.problem)
    place = f"{made.page}:{made.left:.1f}:{made.bottom:.1f}"
    sha256 = desk.store.put(made.content)
    return Drawn(file.annex_id, file.base_sha256, sha256, len(made.content), address, place, "")


def _is_as_before(session: Session, file: Rendition, drawn: Drawn) -> bool:
    """Whether the newest file carries this very mark already, or was found to have no room before."""
    known = session.scalars(
        select(CheckMark)
        .where(CheckMark.document_id == file.document_id, CheckMark.base_sha256 == drawn.base_sha256)
        .order_by(CheckMark.id.desc())
        .limit(1)
    ).first()
    if known is None or (known.address, known.place, known.problem) != (drawn.address, drawn.place, drawn.problem):
        return False
    return file.sha256 == (known.marked_sha256 or known.base_sha256)


def _base(document: Document, sha256: str) -> tuple[str, int]:
    return next((one.sha256, one.size_bytes) for one in document.renditions if one.sha256 == sha256)


def _name(
    desk: Desk, document: Document, file: Rendition, annex: Annex | None, sha256: str, size_bytes: int, *, by: Actor
) -> None:
    made = Rendition(
        role=RenditionRole.DRAFT,
        sha256=sha256,
        size_bytes=size_bytes,
        file_name=file.file_name,
        store=desk.store.name,
        created_at=desk.clock(),
        created_by=by.user_id,
    )
    if annex is not None:
        name_annex_file(desk, document, annex, RenditionRole.ANNEX_DRAFT, made, by=by)
    else:
        document.renditions.append(made)
