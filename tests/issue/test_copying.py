"""Copies: made by the clerk of what may be read, numbered in their own series, signed by the organisation alone."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pypdf
import pypdfium2
import pytest

from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.issue import copying, paper, steps
from docsvc.issue.copying import CopyRequest, OutsideSource, pages_text, read_pages
from docsvc.issue.errors import DateNotAllowed, NotAPdf, NotCopyable
from docsvc.issue.form import RecipientEntry
from docsvc.records.annexes import annexes_of
from docsvc.records.books import books, open_book
from docsvc.records.checking import Standing, match
from docsvc.records.copies import copies_for, source_for
from docsvc.records.errors import WrongState
from docsvc.records.finder import find
from docsvc.records.reading import fetch
from docsvc.records.scrubbing import scrub
from docsvc.records.shares import shares
from docsvc.records.terms import Access
from signing.errors import NoSuchPages
from signing.verify import Verdict, verify
from tests.issue.acting import acts
from tests.issue.test_annexes import in_the_corner, issued_with_annexes
from tests.office import COMMUNE, OTHER, PASSPHRASE, STAFF, Office
from tests.signing.drafts import Sketch, draw

LETTER = OutsideSource(
    content=draw(Sketch(pages=3, body=("Công văn từ nơi khác.",))),
    file_name="cong-van.pdf",
    reference="221/SNV-TCCB",
    agency="Sở Nội vụ",
    abstract="Về việc hướng dẫn sắp xếp tổ chức bộ máy",
)


def request(
    office: Office, form: str = "sy", *, unit: str = COMMUNE, leader: str = "deputy", **more: Any
) -> CopyRequest:
    asked: dict[str, Any] = {"authority": "KT.", "recipients": (RecipientEntry("Các thôn"),), **more}
    return CopyRequest(form, office.units[unit], office.actor(leader).user_id, **asked)


def copied(office: Office, source: str | OutsideSource, form: str = "sy", **more: Any) -> str:
    """A copy that the commune's clerk has issued."""
    document_id = copying.make_copy(office.desk, request(office, form, **more), source, by=office.actor("clerk"))
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    return document_id


def content_of(office: Office, document_id: str) -> bytes:
    return office.service.store.get(office.document(document_id).renditions[-1].sha256)


def test_a_copy_of_an_issued_document_is_numbered_signed_and_linked(office: Office) -> None:
    source = office.issued()
    document_id = copied(office, source)
    document = office.document(document_id)
    assert (document.state, document.reference, document.type_key) == ("issued", "01/SY-UBND", "sy")
    assert (document.signatory_name, document.signatory_authority) == ("Phạm Thu Hạnh", "KT.")
    assert [(one.kind, one.holder) for one in document.signatures] == [("organisation", "Ủy ban nhân dân xã Tân Lập")]
    content = content_of(office, document_id)
    report = verify(content, trust=office.desk.trust)
    assert (report.verdict, [one.level for one in report.signatures]) == (Verdict.VALID, ["B-T"])
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00"
    assert re.search(rf"SAO Y Ủy ban nhân dân xã Tân Lập {time}", in_the_corner(content))
    original = office.document(source).renditions[-1].sha256
    signature: Any = (pypdf.PdfReader(io.BytesIO(content)).get_fields() or {})["organisation_signature"].value
    assert "SAO Y 01/SY-UBND" in signature["/Reason"]
    assert original in signature["/Reason"], "the signature names the very file that was copied"
    with office.service.database.read() as session:
        reader = office.actor("reader")
        copy, made_from = fetch(session, reader, document_id), fetch(session, reader, source)
        assert source_for(session, reader, copy) is made_from
        assert copies_for(session, reader, made_from) == (copy,)
        assert copy.copied_from is not None
        assert (copy.copied_from.sha256, copy.copied_from.reference) == (original, "01/QĐ-UBND")
        found = match(session, office.document(document_id).renditions[-1].sha256)
        assert found is not None
        assert (found.standing, found.reference) == (Standing.CURRENT, "01/SY-UBND")
    assert [act for _, act in acts(office, document_id)] == ["copy-made", "number-taken", "sealed", "published"]


def test_the_three_forms_share_one_register_of_their_own(embedded: Office) -> None:
    office = embedded
    source = office.issued()
    first = copied(office, source)
    excerpt = copied(office, LETTER, "trs", pages="1,3")
    again = copied(office, first, "sl")
    named = [office.document(one).reference for one in (first, excerpt, again)]
    assert named == ["01/SY-UBND", "02/TrS-UBND", "03/SL-UBND"]
    assert office.document(office.issued("Về việc khác")).reference == "02/QĐ-UBND", "documents keep their own series"
    with office.service.database.read() as session:
        clerk = office.actor("clerk")
        register = next(book for book in books(session, clerk) if book.series.code == "sao")
        assert [line.reference for line in open_book(session, clerk, register.series.id).entries] == named
    assert office.document(excerpt).pages == 2
    assert "SAO LỤC" in in_the_corner(content_of(office, again))


def test_copies_are_found_by_reference_and_words_but_count_in_no_share(embedded: Office) -> None:
    office = embedded
    document_id = copied(office, LETTER)
    office.index()
    reader = office.actor("reader")
    for text in ("01/SY-UBND", "sy 01 ubnd", "bản sao y 01", "sắp xếp tổ chức bộ máy", "nơi khác"):
        found = find(office.service.database, office.service.engine, reader, text)
        assert [result.document.id for result in found.results] == [document_id], text
    with office.service.database.read() as session:
        assert {row.documents for row in shares(session, office.today, office.today)} == {0}
    assert scrub(office.service.database, office.service.store).sound


def test_the_file_from_outside_is_kept_for_those_who_handle_the_copy(embedded: Office) -> None:
    office = embedded
    document = office.document(copied(office, LETTER))
    assert [one.role for one in document.renditions] == ["source", "draft", "issued"]
    assert office.service.store.get(document.renditions[0].sha256) == LETTER.content
    with office.service.database.read() as session:
        found = match(session, document.renditions[0].sha256, office.actor("clerk"))
        assert found is not None
        assert found.standing == Standing.EARLIER


def test_a_copy_takes_annexes_along_and_an_excerpt_does_not(embedded: Office) -> None:
    office = embedded
    source = issued_with_annexes(office)
    thrown = copying.make_copy(office.desk, request(office), source, by=office.actor("clerk"))
    copying.discard_copy(office.desk, thrown, by=office.actor("clerk"))
    assert [act for _, act in acts(office, thrown)] == ["copy-made", "annex-added", "annex-added", "copy-discarded"]
    whole, part = copied(office, source), copied(office, source, "trs", pages="1")
    with office.service.database.read() as session:
        copy = fetch(session, office.actor("reader"), whole)
        sealed = [office.service.store.get(annex.renditions[-1].sha256) for annex in annexes_of(copy)]
        assert annexes_of(fetch(session, office.actor("reader"), part)) == ()
    assert len(sealed) == 2
    for content in sealed:
        words = content_corner(content)
        assert "01/QĐ-UBND" in words, "the annex's own words stay"
        assert "SAO Y" in words
        assert verify(content, trust=office.desk.trust).verdict == Verdict.VALID


def content_corner(content: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    document.init_forms()
    document[0].flatten()
    return " ".join(document[0].get_textpage().get_text_range().split())


def test_each_form_is_made_from_what_the_decree_says(embedded: Office) -> None:
    office = embedded
    source = office.issued()
    copy = copied(office, source)
    clerk = office.actor("clerk")
    for form, of in (("sl", source), ("sy", copy), ("trs", copy)):
        with pytest.raises(NotCopyable):
            copying.make_copy(office.desk, request(office, form, pages="1"), of, by=clerk)
    with pytest.raises(NotCopyable):
        copying.make_copy(office.desk, request(office), office.signed("Chưa ban hành"), by=clerk)
    paper.withdraw(office.desk, source, "Sai sót", by=clerk)
    with pytest.raises(NotCopyable):
        copying.make_copy(office.desk, request(office), source, by=clerk)


def test_who_may_copy_what(embedded: Office) -> None:
    office = embedded
    source = office.issued(access=Access.RESTRICTED)
    for person in ("drafter", "leader", "auditor", "administrator"):
        with pytest.raises((Forbidden, NotFound)):
            copying.make_copy(office.desk, request(office), source, by=office.actor(person))
    elsewhere = request(office, unit=OTHER, leader="other.leader")
    with pytest.raises(Forbidden):
        copying.make_copy(office.desk, elsewhere, source, by=office.actor("clerk"))
    with pytest.raises(NotFound):
        copying.make_copy(office.desk, elsewhere, source, by=office.actor("other.clerk"))
    with pytest.raises(Invalid):
        copying.make_copy(office.desk, request(office, access=Access.PUBLIC), source, by=office.actor("clerk"))
    with pytest.raises(Invalid):
        copying.make_copy(office.desk, request(office, leader="other.leader"), LETTER, by=office.actor("clerk"))
    assert copied(office, source, access=Access.RESTRICTED)


def test_another_office_copies_what_it_was_sent(embedded: Office) -> None:
    office = embedded
    source = office.issued()
    clerk = office.actor("other.clerk")
    asked = request(office, unit=OTHER, leader="other.leader", authority="TM.")
    document_id = copying.make_copy(office.desk, asked, source, by=clerk)
    assert steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=clerk) == "01/SY-UBND"
    assert "Ủy ban nhân dân xã Bình An" in in_the_corner(content_of(office, document_id))


def test_a_wrong_file_wrong_pages_and_missing_facts_are_refused_before_anything_is_kept(embedded: Office) -> None:
    office = embedded
    clerk = office.actor("clerk")
    error: type[Exception]
    changed: dict[str, Any]
    for changed, error in (
        ({"content": b"no PDF"}, NotAPdf),
        ({"reference": " "}, Invalid),
        ({"agency": "x" * 201}, Invalid),
        ({"abstract": ""}, Invalid),
    ):
        with pytest.raises(error):
            copying.make_copy(office.desk, request(office), replace(LETTER, **changed), by=clerk)
    for pages, error in (("", Invalid), ("3-1", Invalid), ("a", Invalid), ("4", NoSuchPages)):
        with pytest.raises(error):
            copying.make_copy(office.desk, request(office, "trs", pages=pages), LETTER, by=clerk)
    with pytest.raises(Invalid):
        copying.make_copy(office.desk, request(office, "qd"), LETTER, by=clerk)
    assert office.document(office.draft()).id
    with office.service.database.read() as session:
        assert [book.entries for book in books(session, clerk)] == [0]


def test_no_copy_is_drafted_or_signed_like_a_document(embedded: Office) -> None:
    with pytest.raises(Invalid):
        embedded.draft(type_key="sy")


def test_a_copy_without_number_can_be_thrown_away_and_is_dated_no_earlier_than_it_was_made(embedded: Office) -> None:
    office = embedded
    clerk = office.actor("clerk")
    document_id = copying.make_copy(office.desk, request(office), LETTER, by=clerk)
    with pytest.raises(DateNotAllowed):
        steps.take_number(office.desk, document_id, office.today.replace(day=1, month=1), by=clerk)
    with pytest.raises(NotFound):
        copying.discard_copy(office.desk, document_id, by=office.actor("other.clerk"))
    copying.discard_copy(office.desk, document_id, by=clerk)
    with pytest.raises(NotFound):
        copying.discard_copy(office.desk, document_id, by=clerk)
    assert [act for _, act in acts(office, document_id)] == ["copy-made", "copy-discarded"]
    issued = copied(office, LETTER)
    assert office.document(issued).reference == "01/SY-UBND", "nothing was skipped"
    with pytest.raises(WrongState):
        copying.discard_copy(office.desk, issued, by=clerk)


def test_the_same_request_sent_twice_makes_one_copy(embedded: Office) -> None:
    office = embedded
    clerk = office.actor("clerk")
    made = {copying.make_copy(office.desk, request(office), LETTER, by=clerk, request_key="một lần") for _ in range(2)}
    assert len(made) == 1


def test_a_department_copies_in_the_name_of_its_agency(embedded: Office) -> None:
    office = embedded
    document = office.document(copied(office, LETTER, unit=STAFF))
    assert (document.unit_id, document.reference) == (office.units[COMMUNE], "01/SY-UBND")


@pytest.mark.parametrize(
    ("text", "pages", "written"),
    [
        ("1", (0,), "1"),
        ("1-3, 5", (0, 1, 2, 4), "1-3, 5"),
        (" 5 ;1–2,2 ", (0, 1, 4), "1-2, 5"),
        ("", (), ""),
    ],
)
def test_pages_are_read_as_people_write_them(text: str, pages: tuple[int, ...], written: str) -> None:
    assert read_pages(text) == pages
    assert pages_text(pages) == written
