"""What a store promises, and the reading of an object with its hash checked."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import IO, BinaryIO, Protocol, Self, runtime_checkable

from docsvc.store.errors import Damaged, NotStored, TooLarge

CHUNK_BYTES = 256 * 1024

_SHA256 = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object in the store."""

    sha256: str
    """Hash of the content, 64 lower-case hex digits; the object's only name."""

    size_bytes: int

    modified_at: datetime
    """When the store took it; aware, UTC."""


class Reading:
    """An object being read in chunks, checked on the way.

    Iterate it, and close it or use it as a context manager. The last chunk is held back until the
    hash is known to be right, so a reader of damaged bytes never receives a complete file.

    Raises:
        Damaged: while iterating, when the content is not what was put.
        StoreUnavailable: while iterating, when the store stops answering.
    """

    def __init__(self, sha256: str, size_bytes: int, chunks: Iterator[bytes], close: Callable[[], None]) -> None:
        self.sha256 = sha256
        self.size_bytes = size_bytes
        self._checked = self._check(chunks)
        self._close = close

    def _check(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        digest = hashlib.sha256()
        held = b""
        for chunk in chunks:
            digest.update(chunk)
            if held:
                yield held
            held = chunk
        if digest.hexdigest() != self.sha256:
            raise Damaged
        if held:
            yield held

    def __iter__(self) -> Iterator[bytes]:
        return self._checked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or connection. May be called again."""
        self._close()


@runtime_checkable
class ObjectStore(Protocol):
    """Objects under the SHA-256 of their content.

    Every method raises only :class:`~docsvc.store.errors.StoreError` and its kinds;
    ``StoreUnavailable`` is possible everywhere and named nowhere below.
    """

    @property
    def name(self) -> str:
        """The backend's short name, remembered with each stored row: ``file`` or ``s3``."""
        ...

    def put(self, content: bytes) -> str:
        """Keep ``content`` and return its SHA-256.

        When it returns, the object is whole and durable; until then nothing is under its name.
        Putting again what is there mends it when it is damaged, and counts as put now, so that it is not taken
        for a leftover before its record is written.

        Raises:
            StoreFull: no room; nothing was kept.
        """
        ...

    def put_stream(self, source: BinaryIO, *, limit_bytes: int) -> StoredObject:
        """Keep what ``source`` holds, as ``put`` does, without holding it all in memory.

        Raises:
            TooLarge: there is more than ``limit_bytes``; nothing was kept.
            StoreFull: no room; nothing was kept.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """The whole content, checked.

        Raises:
            NotStored: there is no such object.
            Damaged: the content is not what was put.
        """
        ...

    def open(self, sha256: str) -> Reading:
        """The content in chunks, checked on the way; for files too large for ``get``.

        Raises:
            NotStored: there is no such object.
        """
        ...

    def stat(self, sha256: str) -> StoredObject:
        """Size and time of an object; the content is not read.

        Raises:
            NotStored: there is no such object.
        """
        ...

    def exists(self, sha256: str) -> bool:
        """Whether there is such an object; the content is not read."""
        ...

    def size(self, sha256: str) -> int:
        """Length in bytes.

        Raises:
            NotStored: there is no such object.
        """
        ...

    def delete(self, sha256: str) -> None:
        """Remove an object; nothing happens when there is none.

        Raises:
            Retained: it is locked by the store until its retention ends.
        """
        ...

    def walk(self) -> Iterator[StoredObject]:
        """Every object, in no order that may be relied on."""
        ...

    def check(self) -> None:
        """Write, read back and remove a probe, so that a sick store is noticed before a user is.

        Raises:
            StoreFull: no room.
            Damaged: the probe came back changed.
        """
        ...


def checked_name(sha256: str) -> str:
    """``sha256`` itself when it can be the name of an object; so no name can lead out of a store.

    Raises:
        NotStored: it is not 64 lower-case hex digits, and nothing is ever under such a name.
    """
    if not _SHA256.fullmatch(sha256):
        raise NotStored
    return sha256


def fan_out(sha256: str) -> tuple[str, str, str]:
    """Two levels of folders and the name: ``ab/cd/abcd…``, about one file per folder at 65 536 objects."""
    return sha256[:2], sha256[2:4], sha256


def copy_hashed(source: IO[bytes], target: IO[bytes], *, limit_bytes: int) -> tuple[str, int]:
    """Copy ``source`` to ``target``; return SHA-256 and length.

    Raises:
        TooLarge: there is more than ``limit_bytes``.
    """
    digest, length = hashlib.sha256(), 0
    while chunk := source.read(CHUNK_BYTES):
        length += len(chunk)
        if length > limit_bytes:
            raise TooLarge
        digest.update(chunk)
        target.write(chunk)
    return digest.hexdigest(), length


def is_whole(store: ObjectStore, sha256: str) -> bool:
    """Whether the object is there and undamaged; reads all of it."""
    try:
        with store.open(sha256) as reading:
            for _ in reading:
                pass
    except (NotStored, Damaged):
        return False
    return True
