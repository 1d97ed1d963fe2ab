"""The register's entry by its check code: open to every program, and telling of public documents alone."""

from __future__ import annotations

from typing import Any

import pytest

from docsvc.records.check_codes import give_code
from docsvc.records.terms import Access
from tests.api.client import Programs
from tests.office import ABSTRACT, Office


def code_for(office: Office, document_id: str) -> str:
    with office.service.database.write() as session:
        return give_code(session, office.document(document_id), office.desk.clock(), by="clerk")


@pytest.fixture(params=["embedded", "cluster"])
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_program_without_a_token_reads_what_the_register_says(programs: Programs) -> None:
    document_id = programs.office.issued()
    answer = programs.stranger().get(f"/check/{code_for(programs.office, document_id).lower()}")
    assert answer.status_code == 200
    told = answer.get_json()
    assert (told["abstract"], told["type"]["key"], told["state"]) == (ABSTRACT, "qd", "issued")
    assert (told["withdrawn_at"], told["copy_of"], told["annexes"]) == (None, None, [])
    assert document_id not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_other_code_gets_the_same_answer_whoever_asks(programs: Programs) -> None:
    office = programs.office
    codes = [
        "7K3M-Q9XA-2HTV4",
        "nothing",
        code_for(office, office.signed("Chưa phát hành")),
        code_for(office, office.issued("Nội bộ", access=Access.INTERNAL)),
    ]
    for program in (programs.stranger(), programs.of("clerk")):
        answers = [program.get(f"/check/{code}") for code in codes]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.data for answer in answers}) == 1


class TestWithTightLimits:
    @pytest.fixture
    def limits(self) -> dict[str, Any]:
        return {"code_lookups_per_minute": 2}

    def test_codes_cannot_be_tried_one_after_the_other(self, programs: Programs) -> None:
        tried = [programs.stranger().get("/check/7K3M-Q9XA-2HTV4").status_code for _ in range(3)]
        assert tried == [404, 404, 429]
