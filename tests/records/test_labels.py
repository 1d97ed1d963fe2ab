"""Labels let through exactly what the database lets this person read, for every office and every role."""

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.inspection import AuditResult, AuditRun
from docsvc.db.migrate import upgrade
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, Job, Rendition, Signature
from docsvc.records.labels import labels_of, open_to
from docsvc.records.reading import readable
from docsvc.records.successions import succeed, take_back
from docsvc.records.terms import REGISTERED, Access, State
from search.engine import IndexedDocument
from search.whoosh_engine import WhooshEngine
from tests.records.archive import NOON, Archive
from tests.services.postgres import PostgresServer


class NoEngine(WhooshEngine):
    """Nothing is searched here."""

    def __init__(self) -> None:
        pass


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Units three deep, people, and documents of every access, sent here and there."""
    folder = tmp_path_factory.mktemp("labels")
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
    name = server.create_database() if server else ""
    database = Database(server.url(name) if server else f"sqlite:///{folder / 'docsvc.db'}")
    upgrade(database)
    archive = Archive(database, NoEngine())
    chance = random.Random(16)
    province = archive.unit("Tỉnh", "UBND")
    units = [province, archive.unit("Nơi khác", "NK")]
    for n in range(3):
        commune = archive.unit(f"Xã {n}", "UBND", province)
        units += [commune, *(archive.unit(f"Phòng {n}.{m}", "P", commune) for m in range(2))]
    with database.write() as session:
        for unit in session.scalars(select(Unit).where(Unit.abbreviation == "P")):
            unit.issues = False
    people = [archive.person(f"nguoi.{n}", f"Người {n}") for n in range(4)]
    for n in range(120):
        made = archive.put(
            chance.choice(units),
            n + 1,
            "qd",
            date(2024, 1, 1),
            "Việc chung",
            drafting=chance.choice(units),
            access=chance.choice(list(Access)),
            state=chance.choice(REGISTERED),
            author=chance.choice(people),
            recipients=tuple(("Nơi nhận", chance.choice([*units, None])) for _ in range(chance.randrange(3))),
        )
        with database.write() as session:
            session.get_one(Document, made).signatory_id = chance.choice([*people, None])
    archive.references["units"], archive.references["people"] = repr(units), repr(people)
    yield archive
    database.close()
    if server:
        server.drop_database(name)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(list(Role)), st.integers(0, 10)), max_size=4), st.integers(0, 3))
def test_labels_and_the_database_let_the_same_documents_through(
    archive: Archive, roles: list[tuple[Role, int]], person: int
) -> None:
    with archive.database.read() as session:
        units = session.scalars(select(Unit.id).order_by(Unit.id)).all()
        people = session.scalars(select(User.id).where(User.username.like("nguoi.%")).order_by(User.id)).all()
        held = frozenset((role, units[place % len(units)]) for role, place in roles)
        actor = Actor(people[person], "ai", "Ai", roles=held)
        documents = session.scalars(select(Document.id).where(Document.state.in_(REGISTERED))).all()
        by_database = set(session.scalars(select(Document.id).where(readable(session, actor))))
        labels = labels_of(session, documents)
        asked = open_to(session, actor)
    by_labels = {one for one in documents if asked is None or not asked.isdisjoint(labels[one])}
    assert by_labels == by_database


def test_labels_are_plain_ascii_without_spaces(archive: Archive) -> None:
    with archive.database.read() as session:
        documents = session.scalars(select(Document.id)).all()
        for labels in labels_of(session, documents).values():
            assert all(one.isascii() and " " not in one and one.count(":") == 1 for one in labels)
            IndexedDocument("", "", "", "", "", labels=labels)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Archive]:
    database = Database(f"sqlite:///{tmp_path / 'docsvc.db'}")
    upgrade(database)
    yield Archive(database, WhooshEngine(tmp_path / "index"))
    database.close()


def labels(archive: Archive, document: str) -> tuple[str, ...]:
    with archive.database.read() as session:
        return labels_of(session, [document])[document]


def test_a_predecessors_documents_are_found_under_the_successor_and_owed_to_the_index(small: Archive) -> None:
    old, new = small.unit("Xã cũ", "UBND"), small.unit("Xã mới", "UBND")
    document = small.put(old, 1, "qd", date(2020, 1, 1), "Việc")
    small.index()
    assert f"within:{new}" not in labels(small, document)
    by = small.actor("quan.tri", (Role.ADMINISTRATOR, old), (Role.ADMINISTRATOR, new))
    with small.database.write() as session:
        row = succeed(session, old, new, date(2025, 7, 1), "Nghị quyết 1/NQ-HĐND", by=by)
    assert {f"within:{old}", f"within:{new}"} <= set(labels(small, document))
    assert f"below:{new}" not in labels(small, document)
    assert owed(small) == [document]
    small.index()
    with small.database.write() as session:
        take_back(session, row.id, by=by)
    assert f"within:{new}" not in labels(small, document)
    assert owed(small) == [document]


def owed(archive: Archive) -> list[str]:
    with archive.database.read() as session:
        return list(session.scalars(select(Job.document_id).where(Job.kind == "index")))


def test_the_signature_result_is_that_of_the_last_check_or_of_a_later_audit(small: Archive) -> None:
    document = small.put(small.unit("Xã", "UBND"), 1, "qd", date(2020, 1, 1), "Việc")
    assert "signed:none" in labels(small, document)
    with small.database.write() as session:
        for kind, indication in (("personal", "TOTAL-PASSED"), ("organisation", "INDETERMINATE")):
            session.add(
                Signature(
                    document_id=document,
                    kind=kind,
                    holder="Ai",
                    certificate_sha256="0" * 64,
                    level="B-LT",
                    signed_at=NOON,
                    indication=indication,
                    checked_at=NOON,
                )
            )
        file = Rendition(
            document_id=document,
            role="issued",
            sha256="0" * 64,
            size_bytes=1,
            file_name="a.pdf",
            store="files",
            created_at=NOON,
            created_by=small.author,
        )
        session.add(file)
        session.flush()
        file_id = file.id
    assert "signed:indeterminate" in labels(small, document)
    for moment, verdict, stored, result in (
        (datetime(2020, 1, 1, tzinfo=UTC), "INVALID", "matched", "indeterminate"),
        (datetime(2024, 7, 1, tzinfo=UTC), "VALID", "matched", "valid"),
        (datetime(2024, 8, 1, tzinfo=UTC), "LIMITS", "matched", "valid"),
        (datetime(2024, 9, 1, tzinfo=UTC), "", "altered", "invalid"),
    ):
        with small.database.write() as session:
            run = AuditRun(
                origin="person", started_by="a", state="done", scope="issued", created_at=moment, moved_at=moment
            )
            session.add(run)
            session.flush()
            session.add(
                AuditResult(
                    run_id=run.id,
                    rendition_id=file_id,
                    document_id=document,
                    role="issued",
                    sha256="0" * 64,
                    stored=stored,
                    verdict=verdict,
                    cause="x",
                    checked_at=moment,
                )
            )
        assert f"signed:{result}" in labels(small, document), (moment, verdict)


def test_withdrawn_documents_bear_the_new_state(small: Archive) -> None:
    document = small.put(small.unit("Xã", "UBND"), 1, "qd", date(2020, 1, 1), "Việc", state=State.WITHDRAWN)
    assert "state:withdrawn" in labels(small, document)
