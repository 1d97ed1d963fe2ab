"""PostgreSQL full text, on a real server."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest

from search.engine import Engine
from search.errors import SearchError
from search.postgres_engine import PostgresEngine
from tests.search.contract import document, found, words
from tests.search.further import FurtherContract
from tests.services.postgres import PostgresServer


def schema_of(place: Path) -> str:
    return f"s_{hashlib.sha256(str(place).encode()).hexdigest()[:16]}"


def connection_to(place: Path) -> "partial[psycopg.Connection[tuple[object, ...]]]":
    return partial(psycopg.connect, (place.parent / "database").read_text())


def opened(place: Path, *, wait_seconds: float = 30.0) -> PostgresEngine:
    return PostgresEngine(connection_to(place), schema=schema_of(place), wait_seconds=wait_seconds)


@pytest.fixture(scope="session")
def shared_database(postgres_server: PostgresServer) -> Iterator[str]:
    name = postgres_server.create_database()
    yield postgres_server.conninfo(name)
    postgres_server.drop_database(name)


def act(place: Path, statement: str) -> None:
    with connection_to(place)() as connection:
        connection.execute(f'SET search_path = "{schema_of(place)}"')
        connection.execute(statement.encode())


class TestPostgresEngine(FurtherContract):
    opener = staticmethod(opened)

    @pytest.fixture
    def place(self, tmp_path: Path, shared_database: str) -> Path:
        (tmp_path / "database").write_text(shared_database)
        return tmp_path / "index"

    def damage(self, place: Path) -> Iterable[None]:
        act(place, "ALTER TABLE live DROP COLUMN folded")
        yield
        act(place, "DROP TABLE live")
        yield
        act(place, "DROP TABLE live; CREATE TABLE live (id text)")
        yield

    def outdate(self, place: Path) -> None:
        act(place, "COMMENT ON TABLE live IS 'docsvc search 0'")

    def impatient(self, place: Path) -> PostgresEngine:
        return opened(place, wait_seconds=0.05)

    @contextmanager
    def writing(self, place: Path) -> Iterator[None]:
        with opened(place)._writing("live"):
            yield

    def test_a_schema_that_is_dropped_is_damage_until_it_is_cleared(self, engine: Engine, place: Path) -> None:
        engine.index([document("a", "đất")])
        act(place, f"DROP SCHEMA {schema_of(place)} CASCADE")
        for ask in (engine.count, lambda: found(engine, words("đất")), lambda: engine.index([document("b")])):
            with pytest.raises(SearchError) as lost:
                ask()
            assert lost.value.code == "index-damaged"
        engine.clear()
        assert engine.count() == 0


def test_of_very_many_documents_the_best_still_come_first(
    tmp_path: Path, shared_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.postgres_engine._MOST_WEIGHED", 5)
    (tmp_path / "database").write_text(shared_database)
    engine = opened(tmp_path / "many")
    engine.index(document(f"d{number:02d}", "đất đai chung", number=number) for number in range(40))
    engine.index([document("head", "chung", abstract="đất", number=1), document("near", "chung đất", number=0)])
    every = found(engine, words("đất chung"))
    assert (every[0], len(set(every))) == ("d39", 42)
    assert found(engine, words("đất"))[0] == "head"
    pages = [engine.answer(words("đất chung"), limit=4, offset=at).hits for at in range(0, 44, 4)]
    assert [hit.id for page in pages for hit in page] == every
