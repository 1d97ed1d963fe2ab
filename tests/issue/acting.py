"""Short ways to act and to look, for the tests of the issue flow."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

from sqlalchemy import select

from docsvc.audit import check_chain
from docsvc.db.records import Event, Number
from docsvc.issue import steps
from docsvc.records.terms import State
from tests.office import PASSPHRASE, Office


def state(office: Office, document_id: str) -> State:
    return State(office.document(document_id).state)


def acts(office: Office, document_id: str) -> list[tuple[str, str]]:
    """What the log says of the document: who did what."""
    with office.service.database.read() as session:
        rows = session.execute(select(Event.actor, Event.act).where(Event.object_id == document_id).order_by(Event.id))
        assert check_chain(session) is None
        return [(row.actor, row.act) for row in rows]


def numbers(office: Office) -> list[int]:
    with office.service.database.read() as session:
        return list(session.scalars(select(Number.number).order_by(Number.number)))


def sign(office: Office, document_id: str, passphrase: str = PASSPHRASE, *, by: str = "leader") -> None:
    steps.sign(office.desk, document_id, passphrase, by=office.actor(by))


def issue(office: Office, document_id: str, passphrase: str = PASSPHRASE, *, on: date | None = None) -> str:
    return steps.issue(office.desk, document_id, on or office.today, passphrase, by=office.actor("clerk"))


def at_once(*tries: Callable[[], object]) -> list[Exception | None]:
    """Do all of them together; gives what each raised."""
    gate = threading.Barrier(len(tries))
    raised: list[Exception | None] = [None] * len(tries)

    def one(place: int) -> None:
        gate.wait()
        try:
            tries[place]()
        except Exception as error:  # noqa: BLE001 - handed to the test
            raised[place] = error

    threads = [threading.Thread(target=one, args=(place,)) for place in range(len(tries))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised
