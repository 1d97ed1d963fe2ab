"""Measuring by turns, and a table of what came out."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence


def by_turns(ways: Mapping[str, Callable[[], object]], *, seconds: float, warm_up: int = 1) -> dict[str, list[float]]:
    """Run every way in turn until the time is up, so that whatever else the machine does burdens all alike.

    Gives each way's durations in seconds; the first runs, which load and fill caches, are left out.
    """
    durations: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        for _ in range(warm_up):
            way()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            durations[name].append(time.perf_counter() - began)
    return durations


def show(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> None:
    """Print a Markdown table: the first column to the left, figures to the right."""
    widths = [max(len(line[column]) for line in (heads, *rows)) for column in range(len(heads))]
    print(f"\n## {title}\n\n{machine()}\n")
    print(_line(heads, widths))
    print("|" + "|".join("-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)) + "|")
    for row in rows:
        print(_line(row, widths))
    for note in notes:
        print(f"\n{note}")


def machine() -> str:
    """What the figures were measured on."""
    return f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} processors"


def middle(durations: Sequence[float]) -> float:
    """The median: a pause of the machine does not move it."""
    return statistics.median(durations)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join((first, *others)) + " |"
