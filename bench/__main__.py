"""``python -m bench [signing] [searching] [auditing]``: tables of figures, each measured beside its rivals in one run.

``preserve``, which takes minutes, is only run where it is named.
"""

from __future__ import annotations

import importlib
import sys

TABLES = ("signing", "searching", "auditing")


def main(names: list[str]) -> None:
    for name in names or TABLES:
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main(sys.argv[1:])
