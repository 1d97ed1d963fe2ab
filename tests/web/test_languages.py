"""Vietnamese in the sources, English in the catalogue, nothing missing; dates and times as they are read here."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from docsvc.web.templating import shown_date, shown_moment
from tests.web.office import Office, text_of

WEB = Path(__file__).parents[2] / "docsvc" / "web"
KEYWORDS = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (WEB / "translations" / "en" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


@pytest.fixture(scope="module")
def in_sources() -> dict[str, str]:
    """Every text to translate, with the place it stands at."""
    found = extract_from_dir(WEB, method_map=[("**.py", "python"), ("templates/**.html", "jinja2")], keywords=KEYWORDS)
    return {
        text: f"{file}:{line}"
        for file, line, message, _, _ in found
        for text in ((message,) if isinstance(message, str) else message[:1])
    }


def test_every_text_has_its_english(english: Catalog, in_sources: dict[str, str]) -> None:
    assert len(in_sources) > 250
    missing = {text: place for text, place in in_sources.items() if not (english.get(text) and english[text].string)}
    assert missing == {}


def test_the_catalogue_holds_nothing_else_and_nothing_doubtful(english: Catalog, in_sources: dict[str, str]) -> None:
    entries = [message for message in english if message.id]
    ids = [message.id if isinstance(message.id, str) else message.id[0] for message in entries]
    assert set(ids) - set(in_sources) == set()
    assert [message.id for message in entries if message.fuzzy] == []
    assert not english.obsolete


def test_translations_keep_every_placeholder(english: Catalog) -> None:
    for message in english:
        if message.id and isinstance(message.id, str) and isinstance(message.string, str):
            assert set(PLACEHOLDER.findall(message.id)) == set(PLACEHOLDER.findall(message.string)), message.id


def test_no_vietnamese_text_stands_in_a_template_outside_the_catalogue() -> None:
    letters = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]", re.IGNORECASE)
    for template in (WEB / "templates").rglob("*.html"):
        text = re.sub(r"\{% trans.*?endtrans %\}", " ", template.read_text("utf-8"), flags=re.DOTALL)
        text = re.sub(r"<b>[^<]*</b>", " ", text)  # examples of what can be typed
        text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        assert letters.findall(text) == [], template.name


def test_the_language_is_chosen_in_the_header_and_stays_with_the_person(office: Office) -> None:
    browser = office.browser("hien")
    assert "Chờ cấp số, đóng dấu" in text_of(browser.get("/"))
    answer = browser.send("/", "/language", language="en", next="/registers")
    assert (answer.status_code, answer.location) == (303, "/registers")
    assert "To number and seal" in text_of(browser.get("/"))
    elsewhere = office.browser("hien")
    assert "To number and seal" in text_of(elsewhere.get("/")), "the choice follows the person to another browser"


def test_an_unknown_language_and_a_foreign_address_change_nothing(office: Office) -> None:
    browser = office.browser()
    answer = browser.send("/sign-in", "/language", language="xx", next="//elsewhere.example")
    assert answer.location == "/"
    assert "Đăng nhập" in text_of(browser.get("/sign-in"))
    browser.client.set_cookie("docsvc_language", "../../etc")
    assert '<html lang="vi">' in browser.get("/sign-in").text


def test_days_and_moments_are_written_as_people_here_write_them() -> None:
    assert shown_date(date(2026, 1, 5)) == "05/01/2026"
    assert shown_date(None) == "–"
    assert shown_moment(datetime(2026, 12, 31, 18, 30, tzinfo=UTC)) == "01/01/2027 01:30", "Vietnam's day, not UTC's"
