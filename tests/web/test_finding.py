"""The search page: what was understood, filters, results that a person may read, help when there are none."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from config.settings import Settings
from docsvc.app import create_app
from docsvc.issue.form import DocumentForm
from docsvc.issue.paper import register_paper, withdraw
from docsvc.records.indexing import index_pending
from docsvc.records.terms import Access
from docsvc.wiring import open_service
from tests.web.office import Browser, Office, text_of

LAND = "Về việc thu hồi đất xây dựng trường học"


@pytest.fixture(scope="module")
def searched(office_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An office with six documents, which these tests only look at."""
    folder = tmp_path_factory.mktemp("searched") / "var"
    shutil.copytree(office_template, folder)
    service = open_service(Settings(data_dir=folder))
    try:
        yield filled(Office(service, create_app(service)))
    finally:
        service.close()


def filled(office: Office) -> Office:
    """Paper documents: quick to make, and found like any other."""
    paper(office, LAND)
    paper(office, "Kế hoạch phòng, chống thiên tai", type_key="kh")
    paper(office, "Báo cáo thu chi ngân sách", type_key="bc", signatory_name="Trần Thị Bình")
    paper(office, "Về việc kỷ luật cán bộ", access=Access.RESTRICTED)
    paper(office, "Về việc bổ nhiệm", access=Access.RESTRICTED, signatory_name="Người Ký Kín")
    gone = paper(office, "Về việc thu hồi đất làm đường")
    withdraw(office.service.desk, gone, "Nhầm thửa", by=office.actors["hien"])
    index(office)
    return office


def paper(office: Office, abstract: str, **changes: object) -> str:
    facts: dict[str, object] = {
        "drafting_unit_id": office.units["VK.VP"],
        "type_key": "qd",
        "abstract": abstract,
        "signatory_name": "Lê Đình Khải",
    }
    form = DocumentForm(**(facts | changes))  # type: ignore[arg-type]
    return register_paper(office.service.desk, form, office.service.desk.today(), by=office.actors["hien"])


def index(office: Office) -> None:
    while index_pending(office.service.database, office.service.engine):
        pass


def search(browser: Browser, **query: str) -> TestResponse:
    answer = browser.get("/search", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer


def titles(answer: TestResponse) -> list[str]:
    return [unescape(title) for title in re.findall(r'<h2><a href="/documents/[0-9a-f]{32}">([^<]+)</a>', answer.text)]


def addresses(answer: TestResponse, label: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'href="([^"]+)"[^>]*aria-label="{label}"', answer.text)]


def test_without_a_query_the_newest_documents_stand_there_with_their_number(searched: Office) -> None:
    answer = search(searched.browser("doc"))
    assert "4 văn bản trong kho" in text_of(answer)
    assert titles(answer) == [
        "Quyết định 06/QĐ-UBND",
        "Báo cáo 03/BC-UBND",
        "Kế hoạch 02/KH-UBND",
        "Quyết định 01/QĐ-UBND",
    ]


def test_words_are_found_with_and_without_their_marks_and_are_marked(searched: Office) -> None:
    browser = searched.browser("doc")
    for words in ("thu hồi đất", "thu hoi dat"):
        answer = search(browser, q=words)
        assert len(titles(answer)) == 2
        assert "<mark>" in answer.text
        assert "2 văn bản" in text_of(answer)
    assert search(browser, q='"thu hồi đất" -đường').text.count("<h2>") == 1


def test_every_part_that_was_understood_can_be_taken_back(searched: Office) -> None:
    browser = searched.browser("doc")
    year = searched.service.desk.today().year
    answer = search(browser, q=f"thu hồi đất năm {year} -đường")
    assert re.findall(r'chip chip-(\w+)"', answer.text) == ["words", "period", "excluded"]
    without = addresses(answer, r"Bỏ [^\"]+")
    assert without == [
        f"/search?q=n%C4%83m+{year}+-%C4%91%C6%B0%E1%BB%9Dng",
        "/search?q=thu+h%E1%BB%93i+%C4%91%E1%BA%A5t+-%C4%91%C6%B0%E1%BB%9Dng",
        f"/search?q=thu+h%E1%BB%93i+%C4%91%E1%BA%A5t+n%C4%83m+{year}",
    ]
    assert len(titles(browser.get(without[2]))) == 2, "without the exclusion there is one more"


def test_taking_a_part_back_keeps_filters_and_order_but_not_the_page(searched: Office) -> None:
    answer = search(searched.browser("doc"), q="đất trường", medium="paper", order="newest", page="7")
    assert addresses(answer, r"Bỏ [^\"]+") == ["/search?medium=paper&order=newest"]


def test_a_decomposed_query_is_understood_like_a_composed_one(searched: Office) -> None:
    answer = search(searched.browser("doc"), q="thu ho\u0302\u0300i đa\u0302\u0301t năm 2020")
    assert addresses(answer, r"Bỏ [^\"]+")[1] == "/search?q=thu+h%E1%BB%93i+%C4%91%E1%BA%A5t"


def test_filters_narrow_and_say_how_many_they_are(searched: Office) -> None:
    browser = searched.browser("doc")
    today = searched.service.desk.today()
    assert titles(search(browser, type="kh")) == ["Kế hoạch 02/KH-UBND"]
    assert titles(search(browser, signatory="Trần Thị Bình")) == ["Báo cáo 03/BC-UBND"]
    assert len(titles(search(browser, state="withdrawn"))) == 1
    assert len(titles(search(browser, medium="electronic"))) == 0
    assert len(titles(search(browser, unit=str(searched.units["VK.VP"])))) == 4
    assert len(titles(search(browser, unit=str(searched.units["TL"])))) == 0
    assert len(titles(search(browser, **{"from": f"{today:%d/%m/%Y}", "to": f"{today:%d/%m/%Y}"}))) == 4
    assert len(titles(search(browser, to="31/12/2001"))) == 0
    answer = search(browser, type="kh", medium="paper")
    assert '<details class="filters" open>' in answer.text
    assert '<b class="count">2</b>' in answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"unit": "x"},
        {"unit": str(2**80)},
        {"unit": "-1"},
        {"page": "-3"},
        {"page": str(10**30)},
        {"order": "worst"},
        {"state": "draft"},
        {"medium": "stone"},
        {"q": "\x00'\"<script>alert(1)</script>"},
        {"q": "(" * 5000},
        {"type": "\x00"},
        {"signatory": "' OR 1=1"},
    ],
)
def test_nonsense_in_the_address_breaks_nothing(searched: Office, query: dict[str, str]) -> None:
    answer = search(searched.browser("doc"), **query)
    assert "<script>alert" not in answer.text


def test_a_date_that_is_none_is_told_and_limits_nothing(searched: Office) -> None:
    answer = search(searched.browser("doc"), **{"from": "32/13/2026"})
    assert "không phải là ngày" in text_of(answer)
    assert len(titles(answer)) == 4


def test_what_a_person_may_not_read_is_neither_found_nor_counted_nor_suggested(searched: Office) -> None:
    answer = search(searched.browser("doc"), q="kỷ luật")
    assert titles(answer) == []
    assert "Không có văn bản nào khớp mà bạn được xem." in text_of(answer)
    assert "Người Ký Kín" not in search(searched.browser("doc")).text
    assert "4 văn bản trong kho" in text_of(search(searched.browser("doc")))
    assert "Người Ký Kín" in search(searched.browser("hien")).text
    assert len(titles(search(searched.browser("hien"), q="kỷ luật"))) == 1


def test_nothing_found_comes_with_ways_to_search(searched: Office) -> None:
    answer = search(searched.browser("doc"), q="không-có-gì-như-thế")
    assert '<details class="help" open>' in answer.text
    assert "số, ký hiệu viết cách nào cũng được" in text_of(answer)


def test_results_say_how_they_exist_and_whether_they_were_withdrawn(searched: Office) -> None:
    text = text_of(search(searched.browser("doc"), q="làm đường"))
    assert "Văn bản giấy" in text
    assert "Đã thu hồi" in text
    restricted = text_of(search(searched.browser("hien"), q="kỷ luật"))
    assert "Hạn chế" in restricted


def test_a_lost_index_is_told_and_references_are_still_found(office: Office) -> None:
    searched = filled(office)
    folder = searched.service.settings.data_dir / "index"
    for file in folder.rglob("*"):
        if file.is_file():
            file.write_bytes(b"rubbish")
    answer = searched.browser("doc").get("/search", query_string={"q": "thu hồi"})
    assert answer.status_code == 503
    assert "Chỉ mục tìm kiếm" in text_of(answer)
    assert titles(search(searched.browser("doc"), q="01/QĐ-UBND")) == ["Quyết định 01/QĐ-UBND"]


def facet(answer: TestResponse, title: str) -> dict[str, str]:
    """Choices of a facet as they read, each with its address."""
    section = re.search(rf"<h3>{title}</h3>(.*?)</section>", answer.text, re.DOTALL)
    if section is None:
        return {}
    links = re.findall(r'<li><a href="([^"]+)"[^>]*>(.*?)</a>(?: <b class="count">([\d.]+)</b>)?', section.group(1))
    return {text_of_html(name) + (f" {count}" if count else ""): unescape(link) for link, name, count in links}


def text_of_html(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", unescape(markup)).split())


def test_each_choice_tells_how_many_documents_there_are_for_this_person(searched: Office) -> None:
    answer = search(searched.browser("doc"))
    assert set(facet(answer, "Loại văn bản")) == {"Quyết định 2", "Kế hoạch 1", "Báo cáo 1"}
    assert set(facet(answer, "Hình thức")) == {"Văn bản giấy 4"}
    assert set(facet(answer, "Hiệu lực trong sổ")) == {"Đã ban hành 3", "Đã thu hồi 1"}
    assert "Người Ký Kín" not in answer.text
    assert "Lê Đình Khải (3)" in answer.text


def test_a_choice_is_a_link_and_leaves_the_others_of_its_kind_counted(searched: Office) -> None:
    browser = searched.browser("doc")
    answer = browser.get(facet(search(browser), "Loại văn bản")["Kế hoạch 1"])
    assert titles(answer) == ["Kế hoạch 02/KH-UBND"]
    types = facet(answer, "Loại văn bản")
    assert set(types) == {"Quyết định 2", "✓ Kế hoạch 1", "Báo cáo 1"}
    assert set(facet(answer, "Hiệu lực trong sổ")) == {"Đã ban hành 1"}
    both = browser.get(types["Báo cáo 1"])
    assert titles(both) == ["Báo cáo 03/BC-UBND", "Kế hoạch 02/KH-UBND"]
    assert titles(browser.get(facet(both, "Loại văn bản")["✓ Kế hoạch 1"])) == ["Báo cáo 03/BC-UBND"]


def test_a_year_can_be_chosen_and_every_filter_taken_back_by_itself(searched: Office) -> None:
    browser = searched.browser("doc")
    year = searched.service.desk.today().year
    answer = browser.get(facet(search(browser, q="đất", medium="paper"), "Năm")[f"{year} 2"])
    assert len(titles(answer)) == 2
    chips = addresses(answer, r"Thôi lọc theo [^\"]+")
    assert len(chips) == 3, "the first day, the last day, and the medium"
    assert all("q=%C4%91%E1%BA%A5t" in chip for chip in chips)
    assert "medium" not in chips[2]


def test_without_the_search_index_filters_can_still_be_chosen(office: Office) -> None:
    paper(office, "Kế hoạch phòng, chống thiên tai", type_key="kh")
    answer = search(office.browser("doc"), type="kh")
    assert titles(answer) == ["Kế hoạch 01/KH-UBND"]
    assert "✓ Kế hoạch 1" in facet(answer, "Loại văn bản")


def test_the_oldest_can_come_first(searched: Office) -> None:
    assert titles(search(searched.browser("doc"), order="oldest"))[0] == "Quyết định 01/QĐ-UBND"
