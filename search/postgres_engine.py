"""The engine for where the database is all there is: PostgreSQL full text, in a schema of its own.

The tables are made by the engine itself and belong to no migration: whatever is in them can be built again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

import psycopg
from psycopg import IsolationLevel, errors, sql

from search._laid_out import Tier, newness_of, tiers
from search._postgres_asking import (
    Elsewhere,
    Part,
    held,
    in_head,
    joined,
    narrowed,
    near,
    nearness,
    phrase,
    phrases_of,
    weight,
)
from search._postgres_connections import Connect, Connection, Connections
from search._postgres_tables import PARTS, analyze, create, drop, index_words, rename
from search._postgres_words import vectors_of
from search.engine import EVERYTHING, Answer, Hit, IndexedDocument, Narrowing, Order, WordQuery
from search.errors import busy, damaged, outdated, unreadable, unwritable

FORMAT = "docsvc search 1"
"""Changed whenever words are cut, folded, weighed or laid down differently: old indexes must be built again."""

_LIVE, _BESIDE, _SCHEMA = "live", "beside", "docsvc_search"
_MOST_WEIGHED = 1_000
"""Of a larger group, so many documents with the words in their head, so many of the newest, and so many in which a
phrase stands near are weighed; the rest follow by day. Weighing reads a document's words: some hundredths of a
millisecond each."""
_DAMAGE = (
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.InvalidSchemaName,
    errors.WrongObjectType,
    errors.UndefinedFunction,
    errors.DatatypeMismatch,
    errors.DataCorrupted,
    errors.IndexCorrupted,
)
_BUSY = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)


class PostgresEngine:
    """A :class:`search.engine.Rebuildable` in a schema of its own of a PostgreSQL database.

    Where there is no schema, or an empty one, the engine makes an empty index, and :attr:`fresh` says so. A table
    that vanishes later is ``index-damaged``.

    One process writes at a time; others wait up to ``wait_seconds``, by a lock that ends with the writer's transaction.
    Readers see a commit at their next call. The index built beside has no indexes of its own yet; they are made when
    it takes over, which is then one renaming.
    """

    def __init__(
        self, connect: Connect, *, schema: str = _SCHEMA, wait_seconds: float = 30.0, table: str = _LIVE
    ) -> None:
        self._connect = connect
        self._connections = Connections(connect)
        self._schema = schema
        self._wait_seconds = wait_seconds
        self._name = table
        self.fresh = False
        """Whether this engine found no index and made an empty one."""
        with self._declared_errors_only(writing=True):
            if table == _LIVE and not self._has_content():
                with self._writing(_LIVE) as connection:
                    if not self._has_content():
                        create(connection, self._schema, _LIVE, FORMAT)
                        index_words(connection, self._schema, _LIVE)
                        self.fresh = True

    @classmethod
    def at(cls, address: str, *, schema: str = _SCHEMA, wait_seconds: float = 30.0) -> PostgresEngine:
        """Open the engine in the database at a ``postgresql://`` address. Raises SearchError."""
        return cls(partial(psycopg.connect, address), schema=schema, wait_seconds=wait_seconds)

    # --- writing

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        """Add or replace documents in one commit. Raises SearchError."""
        batch = {document.id: document for document in documents}
        if not batch:
            return
        rows: list[tuple[Any, ...]] = []
        parts: list[tuple[str, str, str]] = []
        for document in batch.values():
            first, rests = vectors_of(document)
            labels = list(dict.fromkeys(document.labels))
            newness = newness_of(document.issued_on, document.number)
            rows.append((document.id, first.exact, first.folded, labels, newness))
            parts += [(document.id, rest.exact, rest.folded) for rest in rests]
        with self._declared_errors_only(writing=True), self._writing(self._name) as connection:
            self._check(connection)
            self._remove(connection, list(batch))
            for table, content in ((self._table(), rows), (self._table(PARTS), parts)):
                if content:
                    with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
                        for row in content:
                            copy.write_row(row)

    def delete(self, ids: Iterable[str]) -> None:
        """Remove documents in one commit. Raises SearchError."""
        unwanted = list(dict.fromkeys(ids))
        if not unwanted:
            return
        with self._declared_errors_only(writing=True), self._writing(self._name) as connection:
            self._check(connection)
            self._remove(connection, unwanted)

    def clear(self) -> None:
        """Start over with an empty index, whatever state the old one is in. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing(self._name) as connection:
            drop(connection, self._schema, self._name)
            create(connection, self._schema, self._name, FORMAT)
            if self._name == _LIVE:
                index_words(connection, self._schema, _LIVE)
        self.fresh = True

    # --- asking

    def answer(
        self,
        query: WordQuery,
        *,
        narrowing: Narrowing = EVERYTHING,
        counted: Collection[str] = (),
        limit: int,
        offset: int = 0,
        order: Order = "best",
    ) -> Answer:
        """Answer a question of words. Raises SearchError."""
        limit, offset = max(limit, 0), max(offset, 0)
        with self._declared_errors_only(writing=False), self._reading() as connection:
            open_to = narrowed(narrowing)
            if query.is_empty or open_to is None:
                return Answer((), 0)
            groups = tiers(query)
            elsewhere = self._elsewhere(connection, groups)
            # The last group's words hold for all groups.
            found = joined(" AND ", [*held(groups[-1], elsewhere, self._table()), *open_to])
            total, counts = self._figures(connection, found, counted)
            hits: list[Hit] = []
            if limit and offset < total:
                if order == "best":
                    most = min(limit + offset, total)
                    hits = self._best(connection, groups, elsewhere, open_to, most, total)[offset:]
                else:
                    hits = [Hit(one, 0.0) for one in self._by_day(connection, found, limit, offset, order)]
            return Answer(tuple(hits), total, MappingProxyType(counts))

    def search(self, query: WordQuery, *, limit: int, order: Order = "best") -> tuple[Hit, ...]:
        """Return at most ``limit`` documents, best first. Raises SearchError."""
        return self.answer(query, limit=limit, order=order).hits if limit > 0 else ()

    def count(self) -> int:
        """Return how many documents are indexed. Raises SearchError."""
        with self._declared_errors_only(writing=False), self._reading() as connection:
            return int(_one(connection.execute(sql.SQL("SELECT count(*) FROM {}").format(self._table()))))

    def size_bytes(self) -> int:
        """Return what the index takes on disk. Raises SearchError."""
        with self._declared_errors_only(writing=False), self._reading() as connection:
            names = [f'"{self._schema}"."{self._name}{end}"' for end in ("", PARTS)]
            asked = "SELECT pg_total_relation_size(%s::regclass) + pg_total_relation_size(%s::regclass)"
            return int(_one(connection.execute(asked, names)))

    def close(self) -> None:
        """Give the connections back."""
        self._connections.close()

    # --- building beside

    def beside(self) -> PostgresEngine:
        """Return the index being built, begun where there is none; close it when done. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing(_BESIDE) as connection:
            if not self._exists(connection, _BESIDE):
                create(connection, self._schema, _BESIDE, FORMAT)
        return PostgresEngine(self._connect, schema=self._schema, wait_seconds=self._wait_seconds, table=_BESIDE)

    def promote(self) -> None:
        """Let the index built beside answer from now on. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing(_LIVE, _BESIDE) as connection:
            if not self._exists(connection, _BESIDE):
                return
            index_words(connection, self._schema, _BESIDE)
            analyze(connection, self._schema, _BESIDE)
            drop(connection, self._schema, _LIVE)
            rename(connection, self._schema, _BESIDE, _LIVE)

    def abandon(self) -> None:
        """Throw away what was built beside. Raises SearchError."""
        with self._declared_errors_only(writing=True), self._writing(_BESIDE) as connection:
            drop(connection, self._schema, _BESIDE)

    # --- tables

    def _table(self, end: str = "") -> sql.Identifier:
        return sql.Identifier(self._schema, self._name + end)

    def _has_content(self) -> bool:
        """Tell whether anything lies in the schema; without rights to make one, an empty one may be given to us."""
        asked = "SELECT EXISTS (SELECT FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s)"
        with self._connections.lent() as connection:
            found = bool(_one(connection.execute(asked, [self._schema])))
            connection.rollback()
            return found

    def _exists(self, connection: Connection, table: str) -> bool:
        return _one(connection.execute("SELECT to_regclass(%s)", [f'"{self._schema}"."{table}"'])) is not None

    def _remove(self, connection: Connection, ids: list[str]) -> None:
        for end in (PARTS, ""):
            connection.execute(sql.SQL("DELETE FROM {} WHERE id = ANY(%s)").format(self._table(end)), [ids])

    def _check(self, connection: Connection) -> None:
        asked = "SELECT obj_description(to_regclass(%s), 'pg_class')"
        version = _one(connection.execute(asked, [f'"{self._schema}"."{self._name}"']))
        if version is None:
            raise damaged(f"no table {self._name} that the engine made")
        if version != FORMAT:
            raise outdated(f"{version} ≠ {FORMAT}")

    # --- transactions

    @contextmanager
    def _writing(self, *tables: str) -> Iterator[Connection]:
        with self._connections.lent() as connection:
            connection.isolation_level = IsolationLevel.READ_COMMITTED
            connection.read_only = False
            milliseconds = max(int(self._wait_seconds * 1000), 1)
            connection.execute("SELECT set_config('lock_timeout', %s, true)", [f"{milliseconds}ms"])
            for table in sorted(tables):
                name = f"{self._schema}.{table}"
                connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 20140217))", [name])
            yield connection
            connection.commit()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """One look at the index for all that is asked, at what is committed now."""
        with self._connections.lent() as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            self._check(connection)
            yield connection
            connection.rollback()

    @contextmanager
    def _declared_errors_only(self, *, writing: bool) -> Iterator[None]:
        try:
            yield
        except _BUSY as error:
            raise busy(self._wait_seconds) from error
        except _DAMAGE as error:
            raise damaged(type(error).__name__) from error
        except (psycopg.Error, OSError, MemoryError, UnicodeError) as error:
            reason = str(error).split("\n", 1)[0] or type(error).__name__
            raise (unwritable(reason) if writing else unreadable(reason)) from error

    # --- parts of an answer

    def _elsewhere(self, connection: Connection, groups: Sequence[Tier]) -> Elsewhere:
        found: dict[Any, list[str]] = {}
        for clause in phrases_of(groups):
            asked = sql.SQL("SELECT DISTINCT id FROM {} WHERE {} @@ %s::tsquery").format(
                self._table(PARTS), sql.Identifier("exact" if clause.exact else "folded")
            )
            found[clause] = [row[0] for row in connection.execute(asked, [phrase(clause)])]
        return found

    def _figures(self, connection: Connection, found: Part, counted: Collection[str]) -> tuple[int, dict[str, int]]:
        if not counted:
            asked = Part.of("SELECT count(*) FROM {t} WHERE {f}", *found.values, t=self._table(), f=found.text)
            return int(_one(connection.execute(asked.text, asked.values))), {}
        asked = Part.of(
            "WITH found AS MATERIALIZED (SELECT labels FROM {t} WHERE {f}) "
            "SELECT '', count(*) FROM found UNION ALL (SELECT label, sum(documents) FROM "
            "(SELECT unnest(labels) AS label, documents FROM "
            "(SELECT labels, count(*) AS documents FROM found GROUP BY labels) alike) borne "
            "WHERE split_part(label, ':', 1) = ANY(%s) GROUP BY label)",
            *found.values,
            sorted(counted),
            t=self._table(),
            f=found.text,
        )
        figures: dict[str, Any] = dict(connection.execute(asked.text, asked.values).fetchall())
        total = int(figures.pop(""))
        return total, {label: int(number) for label, number in figures.items() if ":" in label}

    def _by_day(self, connection: Connection, found: Part, limit: int, offset: int, order: Order) -> list[str]:
        direction = sql.SQL("DESC" if order == "newest" else "ASC")
        asked = sql.SQL("SELECT id FROM {} WHERE {} ORDER BY newness {}, id LIMIT %s OFFSET %s").format(
            self._table(), found.text, direction
        )
        return [row[0] for row in connection.execute(asked, [*found.values, limit, offset])]

    def _best(
        self,
        connection: Connection,
        groups: Sequence[Tier],
        elsewhere: Elsewhere,
        open_to: list[Part],
        most: int,
        total: int,
    ) -> list[Hit]:
        hits: list[Hit] = []
        for rank, tier in enumerate(groups):
            conditions = [*held(tier, elsewhere, self._table()), *open_to]
            if hits:
                # All that the groups before hold, or there would be enough.
                conditions.append(Part.of("id <> ALL(%s)", [hit.id for hit in hits]))
            found = joined(" AND ", conditions)
            base = float(len(groups) - 1 - rank)
            share = len(tier.near) + 1
            weighed = self._weighed(connection, tier, elsewhere, found, most - len(hits), total)
            # Squeezed between two whole numbers, a score never crosses into the group above.
            hits += [Hit(one, base + (near + score / (1.0 + score)) / share) for one, near, score in weighed]
            if len(hits) >= most:
                break
        return hits

    def _weighed(
        self, connection: Connection, tier: Tier, elsewhere: Elsewhere, found: Part, most: int, total: int
    ) -> list[tuple[str, int, float]]:
        table = self._table()
        among = found
        if total > _MOST_WEIGHED:
            stretches = [found]
            stretches += [
                Part.of("{f} AND ({n})", *found.values, *further.values, f=found.text, n=further.text)
                for further in (in_head(tier), near(tier, elsewhere))
                if further is not None
            ]
            newest = [
                Part.of(
                    "(SELECT id FROM {t} WHERE {f} ORDER BY newness DESC, id LIMIT %s)",
                    *each.values,
                    _MOST_WEIGHED,
                    t=table,
                    f=each.text,
                )
                for each in stretches
            ]
            few = joined(" UNION ", newest)
            among = Part.of("id IN ({f})", *few.values, f=few.text)
        standing, weighing = nearness(tier, elsewhere), weight(tier)
        asked = sql.SQL(
            "SELECT id, near, weight FROM (SELECT id, newness, {n} AS near, {w} AS weight FROM {t} WHERE {a}) weighed "
            "ORDER BY near DESC, weight DESC, newness DESC, id LIMIT %s"
        ).format(n=standing.text, w=weighing.text, t=table, a=among.text)
        values = [*standing.values, *weighing.values, *among.values, most]
        hits: list[tuple[str, int, float]] = list(connection.execute(asked, values).fetchall())
        if total > _MOST_WEIGHED and len(hits) < most:
            rest = joined(" AND ", [found, Part.of("id <> ALL(%s)", [hit[0] for hit in hits])])
            hits += [(one, 0, 0.0) for one in self._by_day(connection, rest, most - len(hits), 0, "newest")]
        return hits


def _one(cursor: psycopg.Cursor[tuple[Any, ...]]) -> Any:
    row = cursor.fetchone()
    return row[0] if row else None
