"""The migrations make exactly the tables that the program expects, and lose nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from docsvc.db import Database
from docsvc.db import anchors as _anchors  # noqa: F401 - its tables register themselves
from docsvc.db import authority as _authority  # noqa: F401 - its table registers itself
from docsvc.db import check_codes as _check_codes  # noqa: F401 - as above
from docsvc.db import effects as _effects  # noqa: F401 - as above
from docsvc.db import inspection as _inspection  # noqa: F401 - its tables register themselves
from docsvc.db import people as _people  # noqa: F401 - its tables register themselves
from docsvc.db import records as _records  # noqa: F401 - as above
from docsvc.db import trust as _trust  # noqa: F401 - as above
from docsvc.db import upkeep as _upkeep  # noqa: F401 - as above
from docsvc.db.base import Base
from docsvc.db.migrate import UnknownSchema, alembic_config, downgrade, is_current, upgrade
from docsvc.db.people import SigningKeyFile
from tests.office import Office

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database."""
    url = f"sqlite:///{tmp_path}/empty.sqlite3"
    opened = Database(url if request.param == "sqlite" else request.getfixturevalue("postgres_url"))
    yield opened
    opened.close()


def shape(database: Database) -> dict[str, Any]:
    """Tables with their columns, keys and indexes."""
    seen = inspect(database.engine)
    return {
        table: (
            [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)],
            seen.get_pk_constraint(table),
            sorted(map(_index, seen.get_indexes(table))),
            sorted(map(str, seen.get_unique_constraints(table))),
            sorted(map(str, seen.get_foreign_keys(table))),
        )
        for table in seen.get_table_names()
        if table != "alembic_version"
    }


def _index(found: Any) -> str:
    """An index in words; what a partial one holds is told as an object, whose name is another each time."""
    options = {name: str(value) for name, value in found.get("dialect_options", {}).items()}
    return str({**found, "dialect_options": options})


def test_the_newest_schema_is_what_the_tables_in_the_program_say(database: Database) -> None:
    upgrade(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    assert set(shape(database)) == set(Base.metadata.tables)


def test_down_and_up_again_gives_the_same_schema(database: Database) -> None:
    upgrade(database)
    first = shape(database)
    downgrade(database, "base")
    assert shape(database) == {}
    upgrade(database)
    assert shape(database) == first


def test_every_step_can_be_taken_back(database: Database) -> None:
    revisions = [step.revision for step in ScriptDirectory.from_config(alembic_config(database)).walk_revisions()]
    assert len(ScriptDirectory.from_config(alembic_config(database)).get_heads()) == 1
    for revision in reversed(revisions):
        before = shape(database)
        upgrade(database, revision)
        after = shape(database)
        downgrade(database, "-1")
        assert shape(database) == before
        upgrade(database, revision)
        assert shape(database) == after


def test_keys_outlive_the_way_down_and_up(database: Database) -> None:
    """Keys on tokens and at services, of which the program before knows nothing, stay on record but out of use."""
    upgrade(database)
    now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    facts: dict[str, Any] = {"not_before": now, "not_after": now, "created_at": now, "retired_at": None}
    with database.write() as session:
        for kind, content in (("pkcs12", b"file"), ("pkcs11", None), ("csc", None)):
            session.add(SigningKeyFile(kind=kind, pkcs12=content, holder=kind, certificate_sha256=kind, **facts))
    downgrade(database, "0001")
    upgrade(database)
    with database.read() as session:
        rows = {row.holder: row for row in session.scalars(select(SigningKeyFile))}
        assert (rows["pkcs12"].kind, rows["pkcs12"].pkcs12, rows["pkcs12"].retired_at) == ("pkcs12", b"file", None)
        assert rows["pkcs12"].not_after == now
        for kind in ("pkcs11", "csc"):
            assert (rows[kind].kind, rows[kind].pkcs12) == ("pkcs12", b"")
            retired_at = rows[kind].retired_at
            assert retired_at is not None
            assert abs(retired_at - datetime.now(UTC)) < timedelta(minutes=5)


def test_starting_again_changes_no_record(office: Office) -> None:
    document_id = office.draft()
    before = office.document(document_id)
    upgrade(office.service.database)
    again = office.again()
    try:
        assert is_current(again.database)
        assert office.document(document_id).changed_at == before.changed_at
    finally:
        again.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database: Database) -> None:
    upgrade(database)
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(UnknownSchema):
        upgrade(database)
    with database.engine.connect() as connection:
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == "9999"


STARTER = """
import sys
from docsvc.db import Database
from docsvc.db.migrate import is_current, upgrade
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
upgrade(database)
assert is_current(database)
"""


def test_processes_that_start_at_once_on_an_empty_database_all_come_up(database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-W", "error", "-c", STARTER, url]
    pipe = subprocess.PIPE
    starting = [subprocess.Popen(command, cwd=REPOSITORY, stdin=pipe, stdout=pipe, stderr=pipe) for _ in range(4)]
    for one in starting:
        assert one.stdout is not None
        assert one.stdout.readline() == b"ready\n"
    for one in starting:
        assert one.stdin is not None
        one.stdin.write(b"go\n")
        one.stdin.flush()
    answers = [one.communicate(timeout=100)[1].decode() for one in starting]
    assert [one.returncode for one in starting] == [0, 0, 0, 0], answers
    assert is_current(database)
