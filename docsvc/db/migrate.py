"""Bringing a database to the newest schema with Alembic."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from docsvc.db.engine import Database
from docsvc.errors import DocsvcError


class UnknownSchema(DocsvcError):
    """The database was made by another, perhaps a newer, version of docsvc."""

    code = "unknown-schema"
    message_vi = "Cơ sở dữ liệu do phiên bản docsvc khác (có thể mới hơn) tạo ra. Hãy chạy đúng phiên bản đó."
    message_en = "The database was made by another, perhaps a newer, version of docsvc. Run that version."


def alembic_config(database: Database) -> Config:
    """Alembic's settings for this database; used here and by the migration tests."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("docsvc.db") / "migrations").replace("%", "%%"))
    config.attributes["database"] = database
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Run every migration that the database has not seen, up to ``revision``.

    Raises:
        UnknownSchema: this program does not know the schema that is there.
    """
    if revision == "head" and is_current(database):
        return  # and nobody who is writing need be waited for
    try:
        command.upgrade(alembic_config(database), revision)
    except CommandError as error:
        raise UnknownSchema from error


def downgrade(database: Database, revision: str) -> None:
    """Undo migrations down to ``revision``."""
    command.downgrade(alembic_config(database), revision)


def is_current(database: Database) -> bool:
    """Whether the database has the schema that this program expects."""
    head = ScriptDirectory.from_config(alembic_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
