"""What is offered around the search box, and that nothing leaks through it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.records import lexicon
from docsvc.records.did_you_mean import meant
from docsvc.records.finder import find
from docsvc.records.suggesting import suggest
from docsvc.records.terms import Access
from search.whoosh_engine import WhooshEngine
from tests.records.archive import Archive
from tests.services.postgres import PostgresServer


@dataclass
class Office:
    archive: Archive
    reader: Actor
    stranger: Actor

    def offered(self, typed: str, actor: Actor | None = None) -> list[tuple[str, str]]:
        with self.archive.database.read() as session:
            return [(one.kind, one.text) for one in suggest(session, actor or self.reader, typed)]

    def meant(self, typed: str, actor: Actor | None = None) -> list[str]:
        actor = actor or self.reader
        database, engine = self.archive.database, self.archive.engine
        page = find(database, engine, actor, typed)
        with database.read() as session:
            others = meant(
                session, typed, page.query, page.total, lambda text: find(database, engine, actor, text).total
            )
        return [one.text for one in others]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder: Path = tmp_path_factory.mktemp("suggesting")
    url = f"sqlite:///{folder / 'docsvc.db'}"
    server: PostgresServer | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgres_server")
        name = server.create_database()
        url = server.url(name)
    database = Database(url)
    upgrade(database)
    archive = Archive(database, WhooshEngine(folder / "index"))
    commune = archive.unit("Ủy ban nhân dân xã Tân An", "UBND")
    other = archive.unit("Ủy ban nhân dân xã Long Phước", "UBND")
    put = archive.put
    put(commune, 138, "qd", date(2024, 2, 17), "Quyết định thu hồi đất xây dựng trường học")
    put(commune, 138, "qd", date(2016, 5, 1), "Bổ nhiệm cán bộ")
    put(commune, 13, "kh", date(2024, 3, 1), "Kế hoạch phòng chống thiên tai", signatory="Nguyễn Thị Hoà")
    put(
        commune, 139, "qd", date(2024, 6, 1), "Kỷ luật ông Bauxite", access=Access.INTERNAL, signatory="Kín Danh",
    )  # fmt: skip
    archive.index()
    lexicon.count_words(database)
    reader = archive.actor("doc.gia", (Role.READER, commune))
    yield Office(archive, reader, archive.actor("nguoi.la", (Role.READER, other)))
    database.close()


def test_a_reference_begun_offers_documents_that_bear_it_the_newest_first(office: Office) -> None:
    assert office.offered("138")[:2] == [
        ("document", "138/QĐ-UBND ngày 17/02/2024"),
        ("document", "138/QĐ-UBND ngày 01/05/2016"),
    ]
    assert office.offered("138/qd-u") == office.offered("138 / QĐ-U")
    assert ("document", "13/KH-UBND ngày 01/03/2024") in office.offered("13")


def test_documents_and_signatories_of_others_are_not_offered(office: Office) -> None:
    assert any("139/" in text for _, text in office.offered("139"))
    assert office.offered("139", office.stranger) == []
    assert ("signatory", "người ký: Kín Danh") in office.offered("kín da")
    assert {kind for kind, _ in office.offered("kín da", office.stranger)} <= {"word"}
    assert office.offered("bauxi") == []


def test_names_are_offered_as_filters_and_keep_what_stands_before(office: Office) -> None:
    assert ("unit", "thu hồi đất đơn vị: Ủy ban nhân dân xã Tân An") in office.offered("thu hồi đất xã tân")
    assert ("type", "loại: Kế hoạch") in office.offered("ke hoa")
    assert ("signatory", "người ký: Nguyễn Thị Hoà") in office.offered("nguyen thi")


def test_the_last_word_is_completed_from_public_documents(office: Office) -> None:
    assert ("word", "xây dựng trường") in office.offered("xây dựng trươ") + office.offered("xây dựng truo")
    assert office.offered("x") == office.offered("") == office.offered("\x00\ud800") == []


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("thu hooif ddaats", "thu hồi đất"),
        ("thu hoi62 d9a61t", "thu hồi đất"),
        ("thu hồi đât", "thu hồi đất"),
        ("thiên tia", "thiên tai"),
        ("truong hocc", "truong học"),
        ('"thu hooif"', '"thu hồi"'),
    ],
)
def test_a_query_that_finds_nothing_is_read_another_way(office: Office, typed: str, expected: str) -> None:
    if office.meant(typed) != []:
        assert office.meant(typed)[0] == expected
    else:
        # Other marks are found without being asked again.
        page = find(office.archive.database, office.archive.engine, office.reader, typed)
        assert page.total


def test_only_what_this_person_would_find_is_offered(office: Office) -> None:
    assert office.meant("kỷ luậtt") == []
    assert office.meant("bauxitee") == []
    assert office.meant("") == []


def test_words_are_counted_again_when_the_archive_has_grown(office: Office) -> None:
    now = datetime.now(UTC)
    with office.archive.database.read() as session:
        assert not lexicon.is_due(session, now)
        assert not lexicon.is_due(session, now + timedelta(days=2))
        assert set(lexicon.spelled(session, ("dat", "hoi"))) == {"đất", "hồi"}
    for number in range(20):
        office.archive.put(office.archive.unit("Xã", "UBND"), number + 1, "bc", date(2023, 1, 1), "rừng phòng hộ")
    with office.archive.database.read() as session:
        assert lexicon.is_due(session, now + timedelta(minutes=11))
    lexicon.count_words(office.archive.database)
    with office.archive.database.read() as session:
        assert lexicon.spelled(session, ("rung",)) == {"rừng": 20}
