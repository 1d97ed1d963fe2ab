"""The store in a folder of the file system."""

import contextlib
import errno
import hashlib
import io
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from docsvc.store.errors import Damaged, NotStored, StoreFull, StoreUnavailable
from docsvc.store.objects import (
    CHUNK_BYTES,
    Reading,
    StoredObject,
    checked_name,
    copy_hashed,
    fan_out,
    is_whole,
)

FOLDER_MODE = 0o750
OBJECT_MODE = 0o440

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Leftover:
    """A temporary file: of a put going on now, or of one that was cut off."""

    path: Path
    size_bytes: int
    modified_at: datetime
    """Aware, UTC. A put under way keeps it recent."""


@contextlib.contextmanager
def _declared() -> Iterator[None]:
    """Turn what the operating system says into the errors a store may raise."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotStored from error
    except OSError as error:
        raise (StoreFull if error.errno in _NO_ROOM else StoreUnavailable) from error


@contextlib.contextmanager
def _declared_in_folders() -> Iterator[None]:
    """As ``_declared``, where a missing file means that a folder was removed under the store."""
    try:
        with _declared():
            yield
    except NotStored as error:
        raise StoreUnavailable from error


class FileStore:
    """Objects as read-only files ``objects/ab/cd/<sha256>`` under one folder.

    A put goes in steps:

    1. write a temporary file under ``incoming/``, on the same file system;
    2. flush it to the disk and make it read-only;
    3. rename it to its final name, which is atomic;
    4. flush the folder, and any folder made for it, to the disk.

    A crash before 3 leaves only a leftover (see :meth:`walk_leftovers`); after 3 the object is whole.
    """

    name = "file"

    def __init__(self, directory: Path) -> None:
        """Keep objects under ``directory``; it is made on the first put."""
        self._directory = directory
        self._objects = directory / "objects"
        self._incoming = directory / "incoming"
        self._flushed: set[Path] = set()

    def put(self, content: bytes) -> str:
        """See :meth:`ObjectStore.put`."""
        sha256 = hashlib.sha256(content).hexdigest()
        if not (is_whole(self, sha256) and self._made_young(sha256)):
            self._take(io.BytesIO(content), limit_bytes=len(content))
        return sha256

    def _made_young(self, sha256: str) -> bool:
        """Give an object the present time, so that a sweep of leftovers spares it; false if it is gone by now."""
        try:
            os.utime(self._path(sha256), follow_symlinks=False)
        except OSError:
            return False
        return True

    def put_stream(self, source: BinaryIO, *, limit_bytes: int) -> StoredObject:
        """See :meth:`ObjectStore.put_stream`."""
        return self.stat(self._take(source, limit_bytes=limit_bytes))

    def _take(self, source: BinaryIO, *, limit_bytes: int) -> str:
        with _declared_in_folders(), self._incoming_file() as (path, target):
            sha256, _ = copy_hashed(source, target, limit_bytes=limit_bytes)
            target.flush()
            os.fchmod(target.fileno(), OBJECT_MODE)
            os.fsync(target.fileno())
            final = self._path(sha256)
            self._make_folder(final.parent)
            path.rename(final)
            _flush_folder(final.parent)
        return sha256

    @contextlib.contextmanager
    def _incoming_file(self) -> Iterator[tuple[Path, BinaryIO]]:
        """A new temporary file; it is gone afterwards unless it was renamed."""
        path = self._incoming / f"{os.getpid()}-{secrets.token_hex(8)}"
        self._make_folder(self._incoming)
        target = path.open("xb")
        try:
            yield path, target
        finally:
            # Closing flushes what is buffered, which fails again on a full disk.
            with contextlib.suppress(OSError):
                target.close()
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def get(self, sha256: str) -> bytes:
        """See :meth:`ObjectStore.get`."""
        with self.open(sha256) as reading:
            return b"".join(reading)

    def open(self, sha256: str) -> Reading:
        """See :meth:`ObjectStore.open`."""
        path = self._path(checked_name(sha256))
        with _declared():
            # Not through a symbolic link: an object is a file that this store wrote.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            stream = os.fdopen(descriptor, "rb")
            size_bytes = os.fstat(stream.fileno()).st_size
        return Reading(sha256, size_bytes, _chunks(stream), stream.close)

    def stat(self, sha256: str) -> StoredObject:
        """See :meth:`ObjectStore.stat`."""
        path = self._path(checked_name(sha256))
        with _declared():
            state = path.lstat()
        return StoredObject(sha256, state.st_size, _instant(state.st_mtime))

    def _stat(self, sha256: str) -> StoredObject | None:
        try:
            return self.stat(sha256)
        except NotStored:
            return None

    def exists(self, sha256: str) -> bool:
        """See :meth:`ObjectStore.exists`."""
        return self._stat(sha256) is not None

    def size(self, sha256: str) -> int:
        """See :meth:`ObjectStore.size`."""
        return self.stat(sha256).size_bytes

    def delete(self, sha256: str) -> None:
        """See :meth:`ObjectStore.delete`. A folder store locks nothing: ``Retained`` is never raised."""
        path = self._path(checked_name(sha256))
        with contextlib.suppress(NotStored), _declared():
            path.unlink()
            _flush_folder(path.parent)

    def walk(self) -> Iterator[StoredObject]:
        """See :meth:`ObjectStore.walk`. Files that are no objects are passed over."""
        with _declared_in_folders():
            for first in _listed(self._objects):
                for second in _listed(first):
                    for path in _listed(second):
                        if stored := self._stat(path.name):
                            yield stored

    def walk_leftovers(self) -> Iterator[Leftover]:
        """Temporary files of puts that are going on or were cut off.

        Raises:
            StoreUnavailable: the folder cannot be read.
        """
        with _declared_in_folders():
            for path in _listed(self._incoming):
                with contextlib.suppress(FileNotFoundError):
                    state = path.lstat()
                    yield Leftover(path, state.st_size, _instant(state.st_mtime))

    def sweep_leftovers(self, *, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove leftovers untouched for ``older_than``; return how many.

        Raises:
            StoreUnavailable: a leftover cannot be removed.
        """
        before = datetime.now(UTC) - older_than
        old = [leftover for leftover in self.walk_leftovers() if leftover.modified_at < before]
        with _declared():
            for leftover in old:
                leftover.path.unlink(missing_ok=True)
        return len(old)

    def check(self) -> None:
        """See :meth:`ObjectStore.check`."""
        probe = secrets.token_bytes(64)
        with _declared_in_folders(), self._incoming_file() as (path, target):
            target.write(probe)
            target.flush()
            os.fsync(target.fileno())
            if path.read_bytes() != probe:
                raise Damaged
            self._make_folder(self._objects)
            if not os.access(self._objects, os.R_OK | os.W_OK | os.X_OK):
                raise StoreUnavailable

    def _path(self, sha256: str) -> Path:
        return self._objects.joinpath(*fan_out(sha256))

    def _make_folder(self, folder: Path) -> None:
        """Make a folder of the store, and those above it, and flush their entries to the disk.

        Also flushes, once, entries that others made: they may not have come to that yet.
        """
        if folder in self._flushed and folder.is_dir():
            return
        if folder != self._directory:
            self._make_folder(folder.parent)
        folder.mkdir(mode=FOLDER_MODE, parents=folder == self._directory, exist_ok=True)
        with contextlib.suppress(PermissionError):  # the folder above the store may be another's
            _flush_folder(folder.parent)
        self._flushed.add(folder)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _listed(folder: Path) -> Iterator[Path]:
    """Entries of a folder; none when it is missing or no folder."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            yield Path(entry.path)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    with _declared():
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
