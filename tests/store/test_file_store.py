"""The store in a folder."""

import hashlib
import io
import stat
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
)

from docsvc.store import Damaged, FileStore, NotStored, ObjectStore, StoreUnavailable, TooLarge
from tests.store.contract import REPOSITORY, StoreContract


def file_of(folder: Path, sha256: str) -> Path:
    return folder / "objects" / sha256[:2] / sha256[2:4] / sha256


class TestFileStore(StoreContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "store"

    def replace_bytes(self, store: ObjectStore, sha256: str, content: bytes) -> None:
        assert isinstance(store, FileStore)
        path = store._path(sha256)
        path.chmod(0o640)
        path.write_bytes(content)


def test_an_object_is_a_read_only_file_two_folders_deep(tmp_path: Path) -> None:
    sha256 = FileStore(tmp_path).put(b"kept")
    assert stat.S_IMODE(file_of(tmp_path, sha256).stat().st_mode) == 0o440


def test_a_finished_put_leaves_nothing_behind(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.put(b"kept")
    with pytest.raises(TooLarge):
        store.put_stream(io.BytesIO(b"123456"), limit_bytes=5)
    store.check()
    assert list(store.walk_leftovers()) == []


STALLS_HALF_WAY = """
import io, pathlib, sys, time
from docsvc.store import FileStore

class Stalling(io.RawIOBase):
    given = 0
    def read(self, size=-1):
        if self.given == 3:
            print("half way", flush=True)
            time.sleep(60)
        self.given += 1
        return b"a" * 300_000

FileStore(pathlib.Path(sys.argv[1])).put_stream(Stalling(), limit_bytes=10**9)
"""


@pytest.mark.faults
def test_a_put_killed_half_way_leaves_only_a_leftover_that_is_swept(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    putter = subprocess.Popen(
        [sys.executable, "-c", STALLS_HALF_WAY, str(tmp_path)], stdout=subprocess.PIPE, cwd=REPOSITORY
    )
    with putter:
        assert putter.stdout is not None
        assert putter.stdout.readline() == b"half way\n"
        putter.kill()
    assert list(store.walk()) == []
    (leftover,) = store.walk_leftovers()
    assert leftover.size_bytes > 0
    assert store.sweep_leftovers() == 0, "a put may still be going on"
    assert store.sweep_leftovers(older_than=timedelta(0)) == 1
    assert list(store.walk_leftovers()) == []


NO_ROOM = """
import pathlib, resource, sys
from docsvc.store import FileStore, StoreFull
store = FileStore(pathlib.Path(sys.argv[1]))
store.put(b"small")
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
for content in (b"b" * 1001, b"c" * 5_000_000):
    try:
        store.put(content)
    except StoreFull as error:
        print(error.code)
"""


def test_a_file_that_finds_no_room_is_not_kept(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert run.stdout.split() == ["store-full", "store-full"]
    store = FileStore(tmp_path)
    assert [stored.size_bytes for stored in store.walk()] == [5]
    assert list(store.walk_leftovers()) == []


def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file stands where the folder should be")
    store = FileStore(tmp_path / "store")
    for attempt in (lambda: store.put(b"x"), store.check, lambda: store.get("0" * 64)):
        with pytest.raises(StoreUnavailable):
            attempt()


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    content = b"outside the store"
    sha256 = hashlib.sha256(content).hexdigest()
    (tmp_path / "outside").write_bytes(content)
    link = file_of(tmp_path / "store", sha256)
    link.parent.mkdir(parents=True)
    link.symlink_to(tmp_path / "outside")
    with pytest.raises(StoreUnavailable):
        store.get(sha256)


def test_walking_passes_over_what_is_no_object(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    sha256 = store.put(b"kept")
    file_of(tmp_path, sha256).with_name("README").write_text("a stranger")
    (tmp_path / "objects" / "stray").write_text("another")
    assert [stored.sha256 for stored in store.walk()] == [sha256]


def test_a_folder_removed_under_the_store_is_made_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path / "store")
    sha256 = store.put(b"kept")
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    assert not store.exists(sha256)
    assert store.put(b"kept") == sha256
    assert store.get(sha256) == b"kept"


class StoreAgainstModel(RuleBasedStateMachine):
    """Any order of puts, deletions and damage gives what a dictionary would, or says ``Damaged``."""

    names: Bundle[str] = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = FileStore(Path(self.folder.name))
        self.model: dict[str, bytes] = {}
        self.damaged: set[str] = set()

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(target=names, content=st.binary(max_size=200))
    def put(self, content: bytes) -> str:
        sha256 = self.store.put(content)
        self.model[sha256] = content
        self.damaged.discard(sha256)
        return sha256

    @rule(sha256=consumes(names))
    def delete(self, sha256: str) -> None:
        self.store.delete(sha256)
        self.model.pop(sha256, None)
        self.damaged.discard(sha256)

    @rule(target=names, sha256=names, extra=st.binary(min_size=1, max_size=5))
    def damage(self, sha256: str, extra: bytes) -> MultipleResults[str]:
        if sha256 in self.model:
            path = file_of(Path(self.folder.name), sha256)
            path.chmod(0o640)
            path.write_bytes(self.model[sha256] + extra)
            self.damaged.add(sha256)
        return multiple()

    @rule(sha256=names)
    def get(self, sha256: str) -> None:
        if sha256 not in self.model:
            with pytest.raises(NotStored):
                self.store.get(sha256)
        elif sha256 in self.damaged:
            with pytest.raises(Damaged):
                self.store.get(sha256)
        else:
            assert self.store.get(sha256) == self.model[sha256]

    @invariant()
    def the_walk_is_the_model(self) -> None:
        assert {stored.sha256 for stored in self.store.walk()} == set(self.model)


TestStoreAgainstModel = StoreAgainstModel.TestCase
TestStoreAgainstModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
