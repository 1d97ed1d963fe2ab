"""``python -m bench preserve``: an archive brought to B-LTA and renewed, killed in between and gone on with.

Twenty documents go through every step, from draft to publication; their records are then repeated until there are
enough (``BENCH_DOCUMENTS``, 1,000 if not set). Each record is brought to B-LTA and renewed by itself, by the run that
the worker does, and each gets a file of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session, make_transient

from bench.tables import middle, show
from docsvc.audit import check_chain
from docsvc.db.records import Document, Rendition
from docsvc.issue import preserving, upkeep
from docsvc.issue.desk import Desk
from docsvc.issue.extending import Done
from docsvc.issue.upkeep import Plan
from docsvc.records.terms import RenditionRole
from docsvc.wiring import Service
from signing import preserve as preservation
from signing.preserve import Level
from signing.verify import Verdict, verify
from tests.office import Office, make_service
from tests.office import _fill as fill
from tests.signing.stamps import timestamper_until

DOCUMENTS = int(os.environ.get("BENCH_DOCUMENTS", "1000"))
ISSUED = 20
PLANS = {
    "extend": Plan(Level.B_LTA, timedelta(days=1)),
    "renew": Plan(Level.B_LTA, timedelta(days=180)),
}
PARTS = ("read", "verify before", "revocation", "lay out", "timestamp", "verify after", "store", "record")
Lap = dict[str, float]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-preserve-") as name:
        folder = Path(name)
        began = time.perf_counter()
        service = make_service(folder / "var")
        try:
            make_archive(service, DOCUMENTS)
            before = sizes(service)
        finally:
            service.close()
        print(f"{DOCUMENTS} issued documents after {time.perf_counter() - began:.0f} s", flush=True)
        rows = []
        for phase in ("extend", "renew"):
            laps, killed_after = carried_out(folder, phase)
            service = make_service(folder / "var")
            try:
                after = sizes(service)
                check(service, phase)
            finally:
                service.close()
            rows.append(told(phase, laps, after - before, killed_after))
            before = after
        heads = ("", "documents", "ms each", "processor", *PARTS, "other", "KB each", "TSA requests")
        show(f"Preserving {DOCUMENTS} documents, one process", heads, rows, [NOTE])


NOTE = (
    "Milliseconds: medians, and the mean of processor time, which other work on the machine moves less. KB (1,000 "
    "bytes) is what each step appends to the file; the store keeps the earlier file too. Each phase was killed with "
    "SIGKILL after a third of its documents and gone on with. Timestamps, OCSP and CRLs come from this process: no "
    "network is measured. RSA of 2048 bits, SQLite, files on a local disk."
)


def told(phase: str, laps: list[Lap], grown: int, killed_after: int) -> tuple[str, ...]:
    whole = middle([lap["whole"] for lap in laps])
    parts = [middle([lap.get(part, 0.0) for lap in laps]) for part in PARTS]
    print(f"{phase}: killed after {killed_after}, {len(laps)} measured", flush=True)
    stamps = sum(lap["stamps"] for lap in laps) / len(laps)
    return (
        f"{phase}",
        str(DOCUMENTS),
        f"{whole * 1000:.1f}",
        f"{sum(lap['processor'] for lap in laps) / len(laps) * 1000:.1f}",
        *(f"{part * 1000:.1f}" for part in parts),
        f"{(whole - sum(parts)) * 1000:.1f}",
        f"{grown / DOCUMENTS / 1000:.1f}",
        f"{stamps:.0f}",
    )


def make_archive(service: Service, wanted: int) -> None:
    """Some documents by the steps, and their records again until there are enough."""
    fill(service)
    office = Office(service, lambda: service)
    ids = [office.issued(f"Về việc thứ {number}") for number in range(min(ISSUED, wanted))]
    for start in range(len(ids), wanted, 100):
        with service.database.write() as session:
            for number in range(start, min(start + 100, wanted)):
                repeat(session, ids[number % len(ids)])


def repeat(session: Session, document_id: str) -> None:
    document = session.get_one(Document, document_id)
    hanging: list[Any] = [*document.renditions, *document.signatures]
    session.expunge_all()
    new_id = uuid4().hex
    for row in (document, *hanging):
        make_transient(row)
    for relation in ("renditions", "signatures", "deliveries"):
        document.__dict__.pop(relation, None)
    document.id = new_id
    session.add(document)
    session.flush()
    for row in hanging:
        row.__dict__.pop("document", None)
        row.id, row.document_id = None, new_id
        session.add(row)
    session.flush()
    session.expunge_all()


def sizes(service: Service) -> int:
    """Bytes of the newest file of every document."""
    newest = (
        select(func.max(Rendition.id)).where(Rendition.role == RenditionRole.ISSUED).group_by(Rendition.document_id)
    )
    with service.database.read() as session:
        return session.scalar(select(func.sum(Rendition.size_bytes)).where(Rendition.id.in_(newest))) or 0


def carried_out(folder: Path, phase: str) -> tuple[list[Lap], int]:
    """Run a phase in a process of its own, kill that, and run it again to the end."""
    laps = folder / f"{phase}.jsonl"
    laps.touch()
    first = begun(folder, phase)
    while first.poll() is None and len(laps.read_text().splitlines()) < DOCUMENTS // 3:
        time.sleep(0.05)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    killed_after = len(laps.read_text().splitlines())
    assert begun(folder, phase).wait() == 0
    return [json.loads(line) for line in laps.read_text().splitlines() if line.endswith("}")], killed_after


def begun(folder: Path, phase: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "bench.preserve", str(folder), phase])


def work(folder: Path, phase: str) -> None:
    """What the other process does: the run over what is due, with each document's times written down."""
    service = make_service(folder / "var")
    try:
        desk, timer = measured(desk_for(service, phase)), Timer.one
        began, spent = time.perf_counter(), processor_seconds()
        with (folder / f"{phase}.jsonl").open("a", encoding="ascii") as written:
            for outcome, _ in upkeep.run(desk, PLANS[phase]):
                assert outcome.done is (Done.EXTENDED if phase == "extend" else Done.RENEWED), outcome
                ended, so_far = time.perf_counter(), processor_seconds()
                lap = {"whole": ended - began, "processor": so_far - spent, **timer.lap()}
                written.write(json.dumps(lap) + "\n")
                written.flush()
                began, spent = ended, so_far
    finally:
        service.close()


def processor_seconds() -> float:
    """Of this process, of the one that forks readers for it, and of those readers."""
    own, ticks = os.times(), os.sysconf("SC_CLK_TCK")
    spent = own.user + own.system
    for children in Path("/proc/self/task").glob("*/children"):
        for child in children.read_text().split():
            fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            spent += sum(map(int, fields[11:15])) / ticks
    return spent


def desk_for(service: Service, phase: str) -> Desk:
    """Extended by an authority whose certificate ends soon; renewed by the one that lasts."""
    assert service.pki is not None
    if phase == "renew":
        return service.desk
    return replace(service.desk, timestamper=timestamper_until(service.pki, datetime.now(UTC) + timedelta(days=60)))


class Timer:
    """Adds up where the time of a document goes."""

    one: Timer

    def __init__(self) -> None:
        self._parts: Lap = {}
        self._stamps = 0

    def lap(self) -> Lap:
        lap = {**self._parts, "stamps": self._stamps}
        self._parts, self._stamps = {}, 0
        return lap

    def add(self, part: str, seconds: float) -> None:
        self._parts[part] = self.spent(part) + seconds

    def spent(self, part: str) -> float:
        return self._parts.get(part, 0.0)

    def timed(self, part: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def acting(*args: Any, **details: Any) -> Any:
            began = time.perf_counter()
            try:
                return act(*args, **details)
            finally:
                self.add(part, time.perf_counter() - began)
                self._stamps += part == "timestamp"

        return acting


Timer.one = Timer()


def measured(desk: Desk) -> Desk:
    timer = Timer.one
    library: Any = preservation
    room: Any = preserving
    store: Any = desk.store
    stamper: Any = desk.timestamper
    store.get, store.put = timer.timed("read", store.get), timer.timed("store", store.put)
    library.examine = timer.timed("verify before", library.examine)
    library.verify = timer.timed("verify after", library.verify)
    library._proofs = timer.timed("revocation", library._proofs)  # noqa: SLF001 - a part to be measured
    stamper.token = timer.timed("timestamp", stamper.token)
    lay_out, run = library.prepare_timestamp, library.run

    def reading(function: Any, *args: Any, **details: Any) -> Any:
        return (timer.timed("lay out", run) if function is lay_out else run)(function, *args, **details)

    library.run = reading
    kept = room._kept  # noqa: SLF001 - as above

    def recorded(*args: Any) -> Any:
        stored = timer.spent("store")
        began = time.perf_counter()
        made = kept(*args)
        timer.add("record", time.perf_counter() - began - (timer.spent("store") - stored))
        return made

    room._kept = recorded  # noqa: SLF001 - as above
    return desk


def check(service: Service, phase: str) -> None:
    """Everything is done, nothing doubled, and what is there verifies."""
    stamps = {"extend": 1, "renew": 2}[phase]
    with service.database.read() as session:
        assert check_chain(session) is None
        standing = upkeep.standing(session, desk_for(service, phase), PLANS[phase])
        assert (standing.issued, standing.below, standing.failed) == (DOCUMENTS, 0, 0), standing
        files = list(newest_files(session))
    for sha256 in files[:: max(1, len(files) // 25)]:
        report = verify(service.store.get(sha256), trust=service.desk.trust)
        assert report.verdict is Verdict.VALID
        assert len(report.document_timestamps) == stamps


def newest_files(session: Session) -> Iterator[str]:
    for document in session.scalars(select(Document)):
        issued = [one for one in document.renditions if one.role == RenditionRole.ISSUED]
        yield issued[-1].sha256


if __name__ == "__main__":
    work(Path(sys.argv[1]), sys.argv[2])
