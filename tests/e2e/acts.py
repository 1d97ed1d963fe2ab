"""What people do in the browser, step by step, on the way of one decision."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from playwright.sync_api import Locator, Page, expect

from docsvc.example.drafts import Draft
from docsvc.example.office import KEY_PASSPHRASE
from tests.e2e.conftest import Office
from tests.services.second_opinions import SecondOpinions

ABSTRACT = "Về việc thành lập Đội xung kích ứng cứu sự cố an toàn thông tin mạng xã Vân Khê"
DEPARTMENT = "Văn phòng HĐND và UBND xã Vân Khê"
DECISION = Draft(
    type_key="qd",
    abstract=ABSTRACT,
    superior="UBND tỉnh Giang Khê",
    agency="Ủy ban nhân dân\nxã Vân Khê",
    symbol="QĐ-UBND",
    place="Vân Khê",
    year=2026,
    decided_by="Chủ tịch Ủy ban nhân dân xã Vân Khê",
    bases=("Căn cứ Luật Tổ chức chính quyền địa phương ngày 16 tháng 6 năm 2025;",),
    body=(
        "**Điều 1.** Thành lập Đội xung kích ứng cứu sự cố an toàn thông tin mạng gồm 09 thành viên.",
        "**Điều 2.** Đội có nhiệm vụ trực, phát hiện và khắc phục sự cố; diễn tập mỗi năm một lần.",
        "**Điều 3.** Quyết định này có hiệu lực kể từ ngày ký./.",
    ),
    signing=("Chủ tịch",),
    signatory="Lê Đình Khải",
    recipients=("Như Điều 2", "UBND tỉnh (để báo cáo)", "Lưu: VT, VP"),
)


def submit(drafter: Page, draft: Path) -> None:
    drafter.get_by_role("link", name="Văn bản của tôi").click()
    drafter.get_by_role("link", name="Soạn văn bản mới").first.click()
    drafter.get_by_label("Tệp PDF").set_input_files(draft)
    drafter.get_by_label("Loại văn bản").select_option("qd")
    drafter.get_by_label("Trích yếu nội dung").fill(ABSTRACT)
    choose(drafter.get_by_label("Người ký"), "Lê Đình Khải")
    drafter.get_by_label("Nơi nhận 1").fill("UBND tỉnh (để báo cáo)")
    drafter.get_by_label("Phạm vi xem").select_option(label="Công khai")
    drafter.get_by_role("button", name="Lưu và trình ký").click()
    expect(drafter.get_by_role("heading", level=1)).to_have_text("Quyết định")
    expect(drafter.get_by_role("main")).to_contain_text("Chờ ký")


def sign(leader: Page) -> None:
    leader.get_by_role("link", name="Chờ ký").first.click()
    leader.get_by_role("link", name=f"Xem và ký – {ABSTRACT}").click()
    preview = leader.get_by_role("img", name="Hình trang 1")
    preview.evaluate("picture => picture.decode()")
    assert preview.evaluate("picture => picture.naturalWidth") > 400
    leader.get_by_label("Mật khẩu khóa ký").fill("không phải mật khẩu này")
    leader.get_by_role("button", name="Ký số văn bản").click()
    expect(leader.get_by_role("alert")).to_contain_text("Mật khẩu khóa ký không đúng")
    leader.get_by_label("Mật khẩu khóa ký").fill(KEY_PASSPHRASE)
    leader.get_by_role("button", name="Ký số văn bản").click()
    expect(leader.get_by_role("main")).to_contain_text("Văn bản đã chuyển đến văn thư")


def clear_the_pile(leader: Page) -> int:
    """Sign all that waits; gives how many documents that were."""
    leader.get_by_role("link", name="Chờ ký").first.click()
    leader.get_by_label("Chọn tất cả trên trang này").check()
    leader.get_by_role("button", name="văn bản đã chọn").click()
    ticked = leader.get_by_role("checkbox", checked=True).count()
    leader.get_by_role("img", name="Hình trang 1").first.evaluate("picture => picture.decode()")
    leader.get_by_label("Mật khẩu khóa ký").fill(KEY_PASSPHRASE)
    leader.get_by_role("button", name=f"Ký số {ticked} văn bản đã chọn").click()
    expect(leader.get_by_role("heading", level=1)).to_have_text("Kết quả ký nhiều văn bản")
    expect(leader.get_by_role("main")).to_contain_text(f"Đã ký {ticked} / {ticked} văn bản")
    return ticked


def issue(clerk: Page, today: str) -> str:
    clerk.get_by_role("link", name="Chờ cấp số, đóng dấu").first.click()
    clerk.get_by_role("link", name=f"Phát hành – {ABSTRACT}").click()
    reference = clerk.locator(".next-number strong").inner_text()
    expect(clerk.get_by_label("Ngày văn bản")).to_have_value(today)
    clerk.get_by_label("Mật khẩu khóa của cơ quan").fill(KEY_PASSPHRASE)
    clerk.get_by_role("button", name="Cấp số, đóng dấu và phát hành").click()
    expect(clerk.get_by_role("heading", level=1)).to_have_text(f"Quyết định {reference}")
    expect(clerk.get_by_role("main")).to_contain_text("Đã ban hành")
    return reference


def download(clerk: Page, folder: Path) -> Path:
    with clerk.expect_download() as coming:
        clerk.get_by_role("link", name="Bản phát hành").click()
    file = folder / "ban-hanh.pdf"
    coming.value.save_as(file)
    assert file.read_bytes().startswith(b"%PDF-")
    return file


def others_accept(office: Office, issued: Path, folder: Path) -> None:
    """Poppler, qpdf and OpenSSL, with the root that the service publishes."""

    def certificate(name: str) -> x509.Certificate:
        with urllib.request.urlopen(f"{office.address}/pki/{name}.cer", timeout=10) as response:  # noqa: S310 - loopback
            return x509.load_der_x509_certificate(response.read())

    others = [certificate("issuing").public_bytes(Encoding.DER)]
    SecondOpinions(folder / "opinions", certificate("root"), others).all_of(issued.read_bytes())


def found_first(reader: Page, words: str, reference: str) -> None:
    box = reader.locator("input[type=search]:visible").first
    box.fill(words)
    box.press("Enter")
    first = reader.locator(".results h2").first
    expect(first).to_have_text(f"Quyết định {reference}")


def check(reader: Page, file: Path) -> Locator:
    """Drop a file on the check page; gives the answer's headline."""
    reader.get_by_role("link", name="Kiểm tra chữ ký số").first.click()
    reader.get_by_label("Chọn tệp PDF cần kiểm tra").set_input_files(file)
    reader.get_by_role("button", name="Kiểm tra", exact=True).click()
    return reader.locator(".verdict")


def electronic_documents(auditor: Page) -> int:
    """How many documents of the department count as electronic this year."""
    auditor.get_by_role("link", name="Tỷ lệ văn bản điện tử").click()
    choose(auditor.get_by_label("Kỳ báo cáo"), "Năm")
    auditor.get_by_role("button", name="Xem").click()
    row = auditor.get_by_role("row", name=re.compile(DEPARTMENT))
    return int(row.get_by_role("link", name="văn bản tính vào").first.inner_text().split()[0])


def choose(select: Locator, words: str) -> None:
    """Choose the first entry that begins with the words."""
    entry = select.locator("option", has_text=re.compile(rf"^\s*{words}")).first
    select.select_option(entry.get_attribute("value"))
