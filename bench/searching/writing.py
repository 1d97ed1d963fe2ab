"""``python -m bench.searching.writing FIRST NAME=FOLDER …``: adds a document to each every second."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.searching.engines import opened
from bench.searching.made import Office

EVERY_SECONDS = 1.0
MOST = 100_000


def main(first: int, places: dict[str, Path]) -> None:
    with ExitStack() as stack:
        engines = [stack.enter_context(opened(name, folder)) for name, folder in places.items()]
        for one in Office(seed=31).documents(MOST):
            due = time.monotonic() + EVERY_SECONDS
            for engine in engines:
                engine.add(replace(one, place=first + one.place))
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(int(sys.argv[1]), {name: Path(folder) for name, _, folder in (each.partition("=") for each in sys.argv[2:])})
