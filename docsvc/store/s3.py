"""The store in an S3 service."""

import contextlib
import hashlib
import io
import secrets
import ssl
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, cast

import urllib3
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.datatypes import Object
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from minio.helpers import check_bucket_name
from minio.retention import Retention

from docsvc.store.errors import (
    BadStoreSettings,
    Damaged,
    NotStored,
    Retained,
    StoreError,
    StoreFull,
    StoreUnavailable,
    TooLarge,
)
from docsvc.store.objects import (
    CHUNK_BYTES,
    Reading,
    StoredObject,
    checked_name,
    copy_hashed,
    fan_out,
    is_whole,
)

PREFIX = "objects/"
PROBE_PREFIX = "probe/"

PART_BYTES = 64 * 1024 * 1024
"""Objects up to this length go in one request; the client holds one part in memory."""

SPOOL_BYTES = 8 * 1024 * 1024
"""A stream longer than this waits on the disk until its hash is known."""

YOUNG = timedelta(minutes=15)
"""Well under the time after which an object without a record counts as left over."""

_KINDS: dict[str | None, type[StoreError]] = {
    "NoSuchKey": NotStored,
    "NoSuchVersion": NotStored,
    "EntityTooLarge": TooLarge,
    "InsufficientStorage": StoreFull,
    "QuotaExceeded": StoreFull,
    "XMinioAdminBucketQuotaExceeded": StoreFull,
    "XMinioStorageFull": StoreFull,
}
"""S3 error codes that are not simply "unavailable"."""


@contextlib.contextmanager
def _declared() -> Iterator[None]:
    """Turn what the client and the network say into the errors a store may raise."""
    try:
        yield
    except S3Error as error:
        raise _KINDS.get(error.code, StoreUnavailable) from error
    except ServerError as error:
        full = error.status_code == HTTPStatus.INSUFFICIENT_STORAGE
        raise (StoreFull if full else StoreUnavailable) from error
    except InvalidResponseError as error:
        raise StoreUnavailable from error
    except (MinioException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        # ValueError: an answer that the client cannot parse.
        raise StoreUnavailable from error


@dataclass(frozen=True, slots=True)
class S3Place:
    """Where an S3 service is and how to sign in to it."""

    endpoint: str
    """``host:port``, without a scheme."""

    access_key: str
    secret_key: str = field(repr=False)
    bucket: str = "docsvc"

    secure: bool = True
    """Over TLS."""

    region: str = "us-east-1"

    retention_days: int | None = None
    """Lock each object in compliance mode for so long; ``None`` means no lock. The bucket needs Object
    Lock, which it has when the store makes it."""

    ca_file: Path | None = None
    """Root certificates to trust; ``None`` means those of the system."""


class S3Store:
    """Objects under ``objects/ab/cd/<sha256>`` in one bucket, which is made on first use.

    The transfer is protected both ways: the request carries the content's hash (signed, or over TLS
    as Content-MD5), so the server refuses what changed under way; and every reading is checked
    against the object's name. An upload becomes visible only when it is whole.
    """

    name = "s3"

    def __init__(
        self,
        place: S3Place,
        *,
        make_bucket: bool = True,
        connect_seconds: float = 3,
        read_seconds: float = 20,
        retries: int = 2,
    ) -> None:
        """Name the place; nothing is reached yet.

        Args:
            place: where the service is.
            make_bucket: make a missing bucket; otherwise a missing one means "unavailable".
            connect_seconds: longest wait for a connection, per try.
            read_seconds: longest wait for the next bytes, per try.
            retries: further tries of one request after a failure of the network or server.

        Raises:
            BadStoreSettings: the endpoint or a key is missing, or the endpoint, bucket name or
                certificate file cannot be used.
        """
        self._bucket = place.bucket
        self._retention = None if place.retention_days is None else timedelta(days=place.retention_days)
        self._make_bucket = make_bucket
        self._found = False
        self._finding = threading.Lock()
        if not (place.endpoint and place.access_key and place.secret_key):
            raise BadStoreSettings
        try:
            check_bucket_name(place.bucket, strict=True)
            trust = ssl.create_default_context(cafile=place.ca_file) if place.secure else None
            pool = urllib3.PoolManager(
                timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
                maxsize=16,
                retries=urllib3.Retry(total=retries, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
                ssl_context=trust,
            )
            self._client = Minio(
                place.endpoint,
                access_key=place.access_key,
                secret_key=place.secret_key,
                secure=place.secure,
                region=place.region,
                http_client=pool,
            )
        except (ValueError, OSError) as error:
            raise BadStoreSettings from error

    def put(self, content: bytes) -> str:
        """See :meth:`ObjectStore.put`."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._send(sha256, io.BytesIO(content), len(content))
        return sha256

    def put_stream(self, source: BinaryIO, *, limit_bytes: int) -> StoredObject:
        """See :meth:`ObjectStore.put_stream`."""
        with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
            with _declared():
                sha256, length = copy_hashed(source, spool, limit_bytes=limit_bytes)
                spool.seek(0)
            self._send(sha256, cast("BinaryIO", spool), length)
        return self.stat(sha256)

    def _send(self, sha256: str, content: BinaryIO, length: int) -> None:
        if not (is_whole(self, sha256) and self._is_young(sha256)):
            self._upload(self._key(sha256), content, length, self._lock_from_now())

    def _is_young(self, sha256: str) -> bool:
        """Whether a sweep of leftovers would spare the object; an older one is sent again, which makes it young."""
        try:
            return datetime.now(UTC) - self.stat(sha256).modified_at < YOUNG
        except NotStored:
            return False

    def _upload(self, key: str, content: BinaryIO, length: int, lock: Retention | None) -> None:
        with self._bucket_at_hand():
            self._client.put_object(
                self._bucket,
                key,
                content,
                length,
                part_size=PART_BYTES,
                num_parallel_uploads=1,
                retention=lock,
            )

    def _lock_from_now(self) -> Retention | None:
        if self._retention is None:
            return None
        return Retention(COMPLIANCE, datetime.now(UTC) + self._retention)

    def get(self, sha256: str) -> bytes:
        """See :meth:`ObjectStore.get`."""
        with self.open(sha256) as reading:
            return b"".join(reading)

    def open(self, sha256: str) -> Reading:
        """See :meth:`ObjectStore.open`."""
        key = self._key(checked_name(sha256))
        with self._bucket_at_hand():
            response = self._client.get_object(self._bucket, key)
            size_bytes = int(response.headers.get("content-length", "0"))
        return Reading(sha256, size_bytes, _chunks(response), lambda: _let_go(response))

    def stat(self, sha256: str) -> StoredObject:
        """See :meth:`ObjectStore.stat`."""
        key = self._key(checked_name(sha256))
        with self._bucket_at_hand():
            return _stored(sha256, self._client.stat_object(self._bucket, key))

    def exists(self, sha256: str) -> bool:
        """See :meth:`ObjectStore.exists`."""
        try:
            self.stat(sha256)
        except NotStored:
            return False
        return True

    def size(self, sha256: str) -> int:
        """See :meth:`ObjectStore.size`."""
        return self.stat(sha256).size_bytes

    def delete(self, sha256: str) -> None:
        """See :meth:`ObjectStore.delete`. Where the bucket keeps versions, removes every one."""
        self._remove(self._key(checked_name(sha256)))

    def _remove(self, key: str) -> None:
        with self._bucket_at_hand():
            versions = self._client.list_objects(self._bucket, prefix=key, include_version=True)
            for version in list(versions):
                try:
                    self._client.remove_object(self._bucket, key, version_id=version.version_id)
                except S3Error as error:
                    if self._is_locked(key, version.version_id):
                        raise Retained from error
                    raise

    def _is_locked(self, key: str, version_id: str | None) -> bool:
        try:
            lock = self._client.get_object_retention(self._bucket, key, version_id)
        except S3Error:
            return False
        return lock is not None and lock.retain_until_date > datetime.now(UTC)

    def walk(self) -> Iterator[StoredObject]:
        """See :meth:`ObjectStore.walk`. Keys that are no objects are passed over."""
        with self._bucket_at_hand():
            for found in self._client.list_objects(self._bucket, prefix=PREFIX, recursive=True):
                sha256 = str(found.object_name).rpartition("/")[2]
                with contextlib.suppress(NotStored):
                    if found.object_name == self._key(checked_name(sha256)):
                        yield _stored(sha256, found)

    def check(self) -> None:
        """See :meth:`ObjectStore.check`. The probe is never locked."""
        probe, key = secrets.token_bytes(64), PROBE_PREFIX + secrets.token_hex(16)
        self._upload(key, io.BytesIO(probe), len(probe), None)
        try:
            with self._bucket_at_hand():
                response = self._client.get_object(self._bucket, key)
            try:
                if b"".join(_chunks(response)) != probe:
                    raise Damaged
            finally:
                _let_go(response)
        finally:
            self._remove(key)

    @staticmethod
    def _key(sha256: str) -> str:
        return PREFIX + "/".join(fan_out(sha256))

    @contextlib.contextmanager
    def _bucket_at_hand(self) -> Iterator[None]:
        """Find or make the bucket, once, then turn errors into declared ones."""
        with _declared():
            if not self._found:
                with self._finding:
                    self._find_bucket()
            yield

    def _find_bucket(self) -> None:
        if not self._client.bucket_exists(self._bucket):
            if not self._make_bucket:
                raise StoreUnavailable
            with _made_by_another():
                self._client.make_bucket(self._bucket, object_lock=self._retention is not None)
        self._found = True


@contextlib.contextmanager
def _made_by_another() -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        if error.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


def _stored(sha256: str, found: Object) -> StoredObject:
    modified_at = found.last_modified or datetime.fromtimestamp(0, UTC)
    return StoredObject(sha256, found.size or 0, modified_at.astimezone(UTC))


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    with _declared():
        yield from response.stream(CHUNK_BYTES)


def _let_go(response: urllib3.BaseHTTPResponse) -> None:
    response.close()
    response.release_conn()
