"""Legal effect on the pages: recorded by the clerk, noted by the drafter, told to everybody on the public check."""

from __future__ import annotations

import re
from datetime import timedelta

from docsvc.issue import steps
from docsvc.issue.paper import withdraw
from docsvc.records.effect_keeping import record
from docsvc.records.indexing import index_pending
from docsvc.records.terms import Access, EffectKind
from docsvc.web.templating import shown_date
from tests.web.office import PASSPHRASE, Office, text_of
from tests.web.test_public_check import code_for, compared, file_of

OLD, NEW = "Về việc ban hành quy chế cũ", "Về việc ban hành quy chế mới"


def pair(office: Office, **facts: object) -> tuple[str, str]:
    old, new = office.issued(OLD), office.issued(NEW, **facts)
    while index_pending(office.service.database, office.service.engine):
        pass
    return old, new


def recorded(office: Office, new: str, old: str, kind: EffectKind = EffectKind.REPLACES) -> int:
    with office.service.database.write() as session:
        return record(session, new, old, kind, by=office.actors["hien"]).id


def test_the_clerk_types_a_reference_chooses_among_hits_and_both_pages_tell(office: Office) -> None:
    old, new = pair(office)
    reference = str(office.document(old).reference)
    today = shown_date(office.service.desk.today())
    clerk = office.browser("hien")
    assert f'href="/documents/{new}/effects"' in clerk.get(f"/documents/{new}").text
    page = f"/documents/{new}/effects"
    hits = clerk.get(page, query_string={"kind": "replaces", "q": reference.lower().replace("đ", "d")})
    assert re.findall(r'name="other" value="(\w+)" required( checked)?', hits.text)[0] == (old, " checked")
    answer = clerk.send(page, page, kind="replaces", q=reference, other=old)
    assert answer.status_code == 303
    assert f"Thay thế Quyết định {reference}" in text_of(clerk.get(page))
    reader = office.browser("doc")
    text = text_of(reader.get(f"/documents/{old}"))
    assert f"Đã bị thay thế từ {today}." in text
    assert f"Bị thay thế bởi Quyết định {office.document(new).reference}" in text
    assert "Ghi nhận hiệu lực" not in text, "a reader records nothing"
    assert f'href="/documents/{old}"' in reader.get(f"/documents/{new}").text
    assert "Đã bị thay thế" in text_of(reader.get("/search", query_string={"q": "quy chế cũ"}))
    books = clerk.get("/registers").text
    book = clerk.get(re.findall(r'href="(/registers/\d+)"', books)[0])
    assert f"Đã bị thay thế từ {today}" in text_of(book)
    assert "Được văn bản khác tác động" in text_of(clerk.get(f"/documents/{old}")), "in its history"


def test_it_is_recorded_from_the_other_side_and_taken_back(office: Office) -> None:
    old, new = pair(office)
    clerk = office.browser("hien")
    page = f"/documents/{old}/effects"
    assert clerk.send(page, page, kind="by-amends", q="quy chế mới", other=new).status_code == 303
    text = text_of(clerk.get(f"/documents/{old}"))
    assert "Còn hiệu lực, có sửa đổi, đính chính" in text
    assert "Được sửa đổi, bổ sung bởi" in text
    found = re.search(rf'action="({page}/\d+/take-back)"', clerk.get(page).text)
    assert found
    assert clerk.send(page, found[1], reason="Ghi nhầm").status_code == 303
    assert "Chưa ghi quan hệ nào" in text_of(clerk.get(page))
    history = text_of(clerk.get(f"/documents/{old}"))
    assert "Không còn được văn bản khác tác động" in history


def test_what_cannot_be_is_refused_in_plain_words_and_what_was_typed_stays(office: Office) -> None:
    old, new = pair(office)
    clerk = office.browser("hien")
    page = f"/documents/{new}/effects"
    answer = clerk.send(page, page, kind="replaces", q="quy chế cũ", other="")
    assert answer.status_code == 422
    assert "Hãy chọn một văn bản trong danh sách." in text_of(answer)
    assert f'value="{old}"' in answer.text
    answer = clerk.send(page, page, kind="replaces", q="quy chế cũ", other=old, **{"from": "32/13/2026"})
    assert answer.status_code == 422
    assert 'value="32/13/2026"' in answer.text
    assert clerk.send(page, page, kind="eats", q="x", other=old).status_code == 422
    assert clerk.send(page, page, kind="replaces", q="x", other=new).status_code == 422
    assert clerk.send(page, page, kind="replaces", q="x", other="0" * 32).status_code == 404
    answer = clerk.send(page, f"/documents/{new}/in-force", start="02/01/2027", last="01/01/2027")
    assert answer.status_code == 422
    assert 'value="01/01/2027"' in answer.text


def test_a_document_gets_its_own_first_and_last_day(office: Office) -> None:
    old, _ = pair(office)
    today = office.service.desk.today()
    clerk = office.browser("hien")
    page = f"/documents/{old}/effects"
    later = today + timedelta(days=10)
    assert clerk.send(page, f"/documents/{old}/in-force", start=shown_date(later), last="").status_code == 303
    assert "Chưa có hiệu lực" in text_of(office.browser("doc").get(f"/documents/{old}"))
    code = code_for(office, old)
    assert f"đến {shown_date(later)} mới có hiệu lực" in text_of(office.browser().get(f"/kt/{code}"))


def test_a_drafter_notes_what_the_draft_will_do_and_it_holds_once_issued(office: Office) -> None:
    old = office.issued(OLD)
    draft = office.draft(NEW)
    drafter = office.browser("soan")
    page = f"/documents/{draft}/effects"
    assert drafter.send(page, page, kind="repeals", q=OLD, other=old).status_code == 303
    assert "khi văn bản được phát hành" in text_of(drafter.get(f"/documents/{draft}"))
    assert "Bị bãi bỏ" not in text_of(office.browser("hien").get(f"/documents/{old}"))
    assert drafter.get(f"/documents/{old}/effects").status_code == 403, "a clerk's work once it is issued"
    assert drafter.send(f"/documents/{draft}", f"/documents/{draft}/submit").status_code == 303
    steps.sign(office.service.desk, draft, PASSPHRASE, by=office.actors["khai"])
    steps.issue(office.service.desk, draft, office.service.desk.today(), PASSPHRASE, by=office.actors["hien"])
    assert "Bị bãi bỏ bởi" in text_of(office.browser("doc").get(f"/documents/{old}"))


def test_readers_are_not_told_of_a_newer_document_that_is_not_for_them(office: Office) -> None:
    old, new = pair(office, access=Access.RESTRICTED)
    recorded(office, new, old)
    text = text_of(office.browser("doc2").get(f"/documents/{old}"))
    assert "Bị thay thế bởi một văn bản khác" in text
    answer = office.browser("doc2").get(f"/documents/{old}").text
    assert new not in answer
    assert str(office.document(new).reference) not in answer


def test_the_public_check_names_the_newer_document_if_that_is_public(office: Office) -> None:
    old, new = pair(office)
    recorded(office, new, old)
    code, today = code_for(office, old), shown_date(office.service.desk.today())
    answer = office.browser().get(f"/kt/{code}")
    text = text_of(answer)
    assert f"Đã bị thay thế từ {today}." in text
    assert f"Bị thay thế bởi Quyết định {office.document(new).reference}" in text
    assert "còn hiệu lực theo sổ" not in text
    assert new not in answer.text
    assert code_for(office, new) not in answer.text, "one code leads to no other"
    assert "Nhưng văn bản không còn hiệu lực." in compared(office, code, file_of(office, old))
    withdraw(office.service.desk, new, "Sai thẩm quyền", by=office.actors["hien"])
    text = text_of(office.browser().get(f"/kt/{code}"))
    assert "Đã phát hành, còn hiệu lực theo sổ đăng ký." in text
    assert "Bị thay thế bởi" not in text


def test_the_public_check_never_names_one_that_is_not_public_or_not_issued(office: Office) -> None:
    old, new = pair(office, access=Access.INTERNAL)
    recorded(office, new, old)
    code = code_for(office, old)
    for browser in (office.browser(), office.browser("hien")):
        answer = browser.get(f"/kt/{code}")
        assert "Đã bị thay thế từ" in text_of(answer)
        for told in (NEW, str(office.document(new).reference), new, "Bị thay thế bởi"):
            assert told not in answer.text
    other, draft = office.issued("Về việc khác"), office.draft("Về việc dự thảo")
    with office.service.database.write() as session:
        record(session, draft, other, EffectKind.REPEALS, by=office.actors["soan"])
    answer = office.browser().get(f"/kt/{code_for(office, other)}")
    assert "còn hiệu lực theo sổ đăng ký" in text_of(answer)
    assert "dự thảo" not in answer.text
