"""Searching: ours beside SQLite's FTS5 over the same documents, asked the same questions by turns.

The documents are made up: syllables of Vietnamese build, drawn by Zipf's law, so that a few stand in nearly every
document and most in hardly any.
"""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.tables import by_turns, show
from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, DocumentText
from docsvc.records.finder import find
from docsvc.records.folding import reference_key
from search.engine import IndexedDocument, WordQuery
from search.folding import fold, terms
from search.whoosh_engine import WhooshEngine

DOCUMENTS, SECONDS, BATCH = 20_000, 20.0, 5_000
ONSETS = "b c ch d đ g h kh l m n ng nh ph qu r s t th tr v x"
RHYMES = (
    "a à á ả ã ạ ăn ắn ân ấn ần âu ấu ây ấy ay ày ai ài an án àn ản ạn ang áng ảng anh ành ao áo ào e é em ên ền ết "
    "êu iêu iên iền iếu in inh ình ính o ó oa oà oán oan ong ông ồng ộng ôn ơ ờ ới ơn u ú ung ùng uyên uyết ư ừ ứ "
    "ưng ương ường ước"
)
NOTE = (
    "{} questions of each kind, by turns. FTS5: unicode61 without diacritics, bm25, in memory; it cannot tell marks "
    "apart, ours puts what stands as typed first. A whole answer is `find()`: permissions, the count of all, and "
    "passages with marks, beside FTS5 with count and snippets."
)
KINDS = {
    "a common word": (1, slice(10, 60)),
    "a rare word": (1, slice(600, 1200)),
    "two words": (2, slice(40, 400)),
    "three common words": (3, slice(5, 60)),
}


@dataclass(frozen=True, slots=True)
class Made:
    """One made-up document."""

    id: str
    reference: str
    abstract: str
    text: str


def documents(chance: random.Random, syllables: Sequence[str]) -> Iterator[Made]:
    weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(syllables))))

    def words(count: int) -> str:
        return " ".join(chance.choices(syllables, cum_weights=weights, k=count))

    for number in range(DOCUMENTS):
        yield Made(f"{number:032x}", f"{number % 900 + 1:02d}/QĐ-UBND", words(12), words(chance.randint(20, 140)))


def main() -> None:
    chance = random.Random(30)
    syllables = [onset + rhyme for onset in ONSETS.split() for rhyme in RHYMES.split()]
    chance.shuffle(syllables)
    made = list(documents(chance, syllables))
    questions = {
        kind: [" ".join(chance.sample(syllables[among], count)) for _ in range(40)]
        for kind, (count, among) in KINDS.items()
    }
    questions["a phrase"] = [
        " ".join(chance.choice(made).text.split()[start : start + 3]) for start in range(10) for _ in range(4)
    ]
    with tempfile.TemporaryDirectory() as folder:
        ours, whole = office_of(Path(folder), made)
        theirs = fts5_of(made)
        ways: dict[str, Callable[[], object]] = {}
        for kind, typed in questions.items():
            is_phrase = kind == "a phrase"
            for name, form in (("typed with marks", str), ("without", fold)):
                asked = [form(question) for question in typed]
                ways[f"{kind}, {name}|ours"] = in_turn(asked, ours, phrase=is_phrase)
                ways[f"{kind}, {name}|FTS5"] = in_turn(asked, theirs, phrase=is_phrase)
        references = [document.reference for document in made[::500]]
        for name, asked in (("two words", questions["two words"]), ("a reference", references)):
            ways[f"whole answer: {name}|ours"] = in_turn(asked, whole)
            ways[f"whole answer: {name}|FTS5"] = in_turn(asked, theirs, phrase=asked is references, shown=True)
        durations = by_turns(ways, seconds=SECONDS, warm_up=3)
    rows = [row_of(name, durations[f"{name}|ours"], durations[f"{name}|FTS5"]) for name in kinds_in(durations)]
    show(
        f"Searching {DOCUMENTS} documents, the best 20",
        ("", "ours p50", "p95 ms", "FTS5 p50", "p95 ms", "ratio p50", "p95"),
        rows,
        [NOTE.format(len(next(iter(durations.values()))))],
    )


def in_turn(asked: Sequence[str], answer: Callable[..., object], **options: bool) -> Callable[[], object]:
    questions = itertools.cycle(asked)
    return lambda: answer(next(questions), **options)


def kinds_in(durations: dict[str, list[float]]) -> list[str]:
    return list(dict.fromkeys(name.partition("|")[0] for name in durations))


def row_of(name: str, ours: Sequence[float], theirs: Sequence[float]) -> tuple[str, ...]:
    our_middle, our_slow, their_middle, their_slow = (
        1000 * figure for runs in (ours, theirs) for figure in (statistics.median(runs), slow(runs))
    )
    return (
        name,
        *(f"{figure:.2f}" for figure in (our_middle, our_slow, their_middle, their_slow)),
        f"{our_middle / their_middle:.1f}×",
        f"{our_slow / their_slow:.1f}×",
    )


def slow(durations: Sequence[float]) -> float:
    return statistics.quantiles(durations, n=20, method="inclusive")[-1]


def fts5_of(made: Sequence[Made]) -> Callable[..., object]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE made USING fts5(reference, abstract, text, tokenize='unicode61 remove_diacritics 2')"
    )
    connection.executemany(
        "INSERT INTO made VALUES (?, ?, ?)", ((one.reference, one.abstract, one.text) for one in made)
    )

    def ask(text: str, *, phrase: bool, shown: bool = False) -> object:
        wanted = json.dumps(text, ensure_ascii=False) if phrase else " ".join(f'"{word}"' for word in text.split())
        columns = "rowid, snippet(made, 2, '[', ']', '…', 30)" if shown else "rowid"
        best = connection.execute(
            f"SELECT {columns} FROM made WHERE made MATCH ? ORDER BY rank LIMIT 20",  # noqa: S608 - ours
            (wanted,),
        ).fetchall()
        if shown:
            connection.execute("SELECT count(*) FROM made WHERE made MATCH ?", (wanted,)).fetchone()
        return best

    return ask


def office_of(folder: Path, made: Sequence[Made]) -> tuple[Callable[..., object], Callable[[str], object]]:
    """Ways to ask the engine alone, and the whole finder as a reader of one of twenty communes."""
    engine = WhooshEngine(folder / "index")
    for start in range(0, len(made), BATCH):
        batch = made[start : start + BATCH]
        engine.index(IndexedDocument(one.id, one.reference, one.abstract, one.text, "") for one in batch)
    database = Database(f"sqlite:///{folder / 'docsvc.db'}")
    upgrade(database)
    now = datetime.now(UTC)
    with database.write() as session:
        person = User(username="doc.gia", full_name="Độc giả", password_hash="", created_at=now)
        units = [
            Unit(code=f"X{n}", name=f"Ủy ban nhân dân xã số {n}", abbreviation="UBND", kind="commune", issues=True)
            for n in range(20)
        ]
        session.add_all([person, *units])
        session.flush()
        session.execute(
            insert(Document),
            [
                {
                    "id": one.id,
                    "unit_id": units[number % 20].id,
                    "drafting_unit_id": units[number % 20].id,
                    "type_key": "qd",
                    "abstract": one.abstract,
                    "state": "issued",
                    "medium": "electronic",
                    "access": "public" if number % 3 else "internal",
                    "urgency": "normal",
                    "signatory_name": f"Người Ký {number % 50}",
                    "symbol": "QĐ-UBND",
                    "number": number % 900 + 1,
                    "year": 2015 + number % 10,
                    "reference": one.reference,
                    "reference_key": reference_key(one.reference),
                    "issued_on": date(2015, 1, 1) + timedelta(days=number % 3650),
                    "created_by": person.id,
                    "created_at": now,
                    "changed_at": now,
                    "version": 1,
                }
                for number, one in enumerate(made)
            ],
        )
        session.execute(
            insert(DocumentText),
            [{"document_id": one.id, "rendition_sha256": "0" * 64, "text": one.text} for one in made],
        )
        reader = Actor(person.id, "doc.gia", "Độc giả", roles=frozenset({(Role.READER, units[0].id)}))

    def ask(text: str, *, phrase: bool) -> object:
        asked = terms(text)
        return engine.search(WordQuery(phrases=(asked,)) if phrase else WordQuery(words=asked), limit=20)

    return ask, lambda text: find(database, engine, reader, text)
