"""Places read and set by a program."""

from __future__ import annotations

from tests.api.client import Programs, problem
from tests.issue.test_placing import scan
from tests.office import PASSPHRASE

BOX = {"page": 1, "left": 120, "bottom": 720, "width": 40, "height": 14.4}


def test_a_program_places_a_scan_and_it_is_signed(programs: Programs) -> None:
    drafter = programs.of("drafter", "en")
    draft = drafter.form("/documents", file=scan(), facts=programs.facts()).get_json()
    path = f"/documents/{draft['id']}"
    assert draft["places_missing"] == ["number", "day", "month", "personal_signature"]
    assert draft["places"]["number"] is None
    body = {
        "number": BOX,
        "day": BOX | {"left": 380, "width": 20},
        "month": BOX | {"left": 440, "width": 20},
        "personal_signature": {"page": 1, "left": 340, "bottom": 400, "width": 150, "height": 70},
        "organisation_signature": {"page": 1, "left": 20, "bottom": 420, "width": 1, "height": 1},
        "printed_year": programs.office.today.year,
    }
    near_the_edge = problem(drafter.send("PUT", f"{path}/places", json=body), 422)
    assert near_the_edge["detail"] == "The place of the seal: lies outside the page."
    body["organisation_signature"] = {"page": 1, "left": 200, "bottom": 430, "width": 1, "height": 1}
    kept = drafter.send("PUT", f"{path}/places", json=body).get_json()
    assert [concern["code"] for concern in kept["concerns"]] == ["seal-off-signature"]
    document = kept["document"]
    assert document["places_missing"] == []
    assert document["places"]["number"] == BOX
    assert round(document["places"]["organisation_signature"]["width"]) == 102, "36 mm"
    assert document["places"]["by_hand"] == [
        "number",
        "day",
        "month",
        "personal_signature",
        "organisation_signature",
        "printed_year",
    ]
    assert drafter.post(f"{path}/submit").status_code == 200
    assert programs.of("leader").post(f"{path}/sign", {"passphrase": PASSPHRASE}).get_json()["state"] == "signed"
    assert problem(programs.of("leader").send("PUT", f"{path}/places", json=body), 409)


def test_places_found_by_text_are_told_and_come_back(programs: Programs) -> None:
    drafter = programs.of("drafter")
    draft = drafter.form("/documents", file=programs.file(), facts=programs.facts()).get_json()
    path, found = f"/documents/{draft['id']}", draft["places"]
    assert found["by_hand"] == []
    boxes = {name: box for name, box in found.items() if name != "by_hand" and box is not None}
    hand = boxes["personal_signature"] | {"left": boxes["personal_signature"]["left"] - 12}
    moved = drafter.send("PUT", f"{path}/places", json=boxes | {"personal_signature": hand}).get_json()["document"]
    assert moved["places"]["by_hand"] == ["personal_signature"]
    assert moved["places"]["personal_signature"] == hand
    assert drafter.send("DELETE", f"{path}/places").get_json()["places"] == found
    assert problem(drafter.send("PUT", f"{path}/places", json={"number": BOX | {"page": 0}}), 422)
    assert problem(drafter.send("PUT", f"{path}/places", json={"number": BOX | {"left": "x"}}), 422)
