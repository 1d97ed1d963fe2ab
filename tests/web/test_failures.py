"""Failures are pages in the reader's language that say what to do next; every error class has its HTTP status."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import docsvc
import signing
from docsvc import problems
from docsvc.errors import DocsvcError
from docsvc.store import NotStored
from search.errors import SearchError
from signing.errors import SigningError, WrongPassphrase
from tests.web.office import Office, text_of


def every_kind(root: type[Exception]) -> set[type[Exception]]:
    found = {root}
    for kind in root.__subclasses__():
        found |= every_kind(kind)
    return found


def test_every_error_class_stands_in_the_table_of_statuses() -> None:
    for package in (docsvc, signing):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".migrations" not in module.name and not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    kinds = {
        kind
        for root in (DocsvcError, SigningError, SearchError)
        for kind in every_kind(root)
        if kind.__module__.split(".")[0] in {"docsvc", "signing", "search"}
    }
    assert {f"{kind.__module__}.{kind.__name__}" for kind in kinds - set(problems.STATUS)} == set()


def test_codes_are_unique_and_messages_stand_in_both_languages() -> None:
    codes: dict[str, type[Exception]] = {}
    for kind in problems.STATUS:
        if kind is SearchError:
            continue
        code = kind.__dict__.get("code")
        if code is None:
            continue  # a root that is never raised itself
        assert codes.setdefault(code, kind) is kind or "TooLarge" in kind.__name__, code
        assert kind.message_vi != kind.message_en  # type: ignore[attr-defined]


def test_an_error_becomes_problem_details_in_either_language() -> None:
    problem = problems.problem_of(WrongPassphrase("for the log only"), "en")
    assert (problem.status, problem.type) == (422, "urn:docsvc:problem:wrong-passphrase")
    assert problem.detail == "The key's passphrase is wrong."
    assert problems.problem_of(WrongPassphrase(), "vi").detail == "Mật khẩu khóa ký không đúng."


def test_an_unknown_subclass_answers_like_its_nearest_kind() -> None:
    class Stranger(NotStored):
        """Not in the table."""

    assert problems.status_of(Stranger()) == 500


def test_what_is_not_there_and_what_is_not_for_me_look_the_same(office: Office) -> None:
    hidden = office.draft()
    browser = office.browser("doc")
    absent, forbidden = browser.get("/documents/none"), browser.get(f"/documents/{hidden}")
    assert absent.status_code == forbidden.status_code == 404
    assert text_of(absent) == text_of(forbidden)
    assert "Không tìm thấy, hoặc bạn không có quyền xem." in text_of(absent)


def test_a_page_for_another_role_says_so(office: Office) -> None:
    answer = office.browser("doc").get("/to-sign")
    assert answer.status_code == 403
    assert "Bạn không có quyền thực hiện việc này." in text_of(answer)


def test_a_file_lost_from_the_store_is_told_with_what_to_do(office: Office) -> None:
    document_id = office.draft()
    rendition = office.document(document_id).renditions[0]
    office.service.store.delete(rendition.sha256)
    answer = office.browser("soan").get(f"/documents/{document_id}/files/{rendition.id}")
    assert answer.status_code == 500
    assert "Tệp không có trong kho lưu trữ." in text_of(answer)
    assert office.browser("soan").get(f"/documents/{document_id}").status_code == 200, "its page still opens"


def test_an_unexpected_failure_is_logged_and_tells_nothing_of_the_inside(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("hien")

    def broken() -> str:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setitem(office.app.view_functions, "home.start", broken)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Lỗi đã được ghi lại" in text_of(answer)
    assert "secret of the inside" not in answer.text
    assert "secret of the inside" in caplog.text


def test_a_page_is_shown_even_when_the_database_is_gone(
    office: Office, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = office.browser("hien")

    def gone() -> None:
        raise OSError("no database")

    monkeypatch.setattr(office.service.database, "read", gone)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Hệ thống gặp lỗi" in text_of(answer)


@pytest.mark.parametrize(("language", "expected"), [("vi", "Không tìm thấy"), ("en", "Not found")])
def test_failures_speak_the_readers_language(office: Office, language: str, expected: str) -> None:
    browser = office.browser("hien")
    browser.client.set_cookie("docsvc_language", language)
    answer = browser.get("/documents/none")
    assert expected in text_of(answer)
    assert f'<html lang="{language}">' in answer.text
