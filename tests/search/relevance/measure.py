"""An archive of the relevance set, and how well queries find in it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, DocumentText, Job
from docsvc.records.finder import find
from docsvc.records.folding import reference_key
from docsvc.records.indexing import index_pending
from docsvc.records.terms import Access, Medium, State
from search.engine import Engine
from tests.search.relevance.decisions import AGENCIES, PROVINCE, Written
from tests.search.relevance.queries import Asked

TODAY = date(2026, 4, 15)
"""The day on which the queries are asked."""

_NOON = datetime(2026, 4, 1, 5, tzinfo=UTC)
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """One query and what came of it."""

    asked: Asked
    place: int
    """Of the first right document, from 1; 0 where none is on the first page."""

    first: str
    """What came first: reference, date, abstract."""

    @property
    def reciprocal(self) -> float:
        """1 for the first place, 1/2 for the second."""
        return 1 / self.place if self.place else 0.0


class Collection:
    """A database and an index with documents, and one person who may read them all."""

    def __init__(self, database: Database, engine: Engine, documents: Sequence[Written]) -> None:
        self.database, self.engine = database, engine
        self.documents: dict[str, Written] = {}
        with database.write() as session:
            author = User(username="nguoi.soan", full_name="Người Soạn", password_hash="", created_at=_NOON)
            session.add(author)
            units = {
                name: Unit(code=uuid.uuid4().hex, name=name, abbreviation=short, kind="agency", issues=True)
                for name, short in (
                    AGENCIES | {one.unit: "TW" for one in documents if one.unit not in AGENCIES}
                ).items()
            }
            session.add_all(units.values())
            session.flush()
            for name, unit in units.items():
                unit.parent_id = None if name == PROVINCE else units[PROVINCE].id
            for one in documents:
                identifier = uuid.uuid4().hex
                self.documents[identifier] = one
                session.add(
                    Document(
                        id=identifier,
                        unit_id=units[one.unit].id,
                        drafting_unit_id=units[one.drafting or one.unit].id,
                        type_key=one.type_key,
                        abstract=one.abstract,
                        state=State.ISSUED,
                        medium=Medium.ELECTRONIC,
                        access=Access.PUBLIC,
                        urgency="normal",
                        created_by=author.id,
                        created_at=_NOON,
                        changed_at=_NOON,
                        signatory_name=one.signatory,
                        symbol=one.symbol,
                        number=one.number,
                        year=one.on.year,
                        reference=one.reference,
                        reference_key=reference_key(one.reference),
                        issued_on=one.on,
                    )
                )
            session.flush()
            for identifier, one in self.documents.items():
                session.add(DocumentText(document_id=identifier, rendition_sha256="0" * 64, text=one.text))
                session.add(Job(kind="index", document_id=identifier, due_at=_NOON))
            audit.append(session, actor="test", act="loaded", object_kind="archive", object_id="1")
            self.reader = Actor(author.id, "doc.gia", "Độc Giả", roles=frozenset({(Role.READER, units[PROVINCE].id)}))
        while index_pending(database, engine, batch=2000):
            pass

    def outcome(self, asked: Asked) -> Outcome:
        """Ask one query the way the page does."""
        page = find(self.database, self.engine, self.reader, asked.text, per_page=_LOOKED_AT, today=TODAY)
        found = [self.documents[result.document.id] for result in page.results]
        place = next((place for place, one in enumerate(found, 1) if asked.right(one)), 0)
        first = f"{found[0].reference} {found[0].on:%d/%m/%Y} {found[0].abstract[:60]}" if found else "–"
        return Outcome(asked, place, first)

    def outcomes(self, asked: Iterable[Asked]) -> list[Outcome]:
        """Ask all of them."""
        return [self.outcome(one) for one in asked]


def mean_reciprocal_rank(outcomes: Sequence[Outcome]) -> float:
    """The mean over all queries; 1 where every one finds its document first."""
    return sum(outcome.reciprocal for outcome in outcomes) / len(outcomes) if outcomes else 1.0


def table(outcomes: Sequence[Outcome]) -> str:
    """Queries, first hits and mean reciprocal rank per kind."""
    lines = [f"{'kind':14}{'queries':>8}{'first':>8}{'MRR':>8}"]
    for kind in dict.fromkeys(outcome.asked.kind for outcome in outcomes):
        of_kind = [outcome for outcome in outcomes if outcome.asked.kind == kind]
        first = sum(outcome.place == 1 for outcome in of_kind)
        lines.append(f"{kind:14}{len(of_kind):8}{first:8}{mean_reciprocal_rank(of_kind):8.3f}")
    first = sum(outcome.place == 1 for outcome in outcomes)
    lines.append(f"{'all':14}{len(outcomes):8}{first:8}{mean_reciprocal_rank(outcomes):8.3f}")
    return "\n".join(lines)
