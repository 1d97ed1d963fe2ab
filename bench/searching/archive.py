"""The made-up documents as rows of a database, and what an index is told of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import insert

from bench.searching.made import UNITS, Made, Office
from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, DocumentText
from docsvc.records.facets import FACETS
from docsvc.records.finder import find
from docsvc.records.folding import reference_key
from docsvc.records.labels import labels_of
from search.engine import Engine, IndexedDocument

BATCH = 5_000


class Archive:
    """A SQLite database of documents, and somebody of one commune who reads in it."""

    def __init__(self, folder: Path) -> None:
        self.database = Database(f"sqlite:///{folder / 'archive.sqlite3'}")
        upgrade(self.database)
        now = datetime.now(UTC)
        with self.database.write() as session:
            person = User(username="doc.gia", full_name="Độc giả", password_hash="", created_at=now)
            units = [
                Unit(code=f"X{n}", name=f"Ủy ban nhân dân xã số {n}", abbreviation="UBND", kind="commune", issues=True)
                for n in range(UNITS)
            ]
            session.add_all([person, *units])
            session.flush()
            self._person, self._units = person.id, [unit.id for unit in units]
        self.reader = Actor(self._person, "doc.gia", "Độc giả", roles=frozenset({(Role.READER, self._units[0])}))

    def fill(self, office: Office, count: int) -> None:
        """Write the first ``count`` documents."""
        for some in batches(office.documents(count)):
            with self.database.write() as session:
                session.execute(insert(Document), [self._row(one) for one in some])
                session.execute(
                    insert(DocumentText),
                    [{"document_id": one.id, "rendition_sha256": "0" * 64, "text": one.text} for one in some],
                )

    def indexed(self, documents: Iterable[Made]) -> Iterator[IndexedDocument]:
        """The documents as an engine is given them."""
        for some in batches(documents):
            with self.database.read() as session:
                labels = labels_of(session, [one.id for one in some])
            for one in some:
                yield IndexedDocument(
                    one.id,
                    one.reference,
                    one.abstract,
                    one.text,
                    f"Ủy ban nhân dân xã số {one.unit}\nNgười Ký {one.signatory}",
                    labels.get(one.id, ()),
                    one.issued_on,
                    one.number,
                )

    def asking(self, engine: Engine) -> Callable[[str], object]:
        """A way to ask the whole finder, with the counts of every filter."""
        return lambda text: find(self.database, engine, self.reader, text, counted=FACETS)

    def _row(self, one: Made) -> dict[str, object]:
        unit, moment = self._units[one.unit], datetime.combine(one.issued_on, datetime.min.time(), UTC)
        return {
            "id": one.id,
            "unit_id": unit,
            "drafting_unit_id": unit,
            "type_key": one.type_key,
            "abstract": one.abstract,
            "state": "issued",
            "medium": "electronic" if one.place % 20 else "paper",
            "access": "public" if one.place % 3 else "internal",
            "urgency": "normal",
            "signatory_name": f"Người Ký {one.signatory}",
            "symbol": one.symbol,
            "number": one.number,
            "year": one.issued_on.year,
            "reference": one.reference,
            "reference_key": reference_key(one.reference),
            "issued_on": one.issued_on,
            "created_by": self._person,
            "created_at": moment,
            "changed_at": moment,
            "version": 1,
        }


def batches(documents: Iterable[Made]) -> Iterator[list[Made]]:
    """Some documents at a time."""
    documents = iter(documents)
    while some := list(islice(documents, BATCH)):
        yield some
