"""Reports of verifications through the API: taken away, and come to again."""

from __future__ import annotations

import json

from signing.verify import Verdict, verify
from tests.api.client import Programs


def test_a_program_takes_reports_away_and_comes_to_their_verdict_again(programs: Programs) -> None:
    office, reader = programs.office, programs.of("reader")
    content = office.service.store.get(office.document(office.issued()).renditions[-1].sha256)
    answers = {form: reader.form(f"/verifications?report={form}", file=content) for form in ("pdf", "json", "xml")}
    assert {form: one.mimetype for form, one in answers.items()} == {
        form: f"application/{form}" for form in ("pdf", "json", "xml")
    }
    assert verify(answers["pdf"].data, trust=office.service.desk.trust).verdict is Verdict.VALID
    for form in ("pdf", "json"):
        told = reader.form("/verifications/again", file=content, report=answers[form].data).get_json()
        assert (told["same"], told["differences"], told["verdict"]) == (True, [], "VALID")
    changed = answers["json"].get_json() | {"verdict": "INVALID"}
    told = reader.form("/verifications/again", file=content, report=json.dumps(changed).encode()).get_json()
    assert told["differences"] == [{"line": "verdict", "then": "INVALID", "now": "VALID"}]


def test_a_report_of_another_file_and_no_report_are_problems(programs: Programs) -> None:
    reader = programs.of("reader")
    report = reader.form("/verifications?report=json", file=b"one").data
    other = reader.form("/verifications/again", file=b"two", report=report)
    assert (other.status_code, other.get_json()["code"]) == (409, "report-of-another-file")
    none = reader.form("/verifications/again", file=b"one", report=b"two")
    assert (none.status_code, none.get_json()["code"]) == (422, "not-a-report")
    assert reader.form("/verifications?report=docx", file=b"one").status_code == 422
