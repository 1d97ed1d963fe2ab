"""What is not for a person to know is not told by any endpoint: every one is walked, and a new one must join."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

from docsvc.db.records import Document, Series
from docsvc.records.books import books
from docsvc.records.check_codes import give_code
from docsvc.records.terms import Access
from tests.api.client import V1, Program, Programs
from tests.office import COMMUNE, OTHER, PASSPHRASE, Office

SECRET = "Về việc xem xét kỷ luật công chức Hoàng Kim Ngân"
PDF, FACTS = "the document's own file", "facts of another document"


@dataclass(frozen=True)
class Ask:
    """One request; ``{names}`` in it are filled in from the hidden document."""

    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, str | int] | None = None
    form: dict[str, str] | None = None


@dataclass
class Hidden:
    """A document that some must not learn of."""

    id: str
    content: bytes
    names: dict[str, object]

    def asked_of(self, program: Program, programs: Programs, method: str, path: str, ask: Ask) -> TestResponse:
        """Send one request of the walk."""
        path = path.format(**self.names)
        if ask.form is not None:
            known: dict[str, Any] = {PDF: self.content, FACTS: programs.facts("Khác")}
            return program.form(path, method=method.upper(), **{name: known[value] for name, value in ask.form.items()})
        query = {name: value.format(**self.names) for name, value in ask.query.items()}
        return program.send(method.upper(), path, query_string=query, json=ask.body)

    def told_by(self, answer: TestResponse) -> bool:
        """Whether the answer tells of it; the words asked for may come back as such."""
        return any(word.encode() in answer.data for word in (self.id, SECRET)) or answer.data == self.content


def hidden(office: Office, document_id: str) -> Hidden:
    office.index()
    document = office.document(document_id)
    rendition = document.renditions[-1]
    with office.service.database.read() as session:
        register_id = session.scalars(select(Series.id).where(Series.unit_id == office.units[COMMUNE])).first()
    with office.service.database.write() as session:
        row = session.get_one(Document, document_id)
        code = give_code(session, row, office.desk.clock(), by="clerk")
    names = {
        "code": code,
        "document_id": document_id,
        "reference": document.reference or "01/QĐ-UBND",
        "rendition_id": rendition.id,
        "signing_id": "0" * 32,
        "register_id": register_id,
        "annex_id": 1,
        "effect_id": 1,
        "audit_id": 1,
        "alarm_id": 1,
        "commune": office.units[COMMUNE],
        "start": f"{office.today.year}-01-01",
        "end": f"{office.today.year}-12-31",
    }
    return Hidden(document_id, office.service.store.get(rendition.sha256), names)


PERIOD = {"from": "{start}", "to": "{end}"}
ONE = "/documents/{document_id}"
WALK: dict[tuple[str, str], tuple[Ask, ...]] = {
    ("get", "/documents"): (
        Ask(),
        Ask({"q": "kỷ luật"}),
        Ask({"q": "Hoàng Kim Ngân"}),
        Ask({"q": '"xem xét kỷ luật"'}),
        Ask({"q": "-không"}),
        Ask({"q": "{reference}"}),
        Ask({"unit_id": "{commune}"}),
        Ask({"signatory": "Lê Đình Khải", "per_page": "100", "order": "newest"}),
        Ask(PERIOD),
    ),
    ("get", ONE): (Ask(),),
    ("put", ONE): (Ask(form={"facts": FACTS}),),
    ("get", ONE + "/renditions/{rendition_id}"): (Ask(),),
    ("get", ONE + "/effects"): (Ask(), Ask({"on": "{end}"})),
    ("post", ONE + "/effects"): (Ask(body={"kind": "replaces", "target_id": "0" * 32}),),
    ("delete", ONE + "/effects/{effect_id}"): (Ask(),),
    ("put", ONE + "/in-force"): (Ask(body={}),),
    ("get", ONE + "/text"): (Ask(),),
    ("get", ONE + "/renditions/{rendition_id}/verification"): (Ask(),),
    ("post", ONE + "/annexes"): (Ask(form={"file": PDF}),),
    ("delete", ONE + "/annexes/{annex_id}"): (Ask(),),
    ("put", ONE + "/places"): (Ask(body={}),),
    ("delete", ONE + "/places"): (Ask(),),
    ("post", ONE + "/copies"): (Ask(body={"form": "sy", "unit_id": 1, "signatory_id": 1}),),
    ("post", ONE + "/discard"): (Ask(),),
    ("post", ONE + "/submit"): (Ask(),),
    ("post", ONE + "/take-back"): (Ask(),),
    ("post", ONE + "/send-back"): (Ask(body={"reason": "x"}),),
    ("post", ONE + "/sign"): (Ask(body={"passphrase": PASSPHRASE}),),
    ("post", ONE + "/signing"): (Ask(body={"certificates": "x"}),),
    ("get", ONE + "/signing/{signing_id}/file"): (Ask(),),
    ("post", ONE + "/signing/{signing_id}"): (Ask(body={"cms": "AAAA"}),),
    ("post", ONE + "/signing-elsewhere"): (Ask(body={}),),
    ("post", ONE + "/signing-elsewhere/{signing_id}"): (Ask(form={"file": PDF}),),
    ("post", ONE + "/number"): (Ask(body={}),),
    ("post", ONE + "/seal"): (Ask(body={"passphrase": PASSPHRASE}),),
    ("post", ONE + "/publish"): (Ask(),),
    ("post", ONE + "/issue"): (Ask(body={"passphrase": PASSPHRASE}),),
    ("post", ONE + "/withdraw"): (Ask(body={"reason": "x"}),),
    ("get", "/waiting"): tuple(Ask({"work": work}) for work in ("drafts", "underway", "to-sign", "to-issue")),
    ("get", "/event-log"): (Ask(),),
    ("get", "/event-log/anchors"): (Ask(),),
    ("get", "/registers"): (Ask(),),
    ("get", "/registers/{register_id}"): (Ask(),),
    ("get", "/shares"): (Ask(PERIOD),),
    ("get", "/shares/documents"): tuple(
        Ask({"unit_id": "{commune}", "metric": metric, "part": part, **PERIOD})
        for metric in ("electronic", "paperless", "personal")
        for part in ("counted", "remainder")
    ),
    ("post", "/verifications"): (Ask(form={"file": PDF}),),
    ("post", "/verifications/again"): (Ask(form={"file": PDF, "report": PDF}),),
    ("get", "/check/{code}"): (Ask(),),
    ("get", "/me"): (Ask(),),
    ("get", "/units"): (Ask(),),
    ("get", "/document-types"): (Ask(),),
    ("get", "/trust-anchors"): (Ask(),),
    ("get", "/audits"): (Ask(),),
    ("post", "/audits"): (Ask(body={"files": "all"}),),
    ("get", "/audits/{audit_id}"): (Ask(),),
    ("get", "/audits/{audit_id}/results"): (Ask(), Ask({"cause": "valid"}), Ask({"cause": "object-missing"})),
    ("post", "/audits/{audit_id}/stop"): (Ask(),),
    ("post", "/audits/{audit_id}/resume"): (Ask(),),
    ("get", "/audit-alarms"): (Ask(),),
    ("post", "/audit-alarms/{alarm_id}/acknowledge"): (Ask(body={"note": "x"}),),
    ("get", "/inspection"): (Ask(PERIOD), Ask({"unit_id": "{commune}", **PERIOD})),
    ("get", "/inspection/documents"): tuple(
        Ask({"unit_id": "{commune}", "standard": standard, **PERIOD}) for standard in ("all", "right", "late")
    ),
    ("get", "/delegations"): (Ask(), Ask({"unit_id": "{commune}"})),
}
WITHOUT_DOCUMENTS = {
    ("post", "/documents"),
    ("post", "/copies"),
    ("post", "/paper-documents"),
    ("post", "/secret-numbers"),
}
"""They make new documents and tell of these alone."""


def test_the_walk_leaves_no_endpoint_out(programs: Programs) -> None:
    paths = programs.stranger().get("/openapi.json").get_json()["paths"]
    described = {(method, path.removeprefix(V1)) for path, item in paths.items() for method in item}
    assert described == set(WALK) | WITHOUT_DOCUMENTS


def walked(program: Program, document: Hidden, programs: Programs) -> Iterator[tuple[str, str, TestResponse]]:
    for (method, path), asks in WALK.items():
        for ask in asks:
            yield method, path, document.asked_of(program, programs, method, path, ask)


def test_a_restricted_document_is_told_by_no_endpoint_to_who_may_not_read_it(programs: Programs) -> None:
    document = hidden(programs.office, programs.office.issued(SECRET, access=Access.RESTRICTED))
    before = programs.office.document(document.id)
    for username in ("reader", "outsider", "drafter.kt", "other.clerk", "administrator"):
        for method, path, answer in walked(programs.of(username), document, programs):
            where = f"{username}: {method} {path}"
            assert not document.told_by(answer), where
            assert answer.status_code < 500, where
            if "document_id" in path:
                assert answer.status_code in ({403, 404} if method == "put" else {404}), where
    after = programs.office.document(document.id)
    assert (after.state, after.version) == (before.state, before.version)


def test_a_document_on_its_way_is_told_by_no_endpoint_to_who_has_no_part_in_it(programs: Programs) -> None:
    document = hidden(programs.office, programs.office.signed(SECRET))
    for username in ("reader", "deputy", "auditor", "administrator", "other.clerk"):
        for method, path, answer in walked(programs.of(username), document, programs):
            assert not document.told_by(answer), f"{username}: {method} {path}"


def test_those_who_may_read_it_do_find_it_by_the_same_walk(programs: Programs) -> None:
    document = hidden(programs.office, programs.office.issued(SECRET, access=Access.RESTRICTED))
    telling = {
        f"{method} {path}"
        for method, path, answer in walked(programs.of("clerk"), document, programs)
        if document.told_by(answer)
    }
    assert {
        "get /documents",
        "get /documents/{document_id}",
        "get /documents/{document_id}/renditions/{rendition_id}",
        "get /documents/{document_id}/renditions/{rendition_id}/verification",
        "get /registers/{register_id}",
        "get /shares/documents",
        "post /verifications",
    } <= telling


def test_counts_tell_that_hidden_documents_exist_but_not_which(programs: Programs) -> None:
    document = hidden(programs.office, programs.office.issued(SECRET, access=Access.RESTRICTED))
    ask = Ask({"unit_id": "{commune}", "metric": "electronic", "part": "counted", **PERIOD})
    behind = document.asked_of(programs.of("reader"), programs, "get", "/shares/documents", ask)
    assert (behind.get_json()["total"], behind.get_json()["hidden"], behind.get_json()["documents"]) == (1, 1, [])
    assert not document.told_by(behind)


def test_a_reader_of_another_office_may_not_open_a_register(programs: Programs) -> None:
    document = hidden(programs.office, programs.office.issued(SECRET, access=Access.RESTRICTED))
    for username in ("reader", "other.clerk", "administrator"):
        assert programs.of(username).get("/registers/{register_id}".format(**document.names)).status_code == 404
        listed = programs.of(username).get("/registers").get_json()["registers"]
        assert document.names["register_id"] not in {register["id"] for register in listed}


def test_facts_of_other_units_cannot_be_written(programs: Programs) -> None:
    facts = programs.facts(drafting_unit_id=programs.office.units[OTHER])
    drafter = programs.of("drafter")
    assert drafter.form("/documents", file=programs.file(), facts=facts).status_code == 403
    clerk = programs.of("other.clerk")
    facts = programs.facts(issued_on=programs.office.today.isoformat())
    assert clerk.form("/paper-documents", facts=facts).status_code == 403
    body = {"unit_id": programs.office.units[COMMUNE], "type": "bc"}
    assert clerk.post("/secret-numbers", body).status_code == 403
    assert programs.of("drafter").post("/secret-numbers", body).status_code == 403
    with programs.office.service.database.read() as session:
        assert session.scalars(select(Document.id)).all() == []
        assert {book.series.last_number for book in books(session, programs.office.actor("clerk"))} == {0}
