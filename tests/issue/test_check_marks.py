"""The mark of the public check in the issue flow: drawn before the leader signs, under every signature."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pypdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from reportlab.pdfgen.canvas import Canvas
from sqlalchemy import select

from docsvc.db.check_codes import CheckCode, CheckMark
from docsvc.db.records import Document, Event
from docsvc.issue import annexes, copying, drafting, paper, places, steps
from docsvc.issue.check_marking import problems_of
from docsvc.issue.copying import CopyRequest
from docsvc.issue.local_signing import begin, finish, laid_out
from docsvc.issue.mark_places import over_mark
from docsvc.issue.placing import place
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.check_codes import address_of
from docsvc.records.public_check import Comparison, compare, look_up
from docsvc.records.terms import Access
from signing._cms import signed_data
from signing._laid import require_laid_over
from signing.keys import open_pkcs12
from signing.places import Box
from signing.verify import Verdict, verify
from tests.office import COMMUNE, PASSPHRASE, Office, draft_file, issued_keys
from tests.services.second_opinions import SecondOpinions
from tests.signing.drafts import Sketch, draw
from tests.signing.marks import drawn_by_poppler, symbol_on

BASE = "https://kiemtra.tanlap.vn"


@pytest.fixture
def marking(embedded: Office) -> Office:
    """The office, with an address to print."""
    embedded.service = replace(embedded.service, desk=replace(embedded.desk, check_address=BASE))
    return embedded


def code_of(office: Office, document_id: str) -> str:
    with office.service.database.read() as session:
        return session.scalars(select(CheckCode.code).where(CheckCode.document_id == document_id)).one()


def marks_of(office: Office, document_id: str) -> list[CheckMark]:
    with office.service.database.read() as session:
        return list(
            session.scalars(select(CheckMark).where(CheckMark.document_id == document_id).order_by(CheckMark.id))
        )


def acts_of(office: Office, document_id: str) -> list[str]:
    with office.service.database.read() as session:
        return list(session.scalars(select(Event.act).where(Event.object_id == document_id).order_by(Event.id)))


def newest(office: Office, document_id: str) -> bytes:
    return office.service.store.get(office.document(document_id).renditions[-1].sha256)


def is_marked(office: Office, document_id: str, content: bytes, mark: CheckMark) -> bool:
    page, left, bottom = mark.place.split(":")
    address = address_of(BASE, code_of(office, document_id))
    return symbol_on(drawn_by_poppler(content, int(page)), float(left), float(bottom), address)


def full_foot() -> bytes:
    """A draft whose every foot is full of ink."""
    ink = io.BytesIO()
    canvas = Canvas(ink, pagesize=(595, 842))
    for row in range(16):
        canvas.rect(10, 10 + 16 * row, 575, 4, fill=1)
    canvas.save()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(draft_file()))
    for page in writer.pages:
        page.merge_page(pypdf.PdfReader(ink).pages[0])
    kept = io.BytesIO()
    writer.write(kept)
    return kept.getvalue()


def test_the_leader_signs_and_the_clerk_seals_over_a_mark_that_can_be_read(marking: Office, tmp_path: Path) -> None:
    office = marking
    document_id = office.submitted()
    (mark,) = marks_of(office, document_id)
    shown = newest(office, document_id)
    assert is_marked(office, document_id, shown, mark), "the leader sees it"
    assert shown.startswith(draft_file(year=office.today.year)), "the drafter's bytes stand unchanged below"
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    reference = steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    issued = newest(office, document_id)
    assert issued.startswith(shown)
    assert is_marked(office, document_id, issued, mark)
    report = verify(issued, trust=office.desk.trust)
    assert (report.verdict, len(report.signatures)) == (Verdict.VALID, 2)
    assert office.service.pki is not None
    SecondOpinions(tmp_path / "others", office.service.pki.roots()[0]).poppler(issued)
    with office.service.database.read() as session:
        record = look_up(session, code_of(office, document_id))
        assert record.reference == reference
        assert compare(session, document_id, issued).comparison == Comparison.ISSUED
    assert [one.role for one in office.document(document_id).renditions] == ["draft", "draft", "signed", "issued"]
    assert acts_of(office, document_id)[:4] == ["draft-created", "check-code-given", "check-mark-drawn", "submitted"]


def test_a_draft_that_comes_back_keeps_its_code_and_is_marked_once(marking: Office) -> None:
    office, drafter = marking, marking.actor("drafter")
    document_id = office.submitted()
    code, files = code_of(office, document_id), [one.sha256 for one in office.document(document_id).renditions]
    for _ in range(2):
        drafting.take_back(office.desk, document_id, by=drafter)
        drafting.submit(office.desk, document_id, by=drafter)
    assert [one.sha256 for one in office.document(document_id).renditions] == files
    drafting.take_back(office.desk, document_id, by=drafter)
    form = office.form("Về việc đã sửa")
    drafting.revise_draft(office.desk, document_id, form, draft_file("Về việc đã sửa", office.today.year), by=drafter)
    drafting.submit(office.desk, document_id, by=drafter)
    assert code_of(office, document_id) == code
    last = marks_of(office, document_id)[-1]
    content = newest(office, document_id)
    assert is_marked(office, document_id, content, last)
    assert content.startswith(draft_file("Về việc đã sửa", office.today.year))


def test_a_draft_can_go_without_the_mark_also_after_it_had_one(marking: Office) -> None:
    office, drafter = marking, marking.actor("drafter")
    without = office.submitted("Về việc không in mã", check_mark=False)
    assert newest(office, without) == draft_file("Về việc không in mã", office.today.year)
    assert marks_of(office, without) == []
    document_id = office.submitted()
    drafting.take_back(office.desk, document_id, by=drafter)
    drafting.revise_draft(office.desk, document_id, office.form(check_mark=False), None, by=drafter)
    drafting.submit(office.desk, document_id, by=drafter)
    assert newest(office, document_id) == draft_file(year=office.today.year)


def test_an_office_without_a_lasting_address_prints_nothing(embedded: Office) -> None:
    document_id = embedded.submitted()
    assert newest(embedded, document_id) == draft_file(year=embedded.today.year)
    assert marks_of(embedded, document_id) == []


def test_where_there_is_no_room_the_document_goes_on_and_says_why(marking: Office) -> None:
    office = marking
    document_id = office.draft(content=full_foot())
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    assert newest(office, document_id) == full_foot()
    with office.service.database.read() as session:
        assert problems_of(session, session.get_one(Document, document_id)) == ("no-room",)
    assert "check-mark-left-out" in acts_of(office, document_id)
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    assert steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))


def test_annexes_bear_the_documents_code_below_their_signatures(marking: Office) -> None:
    office = marking
    document_id = office.draft()
    sheets = [draw(Sketch(body=("Danh sách.",))), draw(Sketch(body=("Bảng phân công.",), pages=2))]
    for number, content in enumerate(sheets):
        annexes.add_annex(office.desk, document_id, content, f"{number}.pdf", by=office.actor("drafter"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    marks = {mark.annex_id: mark for mark in marks_of(office, document_id)}
    assert len(marks) == 3
    with office.service.database.read() as session:
        document = session.get_one(Document, document_id)
        for annex, sheet in zip(annexes_of(document), sheets, strict=True):
            sealed = office.service.store.get(annex_file(annex).sha256)
            assert sealed.startswith(sheet)
            assert is_marked(office, document_id, sealed, marks[annex.id])
            assert verify(sealed, trust=office.desk.trust).verdict == Verdict.VALID
            assert compare(session, document_id, sealed).annex
        assert len(look_up(session, code_of(office, document_id)).annexes) == 2


def test_a_copy_bears_a_code_of_its_own_beside_its_sources_mark(marking: Office) -> None:
    office, clerk = marking, marking.actor("clerk")
    source = office.issued()
    asked = CopyRequest("sy", office.units[COMMUNE], office.people["deputy"], "KT.")
    document_id = copying.make_copy(office.desk, asked, source, by=clerk)
    reference = steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=clerk)
    content = newest(office, document_id)
    (own,) = marks_of(office, document_id)
    assert is_marked(office, document_id, content, own)
    (first,) = marks_of(office, source)
    assert is_marked(office, source, content, first), "the source's look is copied whole"
    assert verify(content, trust=office.desk.trust).verdict == Verdict.VALID
    with office.service.database.read() as session:
        record = look_up(session, code_of(office, document_id))
        assert record.reference == reference
        assert record.copy_of is not None
        assert record.copy_of.reference == office.document(source).reference
    thrown = copying.make_copy(office.desk, asked, source, by=clerk)
    copying.discard_copy(office.desk, thrown, by=clerk)
    assert marks_of(office, thrown) == []


def test_a_leaders_own_machine_accepts_the_marked_file_that_was_shown(marking: Office) -> None:
    office, leader = marking, marking.actor("leader")
    document_id = office.submitted()
    shown = newest(office, document_id)
    key = open_pkcs12(issued_keys()["leader"], PASSPHRASE)
    certificates = b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain))
    out = begin(office.desk, document_id, certificates, by=leader)
    laid = office.service.store.get(laid_out(office.desk, document_id, out.id, by=leader))
    require_laid_over(shown, laid)
    finish(office.desk, document_id, out.id, signed_data(key, out.digest, None), by=leader)
    (mark,) = marks_of(office, document_id)
    assert is_marked(office, document_id, newest(office, document_id), mark)


def test_a_copy_tells_when_its_public_source_was_withdrawn_and_nothing_of_another(marking: Office) -> None:
    office, clerk = marking, marking.actor("clerk")
    asked = CopyRequest("sy", office.units[COMMUNE], office.people["deputy"], "KT.")
    source = office.issued()
    document_id = copying.make_copy(office.desk, asked, source, by=clerk)
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=clerk)
    paper.withdraw(office.desk, source, "Sai thẩm quyền", by=clerk)

    def withdrawn_at() -> datetime | None:
        with office.service.database.read() as session:
            copy_of = look_up(session, code_of(office, document_id)).copy_of
            assert copy_of is not None
            return copy_of.withdrawn_at

    assert withdrawn_at() is not None
    with office.service.database.write() as session:
        session.get_one(Document, source).access = Access.INTERNAL
    assert withdrawn_at() is None


def test_a_seal_moved_over_the_mark_is_told(marking: Office) -> None:
    document_id = marking.submitted()
    (mark,) = marks_of(marking, document_id)
    page, left, bottom = (float(part) for part in mark.place.split(":"))
    with marking.service.database.read() as session:
        document = session.get_one(Document, document_id)
        kept = places.from_json(document.places)
        assert over_mark(session, document) == ()
    over = Box(int(page), left, bottom + 30, left + 20, bottom + 60)  # the seal is larger
    concerns = place(marking.desk, document_id, replace(kept, organisation_signature=over), by=marking.actor("leader"))
    assert "covers-check-mark" in [concern.code for concern in concerns]
    assert "covers-text" not in [concern.code for concern in concerns], "once is enough"
    with marking.service.database.read() as session:
        assert over_mark(session, session.get_one(Document, document_id)) == ("organisation_signature",)
    beside = place(marking.desk, document_id, kept, by=marking.actor("leader"))
    assert "covers-check-mark" not in [concern.code for concern in beside]
