"""Alembic's entry: migrate the database handed over by docsvc.db.migrate, whole or not at all."""

from __future__ import annotations

from alembic import context

from docsvc.db import (  # noqa: F401 - their tables register themselves on Base
    anchors,
    authority,
    check_codes,
    indexing,
    inspection,
    lexicon,
    people,
    records,
    saved_searches,
    trust,
    upkeep,
)
from docsvc.db.base import Base
from docsvc.db.engine import Database

database: Database = context.config.attributes["database"]
with database.change_schema() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=database.is_sqlite,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
