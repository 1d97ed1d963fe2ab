"""The peer: SQLite's FTS5, asked for the best 20, the count of all and the same figures per label."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

from bench.searching.made import Made

KEEPS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-200000; PRAGMA mmap_size=4000000000"


class Fts5:
    """An FTS5 table beside a plain one, both in one file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "peer.sqlite3"
        self._connection = sqlite3.connect(self._file)
        for statement in KEEPS.split(";"):
            self._connection.execute(statement)
        self._connection.execute(
            "CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(reference, abstract, text, content='', "
            "tokenize='unicode61 remove_diacritics 2')"
        )
        self._connection.execute("CREATE TABLE IF NOT EXISTS facts (id INTEGER PRIMARY KEY, type, year, unit)")

    def load(self, documents: Iterable[Made], batch: int) -> None:
        """Add documents, one commit a batch."""
        documents = iter(documents)
        while some := list(islice(documents, batch)):
            with self._connection:
                self._connection.executemany(
                    "INSERT INTO words (rowid, reference, abstract, text) VALUES (?, ?, ?, ?)",
                    ((one.place + 1, one.reference, one.abstract, one.text) for one in some),
                )
                self._connection.executemany(
                    "INSERT INTO facts VALUES (?, ?, ?, ?)",
                    ((one.place + 1, one.type_key, one.issued_on.year, one.unit) for one in some),
                )

    def add(self, one: Made) -> None:
        """Add one document in a commit of its own."""
        self.load([one], 1)

    def ask(self, text: str, *, is_phrase: bool, figures: bool) -> object:
        """The best 20; with ``figures`` also how many there are, and how many of each type and year."""
        wanted = json.dumps(text, ensure_ascii=False) if is_phrase else " ".join(f'"{word}"' for word in text.split())
        execute = self._connection.execute
        best = execute("SELECT rowid FROM words WHERE words MATCH ? ORDER BY rank LIMIT 20", (wanted,)).fetchall()
        if figures:
            execute(
                "SELECT type, year, count(*) FROM words JOIN facts ON facts.id = words.rowid WHERE words MATCH ? "
                "GROUP BY type, year",
                (wanted,),
            ).fetchall()
        return best

    def size_bytes(self) -> int:
        """What both tables take on disk."""
        return sum(path.stat().st_size for path in self._file.parent.iterdir())

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
