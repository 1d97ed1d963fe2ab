"""Many clerks at once: every number is given, each once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from docsvc.audit import check_chain
from docsvc.db.records import Document, Event, Job, Number
from docsvc.records.registers import reference_of
from docsvc.records.scrubbing import scrub
from docsvc.records.terms import State
from tests.issue import hands
from tests.office import Office

PROCESSES = 8


def states(office: Office) -> dict[str, int]:
    with office.service.database.read() as session:
        rows = session.execute(select(Document.state, func.count()).group_by(Document.state))
        return {state: count for state, count in rows}  # noqa: C416 - rows are no pairs to the type checker


def taken(office: Office) -> list[int]:
    with office.service.database.read() as session:
        return list(session.scalars(select(Number.number).order_by(Number.number)))


@pytest.mark.slow
def test_200_documents_numbered_by_8_processes_bear_the_numbers_1_to_200(office: Office) -> None:
    documents = hands.signed_documents(office, 200)
    # Each document is given to two of them: a clerk who comes second must not cost a number.
    shares = [documents[hand % 4 :: 4] for hand in range(PROCESSES)]
    done = hands.work_at_once(office, hands.number, shares)
    references = {document: reference for one in done for document, reference in one.references.items()}
    assert sum(len(one.references) for one in done) == len(references) == 200
    assert sorted(references.values()) == sorted(reference_of(number, "QĐ-UBND") for number in range(1, 201))
    assert sorted(document for one in done for document in one.too_late) == sorted(documents)
    assert taken(office) == list(range(1, 201))
    assert states(office) == {State.NUMBERED: 200}
    with office.service.database.read() as session:
        kept = {row.id: row.reference for row in session.scalars(select(Document))}
        assert kept == references
        assert session.scalar(select(func.count()).select_from(Event).where(Event.act == "number-taken")) == 200
        assert check_chain(session) is None


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(("office", "count"), [("embedded", 200), ("cluster", 48)], indirect=["office"])
def test_documents_issued_by_8_processes_are_all_sealed_published_and_found_once(office: Office, count: int) -> None:
    documents = hands.signed_documents(office, count)
    done = hands.work_at_once(office, hands.issue, [documents[hand::PROCESSES] for hand in range(PROCESSES)])
    assert sum(len(one.references) for one in done) == count
    assert taken(office) == list(range(1, count + 1))
    assert states(office) == {State.ISSUED: count}
    with office.service.database.read() as session:
        assert check_chain(session) is None
        assert session.scalar(select(func.count()).select_from(Job)) == count
    assert scrub(office.service.database, office.service.store).sound
    sealed = [office.document(document) for document in documents]
    assert all([one.kind for one in document.signatures] == ["personal", "organisation"] for document in sealed)
    assert len({document.renditions[-1].sha256 for document in sealed}) == count
    office.index()
    assert office.service.engine.count() == count
