"""Paper documents, secret numbers, and the register as a book."""

from __future__ import annotations

import re
from typing import Any

import pytest

from docsvc.issue import steps
from docsvc.records.terms import Access
from tests.web.office import Office, text_of, upload


def paper(office: Office, **changes: Any) -> dict[str, Any]:
    """The form of a paper document, filled in."""
    return {
        "issued_on": f"{office.service.desk.today():%d/%m/%Y}",
        "type_key": "tb",
        "drafting_unit_id": str(office.units["VK.VP"]),
        "abstract": "Về việc lịch trực tết",
        "signatory_id": "",
        "signatory_name": "Lê Đình Khải",
        "signatory_position": "Chủ tịch",
        "authority": "TM.",
        "access": "public",
        "urgency": "normal",
        "copies": "3",
        "recipient": ["Các thôn"],
        "channel": ["paper"],
        **changes,
    }


def columns(page: str) -> list[list[str]]:
    body = page.split("<tbody>")[1].split("</tbody>", maxsplit=1)[0]
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.DOTALL)
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def test_a_paper_document_takes_its_number_from_the_same_register(office: Office) -> None:
    office.issued()
    clerk = office.browser("hien")
    answer = clerk.send("/paper/new", "/paper/new", file=upload(), **paper(office))
    assert answer.status_code == 303, text_of(answer)
    page = text_of(clerk.get(answer.location))
    assert "Thông báo 02/TB-UBND" in page
    assert "Văn bản giấy ký tay, không có chữ ký số." in page
    assert "Bản quét" in page


def test_the_same_paper_form_sent_twice_takes_one_number(office: Office) -> None:
    clerk = office.browser("hien")
    page = clerk.get("/paper/new").text
    key = page.split('name="request_key" value="')[1].split('"')[0]
    fields = paper(office, csrf_token=clerk.token("/paper/new"), request_key=key)
    first, again = clerk.post("/paper/new", **fields), clerk.post("/paper/new", **fields)
    assert first.location == again.location
    other = clerk.post("/paper/new", **{**fields, "abstract": "Về việc khác"})
    assert other.location != first.location, "going back and changing a field makes another document"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"signatory_name": ""}, "Hãy ghi họ tên người ký."),
        ({"issued_on": "01/01/2099"}, "không được sau hôm nay"),
        ({"file": upload(b"GIF89a")}, "không phải PDF"),
    ],
)
def test_a_paper_document_that_cannot_be_registered_takes_no_number(
    office: Office, changes: dict[str, Any], told: str
) -> None:
    clerk = office.browser("hien")
    answer = clerk.send("/paper/new", "/paper/new", **paper(office, **changes))
    assert (answer.status_code, told in text_of(answer)) == (422, True), text_of(answer)
    assert "Sổ chưa có số nào." in text_of(clerk.get("/registers/1"))


def test_a_clerk_registers_for_no_other_commune(office: Office) -> None:
    fields = paper(office, drafting_unit_id=str(office.units["TL"]))
    assert office.browser("hien").send("/paper/new", "/paper/new", **fields).status_code == 403


def test_a_secret_number_is_noted_with_nothing_else_and_never_twice_by_one_form(office: Office) -> None:
    clerk = office.browser("hien")
    today = f"{office.service.desk.today():%d/%m/%Y}"
    unit = office.units["VK"]
    page = clerk.get("/secret-numbers/new").text
    assert 'type="file"' not in page
    assert 'name="abstract"' not in page
    fields = {
        "csrf_token": clerk.token("/secret-numbers/new"),
        f"after_{unit}": "0",
        "unit_id": str(unit),
        "type_key": "qd",
        "issued_on": today,
    }
    assert clerk.post("/secret-numbers/new", **fields).status_code == 303
    assert "Đã ghi nhận số mật 01." in text_of(clerk.get("/registers"))
    assert clerk.post("/secret-numbers/new", **fields).status_code == 409
    assert "số mật cuối cùng năm" in text_of(clerk.get("/secret-numbers/new"))
    other = {**fields, "unit_id": str(office.units["TL"])}
    assert clerk.post("/secret-numbers/new", **other).status_code == 403
    assert clerk.post("/secret-numbers/new", **{**fields, "unit_id": "x"}).status_code == 422


def test_the_book_has_the_decrees_ten_columns_and_every_number_in_order(office: Office) -> None:
    withdrawn = office.issued("Về việc thứ nhất", copies=2)
    office.browser("hien").send("/paper/new", "/paper/new", **paper(office))
    clerk = office.browser("hien")
    reason = f"/documents/{withdrawn}/withdraw"
    clerk.send(reason, reason, reason="Thay thế")
    numbered = office.signed("Về việc thứ ba")
    today = office.service.desk.today()
    steps.take_number(office.service.desk, numbered, today, by=office.actors["hien"])
    page = clerk.get("/registers/1").text
    headings = re.findall(r'<th scope="col">([^<]+)</th>', page)
    assert headings == [
        "Số, ký hiệu văn bản",
        "Ngày tháng văn bản",
        "Tên loại và trích yếu nội dung văn bản",
        "Người ký",
        "Nơi nhận văn bản",
        "Đơn vị, người nhận bản lưu",
        "Số lượng bản",
        "Ngày chuyển",
        "Ký nhận",
        "Ghi chú",
    ]
    rows = columns(page)
    shown = f"{today:%d/%m/%Y}"
    assert [row[0] for row in rows] == ["01/QĐ-UBND", "02/TB-UBND", "03/QĐ-UBND"]
    assert rows[0][1:4] == [shown, "Quyết định: Về việc thứ nhất", "Lê Đình Khải"]
    assert rows[0][4:8] == ["Các thôn", "VT, VP", "2", shown]
    assert [row[9] for row in rows] == [f"Đã thu hồi {shown}", "Văn bản giấy", "Đã cấp số, chờ đóng dấu"]


def test_a_line_shows_only_what_its_reader_may_know(office: Office) -> None:
    office.issued("Về việc kín", access=Access.RESTRICTED)
    numbered = office.signed("Về việc đang phát hành")
    steps.take_number(office.service.desk, numbered, office.service.desk.today(), by=office.actors["hien"])
    auditor = columns(office.browser("chinh").get("/registers/1").text)
    assert [row[0] for row in auditor] == ["01/QĐ-UBND", "02"], "an auditor reads what is registered"
    assert auditor[1][2:4] == ["Quyết định", ""]
    assert auditor[1][9] == "Bạn không có quyền xem"


def test_books_are_for_the_units_own_clerks_leaders_and_auditors(office: Office) -> None:
    office.issued()
    for username in ("hien", "khai", "chinh"):
        assert office.browser(username).get("/registers/1").status_code == 200
    for username in ("oanh", "tung"):
        browser = office.browser(username)
        assert browser.get("/registers/1").status_code == 404
        assert "Vân Khê" not in text_of(browser.get("/registers"))


def test_a_secret_book_shows_numbers_and_dates_only(office: Office) -> None:
    clerk = office.browser("hien")
    fields = {
        "unit_id": str(office.units["VK"]),
        "type_key": "qd",
        "issued_on": f"{office.service.desk.today():%d/%m/%Y}",
    }
    clerk.send("/secret-numbers/new", "/secret-numbers/new", **fields)
    address = re.findall(r'href="(/registers/\d+)"', clerk.get("/registers").text)[-1]
    row = columns(clerk.get(address).text)[0]
    assert (row[0], row[2:9], row[9]) == ("01", ["Quyết định", "", "", "", "", "", ""], "Mật")


def test_a_long_book_is_paged(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docsvc.web.registers.LINES_PER_PAGE", 2)
    clerk = office.browser("hien")
    for number in range(3):
        clerk.send("/paper/new", "/paper/new", **paper(office, abstract=f"Về việc thứ {number}"))
    assert [row[0] for row in columns(clerk.get("/registers/1").text)] == ["01/TB-UBND", "02/TB-UBND"]
    last = clerk.get("/registers/1?page=2").text
    assert [row[0] for row in columns(last)] == ["03/TB-UBND"]
    assert 'rel="prev" href="/registers/1?page=1"' in last
    assert columns(clerk.get("/registers/1?page=99").text) == columns(last)
    assert clerk.get("/registers/1?page=x").status_code == 200
    whole = clerk.get("/registers/1?whole=1").text
    assert len(columns(whole)) == 3, "for printing, the book is whole"
