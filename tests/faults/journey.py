"""The issue flow in a process that kills itself at one of its crossings.

A crossing is a moment at which the flow passes into the database, the store, the signer, the timestamp server, the
reader of PDFs or the search index, or comes back from there. They are counted while the flow runs; at the chosen one
the process sends itself SIGKILL, which no code of ours can notice.
"""

from __future__ import annotations

import functools
import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from docsvc.accounts import Actor, actor_of
from docsvc.db import Database
from docsvc.db.people import Unit, User
from docsvc.db.records import Document
from docsvc.issue import drafting, steps
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.records.indexing import index_pending
from docsvc.records.terms import State
from docsvc.wiring import Service, open_service
from signing.timestamp import Timestamper
from tests.forks import share_readers
from tests.office import ABSTRACT, PASSPHRASE, STAFF, draft_file

STEPS = ("draft", "submit", "sign", "issue", "index")
KEEPING = ("commit", "put", "index")
"""Words in the names of crossings at which something lasting happens or has just happened."""


@dataclass
class Crossings:
    """Counts, and kills at the chosen one."""

    kill_at: int | None = None
    """From 1; ``None`` lets everything pass."""
    names: list[str] = field(default_factory=list)

    def at(self, name: str) -> None:
        """Here is one."""
        self.names.append(name)
        if len(self.names) == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: object, name: str) -> None:
        """Count going into a function of a module or object, and coming back."""
        function = getattr(owner, name)

        @functools.wraps(function)
        def watched(*args: Any, **named: Any) -> Any:
            self.at(f"before {name}")
            result = function(*args, **named)
            self.at(f"after {name}")
            return result

        setattr(owner, name, watched)


class WatchedDatabase(Database):
    """A database whose transactions count."""

    def __init__(self, url: str, crossings: Crossings) -> None:
        super().__init__(url)
        self._crossings = crossings

    @contextmanager
    def read(self) -> Iterator[Session]:
        """As the base's."""
        self._crossings.at("before read")
        with super().read() as session:
            yield session
        self._crossings.at("after read")

    @contextmanager
    def write(self) -> Iterator[Session]:
        """As the base's; everything has been sent to the database before the crossing at its commit."""
        self._crossings.at("before write")
        with super().write() as session:
            yield session
            session.flush()
            self._crossings.at("before commit")
        self._crossings.at("after commit")


def live(settings: Settings, step: str, kill_at: int | None, passed: Path) -> None:
    """Take one step of the flow in this process; a process that lives to the end writes down what it passed."""
    share_readers()
    crossings = Crossings(kill_at)
    service = watched(open_service(settings), crossings)
    take(service, step)
    service.close()
    passed.write_text(json.dumps(crossings.names), encoding="utf-8")


def watched(service: Service, crossings: Crossings) -> Service:
    """The same service, its crossings counted."""
    pki = service.pki
    assert pki is not None

    def stamp(request: bytes) -> bytes:
        crossings.at("before timestamp")
        answer = pki.timestamp_response(request)
        crossings.at("after timestamp")
        return answer

    for owner, names in (
        (service.store, ("put", "get")),
        (service.engine, ("index",)),
        (drafting, ("read_text", "find_places")),
        (steps, ("sign_personal", "seal", "verify", "open_key")),
    ):
        for name in names:
            crossings.watch(owner, name)
    database = WatchedDatabase(service.settings.database, crossings)
    service.database.close()
    desk = replace(service.desk, database=database, timestamper=Timestamper(stamp))
    return replace(service, database=database, desk=desk)


def take(service: Service, step: str) -> None:
    """Take a step, from wherever an earlier try stopped."""
    people = Database(service.settings.database)  # not counted: a browser would know who it is
    try:
        with people.read() as session:
            actors = {user.username: actor_of(session, user) for user in session.scalars(select(User))}
            staff = session.scalars(select(Unit.id).where(Unit.code == STAFF)).one()
            found = session.execute(select(Document.id, Document.state)).one_or_none()
    finally:
        people.close()
    document_id, state = found or ("", None)
    _STEPS[step](service, actors, staff, document_id, state)


def _draft(service: Service, actors: dict[str, Actor], staff: int, *_: object) -> None:
    form = DocumentForm(
        drafting_unit_id=staff,
        type_key="qd",
        abstract=ABSTRACT,
        signatory_id=actors["leader"].user_id,
        authority="TM.",
        recipients=(RecipientEntry("Các thôn"),),
    )
    content = draft_file(ABSTRACT, service.desk.today().year)
    # Whoever has lost the answer sends the same request again.
    drafting.create_draft(service.desk, form, content, "bản thảo.pdf", by=actors["drafter"], request_key="một lần")


def _submit(service: Service, actors: dict[str, Actor], _: int, document_id: str, state: str) -> None:
    if state == State.DRAFT:
        drafting.submit(service.desk, document_id, by=actors["drafter"])


def _sign(service: Service, actors: dict[str, Actor], _: int, document_id: str, state: str) -> None:
    if state == State.SUBMITTED:
        steps.sign(service.desk, document_id, PASSPHRASE, by=actors["leader"])


def _issue(service: Service, actors: dict[str, Actor], _: int, document_id: str, state: str) -> None:
    if state != State.ISSUED:
        steps.issue(service.desk, document_id, service.desk.today(), PASSPHRASE, by=actors["clerk"])


def _index(service: Service, *_: object) -> None:
    while index_pending(service.database, service.engine):
        pass


_STEPS: dict[str, Callable[..., None]] = dict(zip(STEPS, (_draft, _submit, _sign, _issue, _index), strict=True))
