"""Saved searches, what they tell of, and lists taken elsewhere: each for its own person."""

from __future__ import annotations

import io
import zipfile

import pypdf
import pytest

from docsvc.records import alerts
from docsvc.records.indexing import index_pending
from docsvc.records.terms import Access
from docsvc.web.asked import found_by
from tests.web.office import Office, text_of
from tests.web.test_finding import index, paper


def look(office: Office) -> int:
    service = office.service
    return alerts.look(
        service.database, lambda actor, asked, ids: found_by(service.database, service.engine, actor, asked, ids)
    )


def save(office: Office, username: str, name: str, asked: str, *, alert: bool = True) -> None:
    form = {"name": name, "asked": asked} | ({"alert": "1"} if alert else {})
    assert office.browser(username).send("/search", "/search/saved", **form).status_code == 303


def test_a_saved_search_tells_of_what_is_issued_later_and_only_once(office: Office) -> None:
    paper(office, "Về việc thu hồi đất làm đường")
    save(office, "hien", "Thu hồi đất", "q=thu+h%E1%BB%93i+%C4%91%E1%BA%A5t&type=qd")
    index(office)
    assert look(office) == 0, "what was there before is not new"
    new = paper(office, "Về việc thu hồi đất xây trường")
    paper(office, "Kế hoạch thu hồi đất", type_key="kh")
    assert look(office) == 0, "not indexed yet: it waits"
    index(office)
    assert look(office) == 1
    assert look(office) == 0
    browser = office.browser("hien")
    assert "1 văn bản mới" in text_of(browser.get("/"))
    page = browser.get("/search/saved")
    assert "1 văn bản mới" in text_of(page)
    address = next(part.split('"')[0] for part in page.text.split('href="') if part.startswith("/search/saved/"))
    assert f"/documents/{new}" in browser.get(address).text
    assert browser.send(address, f"{address}/seen").status_code == 303
    assert "văn bản mới" not in text_of(browser.get("/"))
    assert "Không có văn bản mới" in text_of(browser.get(address))


def test_a_search_tells_only_of_what_its_person_may_read(office: Office) -> None:
    save(office, "doc", "Kỷ luật", "q=k%E1%BB%B7+lu%E1%BA%ADt")
    save(office, "hien", "Kỷ luật", "q=k%E1%BB%B7+lu%E1%BA%ADt")
    paper(office, "Về việc kỷ luật cán bộ", access=Access.RESTRICTED)
    index(office)
    assert look(office) == 1
    assert "văn bản mới" not in text_of(office.browser("doc").get("/"))
    assert "1 văn bản mới" in text_of(office.browser("hien").get("/"))


def test_saved_searches_of_others_are_not_there(office: Office) -> None:
    save(office, "hien", "Của Hiên", "q=x")
    page = office.browser("hien").get("/search/saved").text
    number = next(part.split('"')[0] for part in page.split("/search/saved/")[1:]).split("/")[0]
    other = office.browser("doc")
    assert "Của Hiên" not in other.get("/search/saved").text
    assert other.get(f"/search/saved/{number}").status_code == 404
    for act in ("seen", "alert", "remove"):
        assert other.send("/search", f"/search/saved/{number}/{act}").status_code == 404
    assert office.browser("hien").send("/search", f"/search/saved/{number}/remove").status_code == 303
    assert "Của Hiên" not in office.browser("hien").get("/search/saved").text


def test_a_search_without_alerts_tells_nothing_and_one_without_a_name_is_refused(office: Office) -> None:
    save(office, "hien", "Im lặng", "q=r%E1%BB%ABng", alert=False)
    paper(office, "Về việc bảo vệ rừng")
    index(office)
    assert look(office) == 0
    browser = office.browser("hien")
    answer = browser.send("/search", "/search/saved", name="  ", asked="q=x&nonsense=1")
    assert answer.location.endswith("/search?q=x")
    assert "Tên tìm kiếm" in text_of(browser.get(answer.location))


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
def test_results_are_taken_elsewhere_as_far_as_they_may_be_read(office: Office, kind: str) -> None:
    paper(office, "=Về việc thu hồi đất <b>làm</b> đường")
    paper(office, "Về việc thu hồi đất kín", access=Access.RESTRICTED)
    index(office)
    for username, hidden in (("doc", True), ("hien", False)):
        answer = office.browser(username).get(f"/search/export.{kind}?q=thu+hồi&columns=abstract&columns=signatory")
        assert answer.status_code == 200
        written = _text(answer.data, kind)
        assert "<b>làm</b> đường" in written
        assert ("đất kín" not in written) is hidden
        assert "Lê Đình Khải" in written
        assert "QĐ-UBND" not in written
        if kind == "csv":
            assert "'=Về việc" in written
    assert office.browser("hien").get("/search/export.exe").status_code == 404


def _text(content: bytes, kind: str) -> str:
    if kind == "csv":
        return content.decode()
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            # Strings of sheets written row by row stand in the sheets.
            inside = "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))
        return inside.replace("&lt;", "<").replace("&gt;", ">")
    pages = (page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    return " ".join(" ".join(pages).split())


def test_a_killed_look_goes_on_where_it_was(office: Office) -> None:
    save(office, "hien", "Rừng", "q=r%E1%BB%ABng")
    paper(office, "Về việc bảo vệ rừng")
    index(office)

    def dies(*_asked: object) -> tuple[str, ...]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        alerts.look(office.service.database, dies)
    assert look(office) == 1
    assert index_pending(office.service.database, office.service.engine) == 0
