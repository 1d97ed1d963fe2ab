"""Requests sent twice, as by a program that lost the answer: nothing is done or counted twice."""

from __future__ import annotations

from tests.api.client import Program, Programs, problem
from tests.office import COMMUNE, PASSPHRASE


def test_a_draft_sent_again_with_its_key_is_made_once(programs: Programs) -> None:
    drafter = programs.of("drafter")
    key = {"Idempotency-Key": "nhap-2026-0001"}
    first, second = (
        drafter.form("/documents", file=programs.file(), facts=programs.facts(), headers=key) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.get_json()["id"] == second.get_json()["id"]
    assert drafter.get("/waiting", work="drafts").get_json()["total"] == 1
    other = drafter.form("/documents", file=programs.file(), facts=programs.facts())
    assert other.get_json()["id"] != first.get_json()["id"], "without a key every request is its own"


def test_the_keys_of_two_people_are_not_mixed_up(programs: Programs) -> None:
    key = {"Idempotency-Key": "1"}
    first = programs.of("drafter").form("/documents", file=programs.file(), facts=programs.facts(), headers=key)
    facts = programs.facts(drafting_unit_id=programs.office.units["H01.1.KT"])
    second = programs.of("drafter.kt").form("/documents", file=programs.file(), facts=facts, headers=key)
    assert second.status_code == 201
    assert second.get_json()["id"] != first.get_json()["id"]


def test_a_paper_document_sent_again_takes_no_second_number(programs: Programs) -> None:
    clerk = programs.of("clerk")
    facts = programs.facts(issued_on=programs.office.today.isoformat())
    key = {"Idempotency-Key": "so-giay-17"}
    answers = [clerk.form("/paper-documents", facts=facts, headers=key) for _ in range(3)]
    assert {answer.get_json()["reference"] for answer in answers} == {"01/QĐ-UBND"}
    registers = clerk.get("/registers").get_json()["registers"]
    assert [register["last_number"] for register in registers] == [1]


def test_a_secret_number_is_taken_only_after_the_last_one_known(programs: Programs) -> None:
    clerk = programs.of("clerk")
    body = {"unit_id": programs.office.units[COMMUNE], "type": "bc", "after": 0}
    assert clerk.post("/secret-numbers", body).get_json()["number"] == 1
    assert problem(clerk.post("/secret-numbers", body), 409)["code"] == "number-moved-on"
    assert clerk.post("/secret-numbers", body | {"after": 1}).get_json()["number"] == 2, "the refusal took no number"


def test_every_step_sent_again_is_answered_like_the_first_time(programs: Programs) -> None:
    office = programs.office
    path = f"/documents/{office.draft()}"
    drafter, leader, clerk = (programs.of(name) for name in ("drafter", "leader", "clerk"))
    passphrase = {"passphrase": PASSPHRASE}
    steps: tuple[tuple[Program, str, dict[str, str] | None], ...] = (
        (drafter, "submit", None),
        (leader, "sign", passphrase),
        (clerk, "number", {}),
        (clerk, "seal", passphrase),
        (clerk, "publish", None),
        (clerk, "issue", passphrase),
        (clerk, "withdraw", {"reason": "Sai thẩm quyền."}),
    )
    for program, step, body in steps:
        first = program.post(f"{path}/{step}", body)
        again = program.post(f"{path}/{step}", body)
        assert (first.status_code, again.status_code) == (200, 200), step
        assert again.get_json() == first.get_json(), step
    assert [one["last_number"] for one in clerk.get("/registers").get_json()["registers"]] == [1]


def test_issuing_goes_on_from_where_it_stopped_and_keeps_its_number(programs: Programs) -> None:
    document_id = programs.office.signed()
    clerk = programs.of("clerk")
    problem(clerk.post(f"/documents/{document_id}/issue", {"passphrase": "sai"}), 422)
    assert clerk.get("/registers").get_json()["registers"][0]["last_number"] == 0, "a wrong passphrase costs no number"
    assert clerk.post(f"/documents/{document_id}/number", {}).get_json()["reference"] == "01/QĐ-UBND"
    for _ in range(2):
        issued = clerk.post(f"/documents/{document_id}/issue", {"passphrase": PASSPHRASE})
        assert (issued.get_json()["state"], issued.get_json()["reference"]) == ("issued", "01/QĐ-UBND")


def test_a_step_that_somebody_else_took_is_no_repeat(programs: Programs) -> None:
    document_id = programs.office.signed()
    problem(programs.of("drafter").post(f"/documents/{document_id}/sign", {"passphrase": PASSPHRASE}), 409)
    programs.of("clerk").post(f"/documents/{document_id}/number", {})
    answer = programs.of("clerk").post(f"/documents/{document_id}/number", {"on": "2020-01-01"})
    problem(answer, 409)
