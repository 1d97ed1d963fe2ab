"""What a browser and strangers are kept from: form tokens, headers, limits, other people's pages."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.web.office import Office, text_of, upload

PUBLIC = {
    "static",
    "sign_in.form",
    "sign_in.check",
    "sign_in.choose_language",
    "checking.form",
    "checking.check",
    "reports.form",
    "reports.again",
    "public_check.typed",
    "public_check.show",
    "public_check.check",
    "comparing.signed",
    "comparing.beside",
    "pki.timestamp",
    "pki.ocsp",
    "pki.ocsp_in_address",
    "pki.revocation_list",
    "pki.certificate",
}
"""Answers without a sign-in, each on purpose."""

WITH_TOKEN = "api."
"""Asks for a token of its own."""

READER = {
    "home.start": 200,
    "drafts.mine": 403,
    "drafts.new": 403,
    "drafts.edit": 403,
    "documents.show": 404,
    "documents.withdrawal": 403,
    "check_sheets.sheet": 404,
    "effects.keep": 403,
    "placing.form": 403,
    "files.download": 404,
    "files.picture": 404,
    "reports.of_file": 404,
    "changes.overview": 404,
    "changes.signed": 404,
    "changes.beside": 404,
    "changes.picture": 404,
    "signing.queue": 403,
    "signing.form": 403,
    "elsewhere.form": 403,
    "elsewhere.file": 403,
    "signing.piles.review": 403,
    "signing.piles.follow": 403,
    "issuing.queue": 403,
    "issuing.form": 403,
    "issuing.piles.review": 403,
    "issuing.piles.follow": 403,
    "copies.new": 403,
    "copies.new_from_outside": 403,
    "paper.new": 403,
    "paper.new_secret": 403,
    "registers.overview": 403,
    "registers.book": 403,
    "finding.search": 200,
    "suggesting.suggestions": 200,
    "saved_searches.overview": 200,
    "saved_searches.news": 404,
    "search_exports.export": 404,
    "shares.overview": 200,
    "shares.documents": 404,
    "shares.export": 200,
    "account.overview": 200,
    "inspection.overview": 403,
    "inspection.documents": 403,
    "inspection.export": 403,
    "audits.overview": 403,
    "audits.show": 403,
    "audits.results": 403,
    "audits.alarm_list": 403,
    "audits.exports.export": 403,
    "admin.overview": 403,
    "admin.units": 403,
    "admin.users": 403,
    "admin.user": 403,
    "admin.keys.overview": 403,
    "admin.events.log": 403,
    "admin.events.anchors": 403,
    "admin.archive.overview": 403,
    "admin.search_index.overview": 403,
    "admin.delegations.overview": 403,
    "admin.trust.overview": 403,
    "admin.trust.show": 403,
    "admin.trust.certificate": 403,
    "admin.trust_lists.form": 403,
    "admin.trust_lists.choose": 403,
}
"""What a reader gets from every page there is, about somebody else's draft; a new page must be entered here."""

OUTSIDER = {
    "documents.show": 404,
    "documents.withdrawal": 404,
    "check_sheets.sheet": 404,
    "drafts.edit": 404,
    "effects.keep": 404,
    "placing.form": 404,
    "files.download": 404,
    "files.picture": 404,
    "reports.of_file": 404,
    "changes.overview": 404,
    "changes.signed": 404,
    "changes.beside": 404,
    "changes.picture": 404,
    "signing.form": 404,
    "issuing.form": 404,
    "copies.new": 404,
    "elsewhere.form": 404,
    "elsewhere.file": 404,
    "registers.book": 404,
}
"""What drafter, leader and clerk of another commune get from pages about this commune's draft."""


@dataclass(frozen=True)
class Target:
    """Something that exists, for the addresses of all pages."""

    document_id: str
    rendition_id: int

    def address(self, app: Flask, rule: Rule) -> str:
        values: dict[str, object] = {"document_id": self.document_id, "rendition_id": self.rendition_id}
        for name in rule.arguments:
            if name in (rule.defaults or {}):
                values[name] = (rule.defaults or {})[name]
            else:
                converter = type(rule._converters[name]).__name__
                values.setdefault(name, 1 if converter == "IntegerConverter" else "1")
        with app.test_request_context():
            return app.url_map.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments})


@pytest.fixture
def target(office: Office) -> Target:
    document_id = office.draft()
    return Target(document_id, office.document(document_id).renditions[0].id)


def rules(app: Flask, method: str) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if method in (rule.methods or ())]


def test_without_a_sign_in_only_the_named_pages_answer(office: Office, target: Target) -> None:
    browser = office.browser()
    asked = 0
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        for rule in rules(office.app, method):
            if rule.endpoint in PUBLIC:
                continue
            asked += 1
            answer = browser.client.open(target.address(office.app, rule), method=method)
            if rule.endpoint.startswith(WITH_TOKEN):
                open_to_all = {"api.check_code": {404}, "api.openapi_document": {200}}
                assert answer.status_code in open_to_all.get(rule.endpoint, {401}), rule
            else:
                assert (answer.status_code, (answer.location or "")[:8]) == (303, "/sign-in"), f"{method} {rule}"
    assert asked > 25
    assert {rule.endpoint for rule in office.app.url_map.iter_rules()} >= PUBLIC


def test_a_reader_reaches_no_draft_and_no_queue(office: Office, target: Target) -> None:
    browser = office.browser("doc")
    answers = {
        rule.endpoint: browser.get(target.address(office.app, rule)).status_code
        for rule in rules(office.app, "GET")
        if rule.endpoint not in PUBLIC and not rule.endpoint.startswith(WITH_TOKEN)
    }
    assert answers == READER


def test_another_commune_finds_nothing_here_whatever_the_role(office: Office, target: Target) -> None:
    for username in ("soan2", "tung", "oanh"):
        browser = office.browser(username)
        for rule in rules(office.app, "GET"):
            if rule.endpoint in OUTSIDER:
                answer = browser.get(target.address(office.app, rule))
                assert answer.status_code in {OUTSIDER[rule.endpoint], 403}, f"{username} {rule}"
                assert "kiện toàn" not in answer.text


def test_no_form_of_another_commune_acts_here(office: Office, target: Target) -> None:
    before = office.document(target.document_id)
    for username in ("soan2", "tung", "oanh", "doc", "minh"):
        browser = office.browser(username)
        token = browser.token("/")
        for rule in rules(office.app, "POST"):
            if "document_id" in rule.arguments and not rule.endpoint.startswith(WITH_TOKEN):
                address = target.address(office.app, rule)
                answer = browser.post(address, csrf_token=token, reason="x", passphrase="x", issued_on="01/01/2026")
                assert answer.status_code in {303, 403, 404}, f"{username} {rule}"
    after = office.document(target.document_id)
    assert (after.state, after.version) == (before.state, before.version)


def test_every_form_is_refused_without_its_token(office: Office, target: Target) -> None:
    browser = office.browser("soan")
    refused = 0
    for rule in rules(office.app, "POST"):
        if rule.endpoint.startswith(("pki.", WITH_TOKEN)):
            continue
        answer = browser.post(target.address(office.app, rule), csrf_token="made up")
        assert answer.status_code == 400, rule
        assert "Biểu mẫu đã cũ" in text_of(answer)
        refused += 1
    assert refused > 10


def test_every_form_on_every_page_carries_a_token(office: Office, target: Target) -> None:
    for username in ("soan", "khai", "hien", "chinh", "minh"):
        browser = office.browser(username)
        for rule in rules(office.app, "GET"):
            answer = browser.get(target.address(office.app, rule))
            if answer.mimetype != "text/html":
                continue
            for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", answer.text, re.DOTALL):
                assert 'name="csrf_token"' in form, rule


def test_pages_carry_the_security_headers_and_nothing_inline(office: Office, target: Target) -> None:
    browser = office.browser("soan")
    for address in ("/", "/sign-in", f"/documents/{target.document_id}", "/drafts/new", "/no/such/page"):
        answer = browser.get(address, follow_redirects=True)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", answer.text)
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text), "nothing comes from elsewhere"


def test_an_upload_over_the_limit_gets_a_page_that_names_it(office: Office) -> None:
    office.app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    browser = office.browser("soan")
    answer = browser.send("/drafts/new", "/drafts/new", file=upload(b"%PDF-" + b"0" * 100_000))
    assert answer.status_code == 413
    assert "lớn hơn mức cho phép là 50 MB" in text_of(answer)


def test_what_a_person_types_is_never_markup(office: Office) -> None:
    document_id = office.draft("<script>alert(1)</script> & <b>đậm</b>")
    answer = office.browser("soan").get(f"/documents/{document_id}")
    assert "<script>alert(1)" not in answer.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;b&gt;đậm" in answer.text


def test_strange_addresses_and_letters_never_reach_the_database(office: Office, target: Target) -> None:
    browser = office.browser("hien")
    assert browser.get("/documents/%00").status_code == 400
    assert browser.get("/to-issue?page=%00").status_code == 200
    assert browser.send("/", "/language", language="vi", next="/\x00").status_code == 400
    assert browser.get("/registers/99999999999999999999").status_code == 404
    assert browser.get(f"/to-issue?page={10**40}").status_code == 200
    assert browser.get("/to-issue?page=-5").status_code == 200
    for query in ("\ud800", "%ff%fe", "'; DROP TABLE documents; --", "x" * 5000):
        assert browser.get("/search", query_string={"q": query.encode("utf-8", "surrogatepass")}).status_code == 200
