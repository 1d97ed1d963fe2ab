"""A small archive put straight into the database and the index, for tests of finding."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.people import Unit, User
from docsvc.db.records import Delivery, Document, DocumentText, Job
from docsvc.records.folding import reference_key
from docsvc.records.indexing import index_pending
from docsvc.records.registers import reference_of, symbol_of
from docsvc.records.terms import Access, Medium, State
from search.engine import Engine

NOON = datetime(2024, 6, 1, 5, tzinfo=UTC)


@dataclass
class Archive:
    """A database and an index, with short ways to put units, people and documents in."""

    database: Database
    engine: Engine
    author: int = 0
    references: dict[str, str] = field(default_factory=dict)
    """Document id to reference, for readable assertions."""

    def __post_init__(self) -> None:
        self.author = self.author or self.person("nguoi.soan", "Người Soạn")

    def unit(self, name: str, abbreviation: str, parent: int | None = None) -> int:
        with self.database.write() as session:
            unit = Unit(code=uuid.uuid4().hex, name=name, abbreviation=abbreviation, kind="agency", issues=True)
            unit.parent_id = parent
            session.add(unit)
            session.flush()
            audit.append(session, actor="test", act="unit-created", object_kind="unit", object_id=unit.id)
            return unit.id

    def person(self, username: str, full_name: str) -> int:
        with self.database.write() as session:
            user = User(username=username, full_name=full_name, password_hash="", created_at=NOON)
            session.add(user)
            session.flush()
            return user.id

    def actor(self, username: str, *roles: tuple[Role, int]) -> Actor:
        return Actor(self.person(username, username), username, username, roles=frozenset(roles))

    def put(  # noqa: PLR0913 - every fact of a document that a query can ask for
        self,
        unit: int,
        number: int,
        type_key: str,
        on: date,
        abstract: str,
        *,
        text: str = "",
        drafting: int | None = None,
        symbol: str | None = None,
        signatory: str = "Trần Văn Bình",
        access: Access = Access.PUBLIC,
        medium: Medium = Medium.ELECTRONIC,
        state: State = State.ISSUED,
        recipients: tuple[tuple[str, int | None], ...] = (),
        author: int | None = None,
    ) -> str:
        """Register a document; it is indexed by :meth:`index`."""
        with self.database.write() as session:
            issuing, drafter = session.get_one(Unit, unit), session.get_one(Unit, drafting or unit)
            symbol = symbol or symbol_of(type_key, issuing, drafter)
            reference = reference_of(number, symbol)
            facts: dict[str, Any] = {
                "signatory_name": signatory,
                "symbol": symbol,
                "number": number,
                "year": on.year,
                "reference": reference,
                "reference_key": reference_key(reference),
                "issued_on": on,
            }
            document = Document(
                id=uuid.uuid4().hex,
                unit_id=unit,
                drafting_unit_id=drafting or unit,
                type_key=type_key,
                abstract=abstract,
                state=state,
                medium=medium,
                access=access,
                urgency="normal",
                created_by=author or self.author,
                created_at=NOON,
                changed_at=NOON,
                deliveries=[Delivery(recipient=name, unit_id=to, channel="electronic") for name, to in recipients],
                **facts,
            )
            session.add(document)
            session.flush()
            session.add(DocumentText(document_id=document.id, rendition_sha256="0" * 64, text=text))
            session.add(Job(kind="index", document_id=document.id, due_at=NOON))
            audit.append(session, actor="test", act="published", object_kind="document", object_id=document.id)
            self.references[document.id] = reference
            return document.id

    def index(self) -> None:
        """Carry everything that waits to the index."""
        while index_pending(self.database, self.engine):
            pass
