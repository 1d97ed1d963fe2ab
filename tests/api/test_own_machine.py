"""A client with its own key signs through the API: what it is told, sends, and what is refused."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from signing._cms import signed_data
from signing.verify import Verdict, verify
from tests.api.client import Program, Programs, problem
from tests.issue.test_local_signing import key_of, pem_of


def begin(program: Program, document_id: str, certificates: bytes, **more: Any) -> dict[str, Any]:
    answer = program.post(f"/documents/{document_id}/signing", {"certificates": certificates.decode(), **more})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    assert answer.headers["Location"].endswith(f"/documents/{document_id}/signing/{told['id']}")
    return told


def test_a_client_checks_what_it_is_given_signs_and_hands_it_in_twice(programs: Programs) -> None:
    office, leader, clerk = programs.office, programs.of("leader"), programs.of("clerk")
    document_id = office.submitted()
    own = key_of(office, "leader")
    told = begin(leader, document_id, pem_of(own))
    file = leader.get(f"/documents/{document_id}/signing/{told['id']}/file").data
    start, end = told["container"]
    digest = hashlib.sha256(file[:start] + file[end:]).digest()
    assert base64.b64decode(told["digest"]) == digest
    assert hashlib.sha256(file).hexdigest() == told["sha256"]
    rendition = leader.get(f"/documents/{document_id}").get_json()["renditions"][-1]
    assert rendition["sha256"] == told["base_sha256"]
    cms = base64.b64encode(signed_data(own, digest, None)).decode()
    for _ in range(2):
        answer = leader.post(f"/documents/{document_id}/signing/{told['id']}", {"cms": cms})
        assert answer.get_json()["state"] == "signed", answer.text

    seal = key_of(office)
    told = begin(clerk, document_id, pem_of(seal), on=office.today.isoformat())
    assert (told["kind"], told["reference"]) == ("organisation", "01/QĐ-UBND")
    value = seal.sign(base64.b64decode(told["signed_attributes"]), "sha256")
    answer = clerk.post(
        f"/documents/{document_id}/signing/{told['id']}", {"signature": base64.b64encode(value).decode()}
    )
    assert answer.get_json()["state"] == "issued", answer.text
    issued = office.document(document_id).renditions[-1]
    assert verify(office.desk.store.get(issued.sha256), trust=office.desk.trust).verdict is Verdict.VALID


def test_a_wrong_answer_is_refused_with_its_reason(programs: Programs) -> None:
    office, leader = programs.office, programs.of("leader", "en")
    document_id = office.submitted()
    own = key_of(office, "leader")
    told = begin(leader, document_id, pem_of(own))
    path = f"/documents/{document_id}/signing/{told['id']}"
    other = base64.b64encode(signed_data(own, bytes(32), None)).decode()
    refused = problem(leader.post(path, {"cms": other}), 422)
    assert refused["code"] == "signature-refused"
    assert "something else than what was handed out" in refused["detail"]
    problem(leader.post(path, {"cms": "không phải base64"}), 422)
    problem(leader.post(path, {}), 422)
    problem(leader.post(path, {"cms": other, "signature": other}), 422)
    deputy = problem(
        leader.post(f"/documents/{document_id}/signing", {"certificates": pem_of(key_of(office, "deputy")).decode()}),
        409,
    )
    assert deputy["code"] == "other-certificate"
    problem(leader.post(f"/documents/{document_id}/signing", {"certificates": "x"}), 422)
    problem(programs.of("deputy").post(path, {"cms": other}), 404)
    assert office.document(document_id).state == "submitted"
