"""Several processes that work on the same office at once, each with a service of its own."""

from __future__ import annotations

import multiprocessing
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import select

from config.settings import Settings
from docsvc.accounts import Actor, actor_of
from docsvc.db.people import User
from docsvc.db.records import Document, DocumentText, Rendition, Signature
from docsvc.issue import steps
from docsvc.issue.desk import Desk
from docsvc.records.errors import WrongState
from docsvc.wiring import open_service
from tests.forks import forking, share_readers
from tests.office import PASSPHRASE, Office

Row = TypeVar("Row", Rendition, Signature)
Work = Callable[[Desk, str, Actor], str]
_COPIED = (
    "unit_id",
    "drafting_unit_id",
    "type_key",
    "state",
    "medium",
    "access",
    "urgency",
    "language",
    "pages",
    "copies",
    "signatory_id",
    "signatory_name",
    "signatory_position",
    "signatory_authority",
    "symbol",
    "places",
    "created_by",
    "created_at",
    "changed_at",
    "submitted_at",
    "signed_at",
)


@dataclass(frozen=True, slots=True)
class Done:
    """What one process did."""

    references: dict[str, str]
    """Document to the reference it was given here."""
    too_late: tuple[str, ...]
    """Documents that somebody else had taken."""


def signed_documents(office: Office, count: int) -> list[str]:
    """Documents that wait for the clerk; signing them one by one would take minutes, so all share one signed file."""
    first = office.document(office.signed())
    with office.service.database.read() as session:
        text = session.get_one(DocumentText, first.id).text
    made = [first.id]
    with office.service.database.write() as session:
        for number in range(1, count):
            copy = Document(
                id=f"{number:032x}",
                abstract=f"{first.abstract} ({number})",
                **{name: getattr(first, name) for name in _COPIED},
            )
            copy.renditions = [_copy(Rendition, one) for one in first.renditions]
            copy.signatures = [_copy(Signature, one) for one in first.signatures]
            session.add(copy)
            session.add(DocumentText(document_id=copy.id, rendition_sha256=first.renditions[0].sha256, text=text))
            made.append(copy.id)
    return made


def _copy(kind: type[Row], row: Row) -> Row:
    columns = [column.key for column in kind.__table__.columns if column.key not in {"id", "document_id"}]
    return kind(**{name: getattr(row, name) for name in columns})


def work_at_once(office: Office, work: Work, shares: Sequence[Sequence[str]]) -> list[Done]:
    """A process for each share of the documents; they begin together."""
    context = forking()
    gate = context.Barrier(len(shares))
    answers: multiprocessing.SimpleQueue[Done | Exception] = context.SimpleQueue()
    settings = office.service.settings
    hands = [context.Process(target=_hand, args=(settings, work, share, gate, answers)) for share in shares]
    for hand in hands:
        hand.start()
    done = [answers.get() for _ in hands]
    for hand in hands:
        hand.join()
    problems = [one for one in done if isinstance(one, Exception)]
    if problems:
        raise problems[0]
    return [one for one in done if isinstance(one, Done)]


def number(desk: Desk, document_id: str, clerk: Actor) -> str:
    """Take the number alone."""
    return steps.take_number(desk, document_id, desk.today(), by=clerk)


def issue(desk: Desk, document_id: str, clerk: Actor) -> str:
    """Number, seal and publish."""
    return steps.issue(desk, document_id, desk.today(), PASSPHRASE, by=clerk)


def _hand(settings: Settings, work: Work, share: Sequence[str], gate: Any, answers: Any) -> None:
    share_readers()
    try:
        answers.put(_done(settings, work, share, gate))
    except Exception as error:  # noqa: BLE001 - told to the test
        answers.put(RuntimeError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))


def _done(settings: Settings, work: Work, share: Sequence[str], gate: Any) -> Done:
    service = open_service(settings)
    try:
        with service.database.read() as session:
            clerk = actor_of(session, session.scalars(select(User).where(User.username == "clerk")).one())
        references: dict[str, str] = {}
        too_late: list[str] = []
        gate.wait(100)
        for document_id in share:
            try:
                references[document_id] = work(service.desk, document_id, clerk)
            except WrongState:
                too_late.append(document_id)
        return Done(references, tuple(too_late))
    finally:
        service.close()
