"""The clerk's way to a copy: from a document's page or a file from outside, to the register."""

from __future__ import annotations

from typing import Any

from docsvc.issue import copying
from docsvc.issue.copying import CopyRequest, OutsideSource
from tests.web.office import PASSPHRASE, Office, draft_file, text_of, upload


def filled(office: Office, **more: Any) -> dict[str, Any]:
    return {
        "type_key": "sy",
        "drafting_unit_id": str(office.units["VK"]),
        "signatory_id": str(office.actors["khai"].user_id),
        "authority": "TM.",
        "access": "public",
        "urgency": "normal",
        "recipient": ["Các thôn"],
        "channel": ["electronic"],
        **more,
    }


def test_a_clerk_copies_an_issued_document_and_both_pages_name_the_other(office: Office) -> None:
    source, clerk = office.issued(), office.browser("hien")
    page = f"/documents/{source}"
    assert "Tạo bản sao" in text_of(clerk.get(page))
    assert "Tạo bản sao" not in text_of(office.browser("soan").get(page))
    form = clerk.get(f"{page}/copies/new")
    assert "bản gốc điện tử" in text_of(form)
    assert "Sao lục" not in text_of(form), "a sao lục is made from a sao y only"
    made = clerk.send(f"{page}/copies/new", f"{page}/copies/new", **filled(office))
    assert made.status_code == 303, text_of(made)
    waiting = text_of(clerk.get(made.location))
    assert "Số tiếp theo trong sổ 01/SY-UBND" in waiting
    assert "Sao từ 01/QĐ-UBND" in waiting
    today = f"{office.service.desk.today():%d/%m/%Y}"
    issued = clerk.send(made.location, made.location, passphrase=PASSPHRASE, issued_on=today)
    assert issued.status_code == 303, text_of(issued)
    copy = text_of(clerk.get(issued.location))
    assert "Bản sao y 01/SY-UBND" in copy
    assert "Sao từ Văn bản 01/QĐ-UBND" in copy
    assert office.document(source).renditions[-1].sha256 in copy
    assert "TM. Chủ tịch" in copy
    assert "Bản sao y 01/SY-UBND" in text_of(clerk.get(page))
    assert "Sổ bản sao" in text_of(clerk.get("/registers"))


def test_a_copy_of_a_file_from_outside_can_be_thrown_away_before_its_number(office: Office) -> None:
    clerk = office.browser("hien")
    assert "Sao văn bản từ tệp" in text_of(clerk.get("/to-issue"))
    facts = {"reference": "221/SNV-TCCB", "agency": "Sở Nội vụ", "issued_on": "02/03/2026", "abstract": "Về việc khác"}
    refused = clerk.send("/copies/new", "/copies/new", file=upload(), **filled(office, **(facts | {"issued_on": "x"})))
    assert refused.status_code == 422
    assert "221/SNV-TCCB" in refused.text, "what was typed comes back"
    excerpt = filled(office, **(facts | {"type_key": "trs", "pages": "1"}))
    made = clerk.send("/copies/new", "/copies/new", file=upload(), **excerpt)
    assert made.status_code == 303, text_of(made)
    assert "221/SNV-TCCB, trang 1" in text_of(clerk.get(made.location))
    assert "Bản sao chờ cấp số" in text_of(clerk.get(made.location.removesuffix("/issue")))
    discard = made.location.removesuffix("/issue") + "/copies/discard"
    assert office.browser("oanh").send("/", discard).status_code == 303
    assert clerk.get(made.location).status_code == 200, "not by a clerk from elsewhere"
    assert clerk.send(made.location, discard).status_code == 303
    assert clerk.get(made.location).status_code == 404


def test_the_same_form_sent_twice_makes_one_copy(office: Office) -> None:
    source, clerk = office.issued(), office.browser("hien")
    address = f"/documents/{source}/copies/new"
    key = clerk.get(address).text.split('name="request_key" value="')[1].split('"')[0]
    fields = filled(office, csrf_token=clerk.token(address), request_key=key)
    assert clerk.post(address, **fields).location == clerk.post(address, **fields).location


def test_copies_stand_in_a_pile_with_other_documents(office: Office) -> None:
    signed, clerk = office.signed(), office.browser("hien")
    asked = CopyRequest("sy", office.units["VK"], office.actors["khai"].user_id)
    letter = OutsideSource(draft_file(), "x.pdf", "5/ABC", "Sở Nội vụ", "Về việc khác")
    copy = copying.make_copy(office.service.desk, asked, letter, by=office.actors["hien"])
    page = clerk.get(f"/to-issue/pile?document={signed}&document={copy}")
    assert page.status_code == 200
    assert "Bản sao y" in text_of(page)
