"""``python -m bench [signing] [verifying] [auditing] [searching] [extracting]``: figures, each beside its rivals.

``preserve`` and ``event_log``, which take minutes, are only run where they are named.
"""

from __future__ import annotations

import importlib
import sys

TABLES = ("signing", "verifying", "auditing", "searching", "extracting")


def main(names: list[str]) -> None:
    for name in names or TABLES:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
