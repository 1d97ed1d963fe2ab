"""Signing in and out."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.settings import Settings
from docsvc import web
from tests.web.office import PASSWORD, Office, text_of


def cookies(answer: TestResponse) -> dict[str, str]:
    return {header.split("=", 1)[0]: header for header in answer.headers.getlist("Set-Cookie")}


def test_a_stranger_is_asked_to_sign_in_and_then_comes_where_they_wanted(office: Office) -> None:
    browser = office.browser()
    answer = browser.get("/to-issue?page=1")
    assert (answer.status_code, answer.location) == (303, "/sign-in?next=/to-issue?page%3D1")
    answer = browser.sign_in("hien", next="/to-issue?page=1")
    assert (answer.status_code, answer.location) == (303, "/to-issue?page=1")
    assert "Đỗ Thị Mai Hiên" in text_of(browser.get("/to-issue"))


ELSEWHERE = (
    "https://elsewhere.example/",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "/%09/elsewhere.example\n",
    "javascript:alert(1)",
    "elsewhere",
    "",
)


def test_no_address_elsewhere_is_gone_to_after_signing_in(office: Office) -> None:
    for target in ELSEWHERE:
        answer = office.browser().sign_in("hien", next=target)
        assert (answer.status_code, answer.location) == (303, "/"), target


def test_a_wrong_password_and_an_unknown_name_look_the_same(office: Office) -> None:
    wrong = office.browser().sign_in("hien", "khong-phai-mat-khau")
    unknown = office.browser().sign_in("khong-co-ai", "khong-phai-mat-khau")
    assert wrong.status_code == unknown.status_code == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng." in text_of(wrong)
    assert text_of(wrong) == text_of(unknown)


def test_a_password_is_never_shown_again_nor_written_to_the_log(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = office.browser().sign_in("hien", "khong-phai-mat-khau")
    assert "khong-phai-mat-khau" not in answer.text
    assert "khong-phai-mat-khau" not in caplog.text


def test_too_many_wrong_tries_close_the_name_even_to_the_right_password(office: Office) -> None:
    browser = office.browser()
    for _ in range(office.service.settings.sign_in_tries):
        assert browser.sign_in("hien", "sai").status_code == 401
    answer = browser.sign_in("hien")
    assert answer.status_code == 429
    assert "Hãy đợi 15 phút" in text_of(answer)
    assert browser.get("/").status_code == 303
    assert browser.sign_in("khai").status_code == 303, "others are not kept out"


def test_the_sign_in_cookie_is_hidden_from_scripts_and_from_other_sites(office: Office) -> None:
    answer = office.browser().sign_in("hien")
    cookie = cookies(answer)["docsvc_sign_in"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Max-Age=36000" in cookie
    assert "Secure" not in cookie, "over plain HTTP on loopback a browser would drop it"


@pytest.mark.parametrize("change", [{"behind_proxy": True}, {"public_url": "https://vanban.example"}])
def test_over_tls_every_cookie_is_secure_and_tied_to_the_host(
    office: Office, settings: Settings, change: dict[str, Any]
) -> None:
    app = Flask("docsvc.web")
    web.install(app, replace(office.service, settings=replace(settings, **change)))
    client = app.test_client()
    page = client.get("/sign-in", base_url="https://vanban.example")
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post(
        "/sign-in",
        data={"csrf_token": token, "username": "hien", "password": PASSWORD},
        base_url="https://vanban.example",
        headers={"Referer": "https://vanban.example/sign-in"},
    )
    assert answer.status_code == 303
    sent = {**cookies(page), **cookies(answer)}
    assert set(sent) == {"__Host-docsvc_form", "__Host-docsvc_sign_in"}
    assert all("Secure" in header and "Path=/" in header and "Domain" not in header for header in sent.values())


def test_signing_in_gives_a_new_token_and_ends_the_earlier_session(office: Office) -> None:
    browser = office.browser("hien")
    first = browser.client.get_cookie("docsvc_sign_in")
    form_token = browser.token("/")
    assert browser.post("/sign-in", csrf_token=form_token, username="khai", password=PASSWORD).status_code == 303
    second = browser.client.get_cookie("docsvc_sign_in")
    assert first is not None and second is not None and first.value != second.value
    assert browser.post("/sign-out", csrf_token=form_token).status_code == 400, "the old form's token is dead"
    other = office.browser()
    other.client.set_cookie("docsvc_sign_in", first.value)
    assert other.get("/").status_code == 303, "the first sign-in has ended"


def test_a_cookie_that_somebody_planted_is_not_taken_over_by_signing_in(office: Office) -> None:
    browser = office.browser()
    browser.client.set_cookie("docsvc_sign_in", "planted")
    browser.sign_in("hien")
    cookie = browser.client.get_cookie("docsvc_sign_in")
    assert cookie is not None
    assert cookie.value != "planted"


def test_signing_out_ends_the_session_in_the_database_too(office: Office) -> None:
    browser = office.browser("hien")
    cookie = browser.client.get_cookie("docsvc_sign_in")
    assert cookie is not None
    assert browser.send("/", "/sign-out").location == "/sign-in"
    assert browser.get("/").status_code == 303
    browser.client.set_cookie("docsvc_sign_in", cookie.value)
    assert browser.get("/").status_code == 303, "a kept copy of the cookie opens nothing"


def test_nobody_is_signed_out_by_a_link(office: Office) -> None:
    browser = office.browser("hien")
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/").status_code == 200
