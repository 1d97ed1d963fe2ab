"""The example office stands whole, even when its making was killed twice."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import selectinload

from config.settings import Settings
from docsvc.accounts import Actor, Role, actor_of, sign_in
from docsvc.audit import check_chain
from docsvc.db.people import User
from docsvc.db.records import Document, Number, Series
from docsvc.errors import Invalid
from docsvc.example.catalogue import papers
from docsvc.example.load import KEY_PASSPHRASE, PASSWORD, load_example, sign_ins, wanted
from docsvc.example.office import PEOPLE
from docsvc.issue import steps
from docsvc.issue.desk import vietnam_date
from docsvc.records.effects import state_on
from docsvc.records.finder import find
from docsvc.records.queues import waiting_for
from docsvc.records.scrubbing import scrub
from docsvc.records.shares import Metric, shares
from docsvc.records.terms import REGISTERED, LegalEffect, Medium, State
from docsvc.wiring import Service, open_service
from signing.verify import Indication, Verdict, verify
from tests.services.programs import kill_group

pytestmark = pytest.mark.timeout(300)  # three starts of an office, on a machine that may do other things

LOADING = """
import sys
from pathlib import Path
from config.settings import Settings
from docsvc.example.load import load_example
from docsvc.wiring import open_service
load_example(open_service(Settings(data_dir=Path(sys.argv[1]))))
"""


def in_state(data_dir: Path, state: State) -> Callable[[], int]:
    """Counts documents from outside, as somebody watching would."""
    engine = create_engine(f"sqlite:///{data_dir / 'docsvc.sqlite3'}")
    query = select(func.count()).select_from(Document).where(Document.state == state)

    def count() -> int:
        try:
            with engine.connect() as connection:
                return int(connection.execute(query).scalar_one())
        except OperationalError:
            return 0  # no table yet
        finally:
            engine.dispose()

    return count


def load_and_kill(data_dir: Path, reached: Callable[[], bool]) -> None:
    process = subprocess.Popen([sys.executable, "-c", LOADING, str(data_dir)], start_new_session=True)
    try:
        while not reached():
            assert process.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
    finally:
        kill_group(process)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Killed while people sign, killed again while the clerk seals, then finished."""
    data_dir = tmp_path_factory.mktemp("office")
    signed, issued = in_state(data_dir, State.SIGNED), in_state(data_dir, State.ISSUED)
    load_and_kill(data_dir, lambda: signed() >= 8)
    load_and_kill(data_dir, lambda: issued() >= 12)
    service = open_service(Settings(data_dir=data_dir))
    try:
        with service.database.read() as session:
            assert wanted(session)
        load_example(service)
        yield service
    finally:
        service.close()


def actor(office: Service, username: str) -> Actor:
    with office.database.read() as session:
        return actor_of(session, session.scalars(select(User).where(User.username == username)).one())


def documents(office: Service) -> list[Document]:
    with office.database.read() as session:
        query = select(Document).options(
            selectinload(Document.renditions), selectinload(Document.signatures), selectinload(Document.unit)
        )
        return list(session.scalars(query))


def test_nothing_is_lost_or_doubled(office: Service) -> None:
    made = documents(office)
    expected = Counter(paper.abstract for paper in papers(office.desk.today()))
    assert Counter(document.abstract for document in made) == expected
    with office.database.read() as session:
        assert not wanted(session)
        for series in session.scalars(select(Series)):
            numbers = session.scalars(select(Number.number).where(Number.series_id == series.id)).all()
            assert sorted(numbers) == list(range(1, series.last_number + 1))
        assert check_chain(session) is None
    assert scrub(office.database, office.store).sound


def test_every_step_of_the_flow_has_documents_waiting(office: Service) -> None:
    assert {State(document.state) for document in documents(office)} >= {
        State.DRAFT,
        State.SUBMITTED,
        State.SIGNED,
        State.ISSUED,
        State.WITHDRAWN,
    }
    with office.database.read() as session:
        assert waiting_for(session, actor(office, "soanthao")).sent_back == 1
        assert waiting_for(session, actor(office, "soanthao")).drafts == 2
        assert waiting_for(session, actor(office, "chutich")).to_sign == 2
        assert waiting_for(session, actor(office, "phochutich")).to_sign == 1
        assert waiting_for(session, actor(office, "vanthu")).to_issue == 2
        assert waiting_for(session, actor(office, "chutich2")).to_sign == 1


def test_issued_files_carry_two_valid_signatures_of_their_day(office: Service) -> None:
    issued = [one for one in documents(office) if one.state in REGISTERED and one.medium == Medium.ELECTRONIC]
    assert len(issued) > 30
    for document in issued[::5]:
        report = verify(office.store.get(document.renditions[-1].sha256), trust=office.desk.trust)
        assert report.verdict == Verdict.VALID, (document.reference, report.message_en)
        assert [signature.holder for signature in report.signatures] == [document.signatory_name, document.unit.name]
        for signature in report.signatures:
            assert signature.indication == Indication.TOTAL_PASSED
            assert signature.level == "B-T"
            assert signature.timestamped_at is not None
            assert vietnam_date(signature.timestamped_at) == document.issued_on
    for document in issued:
        assert [one.kind for one in document.signatures] == ["personal", "organisation"]
        assert document.signed_at is not None and document.published_at is not None
        assert document.created_at < document.signed_at < document.published_at <= office.desk.clock()


def test_the_clerk_can_go_on_where_the_example_stops(office: Service) -> None:
    clerk = actor(office, "vanthu")
    waiting = next(one for one in documents(office) if one.state == State.SIGNED)
    before = max(one.number for one in documents(office) if one.unit_id == waiting.unit_id and one.number)
    reference = steps.issue(office.desk, waiting.id, office.desk.today(), KEY_PASSPHRASE, by=clerk)
    assert reference.startswith(f"{before + 1}/")


def test_everybody_can_sign_in_and_is_named_at_the_start(office: Service) -> None:
    lines = list(sign_ins())
    assert len(lines) == len(PEOPLE)
    for person, line in zip(PEOPLE, lines, strict=True):
        assert line.startswith(person.username)
        token = sign_in(
            office.database,
            username=person.username,
            password=PASSWORD,
            address="127.0.0.1",
            tries=3,
            lasts=timedelta(hours=1),
        )
        assert token
    assert {role for person in PEOPLE for role, _ in person.roles} == set(Role)


def test_documents_are_found_by_whom_they_are_for(office: Service) -> None:
    reader, auditor = actor(office, "docgia"), actor(office, "kiemtra")
    first = find(office.database, office.engine, reader, "01 qd ubnd").results
    assert {result.document.reference for result in first} == {"01/QĐ-UBND"}
    assert find(office.database, office.engine, reader, "chuyen doi so").total > 3
    restricted = "Xác minh đơn kiến nghị của công dân"
    assert find(office.database, office.engine, auditor, restricted).results[0].document.abstract == restricted
    for_reader = find(office.database, office.engine, reader, restricted).results
    assert restricted not in [result.document.abstract for result in for_reader]


def test_the_shares_have_something_to_show(office: Service) -> None:
    today = office.desk.today()
    with office.database.read() as session:
        rows = {row.name: row for row in shares(session, today - timedelta(days=366), today)}
        secret = session.scalars(select(Number).join(Series).where(Series.secret)).all()
    province, commune = rows["Ủy ban nhân dân tỉnh Giang Khê"], rows["Ủy ban nhân dân xã Vân Khê"]
    registered = sum(document.state in REGISTERED for document in documents(office))
    assert len(secret) == 2
    assert province.documents == registered
    for row in (province, commune):
        electronic, paperless = row.share(Metric.ELECTRONIC), row.share(Metric.PAPERLESS)
        assert 0 < paperless.counted < electronic.counted < electronic.total
    assert commune.share(Metric.PERSONAL).counted == commune.share(Metric.PERSONAL).total


def test_without_a_test_pki_there_is_no_example(office: Service) -> None:
    with pytest.raises(Invalid):
        load_example(replace(office, pki=None))


def test_one_document_was_replaced_and_one_amended(office: Service) -> None:
    today = office.desk.today()
    told = Counter(state_on(document, today) for document in documents(office))
    assert (told[LegalEffect.REPLACED], told[LegalEffect.AMENDED], told[LegalEffect.WITHDRAWN]) == (1, 1, 1)
