"""Legal effect by the API: recorded, read on any day, taken back; the public check tells it too."""

from __future__ import annotations

from datetime import date

from docsvc.records.terms import Access
from tests.api.client import Programs
from tests.api.test_public_check import code_for
from tests.records.documents import put

OLD, NEW = date(2026, 3, 2), date(2026, 5, 4)


def test_a_program_records_reads_and_takes_back(programs: Programs) -> None:
    office = programs.office
    old = put(office, issued_on=OLD, reference="01/QĐ-UBND")
    new = put(office, issued_on=NEW, reference="02/QĐ-UBND")
    clerk, reader = programs.of("clerk"), programs.of("reader")
    body = {"kind": "replaces", "target_id": old}
    answer = clerk.post(f"/documents/{new}/effects", body)
    assert answer.status_code == 201
    assert [one["other"]["id"] for one in answer.get_json()["acts"]] == [old]
    assert clerk.post(f"/documents/{new}/effects", body).get_json() == answer.get_json(), "sent again, nothing new"
    told = reader.get(f"/documents/{old}/effects").get_json()
    assert (told["state"], told["start"], told["ended_on"]) == ("replaced", "2026-03-02", "2026-05-04")
    assert [(one["kind"], one["other"]["reference"]) for one in told["acted_on"]] == [("replaces", "02/QĐ-UBND")]
    assert reader.get(f"/documents/{old}").get_json()["effect"] == "replaced"
    assert reader.get(f"/documents/{old}/effects", on="2026-05-03").get_json()["state"] == "in-force"
    effect_id = told["acted_on"][0]["id"]
    third = put(office, issued_on=NEW)
    assert clerk.send("DELETE", f"/documents/{third}/effects/{effect_id}").status_code == 404
    assert reader.send("DELETE", f"/documents/{new}/effects/{effect_id}").status_code == 403
    gone = clerk.send("DELETE", f"/documents/{new}/effects/{effect_id}")
    assert (gone.status_code, gone.get_json()["acts"]) == (200, [])
    assert reader.get(f"/documents/{old}/effects").get_json()["state"] == "in-force"
    period = {"start": "2026-03-10", "last": "2026-04-01"}
    answer = clerk.send("PUT", f"/documents/{old}/in-force", json=period)
    assert (answer.get_json()["state"], answer.get_json()["ended_on"]) == ("expired", "2026-04-02")


def test_refusals_have_their_codes(programs: Programs) -> None:
    office = programs.office
    old, new = put(office, issued_on=OLD), put(office, issued_on=NEW)
    other = put(office, issued_on=NEW, unit_id=office.units["H01.2"])
    said = [
        (programs.of("reader").post(f"/documents/{new}/effects", {"kind": "replaces", "target_id": old})),
        (programs.of("other.clerk").post(f"/documents/{other}/effects", {"kind": "replaces", "target_id": old})),
        (programs.of("clerk").post(f"/documents/{old}/effects", {"kind": "replaces", "target_id": new})),
        (programs.of("clerk").post(f"/documents/{new}/effects", {"kind": "eats", "target_id": old})),
    ]
    assert [answer.status_code for answer in said] == [403, 409, 422, 422]
    assert said[1].get_json()["code"] == "not-competent"


def test_a_newer_document_that_is_not_for_everybody_is_named_to_nobody_else(programs: Programs) -> None:
    office = programs.office
    old = put(office, issued_on=OLD)
    hidden = put(office, issued_on=NEW, reference="77/QĐ-UBND", access=Access.RESTRICTED)
    public = put(office, issued_on=NEW, reference="78/QĐ-UBND")
    clerk = programs.of("clerk")
    for document_id, kind in ((hidden, "replaces"), (public, "amends")):
        assert clerk.post(f"/documents/{document_id}/effects", {"kind": kind, "target_id": old}).status_code == 201
    answer = programs.of("outsider").get(f"/documents/{old}/effects")
    assert {one["kind"]: one["other"] and one["other"]["id"] for one in answer.get_json()["acted_on"]} == {
        "replaces": None,
        "amends": public,
    }
    assert hidden not in answer.text
    record = programs.stranger().get(f"/check/{code_for(office, old)}")
    told = record.get_json()
    assert (told["effect"], told["effect_ends"]) == ("replaced", "2026-05-04")
    assert [(one["kind"], one["reference"]) for one in told["newer"]] == [("amends", "78/QĐ-UBND")]
    for word in ("77/", hidden, public):
        assert word not in record.text
