"""``python -m bench auditing``: the audit over all processors, beside one file at a time and bare verification.

A few documents go through every step; their records are then repeated until there are enough (``BENCH_AUDITED``, 200 if
not set). The ways take turns over the same files, so that whatever else the machine does burdens all alike: what counts
are the ratios.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.preserve import repeat
from bench.tables import middle, show
from docsvc.accounts import SYSTEM
from docsvc.db.records import Rendition
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry, processors
from docsvc.inspection.choice import Choice, Scope
from docsvc.inspection.runs import Origin
from docsvc.wiring import Service
from signing.verify import verify
from tests.office import Office, make_service
from tests.office import _fill as fill

DOCUMENTS = int(os.environ.get("BENCH_AUDITED", "200"))
ISSUED, TURNS = 8, 5
NOTE = (
    "Medians of {} turns over {} issued files of two signatures with timestamps. An audit reads each from the store, "
    "hashes and verifies it in the sandbox, and writes results and progress to SQLite. Bare verification has the bytes "
    "in memory and writes nothing. Own: processor time of the service's "
    "process, readers aside. RSA of 2048 bits, files on a local disk."
)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-auditing-") as name:
        service = make_service(Path(name) / "var")
        try:
            contents = make_archive(service)
            several = processors()
            ways: dict[str, Callable[[], object]] = {
                "verify, one at a time": lambda: bare(service, contents, 1),
                f"verify, {several} at once": lambda: bare(service, contents, several),
                "audit, one at a time": lambda: audit(service, 1),
                f"audit, {several} at once": lambda: audit(service, several),
                f"audit, {2 * several} at once": lambda: audit(service, 2 * several),
            }
            laps = by_turns(ways)
        finally:
            service.close()
    base = middle([lap.seconds for lap in laps["audit, one at a time"]])
    rows = []
    for way, taken in laps.items():
        seconds = middle([lap.seconds for lap in taken])
        own = middle([lap.own_seconds for lap in taken]) / len(contents)
        rows.append((way, f"{len(contents) / seconds:.1f}", f"{base / seconds:.2f}", f"{own * 1000:.1f}"))
    heads = ("", "documents per second", "beside an audit one at a time", "own ms each")
    show(f"Auditing {len(contents)} documents", heads, rows, [NOTE.format(TURNS, len(contents))])


def make_archive(service: Service) -> list[bytes]:
    """Issued documents, and the bytes of each."""
    fill(service)
    office = Office(service, lambda: service)
    ids = [office.issued(f"Về việc thứ {number}") for number in range(ISSUED)]
    for number in range(ISSUED, DOCUMENTS):
        with service.database.write() as session:
            repeat(session, ids[number % ISSUED])
    with service.database.read() as session:
        named = session.scalars(select(Rendition.sha256).where(Rendition.role == "issued")).all()
    return [service.store.get(sha256) for sha256 in named]


@dataclass(frozen=True)
class Lap:
    """One way over all documents."""

    seconds: float
    own_seconds: float
    """Of the processor, in this process alone: what is not done in readers, and so not at the same time."""


def by_turns(ways: dict[str, Callable[[], object]]) -> dict[str, list[Lap]]:
    laps: dict[str, list[Lap]] = {name: [] for name in ways}
    for _ in range(TURNS):
        for name, way in ways.items():
            began, spent = time.perf_counter(), time.process_time()
            way()
            laps[name].append(Lap(time.perf_counter() - began, time.process_time() - spent))
    return laps


def bare(service: Service, contents: list[bytes], at_once: int) -> None:
    trust = service.desk.trust
    with ThreadPoolExecutor(at_once) as pool:
        reports = pool.map(lambda content: verify(content, trust=trust), contents)
        assert all(report.verdict == "VALID" for report in reports)


def audit(service: Service, at_once: int) -> None:
    with service.database.write() as session:
        run = runs.begin(session, service.desk, Choice(scope=Scope.ISSUED), by=SYSTEM, origin=Origin.COMMAND)
    *_, last = carry(service.desk, run.id, at_once=at_once)
    assert (last.handled, last.findings) == (last.total, 0)


if __name__ == "__main__":
    main()
