"""Whatever goes wrong is told as problem details (RFC 9457), in the language asked for, and leaks nothing."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.accounts import deactivate_user, revoke_token
from docsvc.api.context import EXTENSION
from docsvc.db.people import ApiToken
from docsvc.pace import Pace
from tests.api.client import Program, Programs, problem
from tests.office import PASSPHRASE, PASSWORD

NOBODY = "0" * 32


@pytest.mark.parametrize(
    ("accept", "language", "words"),
    [
        ("vi", "vi", "Không tìm thấy"),
        ("en", "en", "Not found"),
        ("en-GB,en;q=0.8,vi;q=0.5", "en", "Not found"),
        ("fr", "vi", "Không tìm thấy"),
        ("", "vi", "Không tìm thấy"),
    ],
)
def test_problems_are_told_in_the_language_asked_for(
    programs: Programs, accept: str, language: str, words: str
) -> None:
    answer = programs.of("reader", accept).get(f"/documents/{NOBODY}")
    told = problem(answer, 404)
    assert told["code"] == "not-found"
    assert words in told["detail"]
    assert answer.headers["Content-Language"] == language


def test_without_a_good_token_nothing_is_answered(programs: Programs) -> None:
    answers = [
        programs.stranger().get("/me"),
        Program(programs.app, "docsvc_no-such-token").get("/me"),
        programs.stranger().send("GET", "/me", headers={"Authorization": "Basic cmVhZGVyOnNlY3JldA=="}),
        programs.stranger().send("GET", "/me", headers={"Authorization": "Bearer"}),
    ]
    for answer in answers:
        assert problem(answer, 401)["code"] == "bad-token"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_browsers_sign_in_opens_nothing_here(programs: Programs) -> None:
    client = programs.app.test_client()
    page = client.get("/sign-in").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post("/sign-in", data={"username": "clerk", "password": PASSWORD, "csrf_token": token})
    assert client.get("/").status_code == 200
    problem(client.get("/api/v1/me"), 401)


def test_a_token_ends_when_it_is_revoked_and_when_the_account_is_closed(programs: Programs) -> None:
    database = programs.office.service.database
    reader, clerk = programs.of("reader"), programs.of("clerk")
    assert reader.get("/me").status_code == 200
    with database.write() as session:
        actor = programs.office.actor("reader")
        token_id = session.scalars(select(ApiToken.id).where(ApiToken.user_id == actor.user_id)).one()
        revoke_token(session, token_id, by=actor)
        clerk_id = programs.office.actor("clerk").user_id
        deactivate_user(session, clerk_id, by=programs.office.actor("administrator"))
    problem(reader.get("/me"), 401)
    problem(clerk.get("/me"), 401)


def test_the_use_of_a_token_is_noted(programs: Programs) -> None:
    reader = programs.of("reader")
    for _ in range(2):
        reader.get("/me")
    with programs.office.service.database.read() as session:
        token = session.scalars(select(ApiToken)).one()
    assert token.used_at is not None


def test_an_unknown_address_and_a_wrong_method_are_problems_too(programs: Programs) -> None:
    reader = programs.of("reader")
    assert problem(reader.get("/nowhere"), 404)["code"] == "http-404"
    answer = reader.send("DELETE", f"/documents/{NOBODY}")
    assert problem(answer, 405)["code"] == "http-405"
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "PUT"}
    problem(programs.stranger().get("/nowhere"), 404)


def test_fields_that_cannot_be_used_are_named(programs: Programs) -> None:
    drafter = programs.of("drafter", "en")
    facts = programs.facts(abstract="", copies=-1, recipients=[{"name": "Các thôn", "channel": "pigeon"}], nonsense=1)
    told = problem(drafter.form("/documents", file=programs.file(), facts=facts), 422)
    assert told["code"] == "invalid-request"
    named = {error["field"]: error["message"] for error in told["errors"]}
    assert set(named) == {"facts.abstract", "facts.copies", "facts.recipients.0.channel", "facts.nonsense"}
    assert named["facts.nonsense"] == "There is no such field."
    assert {error["where"] for error in told["errors"]} == {"form"}
    told = problem(programs.of("drafter").get("/waiting"), 422)
    assert told["errors"] == [{"where": "query", "field": "work", "message": "Thiếu mục bắt buộc."}]
    told = problem(drafter.get("/documents", unknown="1", page="x"), 422)
    assert {error["field"] for error in told["errors"]} == {"unknown", "page"}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        ({"drafting_unit_id": 2**63}, 422),
        ({"drafting_unit_id": 10**40}, 422),
        ({"drafting_unit_id": 987654}, 403),
        ({"abstract": "a\u0000b"}, 422),
        ({"abstract": "\ud800"}, 422),
        ({"type": "không-có"}, 422),
        ({"signatory_id": 987654}, 422),
        ({"authority": "XX."}, 422),
        ({"recipients": [{"unit_id": 987654}]}, 422),
        ({"recipients": [{"name": "x" * 200}] * 200}, 422),
        ({"language": ""}, 422),
    ],
)
def test_odd_facts_are_refused_and_nothing_breaks(programs: Programs, facts: dict[str, Any], status: int) -> None:
    drafter = programs.of("drafter")
    problem(drafter.form("/documents", file=programs.file(), facts=programs.facts(**facts)), status)
    assert drafter.get("/waiting", work="drafts").get_json()["total"] == 0


def test_odd_requests_are_refused_and_nothing_breaks(programs: Programs, caplog: pytest.LogCaptureFixture) -> None:
    drafter, clerk = programs.of("drafter"), programs.of("clerk")
    caplog.set_level(logging.ERROR)
    problem(drafter.form("/documents", file="text, no file", facts=programs.facts()), 422)
    problem(drafter.form("/documents", facts=programs.facts()), 422)
    problem(drafter.form("/documents", file=b"", facts=programs.facts()), 422)
    problem(drafter.form("/documents", file=b"MZ", facts=programs.facts()), 422)
    problem(drafter.form("/documents", file=programs.file(), facts=[1, 2]), 422)
    problem(drafter.post("/documents", {"facts": 1}), 422)
    problem(drafter.send("POST", "/documents", data={"facts": "{"}), 422)
    problem(drafter.send("POST", "/documents", data={"facts": "[" * 100_000}), 400)
    problem(clerk.post("/secret-numbers", [1]), 422)
    problem(clerk.send("POST", "/secret-numbers", data="[" * 100_000, content_type="application/json"), 400)
    problem(clerk.send("POST", "/secret-numbers", data="{", content_type="application/json"), 422)
    problem(clerk.send("POST", "/secret-numbers", data="unit_id=1"), 422)
    problem(clerk.get("/documents/..%2f..%2fetc%2fpasswd"), 404)
    problem(clerk.get("/documents/nothing"), 422)
    problem(clerk.get("/registers/0"), 422)
    problem(clerk.get("/shares", **{"from": "yesterday", "to": "2026-01-01"}), 422)
    assert caplog.records == []


def test_the_same_step_out_of_turn_is_a_conflict(programs: Programs) -> None:
    document_id = programs.office.draft()
    told = problem(programs.of("drafter", "en").post(f"/documents/{document_id}/sign", {"passphrase": "x"}), 409)
    assert told["code"] == "wrong-state"


def test_a_passphrase_is_neither_told_back_nor_logged(programs: Programs, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    document_id = programs.office.submitted()
    answer = programs.of("leader").post(f"/documents/{document_id}/sign", {"passphrase": "bi-mat-cua-toi"})
    assert "bi-mat-cua-toi" not in answer.text
    answer = programs.of("leader").post(f"/documents/{document_id}/sign", {"passphrase": ["bi-mat-cua-toi"]})
    problem(answer, 422)
    assert "bi-mat-cua-toi" not in answer.text
    assert programs.of("leader").post(f"/documents/{document_id}/sign", {"passphrase": PASSPHRASE}).status_code == 200
    assert PASSPHRASE not in caplog.text
    assert "bi-mat-cua-toi" not in caplog.text


class TestWithTightLimits:
    @pytest.fixture
    def limits(self) -> dict[str, Any]:
        return {"api_requests_per_minute": 3, "upload_limit_bytes": 1000}

    def test_one_user_may_ask_only_so_often_with_all_tokens_together(self, programs: Programs) -> None:
        first, second, other = programs.of("reader"), programs.of("reader"), programs.of("clerk")
        assert [program.get("/me").status_code for program in (first, first, second)] == [200] * 3
        refused = second.get("/me")
        assert problem(refused, 429)["code"] == "too-often"
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert other.get("/me").status_code == 200, "others are not kept waiting"

    def test_a_file_over_the_limit_is_refused(self, programs: Programs) -> None:
        drafter = programs.of("drafter")
        answer = drafter.form("/documents", file=b"%PDF-" + b"0" * 1000, facts=programs.facts())
        assert problem(answer, 413)["code"] == "too-large"
        answer = drafter.send(
            "POST",
            "/documents",
            content_type="multipart/form-data; boundary=x",
            environ_overrides={"CONTENT_LENGTH": "3000000"},
        )
        assert problem(answer, 413)["code"] == "http-413"


def test_passphrases_cannot_be_guessed_with_a_stolen_token(programs: Programs) -> None:
    limits = programs.app.extensions[EXTENSION]
    still = replace(limits, passphrases=Pace(20, clock=lambda: 0.0))  # however slow the machine is
    programs.app.extensions[EXTENSION] = still
    document_id = programs.office.submitted()
    leader = programs.of("leader")
    answers = [leader.post(f"/documents/{document_id}/sign", {"passphrase": "x"}).status_code for _ in range(25)]
    assert answers.count(422) == 20
    assert answers[-1] == 429
