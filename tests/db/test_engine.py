"""Sessions behave alike on SQLite and PostgreSQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, StatementError

from docsvc.db import Database
from docsvc.db.people import FailedSignIn, Membership, User
from docsvc.db.records import Series
from tests.office import COMMUNE, Office


def test_an_instant_comes_back_as_the_same_instant_in_utc(office: Office) -> None:
    noon = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=7)))
    with office.service.database.write() as session:
        session.add(FailedSignIn(subject="name:x", failed_at=noon))
    with office.service.database.read() as session:
        kept = session.scalars(select(FailedSignIn.failed_at)).one()
        assert kept == noon
        assert kept.tzinfo == UTC
        assert session.scalars(select(FailedSignIn.id).where(FailedSignIn.failed_at <= noon)).all()


def test_an_instant_without_a_zone_is_refused(office: Office) -> None:
    with (
        pytest.raises(StatementError, match="naive"),
        office.service.database.write() as session,
    ):
        session.add(FailedSignIn(subject="name:x", failed_at=datetime(2026, 3, 1)))  # noqa: DTZ001 - on purpose


def test_a_row_that_names_nothing_is_refused(office: Office) -> None:
    user_id = office.actor("reader").user_id
    with pytest.raises(IntegrityError), office.service.database.write() as session:
        session.add(Membership(user_id=user_id, unit_id=999_999, role="reader"))


def test_what_fails_leaves_nothing(office: Office) -> None:
    with pytest.raises(ZeroDivisionError), office.service.database.write() as session:  # noqa: PT012 - fails half-way
        session.execute(text("UPDATE users SET position = 'changed'"))
        _ = 1 / 0
    with office.service.database.read() as session:
        assert "changed" not in set(session.scalars(select(User.position)))


def test_threads_that_count_together_lose_nothing(office: Office) -> None:
    database, unit_id = office.service.database, office.units[COMMUNE]
    problems: list[BaseException] = []

    def count() -> None:
        try:
            for _ in range(5):
                with database.write() as session:
                    series = session.scalars(
                        select(Series).where(Series.unit_id == unit_id).with_for_update(key_share=True)
                    ).one()
                    series.last_number += 1
        except BaseException as error:  # noqa: BLE001 - shown by the assertion below
            problems.append(error)

    threads = [threading.Thread(target=count) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.read() as session:
        assert session.scalars(select(Series.last_number).where(Series.unit_id == unit_id)).one() == 30


def test_the_embedded_database_writes_ahead_and_to_the_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite3")
    with database.read() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
    database.close()


def test_a_plain_postgresql_url_gets_the_driver_that_is_installed() -> None:
    database = Database("postgresql://user@host/name")
    assert database.url.drivername == "postgresql+psycopg"
    database.close()
