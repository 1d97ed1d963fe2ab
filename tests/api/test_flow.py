"""The whole way of a document through the API: draft, sign, issue, find, download, verify, count."""

from __future__ import annotations

import hashlib

import pytest

from tests.api.client import Program, Programs, problem
from tests.office import COMMUNE, PASSPHRASE, STAFF


@pytest.mark.parametrize("backend", ["embedded", "cluster"])
def test_a_document_goes_its_whole_way_through_the_api(programs: Programs) -> None:
    path = drafted_and_submitted(programs)
    signed_and_issued(programs, path)
    programs.office.index()
    reader = programs.of("reader")
    found_by_those_who_look_for_it(programs, reader, path)
    file = downloaded(reader, path)
    checked = reader.form("/verifications", file=file).get_json()
    assert checked["verdict"] == "VALID"
    assert checked["archive"]["standing"] == "current"
    assert path.endswith(checked["archive"]["document_id"])
    assert [signature["level"] for signature in checked["signatures"]] == ["B-T", "B-T"]
    assert all(signature["timestamped_at"] for signature in checked["signatures"])
    filled = [change for change in checked["signatures"][0]["changes"] if change["code"] == "field-filled"]
    assert filled
    assert all(one["kind"] == "fields" and one["field"] and one["after"] and one["page"] for one in filled)
    counted_in_the_shares(programs, reader, path)

    withdrawn = programs.of("clerk").post(f"{path}/withdraw", {"reason": "Sai thẩm quyền."})
    assert withdrawn.get_json()["state"] == "withdrawn"
    assert reader.form("/verifications", file=file).get_json()["archive"]["standing"] == "withdrawn"


def drafted_and_submitted(programs: Programs) -> str:
    drafter, leader = programs.of("drafter"), programs.of("leader")
    made = drafter.form("/documents", file=programs.file(), facts=programs.facts())
    assert made.status_code == 201, made.text
    draft = made.get_json()
    path = f"/documents/{draft['id']}"
    assert made.headers["Location"] == f"/api/v1{path}"
    assert (draft["state"], draft["reference"], draft["places_missing"]) == ("draft", None, [])
    assert draft["signatory"]["name"] == "Lê Đình Khải"
    assert draft["unit"]["id"] == programs.office.units[COMMUNE]

    revised = drafter.form(path, method="PUT", facts=programs.facts("Về việc kiện toàn Tổ công tác chuyển đổi số"))
    assert revised.get_json()["abstract"] == "Về việc kiện toàn Tổ công tác chuyển đổi số"
    assert len(revised.get_json()["renditions"]) == 1, "the file stayed as it was"
    revised = drafter.form(path, method="PUT", facts=programs.facts(), file=programs.file("Bản mới"))
    assert len(revised.get_json()["renditions"]) == 2

    assert drafter.post(f"{path}/submit").get_json()["state"] == "submitted"
    assert leader.get("/waiting", work="to-sign").get_json()["documents"][0]["id"] == draft["id"]
    assert leader.post(f"{path}/take-back").status_code == 403
    assert drafter.post(f"{path}/take-back").get_json()["state"] == "draft"
    assert drafter.post(f"{path}/submit").status_code == 200
    assert leader.post(f"{path}/send-back", {"reason": "Bổ sung căn cứ."}).status_code == 204
    assert drafter.get(path).get_json()["note"] == "Bổ sung căn cứ."
    assert leader.get(path).status_code == 404, "what was sent back is its author's alone"
    assert drafter.get("/waiting", work="drafts").get_json()["total"] == 1
    assert drafter.post(f"{path}/submit").status_code == 200
    return path


def signed_and_issued(programs: Programs, path: str) -> None:
    leader, clerk = programs.of("leader"), programs.of("clerk")
    problem(leader.post(f"{path}/sign", {"passphrase": "sai"}), 422)
    signed = leader.post(f"{path}/sign", {"passphrase": PASSPHRASE})
    assert signed.get_json()["state"] == "signed"
    assert [signature["kind"] for signature in signed.get_json()["signatures"]] == ["personal"]

    assert clerk.get("/waiting", work="to-issue").get_json()["total"] == 1
    numbered = clerk.post(f"{path}/number", {"on": programs.office.today.isoformat()})
    assert (numbered.get_json()["state"], numbered.get_json()["reference"]) == ("numbered", "01/QĐ-UBND")
    sealed = clerk.post(f"{path}/seal", {"passphrase": PASSPHRASE})
    assert [signature["indication"] for signature in sealed.get_json()["signatures"]] == ["TOTAL-PASSED"] * 2
    issued = clerk.post(f"{path}/publish")
    assert issued.get_json()["state"] == "issued"
    assert all(delivery["sent_at"] for delivery in issued.get_json()["deliveries"])


def found_by_those_who_look_for_it(programs: Programs, reader: Program, path: str) -> None:
    for words in ("01/QĐ-UBND", "qd 1 ubnd", "kien toan chuyen doi so", f"{programs.office.today:%d/%m/%Y}"):
        found = reader.get("/documents", q=words).get_json()
        assert [f"/documents/{result['document']['id']}" for result in found["results"]] == [path], words
    assert found["understood"][0]["kind"] == "period"
    pieces = reader.get("/documents", q="kiện toàn").get_json()["results"][0]["abstract"]["pieces"]
    assert "kiện" in "".join(piece["text"] for piece in pieces if piece["marked"])


def downloaded(reader: Program, path: str) -> bytes:
    renditions = reader.get(path).get_json()["renditions"]
    assert [rendition["role"] for rendition in renditions] == ["issued"], "readers get what was issued alone"
    answer = reader.get(f"{path}/renditions/{renditions[0]['id']}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert hashlib.sha256(answer.data).hexdigest() == renditions[0]["sha256"]
    assert answer.headers["Cache-Control"] == "no-store"
    return bytes(answer.data)


def counted_in_the_shares(programs: Programs, reader: Program, path: str) -> None:
    year = {"from": f"{programs.office.today.year}-01-01", "to": f"{programs.office.today.year}-12-31"}
    shares = reader.get("/shares", unit_id=programs.office.units[STAFF], **year).get_json()
    assert (shares["from"], shares["to"]) == (year["from"], year["to"])
    assert shares["units"][0]["electronic"] == {"counted": 1, "total": 1, "percent": "100.0%"}
    assert shares["units"][0]["paperless"] == {"counted": 0, "total": 1, "percent": "0.0%"}
    unit_id = programs.office.units[COMMUNE]
    behind = reader.get("/shares/documents", unit_id=unit_id, metric="paperless", part="remainder", **year).get_json()
    assert (behind["total"], behind["hidden"]) == (1, 0)
    assert path.endswith(behind["documents"][0]["id"])


def test_a_signed_document_is_issued_in_one_go(programs: Programs) -> None:
    document_id = programs.office.signed()
    clerk = programs.of("clerk")
    issued = clerk.post(f"/documents/{document_id}/issue", {"passphrase": PASSPHRASE})
    assert issued.status_code == 200, issued.text
    assert (issued.get_json()["state"], issued.get_json()["reference"]) == ("issued", "01/QĐ-UBND")
    assert issued.get_json()["issued_on"] == programs.office.today.isoformat()


@pytest.mark.parametrize("backend", ["embedded", "cluster"])
def test_paper_documents_and_secret_numbers_are_registered(programs: Programs) -> None:
    office, clerk = programs.office, programs.of("clerk")
    facts = programs.facts("Về việc nâng bậc lương", signatory_id=None, issued_on=office.today.isoformat(), copies=3)
    facts |= {"signatory_name": "Lê Đình Khải", "signatory_position": "Chủ tịch"}
    made = clerk.form("/paper-documents", facts=facts, scan=programs.file())
    assert made.status_code == 201, made.text
    assert (made.get_json()["medium"], made.get_json()["reference"], made.get_json()["copies"]) == (
        "paper",
        "01/QĐ-UBND",
        3,
    )
    assert [rendition["role"] for rendition in made.get_json()["renditions"]] == ["scan"]

    taken = clerk.post("/secret-numbers", {"unit_id": office.units[COMMUNE], "type": "bc"})
    assert (taken.status_code, taken.get_json()["number"]) == (201, 1)

    registers = clerk.get("/registers").get_json()["registers"]
    common = next(register for register in registers if not register["secret"])
    assert common["last_number"] == 1
    page = clerk.get(f"/registers/{common['id']}").get_json()
    assert page["register"]["id"] == common["id"]
    assert [entry["reference"] for entry in page["entries"]] == ["01/QĐ-UBND"]
    secret = next(register for register in registers if register["secret"])
    assert clerk.get(f"/registers/{secret['id']}").get_json()["entries"][0]["document"] is None


def test_a_program_learns_who_it_is_and_where(programs: Programs) -> None:
    clerk = programs.of("clerk")
    me = clerk.get("/me").get_json()
    assert (me["username"], me["roles"]) == (
        "clerk",
        [{"role": "clerk", "unit_id": programs.office.units[COMMUNE]}],
    )
    units = {unit["id"]: unit for unit in clerk.get("/units").get_json()["units"]}
    assert units[programs.office.units[STAFF]]["parent_id"] == programs.office.units[COMMUNE]
    types = clerk.get("/document-types").get_json()["types"]
    assert {"key": "qd", "code": "QĐ", "name": "Quyết định", "name_en": "Decision", "is_copy": False} in types
    assert (len(types), sum(kind["is_copy"] for kind in types)) == (32, 3)
