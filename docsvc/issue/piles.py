"""A pile: documents that one person clears in one go, with a key that is opened once.

What is signed is what was looked at: every document is pinned by its version when the pile is shown, and one that
changed meanwhile is left out. The key lies only in the memory of the thread at work and goes with it; the passphrase
is used before that thread begins.

No table keeps a pile. What became of a document is read from the document; only the reasons of failures, and whether
work goes on, are this process's own knowledge. Killed half-way, the pile is its signed documents and those that still
wait, and the wait ends when the passphrase is typed again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import Actor, Role, actor_of
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.db.records import Document
from docsvc.errors import DocsvcError, Forbidden, Invalid
from docsvc.issue import steps
from docsvc.issue.desk import Desk
from docsvc.issue.errors import ChangedMeanwhile, NoKey, PileUnderWay
from docsvc.issue.keys import key_in_force, open_key
from docsvc.pace import Busy
from docsvc.records.reading import readable
from docsvc.records.terms import REGISTERED, State
from signing.errors import OtpPerSignature, SigningError
from signing.fitness import Recent
from signing.keys import SigningKey

log = logging.getLogger(__name__)

MOST_DOCUMENTS = 100
"""In one pile: as many as somebody can still look at."""

MOST_AT_ONCE = 3
"""Piles that one process works on."""

STILL_WARM = timedelta(seconds=20)
"""A signature this young tells that another process is at work on the pile."""


@dataclass(frozen=True, slots=True)
class Pinned:
    """A document as it was when the person looked at it."""

    document_id: str
    version: int


Pile = tuple[Pinned, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a document was left out. Not the error itself: its traceback would keep the key."""

    code: str
    message_vi: str
    message_en: str


class Work(StrEnum):
    """What is done with a pile."""

    SIGN = "sign"
    ISSUE = "issue"
    """Number, seal, publish."""


class Run:
    """Work on a pile by this process, under way or over; read by other threads meanwhile."""

    def __init__(self, pile: Pile, work: Work, on: date | None = None) -> None:
        self.pile = pile
        self.kind = work
        self.on = on
        self.failures: dict[str, Failure] = {}
        self.current: str | None = None
        self.ended_at: datetime | None = None
        self._stop = threading.Event()
        self._ended = threading.Event()

    @property
    def under_way(self) -> bool:
        """Whether it still works."""
        return not self._ended.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """End after the file at hand."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for its end; gives whether it came."""
        return self._ended.wait(seconds)

    def work(self, step: Callable[[Pinned], None], clock: Callable[[], datetime]) -> None:
        """Take the step for one document after the other; each succeeds or fails alone."""
        try:
            for one in self.pile:
                if self.stopping:
                    break
                self.current = one.document_id
                try:
                    step(one)
                except (DocsvcError, SigningError) as error:
                    self.failures[one.document_id] = Failure(error.code, error.message_vi, error.message_en)
                except Exception:
                    log.exception("document %s of a pile", one.document_id)
                    self.failures[one.document_id] = _UNEXPECTED
        finally:
            self.current = None
            self.ended_at = clock()
            self._ended.set()


_UNEXPECTED = Failure(DocsvcError.code, DocsvcError.message_vi, DocsvcError.message_en)


class Piles:
    """The piles of this process: one of a person, and a few at once."""

    def __init__(self, most_at_once: int = MOST_AT_ONCE) -> None:
        self._most = most_at_once
        self._runs: dict[int, Run] = {}
        self._lock = threading.Lock()

    def of(self, person: int) -> Run | None:
        """The person's last pile in this process."""
        with self._lock:
            return self._runs.get(person)

    def begin(self, person: int, run: Run, step: Callable[[Pinned], None], clock: Callable[[], datetime]) -> Run:
        """Work on a pile in a thread of its own.

        Raises:
            PileUnderWay: another one of this person is not over.
            Busy: this process works on as many as it takes on.
        """
        with self._lock:
            under_way = [one for one, other in self._runs.items() if other.under_way]
            if person in under_way:
                raise PileUnderWay
            if len(under_way) >= self._most:
                raise Busy
            self._runs[person] = run
        # A daemon: the process may end at any moment, as it may be killed at any moment.
        threading.Thread(target=run.work, args=(step, clock), name=f"pile of {person}", daemon=True).start()
        return run


def sign_pile(desk: Desk, piles: Piles, pile: Iterable[Pinned], passphrase: str, *, by: Actor) -> Run:
    """Open the person's key once and sign one document after the other, while this returns.

    Raises:
        Invalid: no document, or too many.
        NoKey, SigningError: no key, or it does not open; nothing was begun.
        PileUnderWay, Busy: see :meth:`Piles.begin`.
    """
    chosen = _some(pile)
    with desk.database.read() as session:
        row = key_in_force(session, _user(session, by), desk.clock())
    key = _open(desk, row, passphrase)
    desk = replace(desk, recent=Recent())

    def sign_one(one: Pinned) -> None:
        # Looked up for every document: a right or a key may be taken away while the pile is worked on.
        steps.sign_with(desk, one.document_id, key, row.image_png, by=_as_of_now(desk, by, row), version=one.version)

    return piles.begin(by.user_id, Run(chosen, Work.SIGN), sign_one, desk.clock)


def issue_pile(desk: Desk, piles: Piles, pile: Iterable[Pinned], on: date, passphrase: str, *, by: Actor) -> Run:
    """Open the organisation's key once; number, seal and publish one document after the other, while this returns.

    Numbers follow the order of the pile. A document that cannot be numbered costs none; one that was cut off after its
    number keeps it, and goes on with it when the pile does.

    Raises:
        Invalid: no document, too many, or of several organisations.
        Forbidden: this person is no clerk of the organisation.
        NoKey, SigningError: no key, or it does not open; nothing was begun and no number was taken.
        PileUnderWay, Busy: see :meth:`Piles.begin`.
    """
    chosen = _some(pile)
    with desk.database.read() as session:
        units = set(
            session.scalars(select(Document.unit_id).where(Document.id.in_([one.document_id for one in chosen])))
        )
        if len(units) != 1:
            raise Invalid("Hãy chọn văn bản của một cơ quan.", "Choose documents of one organisation.")
        (unit_id,) = units
        if not by.holds(Role.CLERK, units):
            raise Forbidden
        row = key_in_force(session, session.get_one(Unit, unit_id), desk.clock())
    key = _open(desk, row, passphrase)
    desk = replace(desk, recent=Recent())

    def issue_one(one: Pinned) -> None:
        with desk.database.read() as session:
            clerk = actor_of(session, _user(session, by))
            if key_in_force(session, session.get_one(Unit, unit_id), desk.clock()).id != row.id:
                raise NoKey
        steps.issue_with(desk, one.document_id, on, key, row.image_png, by=clerk)

    return piles.begin(by.user_id, Run(chosen, Work.ISSUE, on), issue_one, desk.clock)


def _open(desk: Desk, row: SigningKeyFile, passphrase: str) -> SigningKey:
    """The key, to sign many times.

    Raises:
        OtpPerSignature: every signature would take a code of its own.
        SigningError: it does not open.
    """
    if row.remote_otp:
        raise OtpPerSignature
    return open_key(row, passphrase, desk.token_modules, desk.remote_services)


def _some(pile: Iterable[Pinned]) -> Pile:
    chosen = tuple(pile)
    if not 1 <= len(chosen) <= MOST_DOCUMENTS:
        raise Invalid(
            f"Hãy chọn từ 1 đến {MOST_DOCUMENTS} văn bản.", f"Choose between 1 and {MOST_DOCUMENTS} documents."
        )
    return chosen


def _as_of_now(desk: Desk, by: Actor, row: SigningKeyFile) -> Actor:
    with desk.database.read() as session:
        user = _user(session, by)
        if key_in_force(session, user, desk.clock()).id != row.id:
            raise NoKey
        return actor_of(session, user)


def _user(session: Session, by: Actor) -> User:
    user = session.get(User, by.user_id)
    if user is None or not user.active:
        raise Forbidden
    return user


class Standing(StrEnum):
    """Where a document of a pile is."""

    DONE = "done"
    WORKING = "working"
    WAITING = "waiting"
    FAILED = "failed"
    CHANGED = "changed"
    """Sent back, or submitted anew: not what was looked at, and not to be signed in this pile."""


@dataclass(frozen=True, slots=True)
class Line:
    """One document of a pile."""

    document: Document | None
    """``None`` where this person sees it no more."""
    standing: Standing
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A pile as it stands, by its documents."""

    lines: tuple[Line, ...]
    under_way: bool
    """This process works on it, or another one seems to."""
    here: bool
    """This process does."""
    stopping: bool

    def count(self, *standings: Standing) -> int:
        """How many documents stand so."""
        return sum(line.standing in standings for line in self.lines)

    @property
    def over(self) -> int:
        """Documents that will not move any more in this run."""
        return len(self.lines) - self.count(Standing.WAITING, Standing.WORKING)

    @property
    def left(self) -> int:
        """Documents that can be signed when the passphrase is typed again."""
        return self.count(Standing.WAITING, Standing.FAILED) if not self.under_way else 0


def progress(
    session: Session, by: Actor, pile: Pile, run: Run | None, now: datetime, work: Work = Work.SIGN
) -> Progress:
    """Read how far a pile is; ``run`` is this person's last one in this process, whichever pile it was."""
    if run is not None and run.pile != pile:
        run = None
    # Asked before the documents are read: what ends in between is then shown as under way once more, never as left.
    here = run is not None and run.under_way
    found = {
        document.id: document
        for document in session.scalars(
            select(Document)
            .where(
                Document.id.in_([one.document_id for one in pile]),
                or_(readable(session, by), Document.signatory_id == by.user_id),
            )
            .options(selectinload(Document.drafting_unit))
        )
    }
    lines = tuple(_line(one, found.get(one.document_id), run, work) for one in pile)
    warm = max(now - STILL_WARM, run.ended_at) if run is not None and run.ended_at else now - STILL_WARM
    waits = any(line.standing == Standing.WAITING for line in lines)
    moved = [_moved_at(line.document, work) for line in lines if line.document is not None]
    elsewhere = not here and waits and any(at > warm for at in moved if at is not None)
    return Progress(lines, here or elsewhere, here, run is not None and here and run.stopping)


def _moved_at(document: Document, work: Work) -> datetime | None:
    return document.signed_at if work == Work.SIGN else document.published_at


def _line(one: Pinned, document: Document | None, run: Run | None, work: Work) -> Line:
    state = State(document.state) if document is not None else State.DRAFT
    if state in REGISTERED or (work == Work.SIGN and state not in (State.DRAFT, State.SUBMITTED)):
        return Line(document, Standing.DONE)
    # What is signed cannot change any more: a clerk's pile needs no pin, and goes on with what has its number.
    same = document is not None and (document.version == one.version if work == Work.SIGN else True)
    if not same or state == State.DRAFT or (work == Work.ISSUE and state == State.SUBMITTED):
        reason = Failure(ChangedMeanwhile.code, ChangedMeanwhile.message_vi, ChangedMeanwhile.message_en)
        return Line(document if _is_known(one, document) else None, Standing.CHANGED, reason)
    if run is not None and one.document_id in run.failures:
        return Line(document, Standing.FAILED, run.failures[one.document_id])
    working = run is not None and run.current == one.document_id
    return Line(document, Standing.WORKING if working else Standing.WAITING)


def _is_known(one: Pinned, document: Document | None) -> bool:
    """Whether it may be named: a draft is its author's again, unless being sent back was all that happened to it."""
    return document is not None and (document.state != State.DRAFT or document.version == one.version + 1)
