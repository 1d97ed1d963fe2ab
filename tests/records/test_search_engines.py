"""The engine that answers words is named by a setting, and a new one is filled by the worker."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from config.settings import Settings, SettingsError
from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.records import Document, Job
from docsvc.records.finder import find
from docsvc.records.indexing import index_pending, owe_missing
from docsvc.search_engines import open_engine, owe_after_change
from tests.records.archive import NOON, Archive
from tests.services.postgres import PostgresServer


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[Database]:
    name = postgres_server.create_database()
    database = Database(postgres_server.url(name))
    upgrade(database)
    yield database
    database.close()
    postgres_server.drop_database(name)


def work_off(settings: Settings, archive: Archive) -> int:
    """What the worker does at its start; gives how many documents were owed."""
    owed = owe_after_change(settings, archive.database) or owe_missing(archive.database, archive.engine)
    while index_pending(archive.database, archive.engine):
        pass
    return owed


def references(archive: Archive, reader: Actor, typed: str) -> list[str | None]:
    return [result.document.reference for result in find(archive.database, archive.engine, reader, typed).results]


def test_each_engine_takes_over_from_the_one_before_and_a_stale_index_is_not_believed(
    database: Database, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, database_url=str(database.url))
    archive = Archive(database, open_engine(settings, database))
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    reader = archive.actor("doc.gia", (Role.READER, unit))
    moved = archive.put(unit, 138, "qd", date(2024, 1, 1), "Thu hồi đất")
    archive.put(unit, 139, "kh", date(2024, 2, 1), "Trồng cây")
    work_off(settings, archive)
    assert references(archive, reader, "thu hồi") == ["138/QĐ-UBND"]
    for name in ("tantivy", "postgresql"):
        settings = replace(settings, search_engine=name)
        archive.engine = open_engine(settings, database)
        assert archive.engine.count() == 0
        assert work_off(settings, archive) == 2
        assert work_off(settings, archive) == 0
        assert references(archive, reader, '"trồng cây"') == ["139/KH-UBND"]
        assert references(archive, reader, "138/QĐ-UBND") == ["138/QĐ-UBND"]
        archive.engine.close()
    archive.engine = open_engine(settings, database)
    with database.write() as session:
        session.get_one(Document, moved).abstract = "Giao rừng"
        session.add(Job(kind="index", document_id=moved, due_at=NOON))
    work_off(settings, archive)
    assert references(archive, reader, "giao rừng") == ["138/QĐ-UBND"]
    archive.engine.close()
    # The first engine holds as many documents as there are, but an old state of one.
    settings = replace(settings, search_engine="whoosh")
    archive.engine = open_engine(settings, database)
    assert archive.engine.count() == 2
    assert work_off(settings, archive) == 2
    assert references(archive, reader, "giao rừng") == ["138/QĐ-UBND"]
    with database.read() as session:
        assert session.scalars(select(Job)).all() == []
    archive.engine.close()


def test_a_postgresql_engine_without_postgresql_is_refused_by_name(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, search_engine="postgresql")
    database = Database(settings.database)
    with pytest.raises(SettingsError, match="search_engine"):
        open_engine(settings, database)
    database.close()
