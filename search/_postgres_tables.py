"""The tables of a search index in PostgreSQL: made, indexed, dropped and renamed."""

from __future__ import annotations

from psycopg import sql

from search._postgres_connections import Connection

PARTS = "_parts"
"""Behind a table's name: the further stretches of its long texts."""
_BOTH = (PARTS, "")
"""In the order in which questions take their locks, or each would wait for the other."""


def create(connection: Connection, schema: str, table: str, version: str) -> None:
    """Make an empty index, without indexes of words: it can be asked, and filled fast."""
    main, parts = sql.Identifier(schema, table), sql.Identifier(schema, table + PARTS)
    found = connection.execute("SELECT to_regnamespace(%s)", [f'"{schema}"']).fetchone()
    if found is None or found[0] is None:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    connection.execute(
        sql.SQL(
            'CREATE TABLE {} (id text COLLATE "C" PRIMARY KEY, exact tsvector NOT NULL, folded tsvector NOT NULL, '
            "labels text[] NOT NULL, newness bigint NOT NULL) WITH (toast_tuple_target = 128)"
        ).format(main)
    )
    # Words lie apart from the rest of the row, so that counting does not read them, and unpacked, for weighing.
    connection.execute(
        sql.SQL(
            "ALTER TABLE {} ALTER COLUMN exact SET STORAGE EXTERNAL, ALTER COLUMN folded SET STORAGE EXTERNAL, "
            "ALTER COLUMN labels SET STORAGE MAIN, ALTER COLUMN id SET STORAGE MAIN"
        ).format(main)
    )
    connection.execute(
        sql.SQL(
            'CREATE TABLE {} (id text COLLATE "C" NOT NULL, exact tsvector NOT NULL, folded tsvector NOT NULL)'
        ).format(parts)
    )
    connection.execute(sql.SQL("CREATE INDEX ON {} (id)").format(parts))
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(main, sql.Literal(version)))


def index_words(connection: Connection, schema: str, table: str) -> None:
    """Make the indexes that answer questions fast."""
    connection.execute("SELECT set_config('maintenance_work_mem', '256MB', true)")
    for end, columns in ((PARTS, ("exact", "folded")), ("", ("exact", "folded", "labels"))):
        name = sql.Identifier(schema, table + end)
        for column in columns:
            connection.execute(sql.SQL("CREATE INDEX ON {} USING gin ({})").format(name, sql.Identifier(column)))
    connection.execute(sql.SQL("CREATE INDEX ON {} (newness)").format(sql.Identifier(schema, table)))


def analyze(connection: Connection, schema: str, table: str) -> None:
    """Tell the planner what there is, at once after much was written; later PostgreSQL does so by itself."""
    for end in _BOTH:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(schema, table + end)))


def drop(connection: Connection, schema: str, table: str) -> None:
    """Remove an index, where there is one."""
    for end in _BOTH:
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(schema, table + end)))


def rename(connection: Connection, schema: str, table: str, name: str) -> None:
    """Give an index another name."""
    for end in _BOTH:
        connection.execute(
            sql.SQL("ALTER TABLE {} RENAME TO {}").format(
                sql.Identifier(schema, table + end), sql.Identifier(name + end)
            )
        )
