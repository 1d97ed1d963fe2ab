"""Finding documents: what is found, in which order, by whom."""

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text

from docsvc.accounts import Actor, Role
from docsvc.db import Database
from docsvc.db.migrate import upgrade
from docsvc.db.records import Document
from docsvc.records.finder import Filters, Order, ResultPage, find
from docsvc.records.terms import Access, Medium, State
from search.engine import Answer, Hit, IndexedDocument, WordQuery
from search.engine import Order as EngineOrder
from search.errors import SearchError
from search.whoosh_engine import WhooshEngine
from tests.records.archive import Archive
from tests.services.postgres import PostgresServer

LEGAL_TEXTS = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")) / "legal-texts"
FILLING = "Căn cứ Luật Tổ chức chính quyền địa phương. " * 30


@dataclass
class Office:
    """A province, two communes below it, an office of one, and people."""

    archive: Archive
    province: int
    commune: int
    neighbour: int
    bureau: int
    reader: Actor
    named: dict[str, str]
    """Short names of documents in tests, to ids."""

    def found(self, query: str, actor: Actor | None = None, **options: Any) -> list[str]:
        """References of what is found on the first page."""
        page = self.page(query, actor, **options)
        return [str(result.document.reference) for result in page.results]

    def page(self, query: str, actor: Actor | None = None, **options: Any) -> ResultPage:
        return find(self.archive.database, self.archive.engine, actor or self.reader, query, **options)

    def ids(self, query: str, actor: Actor | None = None, **options: Any) -> set[str]:
        names = {identifier: name for name, identifier in self.named.items()}
        page = self.page(query, actor, per_page=200, **options)
        assert page.total == len(page.results)
        return {names[result.document.id] for result in page.results}


def registered(archive: Archive) -> Office:
    province = archive.unit("Ủy ban nhân dân tỉnh Đồng Nai", "UBND")
    commune = archive.unit("Ủy ban nhân dân xã Tân An", "UBND", province)
    neighbour = archive.unit("Ủy ban nhân dân xã Long Phước", "UBND", province)
    bureau = archive.unit("Văn phòng", "VP", commune)
    author = archive.person("nguoi.thao", "Người Thảo")
    put = archive.put
    named = {
        "land": put(
            commune, 138, "qd", date(2014, 2, 17), "Về việc thu hồi đất", text=f"{FILLING}\fthu hồi đất của ông A"
        ),
        "land later": put(commune, 138, "qd", date(2016, 5, 1), "Bổ nhiệm cán bộ"),
        "guide": put(commune, 12, "hd", date(2024, 3, 1), "Hướng dẫn thu gom rác", signatory="Nguyễn Thị Hoà"),
        "contract": put(commune, 12, "hdg", date(2024, 4, 1), "Hợp đồng thuê nhà", signatory="Nguyễn Thị Hoà"),
        "letter": put(
            commune,
            15,
            "cv",
            date(2024, 4, 2),
            "Trả lời về việc thực hiện",
            text="thực hiện Quyết định số 138/QĐ-UBND ngày 17/2/2014 và Hợp đồng 12/HĐ-UBND; gửi 138 bản",
            drafting=bureau,
        ),
        "plan": put(province, 7, "kh", date(2024, 1, 10), "Kế hoạch phòng cháy", recipients=(("Xã Tân An", commune),)),
        "paper": put(neighbour, 21, "bc", date(2023, 12, 31), "Báo cáo đất rừng", medium=Medium.PAPER),
        "withdrawn": put(neighbour, 22, "bc", date(2024, 1, 1), "Báo cáo bị bãi bỏ", state=State.WITHDRAWN),
        "draft": put(commune, 77, "qd", date(2024, 5, 1), "Dự thảo thu hồi đất", state=State.SEALED),
        "internal": put(
            neighbour,
            31,
            "qd",
            date(2024, 6, 1),
            "Việc nội bộ quặng bauxite",
            access=Access.INTERNAL,
            signatory="Kín Danh",
        ),
        "restricted": put(
            commune,
            32,
            "qd",
            date(2024, 6, 2),
            "Việc kín quặng bauxite",
            text="bí mật: sửa đổi 138/QĐ-UBND, thu hồi đất quặng bauxite",
            access=Access.RESTRICTED,
            author=author,
        ),
        "restricted sent": put(
            province,
            33,
            "qd",
            date(2024, 6, 3),
            "Gửi kín quặng bauxite",
            access=Access.RESTRICTED,
            recipients=(("Xã Long Phước", neighbour),),
        ),
    }
    archive.index()
    return Office(
        archive, province, commune, neighbour, bureau, archive.actor("doc.gia", (Role.READER, commune)), named
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('finder') / 'docsvc.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    name = server.create_database()
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(scope="module")
def office(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    database = Database(url)
    upgrade(database)
    engine = WhooshEngine(tmp_path_factory.mktemp("index"))
    yield registered(Archive(database, engine))
    engine.close()
    database.close()


class TestReferences:
    @pytest.mark.parametrize(
        "typed",
        [
            *("138/QĐ-UBND", "138/QD-UBND", "138/qd-ubnd", "QĐ 138", "qd138 ubnd", "138 qd ubnd", "138 QĐ-UBND", "138"),
            *("số 138 ngày 17/02/2014", "quyết định số 138/QĐ-UBND", "138/2014/QĐ-UBND", "138-QĐ/UBND", "138 năm 2014"),
            *("138/2014", "QĐ 138 tháng 2/2014", "thu hồi đất 138/QĐ-UBND", "138 ubnd ngày 17.2.2014"),
        ],
    )
    def test_every_way_to_type_a_reference_finds_the_document(self, office: Office, typed: str) -> None:
        results = office.page(typed).results
        assert results[0].document.reference == "138/QĐ-UBND"
        assert office.named["land"] in [result.document.id for result in results]

    def test_the_exact_reference_comes_first_then_what_folds_alike(self, office: Office) -> None:
        assert office.found("12/HD-UBND") == ["12/HD-UBND", "12/HĐ-UBND", "15/UBND-VP"]
        assert office.found("hd 12") == ["12/HD-UBND", "12/HĐ-UBND"]

    def test_typed_with_diacritics_only_the_very_code_is_meant(self, office: Office) -> None:
        assert office.found("12/HĐ-UBND") == ["12/HĐ-UBND", "15/UBND-VP"]
        assert office.found("hđ 12") == ["12/HĐ-UBND"]
        assert office.found("hợp đồng 12") == ["12/HĐ-UBND"]

    def test_documents_that_cite_a_full_reference_come_after_it(self, office: Office) -> None:
        assert office.found("138/QĐ-UBND") == ["138/QĐ-UBND", "138/QĐ-UBND", "15/UBND-VP"]
        assert office.found("QĐ 138") == ["138/QĐ-UBND", "138/QĐ-UBND"]

    def test_of_equal_references_the_newest_comes_first(self, office: Office) -> None:
        assert [result.document.year for result in office.page("138/QĐ-UBND").results][:2] == [2016, 2014]

    def test_a_bare_number_is_a_reference_first_and_a_word_after(self, office: Office) -> None:
        assert office.found("138") == ["138/QĐ-UBND", "138/QĐ-UBND", "15/UBND-VP"]
        assert office.found("138 năm 2024") == ["15/UBND-VP"]

    def test_a_symbol_alone_finds_every_number_under_it(self, office: Office) -> None:
        assert set(office.found("kh-ubnd")) == {"07/KH-UBND"}
        assert set(office.found("HĐ-UBND")) == {"12/HĐ-UBND"}
        assert office.found("hd-ubnd") == ["12/HD-UBND", "12/HĐ-UBND"]

    def test_two_references_are_alternatives(self, office: Office) -> None:
        assert set(office.found("7/KH-UBND, 21/BC-UBND")) == {"07/KH-UBND", "21/BC-UBND"}

    def test_a_letter_is_found_by_its_agency_and_drafting_unit(self, office: Office) -> None:
        for typed in ("15/UBND-VP", "cv 15", "công văn số 15", "15/ubnd", "15/CV-UBND"):
            assert office.found(typed)[0] == "15/UBND-VP", typed

    def test_a_reference_that_nobody_bears_finds_nothing(self, office: Office) -> None:
        assert office.page("139/QĐ-UBND").total == 0
        assert office.page("138/QĐ-UBND ngày 18/02/2014").total == 0


class TestAllPartsHold:
    def test_reference_and_words(self, office: Office) -> None:
        assert office.ids("138/QĐ-UBND thu hồi") == {"land"}
        assert office.ids("138/QĐ-UBND thực hiện") == {"letter"}
        assert office.ids("138/QĐ-UBND -thu") == {"land later", "letter"}
        assert office.ids("QĐ 138 cán bộ") == {"land later"}

    def test_words_and_period(self, office: Office) -> None:
        assert office.ids("đất") == {"land", "paper"}
        assert office.ids("đất năm 2014") == {"land"}
        assert office.ids("đất từ 1/12 đến 31/12/2023") == {"paper"}

    def test_type_and_period(self, office: Office) -> None:
        assert office.ids("báo cáo năm 2024") == {"withdrawn"}
        assert office.ids("loại: hd") == {"guide", "contract"}
        assert office.ids("loại: hđ") == {"contract"}
        assert office.ids("loại: công văn") == {"letter"}

    def test_unit(self, office: Office) -> None:
        assert office.ids("đơn vị: UBND tỉnh Đồng Nai") == office.ids("")
        assert office.ids("đơn vị: UBND xã Long Phước") == {"paper", "withdrawn"}
        assert office.ids("đơn vị: van phong") == {"letter"}
        assert office.ids("đơn vị: UBND xã Long Phước đất") == {"paper"}

    def test_signatory(self, office: Office) -> None:
        assert office.ids("người ký: Nguyễn Thị Hòa") == {"guide", "contract"}
        assert office.ids("người ký: nguyen thi hoa thuê") == {"contract"}

    def test_phrases_and_exclusions(self, office: Office) -> None:
        assert office.ids('"thu hồi đất"') == {"land"}
        assert office.ids('"hồi thu đất"') == set()
        assert office.ids("thu -hồi") == {"guide"}
        assert office.ids('-"thu gom" loại: hd') == {"contract"}
        assert office.ids("-đất năm 2014") == set()
        everything = office.ids("")
        assert office.ids("-đất") == everything - {"land", "paper"}

    def test_words_in_every_spelling(self, office: Office) -> None:
        assert office.ids("thu hoi dat") == {"land"}
        assert office.ids("Thu Hồi ĐẤT") == {"land"}
        assert office.ids("thu ho\u0302\u0300i") == {"land"}

    def test_where_nothing_holds_all_the_words_those_that_lack_one_are_shown_and_it_is_said(
        self, office: Office
    ) -> None:
        page = office.page("hướng dẫn thu gom rác vườn")
        assert page.nearly
        assert [str(result.document.reference) for result in page.results] == ["12/HD-UBND"]
        assert not office.page("hướng dẫn thu gom rác").nearly
        assert not office.page("chưa ai viết những chữ ấy đâu nhé").total


class TestFilters:
    def test_each_filter_narrows(self, office: Office) -> None:
        assert office.ids("", filters=Filters(unit_id=office.neighbour)) == {"paper", "withdrawn"}
        assert office.ids("", filters=Filters(unit_id=office.bureau)) == {"letter"}
        assert office.ids("", filters=Filters(unit_id=office.province)) == office.ids("")
        assert office.ids("", filters=Filters(type_keys=("qd",))) == {"land", "land later"}
        assert office.ids("", filters=Filters(start=date(2024, 4, 1))) == {"contract", "letter"}
        assert office.ids("", filters=Filters(end=date(2014, 12, 31))) == {"land"}
        assert office.ids("", filters=Filters(signatory="Nguyễn Thị Hoà")) == {"guide", "contract"}
        assert office.ids("", filters=Filters(medium=Medium.PAPER)) == {"paper"}
        assert office.ids("", filters=Filters(state=State.WITHDRAWN)) == {"withdrawn"}

    def test_filters_and_query_hold_together(self, office: Office) -> None:
        assert office.ids("đất", filters=Filters(medium=Medium.PAPER)) == {"paper"}
        assert office.ids("138", filters=Filters(type_keys=("cv",))) == {"letter"}
        assert office.ids("138/QĐ-UBND", filters=Filters(start=date(2016, 1, 1), end=date(2016, 12, 31))) == {
            "land later"
        }
        assert office.ids("năm 2014", filters=Filters(start=date(2015, 1, 1))) == set()

    def test_filters_that_name_nothing_find_nothing(self, office: Office) -> None:
        for filters in (Filters(signatory="a\x00b\ud800"), Filters(type_keys=("\x00",)), Filters(unit_id=999_999)):
            assert office.page("", filters=filters).total == 0

    def test_a_document_that_is_not_yet_issued_is_never_found(self, office: Office) -> None:
        clerk = office.archive.actor("van.thu.1", (Role.CLERK, office.commune))
        assert office.page("77/QĐ-UBND", clerk).total == 0
        assert office.page("", clerk, filters=Filters(state=State.SEALED)).total == 0


class TestOrderAndPages:
    def test_without_words_the_newest_come_first(self, office: Office) -> None:
        page = office.page("")
        days = [result.document.issued_on or date.min for result in page.results]
        assert page.order is Order.NEWEST
        assert days == sorted(days, reverse=True)

    def test_with_words_the_best_come_first_unless_asked_otherwise(self, office: Office) -> None:
        assert office.page("đất").order is Order.BEST
        assert office.found("đất", order=Order.NEWEST) == ["21/BC-UBND", "138/QĐ-UBND"]
        assert office.found("138/QĐ-UBND", order=Order.NEWEST) == ["15/UBND-VP", "138/QĐ-UBND", "138/QĐ-UBND"]

    @pytest.mark.parametrize("query", ["", "ubnd", "138", "138/QĐ-UBND", "năm 2024", "-đất"])
    def test_pages_hold_everything_once_and_in_order(self, office: Office, query: str) -> None:
        whole = office.page(query, per_page=200)
        seen = []
        for number in range(1, whole.total + 1):
            page = office.page(query, page=number, per_page=1)
            assert (page.total, page.pages, page.page) == (whole.total, whole.total, number)
            seen += [result.document.id for result in page.results]
        assert seen == [result.document.id for result in whole.results]

    def test_a_page_past_the_end_is_the_last_and_one_before_the_start_the_first(self, office: Office) -> None:
        whole = office.page("", per_page=200)
        last = office.page("", page=99, per_page=4)
        assert last.page == last.pages == -(-whole.total // 4)
        assert [r.document.id for r in last.results] == [r.document.id for r in whole.results][(last.pages - 1) * 4 :]
        assert office.page("", page=-3).page == 1
        assert office.page("rừng rậm", page=5).page == 1

    def test_results_show_where_the_words_stand(self, office: Office) -> None:
        (result,) = office.page("thu hồi đất").results
        assert [piece for piece, is_marked in result.abstract.pieces if is_marked] == ["thu", "hồi", "đất"]
        assert [passage.page for passage in result.passages] == [2]
        assert result.document.unit.name == "Ủy ban nhân dân xã Tân An"


class TestPermissions:
    """A document that is not for somebody shows in no result, no count and no passage."""

    @pytest.fixture
    def people(self, office: Office) -> dict[str, tuple[Actor, set[str]]]:
        archive = office.archive
        known = office.named
        with archive.database.read() as session:
            author = session.get_one(Document, known["restricted"]).created_by
        number = len(archive.references) + int.from_bytes(os.urandom(4))
        return {
            "a reader of the commune": (office.reader, set()),
            "a reader of the neighbour": (
                archive.actor(f"a{number}", (Role.READER, office.neighbour)),
                {"internal"},
            ),
            "a clerk of the neighbour": (
                archive.actor(f"b{number}", (Role.CLERK, office.neighbour)),
                {"internal", "restricted sent"},
            ),
            "a clerk of the commune": (archive.actor(f"c{number}", (Role.CLERK, office.commune)), {"restricted"}),
            "the author": (
                Actor(author, "nguoi.thao", "Người Thảo", roles=frozenset({(Role.DRAFTER, office.commune)})),
                {"restricted"},
            ),
            "an auditor of the province": (
                archive.actor(f"d{number}", (Role.AUDITOR, office.province)),
                {"internal", "restricted", "restricted sent"},
            ),
            "somebody without a role": (archive.actor(f"e{number}"), set()),
        }

    @pytest.mark.parametrize(
        "query",
        [
            *("quặng bauxite", '"quặng bauxite"', "-đất", "", "31", "32/QĐ-UBND", "33/qd-ubnd", "138/QĐ-UBND"),
            *("tháng 6/2024", "người ký: Kín Danh", "loại: quyết định", "đơn vị: UBND xã Long Phước", "thu hồi đất"),
            "bí mật",
        ],
    )
    def test_only_those_it_is_for_find_a_document(
        self, office: Office, people: dict[str, tuple[Actor, set[str]]], query: str
    ) -> None:
        guarded = {"internal", "restricted", "restricted sent"}
        for name, (actor, allowed) in people.items():
            page = office.page(query, actor, per_page=200)
            assert page.total == len(page.results)
            names = {identifier: short for short, identifier in office.named.items()}
            found = {names[result.document.id] for result in page.results}
            assert found & guarded <= allowed, name
            shown = repr([(result.abstract, result.passages) for result in page.results])
            if not allowed:
                assert "bauxite" not in shown
                assert "bí mật" not in shown

    def test_those_it_is_for_do_find_it(self, office: Office, people: dict[str, tuple[Actor, set[str]]]) -> None:
        for name, (actor, allowed) in people.items():
            assert office.ids("quặng bauxite", actor) == allowed, name


class Careless:
    """An engine that lets everything through that it was given, whoever asks."""

    def __init__(self, known: Iterable[str]) -> None:
        self._hits = tuple(Hit(identifier, 0.5) for identifier in known)

    def index(self, documents: Iterable[IndexedDocument]) -> None:
        raise NotImplementedError

    def delete(self, ids: Iterable[str]) -> None:
        raise NotImplementedError

    def answer(self, query: WordQuery, *, limit: int, offset: int = 0, **_asked: Any) -> Answer:
        return Answer(self._hits[offset : offset + limit], len(self._hits))

    def search(self, query: WordQuery, *, limit: int, order: EngineOrder = "best") -> tuple[Hit, ...]:
        return self._hits[:limit]

    def size_bytes(self) -> int:
        raise NotImplementedError

    def count(self) -> int:
        return len(self._hits)

    def clear(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError


def test_the_database_has_the_last_word_on_what_the_engine_lets_through(office: Office) -> None:
    known = office.named
    engine = Careless([known["paper"], known["draft"], "f" * 32, known["land"], known["restricted"]])
    page = find(office.archive.database, engine, office.reader, "đất")
    assert [result.document.id for result in page.results] == [known["paper"], known["land"]]
    assert page.total == 2
    narrowed = find(office.archive.database, engine, office.reader, "đất", filters=Filters(medium=Medium.PAPER))
    assert [result.document.id for result in narrowed.results] == [known["paper"]]


PLANS: list[tuple[str, str]] = [
    ("138/QĐ-UBND", "reference"),
    ("138/qd-ubnd", "reference"),
    ("hd 12", "number"),
    ("138", "number"),
    ("15/2021", "number"),
    ("ngày 17/02/2014", "issued_on"),
    ("tháng 2/2014", "issued_on"),
]


@pytest.mark.parametrize(("query", "column"), PLANS)
def test_references_and_dates_are_looked_up_in_indexes(office: Office, query: str, column: str) -> None:
    database = office.archive.database
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "FROM documents" in statement and "documents.id IN" not in statement.split("WHERE", 1)[1][:60]:
            asked.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        office.page(query)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    plans = [plan_of(database, statement, parameters) for statement, parameters in asked]
    assert plans
    for plan in plans:
        assert not re.search(r"SCAN documents(?! USING)|Seq Scan on documents", plan), plan
    assert any(re.search(rf"ix_documents_{column}", plan) for plan in plans), plans


def plan_of(database: Database, statement: str, parameters: Any) -> str:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            return "\n".join(str(row[3]) for row in rows)
        # A dozen rows are read faster without an index; what counts is that one can be used.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters))


def test_a_lost_index_stops_words_but_neither_references_nor_dates(office: Office, tmp_path: Path) -> None:
    engine = WhooshEngine(tmp_path / "index")
    shutil.rmtree(tmp_path / "index")
    database = office.archive.database
    for query in ("138/QĐ-UBND", "năm 2014", ""):
        assert office.named["land"] in [r.document.id for r in find(database, engine, office.reader, query).results]
    with pytest.raises(SearchError) as lost:
        find(database, engine, office.reader, "thu hồi đất")
    assert lost.value.code == "index-damaged"


def test_a_new_unit_is_known_by_name_at_once(office: Office) -> None:
    assert office.page("đơn vị: Trung tâm Lưu trữ").query.units == ()
    unit = office.archive.unit("Trung tâm Lưu trữ", "TTLT")
    assert office.page("đơn vị: Trung tâm Lưu trữ").query.units == (str(unit),)


@settings(max_examples=60, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            [
                *("138", "/QĐ", "-UBND", " ", '"', "loại:", "hd", "đơn vị:", "ubnd", "người ký:", "năm 2014", "-"),
                *("đất", "\0", "\ud800", "9999999", "%", "'", "\\", "\u0301", "quặng"),
            ]
        ),
        max_size=12,
    ).map("".join),
    st.integers(-5, 40),
)
def test_no_query_fails_and_no_count_lies(office: Office, query: str, page: int) -> None:
    found = office.page(query, page=page, per_page=5)
    assert 1 <= found.page <= found.pages
    assert len(found.results) == min(5, found.total - 5 * (found.page - 1))
    assert "bauxite" not in repr([(result.abstract, result.passages) for result in found.results])


def test_real_documents_are_found_first_by_their_own_reference(tmp_path: Path) -> None:
    if not LEGAL_TEXTS.is_dir():
        pytest.skip(f"no corpus of legal texts at {LEGAL_TEXTS}: set DOCSVC_CORPORA")
    database = Database(f"sqlite:///{tmp_path / 'docsvc.db'}")
    upgrade(database)
    archive = Archive(database, WhooshEngine(tmp_path / "index"))
    unit = archive.unit("Chính phủ", "CP")
    known: dict[str, set[str]] = {}
    for file in sorted(LEGAL_TEXTS.glob("*.md")):
        content = file.read_text("utf-8")
        found = re.search(r"^so_hieu:\s*[\"']?(\d+)/([^\"'\n]+?)[\"']?\s*$", content[:4000], re.MULTILINE)
        if found is None or len(found.group(2)) > 30:
            continue
        number, symbol = int(found.group(1)), found.group(2)
        identifier = archive.put(unit, number, "qd", date(2026, 1, 1), "Văn bản", symbol=symbol, text=content[:20_000])
        known.setdefault(archive.references[identifier], set()).add(identifier)
    archive.index()
    reader = archive.actor("doc.gia", (Role.READER, unit))
    assert len(known) >= 60
    for reference, identifiers in known.items():
        bare = reference.replace("Đ", "D").lower()
        for typed in (reference, bare):
            results = find(database, archive.engine, reader, typed).results
            first = {result.document.id for result in results[: len(identifiers)]}
            assert first == identifiers, typed
    database.close()
