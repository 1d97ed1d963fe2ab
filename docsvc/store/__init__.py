"""The object store: bytes under their SHA-256, in a folder or in an S3 service.

An object never changes and is never half there. Its key is its content, so putting it twice is the
same as putting it once, and every reading checks that what was kept is what was put.
"""

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
from docsvc.store.files import FileStore, Leftover
from docsvc.store.objects import ObjectStore, Reading, StoredObject
from docsvc.store.opening import open_store
from docsvc.store.s3 import S3Place, S3Store

__all__ = [
    "BadStoreSettings",
    "Damaged",
    "FileStore",
    "Leftover",
    "NotStored",
    "ObjectStore",
    "Reading",
    "Retained",
    "S3Place",
    "S3Store",
    "StoreError",
    "StoreFull",
    "StoreUnavailable",
    "StoredObject",
    "TooLarge",
    "open_store",
]
