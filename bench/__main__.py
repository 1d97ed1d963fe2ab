"""``python -m bench [signing|searching]``: tables of figures, each measured beside its rivals in one run."""

from __future__ import annotations

import sys

from bench import searching, signing

TABLES = {"signing": signing.main, "searching": searching.main}


def main(names: list[str]) -> None:
    for name in names or TABLES:
        TABLES[name]()


if __name__ == "__main__":
    main(sys.argv[1:])
