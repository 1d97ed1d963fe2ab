"""Annexes over the API."""

from __future__ import annotations

from tests.api.client import Programs, problem
from tests.office import PASSPHRASE
from tests.signing.drafts import draw


def test_an_annex_is_added_sealed_and_downloaded(programs: Programs) -> None:
    drafter = programs.of("drafter")
    document = drafter.form("/documents", file=programs.file(), facts=programs.facts()).get_json()
    at = f"/documents/{document['id']}"
    for _ in range(2):
        made = drafter.form(f"{at}/annexes", file=draw(), title="Danh sách thành viên")
        assert made.status_code == 201, made.text
    annexes = made.get_json()["annexes"]
    assert [(one["title"], one["pages"], one["level"]) for one in annexes] == [("Danh sách thành viên", 1, "")] * 2
    left = drafter.send("DELETE", f"{at}/annexes/{annexes[1]['id']}")
    assert [one["id"] for one in left.get_json()["annexes"]] == [annexes[0]["id"]]
    problem(drafter.send("DELETE", f"{at}/annexes/{annexes[1]['id']}"), 404)
    drafter.post(f"{at}/submit")
    problem(drafter.form(f"{at}/annexes", file=draw()), 409)
    programs.of("leader").post(f"{at}/sign", {"passphrase": PASSPHRASE})
    issued = programs.of("clerk").post(f"{at}/issue", {"passphrase": PASSPHRASE}).get_json()
    assert issued["annexes"][0]["level"] == "B-T"
    seen = programs.of("reader").get(at).get_json()
    annex = next(one for one in seen["renditions"] if one["role"] == "annex")
    assert annex["annex_id"] == annexes[0]["id"]
    content = programs.of("reader").get(f"{at}/renditions/{annex['id']}").data
    checked = programs.of("reader").form("/verifications", file=content).get_json()
    assert checked["verdict"] == "VALID"
    assert checked["archive"]["annex"] == "Phụ lục: Danh sách thành viên"
