"""Anchoring the log: once a day what it holds is stated, and a timestamp proves when that was so.

In this order, so that any step may be cut off and run again:

1. the list of the new entries' hashes is put into the object store;
2. the statement is written to the database, without a token: it waits, and is not yet claimed as an anchor;
3. the timestamp authority gives a token over the statement;
4. statement and token are put into the object store;
5. one transaction writes the token beside the statement and an entry about it to the log.

Cut off after 3 or 4, the same statement is stamped once more: two tokens over one statement contradict nothing.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO, Protocol, cast
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from docsvc.audit.entries import START as ENTRIES_START
from docsvc.audit.entries import entries, hash_line, head
from docsvc.audit.log import append
from docsvc.audit.statements import Statement, moment_text
from docsvc.db import Database
from docsvc.db.anchors import EventAnchor
from docsvc.db.records import Event, EventHead
from docsvc.errors import DocsvcError
from docsvc.store import ObjectStore, StoreError
from signing.anchoring import StampReport, stamp
from signing.errors import TimestampUnavailable
from signing.timestamp import Timestamper
from signing.verify import Trust

ACT = "log-anchored"
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
RETRY = timedelta(minutes=10)
"""So long after a try in vain the worker tries again."""
OVERDUE = timedelta(hours=48)
"""New entries that are not anchored for so long are a fault of the service."""
_SPOOL_BYTES = 4 * 1024 * 1024
_SYSTEM = "system"


class NoTimestampAuthority(DocsvcError):
    """Nobody can prove a moment: there is no timestamp authority in the settings."""

    code = "no-timestamp-authority"
    message_vi = "Chưa khai báo máy chủ cấp dấu thời gian nên nhật ký chưa được chứng thực. Hãy đặt DOCSVC_TSA_URL."
    message_en = "No timestamp server is set, so the event log cannot be anchored. Set DOCSVC_TSA_URL."


class LogKeeping(Protocol):
    """What anchoring and checking the log need; the issue flow's desk has it all."""

    @property
    def database(self) -> Database:
        """The log's."""
        ...

    @property
    def store(self) -> ObjectStore:
        """Keeps copies."""
        ...

    @property
    def trust(self) -> Trust:
        """Whom to believe."""
        ...

    @property
    def timestamper(self) -> Timestamper | None:
        """Proves moments."""
        ...

    @property
    def clock(self) -> Callable[[], datetime]:
        """Now."""
        ...

    @property
    def renew_within(self) -> timedelta:
        """So long before a timestamp ends it is renewed."""
        ...


@dataclass(frozen=True, slots=True)
class Anchored:
    """How the log is anchored."""

    last: EventAnchor | None
    """The newest with its token."""
    waiting: EventAnchor | None
    """Stated, and waiting for its token."""
    not_anchored: int
    """Entries after the newest anchor, the one about that anchor among them."""
    oldest_at: datetime | None
    """When the oldest of those was written that tells of something else."""

    def is_overdue(self, now: datetime) -> bool:
        """Whether entries have been waiting for too long."""
        return self.oldest_at is not None and now - self.oldest_at > OVERDUE


def standing(session: Session) -> Anchored:
    """How the log is anchored now."""
    last, waiting = _newest(session), _waiting(session)
    through = last.last_event_id if last is not None else 0
    found = head(session)
    return Anchored(last, waiting, max((found[0] if found else 0) - through, 0), _first_new(session, through))


def is_due(keeping: LogKeeping) -> bool:
    """Whether the worker has something to do: once a day there are new entries, or the newest proof ends soon."""
    now = keeping.clock()
    if keeping.timestamper is None:
        return False
    with keeping.database.read() as session:
        last, waiting = _newest(session), _waiting(session)
        if waiting is not None:
            return waiting.tried_at is None or not timedelta() <= now - waiting.tried_at < RETRY
        if last is None:
            return _first_new(session, 0) is not None
        if last.stated_at.astimezone(VIETNAM).date() == now.astimezone(VIETNAM).date():
            return False
        ends = last.certificate_until is not None and last.certificate_until - now <= keeping.renew_within
        return ends or _first_new(session, last.last_event_id) is not None


def anchor(keeping: LogKeeping, *, by: str = _SYSTEM) -> EventAnchor:
    """Anchor what the log holds now; a statement that waits for its token comes first.

    Raises:
        NoTimestampAuthority: there is none.
        TimestampUnavailable: no token; the statement waits.
        StoreError: the copies cannot be kept; the statement waits.
    """
    if keeping.timestamper is None:
        raise NoTimestampAuthority
    with keeping.database.read() as session:
        waited = _waiting(session) is not None
    made = _completed(keeping, keeping.timestamper, by)
    if waited:
        with keeping.database.read() as session:
            more = _first_new(session, made.last_event_id) is not None
        if more:  # written while that one waited
            made = _completed(keeping, keeping.timestamper, by)
    return made


def _completed(keeping: LogKeeping, timestamper: Timestamper, by: str) -> EventAnchor:
    number, statement = _stated(keeping)
    try:
        token, proof = stamp(timestamper, statement, trust=keeping.trust, at=keeping.clock())
        keeping.store.put(statement)
        keeping.store.put(token)
    except (TimestampUnavailable, StoreError) as error:
        _note_problem(keeping, number, f"{error.code}: {getattr(error, 'detail', '') or error.message_en}")
        raise
    return _claimed(keeping, number, token, proof, by)


def _stated(keeping: LogKeeping) -> tuple[int, bytes]:
    """The statement that waits, or a new one; others who do the same at this moment get the same."""
    while True:
        with keeping.database.read() as session:
            waiting, last = _waiting(session), _newest(session)
        if waiting is not None:
            return waiting.number, waiting.statement.encode("ascii")
        after = last.last_event_id if last is not None else 0
        hashes_sha256, last_id, last_sha256 = _listed(keeping, after, last.last_event_sha256 if last else ENTRIES_START)
        statement = Statement(
            number=last.number + 1 if last is not None else 1,
            first_entry=after + 1,
            last_entry=last_id,
            last_entry_sha256=last_sha256,
            hashes_sha256=hashes_sha256,
            stated_at=moment_text(keeping.clock()),
            previous_statement_sha256=last.statement_sha256 if last is not None else "",
            previous_token_sha256=(last.token_sha256 or "") if last is not None else "",
        )
        with keeping.database.write() as session:
            session.scalars(select(EventHead).with_for_update()).one_or_none()  # others queue here
            highest = session.scalar(select(func.max(EventAnchor.number))) or 0
            if highest == statement.number - 1:
                session.add(_row(statement))
                return statement.number, statement.written()
        # Another process was first.


def _listed(keeping: LogKeeping, after: int, after_sha256: str) -> tuple[str, int, str]:
    """Put the list of the new entries' hashes into the store; gives its SHA-256, and number and hash of the last.

    They are taken as they stand: whether they are right is for the check to say.
    """
    last_id, last_sha256 = after, after_sha256
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as spool:
        for entry in entries(keeping.database, after=after):
            last_id, last_sha256 = entry.id, hash_line(entry.sha256)
            spool.write(f"{last_sha256}\n".encode("ascii"))
        size_bytes = spool.tell()
        spool.seek(0)
        kept = keeping.store.put_stream(cast("BinaryIO", spool), limit_bytes=size_bytes)
    return kept.sha256, last_id, last_sha256


def _row(statement: Statement) -> EventAnchor:
    return EventAnchor(
        number=statement.number,
        last_event_id=statement.last_entry,
        last_event_sha256=statement.last_entry_sha256,
        statement=statement.written().decode("ascii"),
        statement_sha256=statement.sha256,
        hashes_sha256=statement.hashes_sha256,
        stated_at=datetime.fromisoformat(statement.stated_at),
    )


def _claimed(keeping: LogKeeping, number: int, token: bytes, proof: StampReport, by: str) -> EventAnchor:
    """Write the token beside its statement, once."""
    with keeping.database.write() as session:
        row = session.get_one(EventAnchor, number, with_for_update=True)
        if row.token is None:
            row.token, row.token_sha256 = token, hashlib.sha256(token).hexdigest()
            row.proven_at, row.authority = proof.at, proof.authority[:200]
            row.certificate_until, row.problem = proof.certificate_until, ""
            append(
                session,
                actor=by,
                act=ACT,
                object_kind="log",
                object_id=number,
                through=row.last_event_id,
                sha256=row.statement_sha256,
            )
        return row


def _note_problem(keeping: LogKeeping, number: int, problem: str) -> None:
    with keeping.database.write() as session:
        row = session.get(EventAnchor, number, with_for_update=True)
        if row is not None and row.token is None:
            row.tried_at, row.problem = keeping.clock(), problem[:500]


def newest(session: Session, most: int) -> list[EventAnchor]:
    """Anchors with their tokens, the newest first."""
    claimed = select(EventAnchor).where(EventAnchor.token.is_not(None))
    return list(session.scalars(claimed.order_by(EventAnchor.number.desc()).limit(most)))


def _newest(session: Session) -> EventAnchor | None:
    return next(iter(newest(session, 1)), None)


def _waiting(session: Session) -> EventAnchor | None:
    waiting = select(EventAnchor).where(EventAnchor.token.is_(None))
    return session.scalars(waiting.order_by(EventAnchor.number.desc()).limit(1)).first()


def _first_new(session: Session, through: int) -> datetime | None:
    """When the first entry after ``through`` was written that tells of something else than an anchor."""
    new = select(Event.happened_at).where(Event.id > through, Event.act != ACT)
    return session.scalar(new.order_by(Event.id).limit(1))
