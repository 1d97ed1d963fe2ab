"""The check page asks other servers only where the settings allow it, and tells what it asked for."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from config.settings import Settings
from tests.signing.named_servers import Chain, Web, chain, serving
from tests.web.office import Browser, Office, text_of


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


@pytest.fixture
def made(web: Web) -> Chain:
    return chain(web)


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, web: Web, made: Chain) -> Settings:
    roots = tmp_path / "roots"
    roots.mkdir()
    (roots / "root.pem").write_bytes(made.root.certificate.public_bytes(Encoding.PEM))
    changes: dict[str, Any] = getattr(request, "param", {})
    return Settings(
        data_dir=tmp_path / "var",
        trust_dir=str(roots),
        revocation_private_addresses=True,
        verify_fetching_ports=web.url.rpartition(":")[2],
        **changes,
    )


def check(browser: Browser, content: bytes) -> str:
    place = "/kiem-tra"
    return text_of(browser.send(place, place, file=(BytesIO(content), "van-ban.pdf")))


def test_without_a_word_verification_stays_offline(office: Office, web: Web, made: Chain) -> None:
    for browser in (office.browser(), office.browser("chinh")):
        assert "hỏi thêm" not in check(browser, made.signed)
    assert web.asked == []


@pytest.mark.parametrize("settings", [{"verify_fetching": "on"}], indirect=True)
def test_an_auditor_s_check_asks_and_tells_and_a_stranger_s_does_not(
    office: Office,
    web: Web,
    made: Chain,
) -> None:
    check(office.browser(), made.signed)
    assert web.asked == []
    shown = check(office.browser("chinh"), made.signed)
    assert "không bị thu hồi, theo dữ liệu trong tệp hoặc đã hỏi thêm" in shown
    assert "Dữ liệu hỏi thêm ngoài tệp (5)" in shown
    assert f"{web.url}/issuing.crl" in shown


@pytest.mark.parametrize("settings", [{"verify_fetching": "on", "verify_fetching_public": True}], indirect=True)
def test_a_stranger_s_check_asks_where_a_further_setting_says_so(office: Office, web: Web, made: Chain) -> None:
    assert "hỏi thêm" in check(office.browser(), made.signed)


@pytest.mark.parametrize("settings", [{"verify_fetching": "on"}], indirect=True)
def test_what_was_not_to_be_had_is_told(office: Office, web: Web, made: Chain) -> None:
    web.pages.clear()
    assert "Không dùng được" in check(office.browser("chinh"), made.signed)
