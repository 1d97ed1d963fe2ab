"""Uploading and changing drafts: what is taken in, what is refused before it is read, what is kept."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from docsvc.accounts import SYSTEM, Role, grant_role
from docsvc.db.records import Document, DocumentText
from docsvc.errors import DocsvcError, Forbidden, Invalid
from docsvc.issue import drafting, repeats
from docsvc.issue.errors import NotAPdf, TooManyPages
from docsvc.issue.form import DocumentForm, RecipientEntry, apply_form
from docsvc.records.errors import NoRegister, WrongState
from docsvc.records.terms import Channel, State
from docsvc.records.units import NewUnit, create_unit
from signing.errors import SigningError
from tests.issue.acting import acts, at_once
from tests.office import COMMUNE, ECONOMY, OTHER, STAFF, Office, draft_file


def count(office: Office) -> int:
    with office.service.database.read() as session:
        return session.scalar(select(func.count()).select_from(Document)) or 0


def stored(office: Office) -> int:
    return len(list(office.service.store.walk()))


def create(office: Office, form: DocumentForm | None = None, *, content: bytes | None = None, **more: Any) -> str:
    content = draft_file() if content is None else content
    given_name, by = more.pop("file_name", "bản thảo.pdf"), office.actor(more.pop("by", "drafter"))
    return drafting.create_draft(office.desk, form or office.form(), content, given_name, by=by, **more)


def test_a_draft_keeps_its_file_its_text_and_its_facts(office: Office) -> None:
    form = office.form(
        unicodedata.normalize("NFD", "  Về việc\n kiện toàn\x00 "),
        recipients=(RecipientEntry("Các thôn", Channel.BOTH), RecipientEntry("", unit_id=office.units[OTHER])),
        copies=3,
    )
    document = office.document(create(office, form, file_name="C:\\Hồ sơ\\bản\x00 thảo.pdf"))
    assert (document.state, document.abstract, document.symbol) == (State.DRAFT, "Về việc kiện toàn", "QĐ-UBND")
    assert (document.signatory_name, document.signatory_position) == ("Lê Đình Khải", "Chủ tịch")
    assert [(one.recipient, one.channel) for one in document.deliveries] == [
        ("Các thôn", "both"),
        ("Ủy ban nhân dân xã Bình An", "electronic"),
    ]
    (rendition,) = document.renditions
    assert (rendition.file_name, rendition.store) == ("bản thảo.pdf", office.service.store.name)
    assert office.service.store.get(rendition.sha256) == draft_file()
    assert document.pages == 1
    assert set(document.places or {}) >= {"number", "day", "month", "personal_signature", "printed_year"}
    with office.service.database.read() as session:
        assert "Điều 1." in session.get_one(DocumentText, document.id).text


@pytest.mark.parametrize("content", [b"", b"not a pdf", b"PK\x03\x04", "Quyết định".encode()])
def test_what_is_no_pdf_is_refused_and_not_kept(embedded: Office, content: bytes) -> None:
    with pytest.raises(NotAPdf):
        create(embedded, content=content)
    assert (count(embedded), stored(embedded)) == (0, 0)


def test_a_broken_pdf_is_refused_by_name_and_not_kept(embedded: Office) -> None:
    with pytest.raises((NotAPdf, SigningError)):
        create(embedded, content=b"%PDF-1.7\n" + b"broken" * 1000)
    assert (count(embedded), stored(embedded)) == (0, 0)


def test_more_pages_than_allowed_are_refused(embedded: Office) -> None:
    with pytest.raises(TooManyPages, match="1 pages, more than the 0"):
        drafting.take_in(replace(embedded.desk, page_limit=0), draft_file(), "x.pdf")
    assert stored(embedded) == 0


@pytest.mark.parametrize("username", ["leader", "clerk", "reader", "drafter.kt", "other.drafter", "administrator"])
def test_who_does_not_draft_for_the_unit_is_refused_before_the_file_is_read(embedded: Office, username: str) -> None:
    with pytest.raises(Forbidden):
        create(embedded, content=b"%PDF- never read", by=username)
    assert stored(embedded) == 0


def test_a_foreign_draft_is_not_changed_and_its_new_file_not_read(embedded: Office) -> None:
    document_id = create(embedded)
    with embedded.service.database.write() as session:
        grant_role(session, embedded.people["drafter.kt"], embedded.units[STAFF], Role.DRAFTER, by=SYSTEM)
    with pytest.raises(DocsvcError):
        drafting.revise_draft(
            embedded.desk, document_id, embedded.form(), draft_file("Khác"), by=embedded.actor("drafter.kt")
        )
    assert stored(embedded) == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"abstract": " \x00\n"},
        {"abstract": "x" * 501},
        {"type_key": "không có"},
        {"authority": "XX."},
        {"signatory_id": None},
        {"signatory_id": 999_999},
        {"copies": -1},
        {"copies": 10**12},
        {"recipients": (RecipientEntry("x" * 201),)},
        {"recipients": tuple(RecipientEntry("x" * 100) for _ in range(10))},
        {"recipients": (RecipientEntry("", unit_id=999_999),)},
    ],
)
def test_facts_that_cannot_be_used_are_refused_and_leave_nothing(office: Office, facts: dict[str, Any]) -> None:
    form = replace(office.form(), **facts)
    with pytest.raises(Invalid) as refused:
        create(office, form)
    assert refused.value.message_vi != Invalid.message_vi, "it says what is wrong"
    assert count(office) == 0


def test_the_signatory_must_lead_the_issuing_unit(embedded: Office) -> None:
    for username in ("other.leader", "clerk", "province.leader"):
        with pytest.raises(Invalid):
            create(embedded, embedded.form(signatory_id=embedded.people[username]))
    create(embedded, embedded.form(signatory_id=embedded.people["deputy"]))


def test_a_symbol_longer_than_the_decree_allows_is_refused(embedded: Office) -> None:
    with embedded.service.database.write() as session:
        new = NewUnit("H01.1.X", "Tổ dài tên", "X" * 28, "department", embedded.units[COMMUNE])
        unit = create_unit(session, new, by=SYSTEM)
        grant_role(session, embedded.people["drafter"], unit.id, Role.DRAFTER, by=SYSTEM)
    with pytest.raises(Invalid, match="symbol"):
        create(embedded, embedded.form(drafting_unit_id=unit.id, type_key="cv"))


def test_a_department_under_nobody_with_a_seal_cannot_draft(embedded: Office) -> None:
    with embedded.service.database.write() as session:
        unit = create_unit(session, NewUnit("X", "Tổ lẻ", "X", "department"), by=SYSTEM)
        grant_role(session, embedded.people["drafter"], unit.id, Role.DRAFTER, by=SYSTEM)
    with pytest.raises(NoRegister):
        create(embedded, embedded.form(drafting_unit_id=unit.id))


def test_a_new_file_joins_the_earlier_ones_and_replaces_the_text(office: Office) -> None:
    document_id = create(office)
    drafter = office.actor("drafter")
    drafting.revise_draft(office.desk, document_id, office.form("Nội dung mới"), draft_file("Nội dung mới"), by=drafter)
    document = office.document(document_id)
    assert document.renditions[0].sha256 != document.renditions[1].sha256
    assert document.abstract == "Nội dung mới"
    with office.service.database.read() as session:
        assert "Nội dung mới" in session.get_one(DocumentText, document_id).text
    drafting.revise_draft(office.desk, document_id, office.form("Chỉ đổi trích yếu"), None, by=drafter)
    assert len(office.document(document_id).renditions) == 2
    assert acts(office, document_id)[-1] == ("drafter", "draft-changed")


def test_of_two_changes_at_once_one_counts_and_the_other_is_told(office: Office) -> None:
    document_id, drafter = create(office), office.actor("drafter")

    def change(abstract: str) -> None:
        drafting.revise_draft(office.desk, document_id, office.form(abstract), draft_file(abstract), by=drafter)

    raised = at_once(lambda: change("Bản một"), lambda: change("Bản hai"))
    assert [type(error) for error in raised if error] in ([WrongState], [])
    document = office.document(document_id)
    with office.service.database.read() as session:
        assert document.abstract in session.get_one(DocumentText, document_id).text, "facts and file belong together"
    assert len(document.renditions) == 1 + raised.count(None)


def test_a_request_sent_again_makes_nothing_new_even_at_the_same_time(office: Office) -> None:
    first = create(office, request_key="nhập-1")
    assert create(office, request_key="nhập-1") == first
    made: list[str] = []
    raised = at_once(*[lambda: made.append(create(office, request_key="nhập-2"))] * 4)
    assert raised == [None] * 4
    assert len(set(made)) == 1
    assert count(office) == 2
    assert create(office) != create(office)


def test_a_key_is_one_persons_own(embedded: Office) -> None:
    theirs = repeats.document_id(embedded.actor("leader"), "k")
    assert theirs != repeats.document_id(embedded.actor("drafter"), "k")


TYPED = st.text(st.characters(), max_size=60)
"""Unpaired surrogates too."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(abstract=TYPED, recipient=TYPED, language=TYPED, file_name=TYPED)
def test_whatever_is_typed_is_kept_clean_or_refused(
    embedded: Office, abstract: str, recipient: str, language: str, file_name: str
) -> None:
    form = embedded.form(
        abstract, recipients=(RecipientEntry(recipient),), language=language, drafting_unit_id=embedded.units[STAFF]
    )
    with embedded.service.database.write() as session:
        document = Document(id="0" * 32)
        with session.no_autoflush:
            try:
                apply_form(session, document, form)
            except Invalid:
                return
        for text in (document.abstract, document.language, *(one.recipient for one in document.deliveries)):
            assert text == unicodedata.normalize("NFC", text).strip()
            assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
        session.expunge_all()


def test_a_department_drafts_in_the_name_of_its_own_agency(embedded: Office) -> None:
    form = embedded.form(drafting_unit_id=embedded.units[ECONOMY], type_key="cv")
    document = embedded.document(create(embedded, form, by="drafter.kt"))
    assert (document.unit_id, document.symbol) == (embedded.units[COMMUNE], "UBND-KT")
