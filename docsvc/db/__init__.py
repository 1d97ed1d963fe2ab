"""The database: engine and sessions, tables, migrations. The database is the truth."""

from docsvc.db.engine import Database

__all__ = ["Database"]
