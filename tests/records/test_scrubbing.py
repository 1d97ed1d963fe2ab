"""Scrubbing finds what is missing, damaged or left over, and never takes what a step is still working with."""

from __future__ import annotations

import io
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from docsvc.db.records import Rendition
from docsvc.records.scrubbing import ScrubReport, scrub
from docsvc.store import FileStore, ObjectStore, S3Store
from tests.office import Office

NOW = timedelta(0)
"""Grace for whom every object is old."""


def overwrite(store: ObjectStore, sha256: str, content: bytes) -> None:
    """Behind the store's back."""
    if isinstance(store, FileStore):
        path = store._path(sha256)
        path.chmod(0o600)
        path.write_bytes(content)
    else:
        assert isinstance(store, S3Store)
        store._client.put_object(store._bucket, store._key(sha256), io.BytesIO(content), len(content))


def old(store: ObjectStore, content: bytes) -> str:
    """An object that has lain there for years."""
    assert isinstance(store, FileStore)
    sha256 = store.put(content)
    os.utime(store._path(sha256), (0, 0))
    return sha256


def run(office: Office, *, delete_orphans: bool = False, grace: timedelta = NOW) -> ScrubReport:
    return scrub(office.service.database, office.service.store, delete_orphans=delete_orphans, grace=grace)


def test_a_sound_archive_is_sound(office: Office) -> None:
    office.draft()
    office.draft("Về việc khác")
    assert run(office) == ScrubReport(checked=2, missing=(), damaged=(), orphans=())


def test_missing_and_damaged_files_are_named(office: Office) -> None:
    lost, spoilt, whole = (
        office.document(office.draft(abstract)).renditions[0].sha256 for abstract in ("Một", "Hai", "Ba")
    )
    office.service.store.delete(lost)
    overwrite(office.service.store, spoilt, b"%PDF-1.7 something else")
    report = run(office)
    assert (report.checked, report.missing, report.damaged) == (3, (lost,), (spoilt,))
    assert not report.sound
    assert office.service.store.exists(whole)


def test_a_leftover_is_told_after_the_grace_time_and_deleted_only_on_request(office: Office) -> None:
    kept = office.document(office.draft()).renditions[0].sha256
    leftover = office.service.store.put(b"a step was killed after this")
    assert run(office, grace=timedelta(hours=1)).orphans == ()
    assert run(office, delete_orphans=True, grace=timedelta(hours=1)).orphans == ()
    report = run(office)
    assert (report.orphans, report.sound) == ((leftover,), True)
    assert office.service.store.exists(leftover)
    assert run(office, delete_orphans=True).orphans == (leftover,)
    assert not office.service.store.exists(leftover)
    assert office.service.store.exists(kept)
    assert run(office).orphans == ()


def test_a_file_that_was_left_over_and_is_put_again_counts_as_new(embedded: Office) -> None:
    store = embedded.service.store
    leftover = old(store, b"uploaded before, and refused")
    assert run(embedded, grace=timedelta(hours=1)).orphans == (leftover,)
    store.put(b"uploaded before, and refused")
    assert run(embedded, delete_orphans=True, grace=timedelta(hours=1)).orphans == ()
    assert store.exists(leftover)


def test_an_old_object_put_again_is_sent_again_to_s3(cluster: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    store = cluster.service.store
    first = store.stat(store.put(b"uploaded before")).modified_at
    time.sleep(1.1)  # the server tells seconds
    assert store.stat(store.put(b"uploaded before")).modified_at == first, "it is young enough"
    monkeypatch.setattr("docsvc.store.s3.YOUNG", timedelta(0))
    assert store.stat(store.put(b"uploaded before")).modified_at > first


def test_a_file_that_two_records_name_is_kept_once_and_checked_once(office: Office) -> None:
    first, second = office.draft(), office.draft()
    assert office.document(first).renditions[0].sha256 == office.document(second).renditions[0].sha256
    assert run(office).checked == 1


@pytest.mark.parametrize("at", ["naming", "checking"])
def test_a_record_made_while_orphans_are_looked_for_saves_its_file(embedded: Office, at: str) -> None:
    """Between walking the store and deleting, somebody uploads the very bytes."""
    store, database = embedded.service.store, embedded.service.database
    content = b"left over, then wanted"
    sha256 = old(store, content)
    by = embedded.people["drafter"]
    document_id = embedded.draft()

    class Busy:
        """The same store, in which something happens while it is walked."""

        def __getattr__(self, name: str) -> object:
            return getattr(store, name)

        def walk(self) -> object:
            found = list(store.walk())
            if at == "naming":
                with database.write() as session:
                    session.add(
                        Rendition(
                            document_id=document_id,
                            role="scan",
                            sha256=sha256,
                            size_bytes=len(content),
                            file_name="x.pdf",
                            store="file",
                            created_at=datetime.now(UTC),
                            created_by=by,
                        )
                    )
            return iter(found)

        def stat(self, name: str) -> object:
            if at == "checking":
                store.put(content)
            return store.stat(name)

    scrub(database, Busy(), delete_orphans=True)  # type: ignore[arg-type]
    assert store.exists(sha256)
    with database.read() as session:
        assert session.scalars(select(Rendition.id)).all()
