"""Which search engine answers words: named by a setting, opened here."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from config.settings import Settings, SettingsError
from docsvc.db import Database
from docsvc.records.indexing import owe_all
from search.engine import Rebuildable
from search.opensearch_engine import OpenSearchEngine
from search.postgres_engine import PostgresEngine
from search.rebuildable import RebuildableEngine
from search.tantivy_engine import TantivyEngine
from search.whoosh_engine import WhooshEngine

_FIRST = "whoosh"
"""What answers where nothing else was ever set."""
_NOTE = "search-engine"


def open_engine(settings: Settings, database: Database) -> Rebuildable:
    """Open the engine that the settings name; each keeps its index in a place of its own.

    Raises:
        SearchError: its place cannot be used.
        SettingsError: it cannot work with the other settings.
    """
    return _ENGINES[settings.search_engine](settings, database)


def owe_after_change(settings: Settings, database: Database) -> int:
    """Write a job for every document if another engine was kept up until now; gives how many.

    An engine that was left for a while may hold as many documents as it should, and older ones. It is for the worker
    to call, which keeps an engine up: a command that was given other settings changes nothing.
    """
    note = settings.data_dir / _NOTE
    kept_up = note.read_text(encoding="ascii").strip() if note.exists() else _FIRST
    if kept_up == settings.search_engine:
        return 0
    owed = owe_all(database)
    # Last: broken off in between, they are owed once more.
    note.write_text(settings.search_engine + "\n", encoding="ascii")
    return owed


def _whoosh(settings: Settings, _: Database) -> Rebuildable:
    return RebuildableEngine(settings.data_dir / "index", WhooshEngine)


def _tantivy(settings: Settings, _: Database) -> Rebuildable:
    return RebuildableEngine(settings.data_dir / "index-tantivy", TantivyEngine)


def _postgresql(_: Settings, database: Database) -> Rebuildable:
    if database.is_sqlite:
        raise SettingsError("search_engine: postgresql needs a PostgreSQL database in database_url")
    return PostgresEngine.at(database.url.set(drivername="postgresql").render_as_string(hide_password=False))


def _opensearch(settings: Settings, _: Database) -> Rebuildable:
    try:
        return OpenSearchEngine.at(
            settings.opensearch_url, prefix=settings.opensearch_prefix, ca_file=settings.opensearch_ca_file
        )
    except ValueError as error:
        raise SettingsError(f"search_engine: opensearch needs opensearch_url and opensearch_prefix: {error}") from error


_ENGINES: Mapping[str, Callable[[Settings, Database], Rebuildable]] = {
    "whoosh": _whoosh,
    "tantivy": _tantivy,
    "postgresql": _postgresql,
    "opensearch": _opensearch,
}
