"""Take the screenshots of the README anew: python -m docs.shots, or make shots."""

from __future__ import annotations

import shutil
import tempfile
import urllib.request
from io import BytesIO
from pathlib import Path
from urllib.error import URLError

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from docsvc.example.office import PASSWORD
from tests.services.programs import free_ports, program, running

IMAGES = Path(__file__).parent / "images"
COLOURS = 128
"""Enough for pages of text, and a quarter of the bytes."""


def main() -> None:
    """Start the example office and photograph it."""
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory() as folder:
        command = [
            program("docsvc", "run make setup"),
            *("--data-dir", f"{folder}/var", "run", "--example", "--port", str(port)),
        ]

        def answers() -> bool:
            try:
                return bool(urllib.request.urlopen(f"{address}/sign-in", timeout=5).status)  # noqa: S310 - loopback
            except (URLError, ConnectionError, TimeoutError):
                return False

        with running(command, log=Path(folder) / "said.txt", ready=answers, ready_seconds=180):
            _photograph(address)


def _photograph(address: str) -> None:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
        )
        page = _signed_in(chromium.new_page(base_url=address, viewport={"width": 1280, "height": 860}), "chutich")
        page.goto("/to-sign")
        page.get_by_role("link", name="Xem và ký").last.click()
        page.get_by_role("img", name="Hình trang 1").evaluate("picture => picture.decode()")
        _keep(page, "signing.png")
        page = _signed_in(chromium.new_page(base_url=address, viewport={"width": 1280, "height": 860}), "kiemtra")
        page.goto("/shares")
        choices = page.get_by_label("Kỳ báo cáo")
        year = choices.locator("option", has_text="Năm").first.get_attribute("value")
        choices.select_option(year)
        page.get_by_role("button", name="Xem").click()
        page.get_by_role("table").wait_for()
        _keep(page, "shares.png")
        chromium.close()


def _signed_in(page: Page, username: str) -> Page:
    page.goto("/sign-in")
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.get_by_role("button", name="Đăng xuất").wait_for()
    return page


def _keep(page: Page, name: str) -> None:
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    IMAGES.mkdir(exist_ok=True)
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / name, optimize=True)


if __name__ == "__main__":
    main()
