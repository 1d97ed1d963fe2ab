"""The store in a real S3 server."""

import dataclasses
import io
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from docsvc.store import (
    BadStoreSettings,
    ObjectStore,
    Retained,
    S3Place,
    S3Store,
    StoreError,
    StoreUnavailable,
)
from tests.services.programs import free_ports
from tests.services.s3 import S3Server, s3_running
from tests.store.contract import StoreContract


@pytest.fixture
def place(s3_server: S3Server, s3_bucket: str) -> S3Place:
    return place_in(s3_server, s3_bucket)


def place_in(server: S3Server, bucket: str) -> S3Place:
    return S3Place(server.endpoint, server.access_key, server.secret_key, bucket, secure=False)


class TestS3Store(StoreContract):
    def replace_bytes(self, store: ObjectStore, sha256: str, content: bytes) -> None:
        assert isinstance(store, S3Store)
        store._client.put_object(store._bucket, store._key(sha256), io.BytesIO(content), len(content))


class TestLockedS3Store(StoreContract):
    """The same with versions and Object Lock: only deletion differs, and that is tested below."""

    @pytest.fixture
    def place(self, s3_server: S3Server, s3_bucket: str) -> S3Place:
        return dataclasses.replace(place_in(s3_server, s3_bucket), retention_days=1)

    def replace_bytes(self, store: ObjectStore, sha256: str, content: bytes) -> None:
        TestS3Store.replace_bytes(TestS3Store(), store, sha256, content)

    def test_a_deleted_object_is_gone_and_may_come_again(self, store: ObjectStore) -> None:
        sha256 = store.put(b"for a day")
        with pytest.raises(Retained):
            store.delete(sha256)
        assert store.get(sha256) == b"for a day"


def test_a_large_object_goes_up_in_parts(place: S3Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docsvc.store.s3.PART_BYTES", 5 * 1024 * 1024)
    content = os.urandom(12 * 1024 * 1024)
    store = S3Store(place)
    assert store.get(store.put(content)) == content


def test_a_missing_bucket_is_not_made_unless_allowed(place: S3Place) -> None:
    store = S3Store(place, make_bucket=False)
    with pytest.raises(StoreUnavailable):
        store.exists("0" * 64)
    S3Store(place).check()
    assert not store.exists("0" * 64)


def test_a_wrong_secret_is_turned_away(place: S3Place) -> None:
    S3Store(place).put(b"kept")
    store = S3Store(dataclasses.replace(place, secret_key="wrong"))
    for attempt in (lambda: store.put(b"x"), lambda: store.get("0" * 64), lambda: list(store.walk())):
        with pytest.raises(StoreUnavailable):
            attempt()


def test_the_secret_is_not_shown(place: S3Place) -> None:
    assert place.secret_key not in repr(place)


def test_a_lock_on_a_bucket_without_locks_is_refused_and_nothing_kept(place: S3Place) -> None:
    S3Store(place).check()
    locking = S3Store(dataclasses.replace(place, retention_days=1))
    with pytest.raises(StoreError):
        locking.put(b"must be locked")
    assert list(locking.walk()) == []


@pytest.mark.parametrize(
    "place",
    [
        S3Place("http://127.0.0.1:1", "key", "secret"),
        S3Place("", "key", "secret"),
        S3Place("127.0.0.1:1", "", "secret"),
        S3Place("127.0.0.1:1", "key", ""),
        S3Place("127.0.0.1:1", "key", "secret", bucket="No Such Name"),
        S3Place("127.0.0.1:1", "key", "secret", ca_file=Path("gone.pem")),
    ],
)
def test_settings_that_cannot_be_right_are_refused_at_once(place: S3Place) -> None:
    with pytest.raises(BadStoreSettings):
        S3Store(place)


def test_a_server_that_is_not_there_is_noticed_within_seconds() -> None:
    (port,) = free_ports(1)
    store = S3Store(S3Place(f"127.0.0.1:{port}", "key", "secret", secure=False))
    began = time.monotonic()
    for attempt in (lambda: store.put(b"x"), lambda: store.get("0" * 64), store.check):
        with pytest.raises(StoreUnavailable):
            attempt()
    assert time.monotonic() - began < 10


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = S3Place(f"127.0.0.1:{silent.getsockname()[1]}", "key", "secret", secure=False)
        store = S3Store(place, read_seconds=0.5, retries=1)
        began = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.put(b"x")
        assert time.monotonic() - began < 5


@pytest.mark.faults
def test_a_killed_server_is_unavailable_and_comes_back_with_what_was_put(tmp_path: Path) -> None:
    with s3_running(tmp_path) as server:
        store = S3Store(place_in(server, "docsvc"))
        sha256 = store.put(b"kept")
        os.killpg(server.pid, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            store.get(sha256)
        with pytest.raises(StoreUnavailable):
            store.put(b"kept")
        with pytest.raises(StoreUnavailable):
            store.check()
    with s3_running(tmp_path) as server:
        assert _got_within(30, S3Store(place_in(server, "docsvc")), sha256) == b"kept"


def _got_within(seconds: float, store: S3Store, sha256: str) -> bytes:
    """A server that answers may still be looking for its volumes: it is unavailable for a while, never wrong."""
    end = time.monotonic() + seconds
    while True:
        try:
            return store.get(sha256)
        except StoreUnavailable:
            if time.monotonic() > end:
                raise
        time.sleep(0.2)
