"""Open the store that somebody chose."""

from pathlib import Path

from docsvc.store.errors import BadStoreSettings
from docsvc.store.files import FileStore
from docsvc.store.objects import ObjectStore
from docsvc.store.s3 import S3Place, S3Store


def open_store(
    kind: str,
    *,
    directory: Path | None = None,
    endpoint: str = "",
    access_key: str = "",
    secret_key: str = "",
    bucket: str = "docsvc",
    secure: bool = True,
    region: str = "us-east-1",
    retention_days: int | None = None,
    ca_file: Path | None = None,
) -> ObjectStore:
    """Open the store named ``kind``: ``file`` under ``directory``, or ``s3`` at the rest (see S3Place).

    What the other kind needs may be given too. Nothing is reached yet; ask ``check`` of the store
    whether it works.

    Raises:
        BadStoreSettings: the kind is unknown, or what it needs is missing or malformed.
    """
    if kind == "file" and directory is not None:
        return FileStore(directory)
    if kind == "s3":
        place = S3Place(endpoint, access_key, secret_key, bucket, secure, region, retention_days, ca_file)
        return S3Store(place)
    raise BadStoreSettings
