"""Text of scanned pages, recognised beside the files: what waits, and the worker's way through it.

Every page is kept as soon as it is recognised, under its file's SHA-256: killed at any moment, the work goes on at the
next page, and a file that comes again is not recognised again. The files themselves are never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM
from docsvc.db.records import Annex, DocumentText, Job, RecognisedPage
from docsvc.errors import DocsvcError
from docsvc.issue.desk import Desk
from docsvc.issue.rereading import Target, keep_text, targets_of
from docsvc.records.readings import measured, recognised_pages, text_columns
from docsvc.records.text_quality import UNFINDABLE
from docsvc.texts import storable
from signing.errors import SigningError
from signing.ocr import DOTS_PER_INCH, Recogniser
from signing.pages import page_sizes, render_page
from signing.texts import EXTRACTOR, read_text

KIND = "ocr"
LEASE = timedelta(minutes=5)
"""A document taken by a worker that was killed is taken again after this; longer than one page can take."""
LONGEST_WAIT = timedelta(hours=6)
_WIDEST_PIXELS = 4000
_POINTS_PER_INCH = 72
_WANTED = [quality.value for quality in UNFINDABLE]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one document."""

    document_id: str
    pages: int
    """Recognised in this run."""
    failed: int
    """Pages on which the recogniser gave up."""
    problem: str = ""
    """Code of what kept the document from being worked on; it is tried again later."""
    is_done: bool = True
    """Not so where it was told to stop in between."""


def owe_missing(desk: Desk) -> int:
    """Write a job for every document with pages to recognise that no recogniser has looked at; gives how many."""
    with desk.database.write() as session:
        waiting = select(Job.document_id).where(Job.kind == KIND)
        found: set[str] = set()
        for kind in (DocumentText, Annex):
            untouched = and_(kind.text_quality.in_(_WANTED), kind.text_extractor == EXTRACTOR)
            here = select(kind.document_id).where(untouched, kind.document_id.not_in(waiting))
            if kind is Annex:
                here = here.where(Annex.removed_at.is_(None))
            found.update(session.scalars(here))
        session.add_all(Job(kind=KIND, document_id=one, due_at=desk.clock()) for one in sorted(found))
        return len(found)


def owe_again(desk: Desk) -> int:
    """Forget what could not be recognised, and write jobs for those documents; gives how many pages are forgotten."""
    with desk.database.write() as session:
        forgotten = session.execute(delete(RecognisedPage).where(RecognisedPage.problem != "")).rowcount  # type: ignore[attr-defined]
        for kind in (DocumentText, Annex):
            session.execute(update(kind).where(kind.text_quality.in_(_WANTED)).values(text_extractor=EXTRACTOR))
    owe_missing(desk)
    return int(forgotten)


def waiting(session: Session) -> int:
    """How many documents wait for recognition."""
    return session.scalar(select(func.count(Job.document_id.distinct())).where(Job.kind == KIND)) or 0


def work_off(
    desk: Desk, recogniser: Recogniser, *, stopped: Callable[[], bool] = lambda: False, everything: bool = False
) -> Iterator[Outcome]:
    """Recognise what waits, a document after the other, until nothing is due.

    Args:
        desk: what it works with.
        recogniser: one without a problem.
        stopped: asked before each page.
        everything: also what is put off for later, or was taken by a worker that may be gone.
    """
    seen: set[int] = set()
    while not stopped():
        job = _taken(desk, seen if everything else None)
        if job is None:
            return
        seen.add(job[0])
        yield _worked(desk, recogniser, *job, stopped)


def _taken(desk: Desk, beside: set[int] | None) -> tuple[int, str] | None:
    """The next job and its document, put off for as long as this process is given for a page."""
    now = desk.clock()
    with desk.database.write() as session:
        wanted = select(Job).where(Job.kind == KIND).order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        wanted = wanted.where(Job.due_at <= now) if beside is None else wanted.where(Job.id.not_in(beside))
        job = session.scalars(wanted).first()
        if job is None:
            return None
        job.due_at = now + LEASE
        job.attempts += 1
        return job.id, job.document_id


def _worked(desk: Desk, recogniser: Recogniser, job_id: int, document_id: str, stopped: Callable[[], bool]) -> Outcome:
    pages = failed = 0
    try:
        with desk.database.read() as session:
            targets = targets_of(session, document_id)
        for target in targets:
            for is_read in _recognised(desk, recogniser, target, job_id):
                pages, failed = pages + is_read, failed + (not is_read)
                if stopped():
                    _put_off(desk, job_id, desk.clock(), "")
                    return Outcome(document_id, pages, failed, is_done=False)
    except (SigningError, DocsvcError) as error:
        with desk.database.read() as session:
            attempts = session.scalar(select(Job.attempts).where(Job.id == job_id)) or 1
        later = min(timedelta(seconds=30 * 2 ** min(attempts, 12)), LONGEST_WAIT)
        _put_off(desk, job_id, desk.clock() + later, error.code)
        return Outcome(document_id, pages, failed, error.code)
    with desk.database.write() as session:
        session.execute(delete(Job).where(Job.id == job_id))
    return Outcome(document_id, pages, failed)


def _recognised(desk: Desk, recogniser: Recogniser, target: Target, job_id: int) -> Iterator[bool]:
    """Recognise the pages of one file that need it, then keep its text; yields whether each could be read."""
    content = desk.store.get(target.sha256)
    pages = read_text(content, limits=desk.limits)
    with desk.database.read() as session:
        known = set(recognised_pages(session, target.sha256))
    wanted = [number for number, page in enumerate(pages, 1) if measured(page).quality in UNFINDABLE]
    if not wanted:
        return
    sizes = page_sizes(content, limits=desk.limits)
    for number in wanted[: desk.ocr_page_limit]:
        if number in known:
            continue
        row = _page(desk, recogniser, target.sha256, content, number, sizes[number - 1].width)
        with desk.database.write() as session:
            session.merge(row)
            for job in session.scalars(select(Job).where(Job.id == job_id)):
                job.due_at = desk.clock() + LEASE
        yield not row.problem
    with desk.database.write() as session:
        found = recognised_pages(session, target.sha256)
        columns = text_columns(pages, desk.clock(), found)
        if keep_text(session, desk, target, columns):
            audit.append(
                session,
                actor=SYSTEM.username,
                act="text-recognised",
                object_kind="document",
                object_id=target.document_id,
                pages=sum(not row.problem for row in found.values()),
                sha256=target.sha256,
                recogniser=recogniser.name,
                **({"annex": target.annex_id} if target.annex_id is not None else {}),
            )


def _page(
    desk: Desk, recogniser: Recogniser, sha256: str, content: bytes, number: int, width_points: float
) -> RecognisedPage:
    row = RecognisedPage(
        sha256=sha256,
        page=number,
        text="",
        boxes=None,
        confidence=0,
        problem="",
        recogniser=recogniser.name,
        recognised_at=desk.clock(),
    )
    width = min(round(max(width_points, 1) * DOTS_PER_INCH / _POINTS_PER_INCH), _WIDEST_PIXELS)
    dpi = max(round(width * _POINTS_PER_INCH / max(width_points, 1)), 70)
    try:
        picture = render_page(content, number - 1, width_px=width, limits=desk.limits)
        found = recogniser.recognise(picture, dpi=dpi)
    except SigningError as error:
        row.problem = error.code
        return row
    text = storable(found.text)
    row.text, row.confidence = text, found.confidence
    row.boxes = found.packed() if text == found.text else None
    return row


def _put_off(desk: Desk, job_id: int, until: datetime, problem: str) -> None:
    with desk.database.write() as session:
        for job in session.scalars(select(Job).where(Job.id == job_id)):
            job.due_at, job.problem = until, problem
