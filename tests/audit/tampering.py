"""Ways in which somebody who can write the database may change the event log."""

from __future__ import annotations

import random
from datetime import timedelta

from sqlalchemy import select, text

from docsvc import audit
from docsvc.audit import anchoring
from docsvc.audit.anchoring import LogKeeping
from docsvc.audit.entries import START, digest_of
from docsvc.audit.verifying import LogReport, verify
from docsvc.db import Database
from docsvc.db.anchors import EventAnchor
from docsvc.db.records import Event, EventHead
from tests.office import Office


def wrote(database: Database, count: int) -> int:
    """Append some entries; gives the last one's number."""
    last = 0
    with database.write() as session:
        for number in range(count):
            entry = audit.append(
                session, actor="clerk", act="noted", object_kind="document", object_id="x", lý_do=f"Lần {number}"
            )
            last = entry.id
    return last


def anchored(office: Office, *, days: int = 0) -> EventAnchor:
    """Anchor the log, some days ahead of now."""
    desk = office.desk if not days else office.at(office.desk.clock() + timedelta(days=days))
    return anchoring.anchor(desk)


def checked(office: Office, kept_file: bytes | None = None, keeping: LogKeeping | None = None) -> LogReport:
    """Check everything."""
    return verify(keeping or office.desk, kept_file=kept_file)


def found(office: Office, kept_file: bytes | None = None) -> tuple[int, str] | None:
    """The first wrong entry, and what is wrong with it."""
    fault = checked(office, kept_file).fault
    return (fault.event_id, fault.problem) if fault is not None else None


def problems(office: Office, kept_file: bytes | None = None) -> list[tuple[int, str, str]]:
    """What is wrong with anchors."""
    return [(one.number, one.problem, one.detail) for one in checked(office, kept_file).anchor_faults]


def execute(database: Database, statement: str, **values: object) -> None:
    """Past the program."""
    with database.engine.begin() as connection:
        connection.execute(text(statement), values)


def rehash(database: Database, first: int) -> None:
    """Number and hash every entry from ``first`` on anew, and the head: as only somebody who knows the log would."""
    with database.write() as session:
        before = session.get(Event, first - 1)
        previous = before.sha256 if before is not None else START
        last = first - 1
        for number in list(session.scalars(select(Event.id).where(Event.id >= first).order_by(Event.id))):
            if number != last + 1:
                session.execute(text("UPDATE events SET id = :new WHERE id = :old"), {"new": last + 1, "old": number})
            entry = session.get_one(Event, last + 1)
            entry.previous_sha256 = previous
            entry.sha256 = previous = digest_of(entry)
            last = entry.id
            session.flush()
        head = session.scalars(select(EventHead)).one()
        head.last_id, head.last_sha256 = last, previous


def insert(database: Database, place: int) -> None:
    """Put a made-up entry in at ``place``; those from there on move up."""
    with database.write() as session:
        ids = list(session.scalars(select(Event.id).where(Event.id >= place).order_by(Event.id.desc())))
        for number in ids:
            session.execute(text("UPDATE events SET id = :new WHERE id = :old"), {"new": number + 1, "old": number})
        like = session.scalars(select(Event).order_by(Event.id).limit(1)).one()
        session.add(
            Event(
                id=place,
                happened_at=like.happened_at,
                actor="leader",
                act="signed",
                object_kind="document",
                object_id="forged",
                detail="{}",
                previous_sha256="f" * 64,
                sha256="e" * 64,
            )
        )


def tamper(database: Database, chance: random.Random, through: int) -> int:
    """Do something at random to an entry up to ``through``; gives the first entry that is then wrong."""
    place = chance.randint(2, through - 1)
    way = chance.choice(("alter", "alter-time", "remove", "insert", "cut", "swap"))
    if way == "alter":
        column = chance.choice(("actor", "act", "object_kind", "object_id", "detail"))
        execute(database, f"UPDATE events SET {column} = {column} || 'x' WHERE id = :id", id=place)  # noqa: S608
    elif way == "alter-time":
        with database.write() as session:
            entry = session.get_one(Event, place)
            entry.happened_at += timedelta(seconds=chance.randint(1, 10**6))
    elif way == "remove":
        execute(database, "DELETE FROM events WHERE id = :id", id=place)
    elif way == "insert":
        insert(database, place)
    elif way == "cut":
        execute(database, "DELETE FROM events WHERE id >= :id", id=place)
        execute(
            database,
            "UPDATE event_head SET last_id = :id, last_sha256 = (SELECT sha256 FROM events WHERE id = :id)",
            id=place - 1,
        )
        return place
    else:
        for old, new in ((place, -1), (place + 1, place), (-1, place + 1)):
            execute(database, "UPDATE events SET id = :new WHERE id = :old", old=old, new=new)
    if chance.random() < 0.7:
        rehash(database, place)
    return place
