"""Reports of verifications on the pages: taken away from the check page and a document's, and come to again."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.db.records import Event
from docsvc.records.terms import Access, RenditionRole
from signing.verify import Verdict, verify
from tests.web.office import Office, text_of, upload
from tests.web.test_checking import PAGE, file_of

AGAIN = "/kiem-tra/lai"


@pytest.fixture
def issued(office: Office) -> bytes:
    return file_of(office, office.issued())


def _report(office: Office, content: bytes, form: str) -> Any:
    return office.browser().send(PAGE, PAGE, file=upload(content, "tai ve/138-QĐ.pdf"), report=form)


def test_anybody_takes_a_report_away_in_three_forms(office: Office, issued: bytes) -> None:
    pdf, as_json, xml = (_report(office, issued, form) for form in ("pdf", "json", "xml"))
    assert [one.mimetype for one in (pdf, as_json, xml)] == ["application/pdf", "application/json", "application/xml"]
    told = as_json.get_json()
    assert (told["verdict"], told["file"]["name"]) == ("VALID", "138-QĐ.pdf")
    assert verify(pdf.data, trust=office.service.desk.trust).verdict is Verdict.VALID
    assert b"urn:etsi:019102:mainindication:total-passed" in xml.data
    assert (
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20ki%E1%BB%83m%20tra%20-%20138-Q%C4%90.pdf"
        in (pdf.headers["Content-Disposition"])
    )
    assert _report(office, issued, "docx").status_code == 404
    assert _report(office, b"", "pdf").status_code == 422


@pytest.mark.parametrize("form", ["pdf", "json"])
def test_a_report_comes_out_the_same_again(office: Office, issued: bytes, form: str) -> None:
    report = _report(office, issued, form).data
    answer = office.browser().send(AGAIN, AGAIN, file=upload(issued, "a.pdf"), report=upload(report, f"r.{form}"))
    text = text_of(answer)
    assert "Kết quả giống hệt báo cáo." in text
    assert "hiện không tin" not in text
    assert ("Tệp có 1 chữ ký số hợp lệ" in text) == (form == "pdf"), "the report's own signature"


def test_what_differs_stands_on_the_page(office: Office, issued: bytes) -> None:
    report = _report(office, issued, "json").get_json()
    report["signatures"][1]["indication"] = "INDETERMINATE"
    changed = upload(json.dumps(report).encode(), "r.json")
    text = text_of(office.browser().send(AGAIN, AGAIN, file=upload(issued, "a.pdf"), report=changed))
    assert "Kết quả khác với báo cáo." in text
    assert "Chữ ký 2 indication INDETERMINATE TOTAL-PASSED" in text


def test_another_file_or_no_report_is_told_in_words(office: Office, issued: bytes) -> None:
    report = _report(office, issued, "json").data
    browser = office.browser()
    other = browser.send(AGAIN, AGAIN, file=upload(issued + b"\n", "a.pdf"), report=upload(report, "r.json"))
    assert other.status_code == 409
    assert "nói về một tệp khác" in text_of(other)
    none = browser.send(AGAIN, AGAIN, file=upload(issued, "a.pdf"), report=upload(issued, "r.pdf"))
    assert none.status_code == 422
    assert "không phải báo cáo kiểm tra" in text_of(none)
    assert "Hãy chọn cả tệp" in text_of(browser.send(AGAIN, AGAIN, file=upload(issued, "a.pdf")))


def test_who_may_read_a_file_takes_its_report_from_the_documents_page_and_that_is_logged(office: Office) -> None:
    document_id = office.issued(access=Access.RESTRICTED)
    rendition = next(one for one in office.document(document_id).renditions if one.role == RenditionRole.ISSUED)
    address = f"/documents/{document_id}/files/{rendition.id}/verification"
    clerk = office.browser("hien")
    assert f"{address}.pdf" in clerk.get(f"/documents/{document_id}").text
    told = json.load(io.BytesIO(clerk.get(f"{address}.json").data))
    assert told["file"]["sha256"] == rendition.sha256
    for username in ("doc", "doc2", "oanh"):
        assert office.browser(username).get(f"{address}.json").status_code == 404, username
    assert clerk.get(f"{address}.docx").status_code == 404
    with office.service.database.read() as session:
        acts = session.scalars(select(Event.actor).where(Event.act == "verification-reported")).all()
    assert list(acts) == ["hien"]
