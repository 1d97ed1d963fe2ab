"""The real server before Chromium: one decision on its whole way, and what everybody may count on.

In one file, so that one test process makes one example office.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from docsvc.example.drafts import draft_pdf
from docsvc.example.office import PASSWORD
from docsvc.issue.desk import vietnam_date
from tests.e2e.acts import (
    ABSTRACT,
    DECISION,
    DEPARTMENT,
    check,
    clear_the_pile,
    download,
    electronic_documents,
    found_first,
    issue,
    others_accept,
    sign,
    submit,
)
from tests.e2e.conftest import PHONE, Newcomer, Office, Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),  # the example office is made first
]

MORE_PAGES = {
    "soanthao": ("/drafts?list=finished", "/drafts/new", "/account"),
    "chutich": ("/search?q=chuyen+doi+so", "/to-sign/pile?all=1"),
    "vanthu": ("/paper/new", "/secret-numbers/new"),
    "kiemtra": ("/search?q=" + "rất-dài-" * 40,),
    "quantri": ("/admin",),
}
"""Beside everything in each person's navigation."""


def test_a_decision_is_issued_found_verified_and_counted(office: Office, person: Person, tmp_path: Path) -> None:
    today = vietnam_date(datetime.now(UTC))
    draft = tmp_path / "Quyết định đội xung kích.pdf"
    draft.write_bytes(draft_pdf(replace(DECISION, year=today.year)))

    auditor = person("kiemtra")
    counted_before = electronic_documents(auditor)

    submit(person("soanthao"), draft)
    sign(person("chutich"))
    clerk = person("vanthu")
    reference = issue(clerk, today.strftime("%d/%m/%Y"))
    number = reference.split("/")[0]

    issued = download(clerk, tmp_path)
    others_accept(office, issued, tmp_path)

    reader = person("docgia")
    for words in (f"{number} qd ubnd", reference, "doi xung kich ung cuu su co", "ứng cứu sự cố"):
        found_first(reader, words, reference)

    expect(check(reader, issued)).to_have_class(re.compile("good"))
    answer = reader.get_by_role("main")
    expect(answer.locator(".archive")).to_contain_text("Đúng. Đây chính là tệp của văn bản sau")
    expect(answer.locator(".archive")).to_contain_text(reference)
    for signature in (DECISION.signatory, "Ủy ban nhân dân xã Vân Khê"):
        expect(answer.get_by_role("heading", name=signature)).to_be_visible()

    changed = tmp_path / "sửa một byte.pdf"
    content = bytearray(issued.read_bytes())
    content[content.index(b"stream") + 40] ^= 1
    changed.write_bytes(content)
    expect(check(reader, changed)).to_have_class(re.compile("bad"))
    expect(answer.locator(".archive")).to_contain_text("Không thấy trong các văn bản công khai của kho này")

    assert electronic_documents(auditor) == counted_before + 1
    auditor.get_by_role("row", name=re.compile(DEPARTMENT)).get_by_role("link", name="văn bản tính vào").first.click()
    expect(auditor.get_by_role("main")).to_contain_text(ABSTRACT)


def focus(page: Page) -> str:
    """Name of the field or text of the button that has the focus."""
    found = page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()")
    return str(found)


def tab_to(page: Page, wanted: str, *, most: int = 40) -> None:
    for _ in range(most):
        if focus(page) == wanted:
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted!r} cannot be reached with the Tab key")


def test_one_signs_in_searches_and_opens_a_document_with_the_keyboard_alone(newcomer: Newcomer) -> None:
    page = newcomer()
    page.goto("/sign-in")
    tab_to(page, "username")
    page.keyboard.type("docgia")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đăng xuất").wait_for()
    page.keyboard.press("Tab")
    assert focus(page) == "Đến nội dung chính"
    tab_to(page, "q")
    page.keyboard.type("01 qd ubnd")
    page.keyboard.press("Enter")
    expect(page.locator(".results")).to_contain_text("Ban Chỉ đạo chuyển đổi số xã Vân Khê")
    tab_to(page, "Quyết định 01/QĐ-UBND")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Quyết định 01/QĐ-UBND")


def test_the_pages_speak_english_when_asked_and_remember_it(newcomer: Newcomer, person: Person) -> None:
    page = person("docgia")
    expect(page.locator("html")).to_have_attribute("lang", "vi")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    for path in ("/", "/search?q=chuyen+doi+so", "/shares", "/kiem-tra"):
        page.goto(path)
        spoken = page.locator("header, nav, footer, h1").all_inner_texts()
        assert not re.search("Đăng xuất|Tìm kiếm|Tỷ lệ|Kiểm tra", "\n".join(spoken)), spoken
    page.get_by_role("button", name="Tiếng Việt").click()
    expect(page.get_by_role("button", name="Đăng xuất")).to_be_visible()


@pytest.mark.parametrize("username", MORE_PAGES)
def test_pages_fit_a_phone_without_sideways_scrolling(person: Person, username: str) -> None:
    page = person(username, viewport=PHONE)
    links = page.locator("nav").first.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert len(links) > 2
    for path in (*links, *MORE_PAGES[username]):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{path} is {too_wide} pixels wider than the screen"


def test_a_document_fits_a_phone_too(person: Person) -> None:
    page = person("docgia", viewport=PHONE)
    page.goto("/search?q=01+qd+ubnd")
    page.locator(".results a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quyết định 01/QĐ-UBND")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_pages_work_without_scripts(office: Office, newcomer: Newcomer) -> None:
    page = newcomer(scripts=False)
    page.goto("/sign-in")
    page.get_by_label("Tên đăng nhập").fill("docgia")
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.goto("/search?q=ứng phó mưa lớn")
    expect(page.locator(".results")).to_contain_text("mưa lớn")


def test_a_restricted_document_is_not_shown_to_a_reader(person: Person) -> None:
    auditor, reader = person("kiemtra"), person("docgia")
    auditor.goto("/search?q=xác minh đơn kiến nghị")
    link = auditor.locator(".results a").first
    expect(auditor.locator(".results")).to_contain_text("Xác minh đơn kiến nghị của công dân")
    address = link.get_attribute("href")
    assert address is not None
    answer = reader.request.get(address)
    assert answer.status == 404
    reader.goto("/search?q=xác minh đơn kiến nghị")
    expect(reader.get_by_role("main")).not_to_contain_text("Xác minh đơn kiến nghị của công dân")


def test_anybody_may_check_a_file_and_nobody_may_read_the_archive(newcomer: Newcomer) -> None:
    page = newcomer()
    page.goto("/kiem-tra")
    expect(page.get_by_label("Chọn tệp PDF cần kiểm tra")).to_be_visible()
    page.goto("/search?q=qd")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_code_is_looked_up_and_a_file_compared_by_keyboard_on_a_phone(
    person: Person, newcomer: Newcomer, tmp_path: Path
) -> None:
    clerk = person("vanthu")
    clerk.goto("/search?q=01+qd+ubnd")
    clerk.locator(".results a").first.click()
    file = download(clerk, tmp_path)
    clerk.get_by_role("link", name="Tờ in mã QR").click()
    expect(clerk.locator("svg.qr")).to_be_visible()
    code = clerk.locator("main code").inner_text()
    page = newcomer(viewport=PHONE)
    page.goto("/kiem-tra")
    tab_to(page, "ma")
    page.keyboard.type(code.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Quyết định 01/QĐ-UBND")
    expect(page.get_by_role("main")).to_contain_text("Bị thay thế bởi Quyết định")
    page.get_by_label("Chọn tệp PDF cần so").set_input_files(file)
    tab_to(page, "So tệp")
    page.keyboard.press("Enter")
    expect(page.locator("#compared")).to_have_text("Đúng tệp đã phát hành")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_a_leader_clears_the_pile_with_the_passphrase_typed_once(person: Person) -> None:
    leader = person("chutich")
    signed = clear_the_pile(leader)
    assert signed >= 2
    leader.get_by_role("link", name="Về danh sách chờ ký").click()
    expect(leader.get_by_role("main")).to_contain_text("Không có văn bản nào chờ bạn ký.")


def test_places_are_moved_by_pointer_and_keys(person: Person) -> None:
    drafter = person("soanthao")
    drafter.get_by_role("link", name="Văn bản của tôi").click()
    drafter.locator("td.main a").first.click()
    drafter.get_by_role("link", name="Vị trí số, ngày, chữ ký, dấu").click()
    hand = drafter.locator(".place-box-personal_signature")
    left, width = (drafter.locator(f"[name=personal_signature-{side}]") for side in ("left", "width"))
    before = float(left.input_value())
    hand.focus()
    hand.press("ArrowLeft")
    hand.press("Shift+ArrowLeft")
    assert float(left.input_value()) == pytest.approx(before - 11 / 72 * 25.4, abs=0.02)
    expect(drafter.locator("[data-places-said]")).to_contain_text("Chữ ký: trang")
    wide = float(width.input_value())
    hand.press("-")
    assert float(width.input_value()) < wide
    seal = drafter.locator(".place-box-organisation_signature .mark")
    box = seal.bounding_box()
    assert box
    drafter.mouse.move(box["x"] + 12, box["y"] + box["height"] / 2)
    drafter.mouse.down()
    drafter.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2 + 5, steps=3)
    drafter.mouse.up()
    moved = seal.bounding_box()
    assert moved
    assert moved["x"] - box["x"] == pytest.approx(8, abs=1)
    assert drafter.locator("[name=organisation_signature-left]").input_value()
    drafter.get_by_role("button", name="Lưu vị trí").click()
    expect(drafter.get_by_role("status").first).to_contain_text("Đã lưu vị trí")
