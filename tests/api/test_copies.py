"""Copies over the API."""

from __future__ import annotations

from tests.api.client import Programs, problem
from tests.office import COMMUNE, PASSPHRASE
from tests.signing.drafts import draw


def test_copies_are_made_numbered_and_told_with_their_source(programs: Programs) -> None:
    office, clerk = programs.office, programs.of("clerk")
    source = office.issued()
    facts = {"form": "sy", "unit_id": office.units[COMMUNE], "signatory_id": office.actor("leader").user_id}
    made = clerk.post(f"/documents/{source}/copies", facts)
    assert made.status_code == 201, made.text
    copy = made.get_json()
    assert copy["places_missing"] == []
    original = office.document(source).renditions[-1].sha256
    assert (copy["copied_from"]["reference"], copy["copied_from"]["sha256"]) == ("01/QĐ-UBND", original)
    issued = clerk.post(f"/documents/{copy['id']}/issue", {"passphrase": PASSPHRASE}).get_json()
    assert (issued["reference"], issued["type"]["key"]) == ("01/SY-UBND", "sy")
    assert [one["kind"] for one in issued["signatures"]] == ["organisation"]
    problem(clerk.post(f"/documents/{source}/copies", {**facts, "form": "sl"}), 409)
    problem(programs.of("drafter").post(f"/documents/{source}/copies", facts), 403)


def test_a_file_from_outside_is_copied_and_the_copy_discarded(programs: Programs) -> None:
    office, clerk = programs.office, programs.of("clerk")
    facts = {
        "form": "trs",
        "pages": "1",
        "unit_id": office.units[COMMUNE],
        "signatory_id": office.actor("leader").user_id,
        "reference": "221/SNV-TCCB",
        "agency": "Sở Nội vụ",
        "abstract": "Về việc khác",
    }
    made = clerk.form("/copies", file=draw(), facts=facts)
    assert made.status_code == 201, made.text
    assert [one["role"] for one in made.get_json()["renditions"]] == ["draft", "source"]
    at = f"/documents/{made.get_json()['id']}"
    assert clerk.post(f"{at}/discard").status_code == 204
    problem(clerk.post(f"{at}/discard"), 404)
