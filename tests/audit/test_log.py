"""The event log notices every way of tampering with it, and none that is not."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import text

from docsvc import audit
from docsvc.audit import ChainFault, check_chain
from docsvc.audit.entries import digest_of
from docsvc.db import Database
from docsvc.db.records import Event
from tests.office import Office


def wrote(database: Database, count: int) -> int:
    """Append some entries; gives the last one's number."""
    last = 0
    for number in range(count):
        with database.write() as session:
            entry = audit.append(
                session, actor="clerk", act="noted", object_kind="document", object_id="x", lý_do=f"Lần {number}"
            )
            last = entry.id
    return last


def fault(database: Database) -> ChainFault | None:
    with database.read() as session:
        return check_chain(session)


def again_hashed(database: Database, number: int) -> None:
    """What somebody who knows how the log is made would do after changing an entry."""
    with database.write() as session:
        entry = session.get_one(Event, number)
        entry.sha256 = digest_of(entry)


def test_the_log_is_whole_and_numbered_without_gap(office: Office) -> None:
    last = wrote(office.service.database, 5)
    assert fault(office.service.database) is None
    with office.service.database.read() as session:
        assert list(session.scalars(text("SELECT id FROM events ORDER BY id"))) == list(range(1, last + 1))


WAYS: dict[str, tuple[tuple[str, ...], int, str]] = {
    "an entry is removed": (("DELETE FROM events WHERE id = :last - 3",), -3, "missing"),
    "its words are changed": (("UPDATE events SET detail = '{}' WHERE id = :last - 2",), -2, "altered"),
    "its actor is changed": (("UPDATE events SET actor = 'leader' WHERE id = :last - 2",), -2, "altered"),
    "two entries change places": (
        (
            "UPDATE events SET id = 0 WHERE id = :last - 2",
            "UPDATE events SET id = :last - 2 WHERE id = :last - 1",
            "UPDATE events SET id = :last - 1 WHERE id = 0",
        ),
        -2,
        "unlinked",
    ),
    "the last entries are cut off": (("DELETE FROM events WHERE id > :last - 2",), -1, "cut"),
    "an entry is put after the head": (
        (
            """
            INSERT INTO events
            SELECT id + 1, happened_at, actor, act, object_kind, object_id, detail, sha256, sha256 FROM events
            WHERE id = :last
            """,
        ),
        1,
        "altered",
    ),
}
"""Statements, where the fault is seen from the last entry, and its name."""


@pytest.mark.parametrize("way", WAYS)
def test_tampering_is_named_with_its_first_entry(office: Office, way: str) -> None:
    database = office.service.database
    last = wrote(database, 5)
    statements, place, problem = WAYS[way]
    with database.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement), {"last": last} if ":last" in statement else {})
    assert fault(database) == ChainFault(last + place, problem)


def test_the_beginning_is_missed_too(office: Office) -> None:
    with office.service.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM events WHERE id = 1"))
    assert fault(office.service.database) == ChainFault(1, "missing")
    with office.service.database.engine.begin() as connection:
        connection.execute(text("DELETE FROM events"))
        connection.execute(text("DELETE FROM event_head"))
    assert fault(office.service.database) == ChainFault(1, "cut")


def test_who_hashes_a_changed_entry_again_is_given_away_by_the_next(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 5)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE events SET act = 'unheard-of' WHERE id = :id"), {"id": last - 2})
    again_hashed(database, last - 2)
    assert fault(database) == ChainFault(last - 1, "unlinked")


def test_who_hashes_the_last_entry_again_is_given_away_by_the_head(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 2)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE events SET act = 'unheard-of' WHERE id = :id"), {"id": last})
    again_hashed(database, last)
    assert fault(database) == ChainFault(last, "altered")


def test_a_well_made_entry_that_the_head_does_not_know_is_unlinked(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 2)
    with database.write() as session:
        forged = audit.append(session, actor="x", act="x", object_kind="x", object_id="x")
        session.flush()
        session.execute(
            text("UPDATE event_head SET last_id = :id, last_sha256 = :hash"),
            {"id": last, "hash": forged.previous_sha256},
        )
    assert fault(database) == ChainFault(last + 1, "unlinked")


def test_an_act_that_is_rolled_back_leaves_no_entry(office: Office) -> None:
    database = office.service.database
    last = wrote(database, 1)
    with pytest.raises(ZeroDivisionError), database.write() as session:  # noqa: PT012 - it fails after the act
        audit.append(session, actor="clerk", act="undone", object_kind="document", object_id="x")
        _ = 1 / 0
    assert wrote(database, 1) == last + 1
    assert fault(database) is None


def test_the_log_may_be_checked_while_others_write(office: Office) -> None:
    database, done = office.service.database, threading.Event()
    found: list[ChainFault | None] = []

    def check() -> None:
        while not done.is_set():
            found.append(fault(database))

    checking = threading.Thread(target=check)
    checking.start()
    writing = [threading.Thread(target=wrote, args=(database, 15)) for _ in range(3)]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join()
    done.set()
    checking.join()
    assert set(found) == {None}
    assert fault(database) is None
