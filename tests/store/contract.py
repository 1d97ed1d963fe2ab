"""What every store must do. Each backend's test class inherits this one."""

import dataclasses
import hashlib
import io
import multiprocessing
import os
import secrets
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from docsvc.store import Damaged, NotStored, ObjectStore, S3Place, TooLarge, open_store

REPOSITORY = Path(__file__).parents[2]


def opened(place: Path | S3Place) -> ObjectStore:
    """The store at a place that can be sent to another process."""
    if isinstance(place, S3Place):
        return open_store("s3", **dataclasses.asdict(place))
    return open_store("file", directory=place)


def put_in_own_process(place: Path | S3Place, content: bytes) -> str:
    """Put from a process of its own."""
    return opened(place).put(content)


PUTS_WITHOUT_END = """
import pickle, secrets, sys
from tests.store.contract import opened
store = opened(pickle.loads(bytes.fromhex(sys.argv[1])))
print("started", flush=True)
while True:
    store.put(secrets.token_bytes(300_000))
"""


class StoreContract(ABC):
    """A subclass gives the ``place`` fixture and knows how to damage an object."""

    @pytest.fixture
    def store(self, place: Path | S3Place) -> ObjectStore:
        return opened(place)

    @abstractmethod
    def replace_bytes(self, store: ObjectStore, sha256: str, content: bytes) -> None:
        """Change the kept bytes behind the store's back."""

    def test_it_is_an_object_store_with_a_name(self, store: ObjectStore) -> None:
        assert isinstance(store, ObjectStore)
        assert store.name in {"file", "s3"}

    @pytest.mark.parametrize("content", [b"", b"x", "Quyết định".encode(), bytes(range(256)) * 4000])
    def test_what_was_put_is_what_is_got(self, store: ObjectStore, content: bytes) -> None:
        sha256 = store.put(content)
        assert sha256 == hashlib.sha256(content).hexdigest()
        assert store.get(sha256) == content
        assert store.exists(sha256)
        assert store.size(sha256) == len(content)

    def test_an_object_knows_when_it_was_stored(self, store: ObjectStore) -> None:
        stored = store.stat(store.put(b"now"))
        assert stored.size_bytes == 3
        assert stored.modified_at.utcoffset() == timedelta(0)
        assert abs(datetime.now(UTC) - stored.modified_at) < timedelta(minutes=1)

    def test_putting_twice_keeps_one_object(self, store: ObjectStore) -> None:
        assert store.put(b"twice") == store.put(b"twice")
        assert [stored.size_bytes for stored in store.walk()] == [5]

    @pytest.mark.parametrize("name", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63 + "\n", "0" * 65])
    def test_what_was_never_put_is_not_stored(self, store: ObjectStore, name: str) -> None:
        store.put(b"something else")
        assert not store.exists(name)
        for ask in (store.get, store.open, store.stat, store.size):
            with pytest.raises(NotStored):
                ask(name)

    def test_a_stream_is_kept_under_its_hash(self, store: ObjectStore) -> None:
        content = secrets.token_bytes(9_000_000)
        stored = store.put_stream(io.BytesIO(content), limit_bytes=len(content))
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert stored.size_bytes == len(content)
        with store.open(stored.sha256) as reading:
            assert reading.size_bytes == len(content)
            chunks = list(reading)
        assert b"".join(chunks) == content
        assert max(map(len, chunks)) <= 1024 * 1024, "a large file is not held in memory"

    def test_one_byte_over_the_limit_is_too_large(self, store: ObjectStore) -> None:
        with pytest.raises(TooLarge):
            store.put_stream(io.BytesIO(b"123456"), limit_bytes=5)
        assert list(store.walk()) == []

    @pytest.mark.parametrize("position", [0, 299_999, 600_000 - 1])
    def test_a_changed_byte_is_noticed(self, store: ObjectStore, position: int) -> None:
        content = bytearray(secrets.token_bytes(600_000))
        sha256 = store.put(bytes(content))
        content[position] ^= 1
        self.replace_bytes(store, sha256, bytes(content))
        with pytest.raises(Damaged):
            store.get(sha256)

    @pytest.mark.parametrize("kept", [b"", b"short", b"the content and then some more"])
    def test_a_cut_or_lengthened_object_is_noticed(self, store: ObjectStore, kept: bytes) -> None:
        sha256 = store.put(b"the content")
        self.replace_bytes(store, sha256, kept)
        with pytest.raises(Damaged):
            store.get(sha256)

    def test_a_reader_of_damaged_bytes_never_gets_a_complete_file(self, store: ObjectStore) -> None:
        content = secrets.token_bytes(700_000)
        sha256 = store.put(content)
        self.replace_bytes(store, sha256, b"x" + content[1:])
        got = 0
        with pytest.raises(Damaged), store.open(sha256) as reading:  # noqa: PT012 - counts until it fails
            for chunk in reading:
                got += len(chunk)
        assert got < len(content)

    def test_putting_again_mends_a_damaged_object(self, store: ObjectStore) -> None:
        sha256 = store.put(b"the content")
        self.replace_bytes(store, sha256, b"the c0ntent")
        store.put(b"the content")
        assert store.get(sha256) == b"the content"

    def test_a_reading_may_be_left_half_way(self, store: ObjectStore) -> None:
        sha256 = store.put(secrets.token_bytes(3_000_000))
        reading = store.open(sha256)
        assert next(iter(reading))
        reading.close()
        reading.close()
        assert len(store.get(sha256)) == 3_000_000

    def test_a_deleted_object_is_gone_and_may_come_again(self, store: ObjectStore) -> None:
        sha256 = store.put(b"for a while")
        store.delete(sha256)
        store.delete(sha256)
        assert not store.exists(sha256)
        assert list(store.walk()) == []
        assert store.put(b"for a while") == sha256
        assert store.get(sha256) == b"for a while"

    def test_walking_meets_every_object_once(self, store: ObjectStore) -> None:
        put = {store.put(str(n).encode()): len(str(n)) for n in range(40)}
        met = [(stored.sha256, stored.size_bytes) for stored in store.walk()]
        assert sorted(met) == sorted(put.items())

    def test_a_healthy_store_passes_its_check_and_keeps_nothing_of_it(self, store: ObjectStore) -> None:
        store.check()
        store.check()
        assert list(store.walk()) == []

    def test_processes_that_put_the_same_content_at_once_agree(self, place: Path | S3Place) -> None:
        content = secrets.token_bytes(2_000_000)
        spawning = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(4, mp_context=spawning) as pool:
            names = set(pool.map(put_in_own_process, [place] * 16, [content] * 16))
        store = opened(place)
        assert names == {hashlib.sha256(content).hexdigest()}
        assert [stored.sha256 for stored in store.walk()] == list(names)
        assert store.get(names.pop()) == content

    @pytest.mark.faults
    @pytest.mark.parametrize("after_seconds", [0.01, 0.13, 0.4])
    def test_a_putter_killed_at_any_moment_leaves_whole_objects_only(
        self, place: Path | S3Place, store: ObjectStore, after_seconds: float
    ) -> None:
        import pickle  # noqa: PLC0415 - sent to a process of this very test

        putter = subprocess.Popen(
            [sys.executable, "-c", PUTS_WITHOUT_END, pickle.dumps(place).hex()],
            stdout=subprocess.PIPE,
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        )
        with putter:
            assert putter.stdout is not None
            assert putter.stdout.readline() == b"started\n"
            end = time.monotonic() + 30
            while not any(True for _ in store.walk()):
                assert time.monotonic() < end, "nothing was put"
            time.sleep(after_seconds)
            putter.kill()
        stored = list(store.walk())
        assert stored
        for each in stored:
            assert len(store.get(each.sha256)) == each.size_bytes == 300_000
