"""Programs begin audits, follow them, read what was found and answer alarms."""

from __future__ import annotations

from docsvc.inspection.carrying import carry
from docsvc.records.terms import Access
from tests.api.client import Programs
from tests.inspection.archive import issued_sha256, object_file
from tests.office import COMMUNE


def test_an_audit_from_its_start_to_the_answer_to_its_alarm(programs: Programs) -> None:
    office = programs.office
    lost = office.issued("Về việc kỷ luật", access=Access.RESTRICTED)
    object_file(office.service, issued_sha256(office, lost)).unlink()
    auditor, administrator = programs.of("auditor"), programs.of("administrator")
    begun = auditor.post("/audits", {"files": "all", "unit_ids": [office.units[COMMUNE]]})
    assert begun.status_code == 201
    address = begun.headers["Location"].removeprefix("/api/v1")
    assert (begun.get_json()["state"], begun.get_json()["total"]) == ("waiting", 3)
    assert auditor.get("/audits").get_json()["audits"][0]["id"] == begun.get_json()["id"]
    assert auditor.post(f"{address}/stop").get_json()["audit"]["state"] == "stopped"
    assert auditor.post(f"{address}/stop").status_code == 409
    assert auditor.post(f"{address}/resume").get_json()["audit"]["state"] == "waiting"
    for _ in carry(office.desk, begun.get_json()["id"]):
        pass
    read = auditor.get(address).get_json()
    assert (read["audit"]["state"], read["audit"]["findings"]) == ("done", 1)
    assert {one["code"]: one["files"] for one in read["causes"]} == {"object-missing": 1, "valid": 1, "bytes-sound": 1}
    (file,) = auditor.get(f"{address}/results").get_json()["files"]
    assert (file["document"]["id"], file["stored"]) == (lost, "missing")
    (hidden,) = administrator.get(f"{address}/results").get_json()["files"]
    assert (hidden["document"], hidden["cause"], hidden["detail_en"]) == (None, "object-missing", "")
    period = {"from": f"{office.today.year}-01-01", "to": f"{office.today.year}-12-31"}
    counted = {one["unit_id"]: one for one in auditor.get("/inspection", **period).get_json()["units"]}
    assert (counted[office.units[COMMUNE]]["all"], counted[office.units[COMMUNE]]["broken"]) == (1, 1)
    asked = {"unit_id": office.units[COMMUNE], "standard": "broken", **period}
    assert [one["id"] for one in auditor.get("/inspection/documents", **asked).get_json()["documents"]] == [lost]
    assert administrator.get("/inspection/documents", **asked).get_json()["hidden"] == 1
    (alarm,) = auditor.get("/audit-alarms").get_json()["alarms"]
    assert alarm["document"]["id"] == lost
    assert administrator.get("/audit-alarms").get_json()["alarms"][0]["document"] is None
    answered = f"/audit-alarms/{alarm['id']}/acknowledge"
    assert auditor.post(answered, {"note": ""}).status_code == 422
    assert auditor.post(answered, {"note": "Đã khôi phục"}).get_json() == {"alarms": []}
    assert auditor.post(answered, {"note": "nữa"}).status_code == 404
    for username in ("reader", "leader", "clerk"):
        program = programs.of(username)
        assert program.post("/audits", {}).status_code == 403
        assert program.get("/audits").status_code == 403
        assert program.get("/audit-alarms").status_code == 403
        assert program.get("/inspection", **period).status_code == 403
        assert program.get(address).status_code == 404
