"""Checking the event log: entries a second, beside bare SHA-256 over the same bytes, and the memory it takes.

``python -m bench event_log`` with a million entries takes some minutes, most of them to write the log.
"""

from __future__ import annotations

import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench.tables import show
from config.settings import Settings
from docsvc.audit import anchoring
from docsvc.audit.entries import START, Entry, entries
from docsvc.audit.verifying import verify
from docsvc.db.records import Event, EventHead
from docsvc.wiring import Service, open_service

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "1000000"))
ANCHORS = 30
_BATCH = 20_000


def main() -> None:
    """Make a log and check it."""
    with tempfile.TemporaryDirectory(prefix="docsvc-bench-") as folder:
        settings = Settings(data_dir=Path(folder), database_url=os.environ.get("BENCH_DATABASE_URL", ""), worker=False)
        service = open_service(settings)
        try:
            for part in range(ANCHORS):
                _fill(service, ENTRIES * (part + 1) // ANCHORS)
                anchoring.anchor(service.desk)
            _measure(service)
        finally:
            service.close()


def _measure(service: Service) -> None:
    size, seconds = 0, 0.0
    for entry in entries(service.database):
        content = entry.hashed()
        size += len(content)
        began = time.perf_counter()
        hashlib.sha256(content).hexdigest()
        seconds += time.perf_counter() - began
    began = time.perf_counter()
    read = sum(1 for _ in entries(service.database))
    reading = time.perf_counter() - began
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = verify(service.desk)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert report.is_sound, report
    rows = [
        ("`docsvc audit verify`: chain, lists, anchors, store", report.seconds, report.entries),
        ("reading the entries alone", reading, read),
        ("SHA-256 alone, over the same bytes", seconds, read),
    ]
    show(
        f"Checking an event log of {read:,} entries, {report.anchors} anchors, {service.database.engine.name}",
        ("what", "seconds", "entries/s"),
        [(name, f"{took:.1f}", f"{count / took:,.0f}") for name, took, count in rows],
        [f"{size / read:.0f} bytes are hashed for an entry. The check raised peak memory by {after - before} KiB."],
    )


def _fill(service: Service, until: int) -> None:
    """Entries as they are written, faster than one transaction each would be."""
    with service.database.read() as session:
        last, previous = session.execute(select(EventHead.last_id, EventHead.last_sha256)).one()
    moment = datetime.now(UTC) - timedelta(days=365)
    while last < until:
        rows: list[dict[str, Any]] = list(_rows(last, previous, min(_BATCH, until - last), moment))
        last, previous = rows[-1]["id"], rows[-1]["sha256"]
        with service.database.write() as session:
            session.execute(insert(Event), rows)
            head = session.scalars(select(EventHead)).one()
            head.last_id, head.last_sha256 = last, previous
    with service.database.read() as session:
        assert session.scalar(select(func.max(Event.id))) == last


def _rows(last: int, previous: str, count: int, moment: datetime) -> Iterator[dict[str, Any]]:
    assert previous or last == 0
    previous = previous or START
    for number in range(last + 1, last + count + 1):
        happened = moment + timedelta(seconds=number)
        detail = f'{{"level":"B-T","reference":"{number}/QĐ-UBND","sha256":"{number:064x}"}}'
        fields = ("vanthu", "sealed", "document", f"{number:032x}", detail)
        sha256 = Entry(number, happened.isoformat(), *fields, previous, "").digest()
        names = ("actor", "act", "object_kind", "object_id", "detail")
        row = dict(zip(names, fields, strict=True))
        yield row | {"id": number, "happened_at": happened, "previous_sha256": previous, "sha256": sha256}
        previous = sha256
