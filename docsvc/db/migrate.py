"""Bringing a database to the newest schema with Alembic."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from docsvc.db.engine import Database


def alembic_config(database: Database) -> Config:
    """Alembic's settings for this database; used here and by the migration tests."""
    config = Config()
    config.set_main_option("script_location", str(resources.files("docsvc.db") / "migrations"))
    config.attributes["database"] = database
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Run every migration that the database has not seen, up to ``revision``."""
    command.upgrade(alembic_config(database), revision)


def downgrade(database: Database, revision: str) -> None:
    """Undo migrations down to ``revision``."""
    command.downgrade(alembic_config(database), revision)


def is_current(database: Database) -> bool:
    """Whether the database has the schema that this program expects."""
    head = ScriptDirectory.from_config(alembic_config(database)).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head
