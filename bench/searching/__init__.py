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
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from bench.searching.archive import BATCH, Archive
from bench.searching.engines import OPENERS, Asked, Ours, opened
from bench.searching.made import Kind, Office, questions
from bench.tables import by_turns, show

SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
KEPT = 400
NOTE = (
    "{} questions of each kind, by turns, while a document is added to each index every second. Each answer is the "
    "best 20 with the exact count of all and the counts of every type and year. FTS5: unicode61 without diacritics, "
    "bm25; it cannot tell marks apart, ours puts what stands as typed first."
)


WHOLE_NOTE = (
    "`find()` on SQLite for a reader of one commune: what may be read, the page of 20 with its passages, the count "
    "of all and of every choice of every filter, while a document is added to each index every second."
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
    office, archive = Office(), Archive(folder)
    archive.fill(office, size)
    some = list(itertools.islice(office.documents(size), 0, size, max(1, size // KEPT)))
    build(size, office, archive, engines)
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
    ours = {name: archive.asking(engine.engine) for name, engine in engines.items() if isinstance(engine, Ours)}
    with writing(engines, folder, 2 * size):
        whole = by_turns(whole_answers(asked, ours), seconds=SECONDS, warm_up=2)
    show(
        f"Whole answers over {size} documents, as a reader sees them (ms)",
        ("", *(f"{name} {what}" for name in ours for what in ("p50", "p95", "p99"))),
        [row_of(kind.name, {name: whole[f"{kind.name}|{name}"] for name in ours}) for kind in asked],
        [WHOLE_NOTE],
    )


def build(size: int, office: Office, archive: Archive, engines: dict[str, Asked]) -> None:
    """Load every engine, and say how long it took."""
    rows = []
    for name, engine in engines.items():
        making = seconds_of(lambda: drained(office.documents(size)))
        if name != "FTS5":
            making = seconds_of(lambda: drained(archive.indexed(office.documents(size))))
        seconds = seconds_of(partial(engine.load, archive, office, size)) - making
        rows.append((name, f"{size / seconds:,.0f}", f"{engine.size_bytes() / 1e6:,.1f}"))
    show(
        f"Loading {size} documents",
        ("", "documents/s", "MB on disk"),
        rows,
        [f"A commit every {BATCH} documents; the time it takes to make them up and to read their labels is taken off."],
    )


def drained(things: Iterable[object]) -> None:
    deque(things, maxlen=0)


def seconds_of(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def whole_answers(kinds: Sequence[Kind], ours: dict[str, Callable[[str], object]]) -> dict[str, Callable[[], object]]:
    """Every kind of question to the whole finder, over every engine of ours."""

    def in_turn_whole(kind: Kind, ask: Callable[[str], object]) -> Callable[[], object]:
        typed = itertools.cycle(f'"{one}"' if kind.is_phrase else one for one in kind.typed)
        return lambda: ask(next(typed))

    return {f"{kind.name}|{name}": in_turn_whole(kind, ask) for kind in kinds for name, ask in ours.items()}


def ways(kinds: Sequence[Kind], engines: dict[str, Asked]) -> dict[str, Callable[[], object]]:
    """Every kind of question to every engine."""
    return {f"{kind.name}|{name}": in_turn(kind, engine) for kind in kinds for name, engine in engines.items()}


def in_turn(kind: Kind, engine: Asked) -> Callable[[], object]:
    typed = itertools.cycle(kind.typed)
    return lambda: engine.ask(next(typed), is_phrase=kind.is_phrase)


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
