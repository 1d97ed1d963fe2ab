"""Searching: our engines beside SQLite's FTS5 over the same documents, asked the same questions by turns.

``BENCH_DOCUMENTS`` names sizes (``10000 100000 1000000``), ``BENCH_ENGINES`` the engines; without them the sizes and
engines are those that end within a few minutes.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from bench.searching.engines import BATCH, OPENERS, Asked, opened
from bench.searching.made import Kind, Made, Office, questions
from bench.tables import by_turns, show

SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
KEPT = 400
NOTE = (
    "{} questions of each kind, by turns, while a document is added to each index every second. Each answer is the "
    "best 20 with the exact count of all and the counts of every type and year. FTS5: unicode61 without diacritics, "
    "bm25; it cannot tell marks apart, ours puts what stands as typed first."
)


def main() -> None:
    sizes = [int(each) for each in os.environ.get("BENCH_DOCUMENTS", "10000 100000").split()]
    names = os.environ.get("BENCH_ENGINES", " ".join(OPENERS)).split()
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="bench-search-") as folder, ExitStack() as stack:
            measure(
                size, {name: stack.enter_context(opened(name, Path(folder) / name)) for name in names}, Path(folder)
            )


def measure(size: int, engines: dict[str, Asked], folder: Path) -> None:
    """Load, ask, and print the tables of one size."""
    office = Office()
    some = sample(office, size)
    build(size, office, engines)
    asked = questions(office, some)
    words = [kind for kind in asked if kind.of_words]
    with writing(engines, folder, size):
        durations = by_turns(ways(words, engines), seconds=SECONDS, warm_up=3)
    show(
        f"Words in {size} documents: the best 20, their count, facets (ms)",
        ("", *(f"{name} {what}" for name in engines for what in ("p50", "p95", "p99")), *ratios_named(engines)),
        [row_of(kind.name, {name: durations[f"{kind.name}|{name}"] for name in engines}) for kind in words],
        [NOTE.format(len(next(iter(durations.values()))))],
    )


def sample(office: Office, size: int) -> list[Made]:
    """Some documents from all over the run, to ask about."""
    return list(itertools.islice(office.documents(size), 0, size, max(1, size // KEPT)))


def build(size: int, office: Office, engines: dict[str, Asked]) -> None:
    """Load every engine, and say how long it took."""
    rows = []
    for name, engine in engines.items():
        making = time.perf_counter()
        for _ in office.documents(size):
            pass
        making = time.perf_counter() - making
        began = time.perf_counter()
        engine.load(office.documents(size), BATCH)
        seconds = time.perf_counter() - began - making
        rows.append((name, f"{size / seconds:,.0f}", f"{engine.size_bytes() / 1e6:,.1f}"))
    show(
        f"Loading {size} documents",
        ("", "documents/s", "MB on disk"),
        rows,
        [f"A commit every {BATCH} documents; the time it takes to make them up is taken off."],
    )


def ways(kinds: Sequence[Kind], engines: dict[str, Asked]) -> dict[str, Callable[[], object]]:
    """Every kind of question to every engine."""
    return {f"{kind.name}|{name}": in_turn(kind, engine) for kind in kinds for name, engine in engines.items()}


def in_turn(kind: Kind, engine: Asked) -> Callable[[], object]:
    typed = itertools.cycle(kind.typed)
    return lambda: engine.ask(next(typed), is_phrase=kind.is_phrase, figures=True)


@contextmanager
def writing(engines: Iterable[str], folder: Path, size: int) -> Iterator[None]:
    """Add a document to each index every second, in a process of its own, while the block runs."""
    places = (f"{name}={folder / name}" for name in engines)
    command = [sys.executable, "-m", "bench.searching.writing", str(size), *places]
    with subprocess.Popen(command) as writer:
        try:
            yield
        finally:
            writer.kill()


def row_of(name: str, durations: dict[str, list[float]]) -> tuple[str, ...]:
    figures = {engine: percentiles(runs) for engine, runs in durations.items()}
    cells = [f"{1000 * figure:.1f}" for each in figures.values() for figure in each]
    peer = figures.get("FTS5")
    ratios = [f"{each[1] / peer[1]:.2f}×" for engine, each in figures.items() if peer and engine != "FTS5"]
    return (name, *cells, *ratios)


def ratios_named(engines: dict[str, Asked]) -> list[str]:
    return [f"{name} : FTS5, p95" for name in engines if name != "FTS5" and "FTS5" in engines]


def percentiles(durations: Sequence[float]) -> tuple[float, float, float]:
    """The median, and what 95 and 99 of 100 do not exceed."""
    cuts = statistics.quantiles(durations, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]
