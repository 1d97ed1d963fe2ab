"""Open the store that somebody chose."""

from pathlib import Path

from docsvc.store.errors import BadStoreSettings
from docsvc.store.files import FileStore
from docsvc.store.objects import ObjectStore
from docsvc.store.s3 import S3Place, S3Store


def open_store(kind: str, *, directory: Path | None = None, s3: S3Place | None = None) -> ObjectStore:
    """Open the store named ``kind``: ``file`` under ``directory``, or ``s3`` at the place given.

    Nothing is reached yet; ask :meth:`ObjectStore.check` whether it works.

    Raises:
        BadStoreSettings: the kind is unknown, or what it needs is missing or malformed.
    """
    if kind == "file" and directory is not None:
        return FileStore(directory)
    if kind == "s3" and s3 is not None:
        return S3Store(s3)
    raise BadStoreSettings
