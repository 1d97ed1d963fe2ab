"""The real server with the example office, and people before Chromium."""

from __future__ import annotations

import contextlib
import shutil
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize, sync_playwright

from docsvc.example.office import PASSWORD
from tests.services.programs import free_ports, missing, program, running

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}


@dataclass(frozen=True, slots=True)
class Office:
    """A running service."""

    address: str
    data_dir: Path
    said: Path
    """What it printed."""


@dataclass  # without slots: Playwright hangs a wrapper on it
class Watch:
    """What a browser must not do unnoticed: complain, fail, or talk to anybody but the service."""

    address: str
    seen: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> None:
        """Watch every page of a context."""
        context.on("request", self._requested)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.seen.append(f"error: {error.error}"))

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.seen.append(f"request to {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        # A refused form comes back with 422, which Chromium tells like a missing picture.
        if message.type in {"error", "warning"} and "status of 422" not in message.text:
            self.seen.append(f"console {message.type}: {message.text} ({message.location['url']})")


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """`docsvc run --example`, as a newcomer starts it."""
    folder = tmp_path_factory.mktemp("office")
    (port,) = free_ports(1)
    address, said = f"http://127.0.0.1:{port}", folder / "said.txt"
    docsvc = program("docsvc", "install the package: pip install -e .")
    command = [docsvc, "--data-dir", str(folder / "var"), "run", "--example", "--port", str(port)]

    def answers() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/sign-in", timeout=5) as response:  # noqa: S310 - loopback
                return bool(response.status == 200)
        except (URLError, ConnectionError, TimeoutError):
            return False

    with running(command, log=said, ready=answers, ready_seconds=200):
        yield Office(address, folder / "var", said)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for these tests. Not for longer: where Playwright runs, nobody else can start an event loop."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        missing("chromium", "apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield started
        started.close()


Newcomer = Callable[..., Page]


@pytest.fixture
def newcomer(office: Office, browser: Browser) -> Iterator[Newcomer]:
    """Makes a page of a person who is not signed in; every test ends with nobody having complained."""
    watch = Watch(office.address)
    with contextlib.ExitStack() as opened:

        def page(*, viewport: ViewportSize = DESK, scripts: bool = True) -> Page:
            context = browser.new_context(
                base_url=office.address, viewport=viewport, locale="vi-VN", java_script_enabled=scripts
            )
            opened.callback(context.close)
            context.set_default_timeout(20_000)
            watch.over(context)
            return context.new_page()

        yield page
    assert watch.seen == []


Person = Callable[..., Page]


@pytest.fixture
def person(newcomer: Newcomer) -> Person:
    """Makes a page of a person who has signed in."""

    def page(username: str, *, viewport: ViewportSize = DESK) -> Page:
        opened = newcomer(viewport=viewport)
        opened.goto("/sign-in")
        opened.get_by_label("Tên đăng nhập").fill(username)
        opened.get_by_label("Mật khẩu").fill(PASSWORD)
        opened.get_by_role("button", name="Đăng nhập").click()
        opened.get_by_role("button", name="Đăng xuất").wait_for()
        return opened

    return page
