"""``python -m tests.search.relevance``: how well each engine finds, per kind of query, and every miss."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from docsvc.db import Database
from docsvc.db.migrate import upgrade
from tests.search.relevance.decisions import generated
from tests.search.relevance.engines import OPENERS
from tests.search.relevance.legal_texts import legal_texts
from tests.search.relevance.measure import Collection, Outcome, table
from tests.search.relevance.queries import of_legal_texts, of_the_office
from tests.search.relevance.wanted import wanted

GENERATED = 3000


def main() -> None:
    """Print a table per engine and set; with ``-v`` every query whose document is not first."""
    for name, opener in OPENERS.items():
        for title, documents, ask in (
            ("office", [*wanted(), *generated(GENERATED)], of_the_office),
            ("legal texts", legal_texts(), of_legal_texts),
        ):
            with tempfile.TemporaryDirectory() as folder:
                database = Database(f"sqlite:///{folder}/docsvc.db")
                upgrade(database)
                engine = opener(Path(folder) / "index")
                outcomes = Collection(database, engine, documents).outcomes(ask(documents))
                engine.close()
                database.close()
            sys.stdout.write(f"\n{name}, {title}: {len(documents)} documents\n{table(outcomes)}\n")
            if "-v" in sys.argv:
                sys.stdout.writelines(map(_missed, (one for one in outcomes if one.place != 1)))


def _missed(outcome: Outcome) -> str:
    return f"  {outcome.place or '–':>2}  {outcome.asked.kind:12} {outcome.asked.text}  →  {outcome.first}\n"


if __name__ == "__main__":
    main()
