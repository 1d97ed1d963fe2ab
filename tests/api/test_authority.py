"""``GET /delegations``: authority to sign with its dates, and refusals with their code."""

from __future__ import annotations

from docsvc.accounts import SYSTEM
from docsvc.records.delegations import NewDelegation, close, record
from tests.api.client import Programs
from tests.office import COMMUNE, OTHER


def test_authorities_are_read_with_their_dates_by_those_they_concern(programs: Programs) -> None:
    office = programs.office
    new = NewDelegation(
        unit_id=office.units[COMMUNE],
        user_id=office.people["deputy"],
        authority="KT.",
        giver_id=office.people["leader"],
        type_keys=("tb",),
        valid_from=office.today,
        valid_to=office.today,
    )
    with office.service.database.write() as session:
        record(session, new, by=SYSTEM)
        close(session, record(session, new, by=SYSTEM), "nhầm", by=SYSTEM)
    told = programs.of("deputy").get("/delegations").get_json()["delegations"]
    assert [(one["authority"], one["types"], one["standing"]) for one in told] == [
        ("KT.", ["tb"], "in-force"),
        ("KT.", ["tb"], "ended"),
    ]
    assert told[0]["valid_to"] == office.today.isoformat()
    assert told[1]["end_reason"] == "nhầm"
    elsewhere = programs.of("administrator").get("/delegations", unit_id=office.units[OTHER])
    assert elsewhere.get_json() == {"delegations": []}
    assert programs.of("drafter").get("/delegations").get_json() == {"delegations": []}


def test_a_submission_without_authority_is_refused_by_its_code(programs: Programs) -> None:
    document_id = programs.office.draft(authority="TUQ.")
    answer = programs.of("drafter").send("POST", f"/documents/{document_id}/submit")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not-authorised-to-sign")
