"""OpenSearch, on a real node. Everything that needs one is here, so that one test process starts it."""

import hashlib
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from config.settings import Settings, SettingsError
from docsvc.accounts import Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.records.finder import find
from docsvc.records.indexing import index_pending
from docsvc.search_engines import open_engine, owe_after_change
from search._opensearch_http import Node
from search.engine import Engine
from search.errors import SearchError
from search.opensearch_engine import OpenSearchEngine
from tests.records.archive import Archive
from tests.search.contract import document, found, numbered, words
from tests.search.further import FurtherContract
from tests.services.opensearch import OpenSearchServer, opensearch_running
from tests.services.programs import free_ports


def prefix_of(place: Path) -> str:
    return f"p{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"


def node_of(place: Path) -> Node:
    return Node((place.parent / "cluster").read_text())


def opened(place: Path, *, wait_seconds: float = 30.0) -> OpenSearchEngine:
    return OpenSearchEngine(node_of(place), prefix=prefix_of(place), wait_seconds=wait_seconds)


def drop(place: Path) -> None:
    names = f"{prefix_of(place)}-control,{prefix_of(place)}-index-*"
    node_of(place).ask("DELETE", names, ignore_unavailable="true")


class TestOpenSearchEngine(FurtherContract):
    opener = staticmethod(opened)

    @pytest.fixture
    def place(self, tmp_path: Path, opensearch_server: OpenSearchServer) -> Iterator[Path]:
        (tmp_path / "cluster").write_text(opensearch_server.url)
        yield tmp_path / "index"
        for place in (tmp_path / "index", tmp_path / "other"):
            node_of(place).ask(
                "DELETE", f"{prefix_of(place)}-control,{prefix_of(place)}-index-*", ignore_unavailable="true"
            )

    def damage(self, place: Path) -> Iterable[None]:
        node, prefix = node_of(place), prefix_of(place)

        def live() -> str:
            return str(next(iter(node.ask("GET", f"{prefix}-live-1/_alias"))))

        node.ask("DELETE", live())
        yield
        node.ask("DELETE", f"{live()}/_alias/{prefix}-live-1")
        yield
        node.ask("DELETE", live())
        node.ask(
            "PUT", f"{prefix}-index-alien", {"aliases": {f"{prefix}-live-1": {}}, "mappings": {"dynamic": "strict"}}
        )
        yield

    def outdate(self, place: Path) -> None:
        node, prefix = node_of(place), prefix_of(place)
        name = next(iter(node.ask("GET", f"{prefix}-live-1/_alias")))
        older = [
            {"add": {"index": name, "alias": f"{prefix}-live-0"}},
            {"remove": {"index": name, "alias": f"{prefix}-live-1"}},
        ]
        node.ask("POST", "_aliases", {"actions": older})

    def impatient(self, place: Path) -> OpenSearchEngine:
        return opened(place, wait_seconds=0.05)

    @contextmanager
    def writing(self, place: Path) -> Iterator[None]:
        with opened(place)._writing("live"):
            yield

    def test_a_lock_of_another_machine_holds_until_its_lease_is_over(self, engine: Engine, place: Path) -> None:
        node, lock = node_of(place), f"{prefix_of(place)}-control/_doc/live"
        node.ask("PUT", lock, {"token": "x", "until": 4e9, "machine": "elsewhere", "pid": 1})
        with pytest.raises(SearchError) as waited:
            self.impatient(place).index([document("a")])
        assert waited.value.code == "index-busy"
        node.ask("PUT", lock, {"token": "x", "until": 1, "machine": "elsewhere", "pid": 1})
        self.impatient(place).index([document("a")])
        assert engine.count() == 1

    def test_a_batch_of_several_requests_is_one_commit(self, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("search.opensearch_engine._REQUEST_BYTES", 1_000)
        engine.index(numbered(50))
        assert engine.count() == 50


@pytest.mark.faults
def test_a_node_that_dies_is_named_and_answers_again_when_it_is_back(tmp_path: Path) -> None:
    port = free_ports(1)[0]
    with opensearch_running(tmp_path, port=port) as server:
        engine = OpenSearchEngine(Node(server.url, seconds=5))
        engine.index(numbered(10))
        os.killpg(server.pid, signal.SIGKILL)
    with pytest.raises(SearchError) as unread:
        engine.count()
    assert unread.value.code == "index-unreadable"
    with pytest.raises(SearchError) as unwritten:
        engine.index(numbered(1))
    assert unwritten.value.code == "index-unwritable"
    with pytest.raises(SearchError):
        OpenSearchEngine(Node(server.url, seconds=5))
    with opensearch_running(tmp_path, port=port):
        assert engine.count() == 10
        engine.index(numbered(5, 10))
        assert len(found(engine, words("văn"))) == 15


def test_messages_tell_no_password() -> None:
    with pytest.raises(SearchError) as away:
        OpenSearchEngine(Node(f"http://somebody:mat-khau@127.0.0.1:{free_ports(1)[0]}", seconds=2))
    assert "127.0.0.1" in away.value.message_vi
    assert "mat-khau" not in str(away.value) + away.value.message_vi + repr(away.value.__cause__)


def test_an_address_or_prefix_that_cannot_be_used_is_a_value_error_without_secrets() -> None:
    for url, prefix in (("ftp://u:mat-khau@host", "docsvc"), ("", "docsvc"), ("http://u:mat-khau@host", "A*")):
        with pytest.raises(ValueError, match=r"address|prefix") as refused:
            OpenSearchEngine.at(url, prefix=prefix)
        assert "mat-khau" not in str(refused.value)


def test_the_worker_fills_the_cluster_that_the_settings_name(
    opensearch_server: OpenSearchServer, tmp_path: Path
) -> None:
    place = tmp_path / "index"
    (tmp_path / "cluster").write_text(opensearch_server.url)
    settings = Settings(
        data_dir=tmp_path,
        search_engine="opensearch",
        opensearch_url=opensearch_server.url,
        opensearch_prefix=prefix_of(place),
    )
    database = Database(settings.database)
    upgrade(database)
    archive = Archive(database, open_engine(settings, database))
    unit = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    reader = archive.actor("doc.gia", (Role.READER, unit))
    archive.put(unit, 138, "qd", date(2024, 1, 1), "Thu hồi đất")
    archive.put(unit, 139, "kh", date(2024, 2, 1), "Trồng cây")
    assert owe_after_change(settings, database) == 2
    while index_pending(database, archive.engine):
        pass
    found_by_words = find(database, archive.engine, reader, "thu hoi dat").results
    assert [result.document.reference for result in found_by_words] == ["138/QĐ-UBND"]
    archive.engine.close()
    database.close()
    drop(place)


def test_a_cluster_without_an_address_is_refused_by_name(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'docsvc.sqlite3'}")
    with pytest.raises(SettingsError, match="opensearch_url"):
        open_engine(Settings(data_dir=tmp_path, search_engine="opensearch"), database)
    database.close()
