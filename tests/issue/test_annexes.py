"""Annexes in files of their own: added by the drafter, signed with the document, found and checked like it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pypdfium2
import pytest

from docsvc.db.records import Document
from docsvc.errors import NotFound
from docsvc.issue import annexes, drafting, steps
from docsvc.issue.annex_files import take_in_annex
from docsvc.issue.errors import NotAPdf
from docsvc.issue.extending import Done
from docsvc.issue.piles import Piles, Pinned, issue_pile
from docsvc.issue.preserving import preserve
from docsvc.records.annexes import annex_file, annexes_of, label_of, roman
from docsvc.records.checking import Standing, match
from docsvc.records.errors import WrongState
from docsvc.records.finder import find
from docsvc.records.handling import files_of
from docsvc.records.reading import fetch
from docsvc.records.scrubbing import scrub
from signing.errors import AlreadySigned, TimestampUnavailable
from signing.preserve import Level
from signing.timestamp import Timestamper
from signing.verify import Verdict, verify
from tests.issue.acting import acts
from tests.office import PASSPHRASE, Office
from tests.signing.drafts import Sketch, draw

LIST, TABLE = draw(Sketch(body=("Danh sách cán bộ chuyên trách.",))), draw(Sketch(body=("Bảng phân công.",), pages=2))


def with_annexes(office: Office) -> str:
    """A draft with two."""
    document_id = office.draft()
    for content, name in ((LIST, "Danh sách thành viên.pdf"), (TABLE, "Bảng phân công.pdf")):
        annexes.add_annex(office.desk, document_id, content, name, by=office.actor("drafter"))
    return document_id


def signed_with_annexes(office: Office) -> str:
    document_id = with_annexes(office)
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    return document_id


def issued_with_annexes(office: Office) -> str:
    document_id = signed_with_annexes(office)
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    return document_id


def contents(office: Office, document_id: str) -> list[bytes]:
    with office.service.database.read() as session:
        document = fetch(session, office.actor("reader"), document_id)
        hashes = [annex_file(annex).sha256 for annex in annexes_of(document)]
    return [office.service.store.get(sha256) for sha256 in hashes]


def in_the_corner(content: bytes) -> str:
    document = pypdfium2.PdfDocument(io.BytesIO(content))
    document.init_forms()
    document[0].flatten()
    page = document[0]
    width, height = page.get_size()
    textpage = page.get_textpage()
    return " ".join(textpage.get_text_bounded(left=width / 2, bottom=height - 48, right=width, top=height).split())


def test_each_annex_is_signed_in_its_corner_with_number_symbol_and_time(office: Office) -> None:
    document_id = issued_with_annexes(office)
    for content, draft in zip(contents(office, document_id), (LIST, TABLE), strict=True):
        assert content.startswith(draft), "the drafter's bytes stand unchanged below the signature"
        assert re.fullmatch(r"01/QĐ-UBND \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00", in_the_corner(content))
        report = verify(content, trust=office.desk.trust)
        assert report.verdict == Verdict.VALID
        assert [(one.holder, one.level) for one in report.signatures] == [("Ủy ban nhân dân xã Tân Lập", "B-T")]
    document = office.document(document_id)
    assert [one.role for one in document.renditions if one.annex_id is None] == ["draft", "signed", "issued"]
    assert [one.kind for one in document.signatures] == ["personal", "organisation"]
    said = [act for _, act in acts(office, document_id)]
    assert said == [
        "draft-created",
        "annex-added",
        "annex-added",
        "submitted",
        "signed",
        "number-taken",
        "annex-sealed",
        "annex-sealed",
        "sealed",
        "published",
    ]


def test_readers_get_the_sealed_annexes_and_checking_knows_them(embedded: Office) -> None:
    office = embedded
    document_id = issued_with_annexes(office)
    with office.service.database.read() as session:
        document = fetch(session, office.actor("reader"), document_id)
        assert [one.role for one in files_of(session, office.actor("reader"), document)] == ["issued", "annex", "annex"]
        assert [label_of(document, one) for one in annexes_of(document)] == ["Phụ lục I", "Phụ lục II"]
        drafted, sealed = (
            match(session, annexes_of(document)[0].renditions[place].sha256, office.actor("clerk")) for place in (0, 1)
        )
        assert drafted is not None
        assert drafted.standing == Standing.EARLIER
        assert sealed is not None
        assert (sealed.standing, sealed.annex) == (Standing.CURRENT, "Phụ lục I: Danh sách thành viên")


def test_words_of_an_annex_find_the_document_and_scrubbing_reads_its_files(embedded: Office) -> None:
    office = embedded
    document_id = issued_with_annexes(office)
    office.index()
    found = find(office.service.database, office.service.engine, office.actor("reader"), "cán bộ chuyên trách")
    assert [result.document.id for result in found.results] == [document_id]
    assert any(marked for passage in found.results[0].passages for _, marked in passage.pieces)
    assert scrub(office.service.database, office.service.store).checked == 7


def test_an_annex_that_was_taken_out_is_not_issued_but_stays_in_the_history(embedded: Office) -> None:
    office = embedded
    document_id = with_annexes(office)
    first = annexes_of(opened(office, document_id))[0].id
    annexes.remove_annex(office.desk, document_id, first, by=office.actor("drafter"))
    with pytest.raises(NotFound):
        annexes.remove_annex(office.desk, document_id, first, by=office.actor("drafter"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    steps.sign(office.desk, document_id, PASSPHRASE, by=office.actor("leader"))
    steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    document = opened(office, document_id)
    assert [annex.title for annex in annexes_of(document)] == ["Bảng phân công"]
    assert label_of(document, annexes_of(document)[0]) == "Phụ lục"
    assert [one.role for one in document.renditions].count("annex-draft") == 2
    assert [one.role for one in document.renditions].count("annex") == 1


def opened(office: Office, document_id: str) -> Document:
    with office.service.database.read() as session:
        document = fetch(session, office.actor("drafter"), document_id)
        for annex in document.annexes:
            assert annex.renditions
        assert document.renditions is not None
        return document


def test_only_the_author_changes_annexes_and_only_of_a_draft(embedded: Office) -> None:
    office = embedded
    document_id = with_annexes(office)
    with pytest.raises(NotFound):
        annexes.add_annex(office.desk, document_id, LIST, "x.pdf", by=office.actor("other.drafter"))
    drafting.submit(office.desk, document_id, by=office.actor("drafter"))
    with pytest.raises(WrongState):
        annexes.add_annex(office.desk, document_id, LIST, "x.pdf", by=office.actor("drafter"))
    with pytest.raises(WrongState):
        annexes.remove_annex(office.desk, document_id, 1, by=office.actor("drafter"))


def test_a_file_that_cannot_be_signed_later_is_refused_now(embedded: Office) -> None:
    office = embedded
    issued = office.document(office.issued()).renditions[-1].sha256
    with pytest.raises(AlreadySigned):
        take_in_annex(office.desk, office.service.store.get(issued), "ky-roi.pdf")
    with pytest.raises(NotAPdf):
        take_in_annex(office.desk, b"no PDF", "x.pdf")


def test_a_timestamp_that_fails_after_the_first_annex_costs_neither_it_nor_the_number(embedded: Office) -> None:
    office = embedded
    document_id = signed_with_annexes(office)
    pki = office.service.pki
    assert pki is not None
    given: list[bytes] = []

    def once(request: bytes) -> bytes:
        if given:
            raise TimestampUnavailable("down")
        given.append(request)
        return pki.timestamp_response(request)

    desk = replace(office.desk, timestamper=Timestamper(once))
    with pytest.raises(TimestampUnavailable):
        steps.issue(desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk"))
    sealed = [one.sha256 for one in opened_by_clerk(office, document_id).renditions if one.role == "annex"]
    assert len(sealed) == 1
    assert steps.issue(office.desk, document_id, office.today, PASSPHRASE, by=office.actor("clerk")) == "01/QĐ-UBND"
    after = [one.sha256 for one in opened_by_clerk(office, document_id).renditions if one.role == "annex"]
    assert len(after) == 2
    assert after[0] == sealed[0]


def opened_by_clerk(office: Office, document_id: str) -> Document:
    with office.service.database.read() as session:
        document = fetch(session, office.actor("clerk"), document_id)
        assert document.renditions is not None
        return document


def test_a_pile_seals_annexes_too(embedded: Office) -> None:
    office = embedded
    document_id = signed_with_annexes(office)
    pile = (Pinned(document_id, office.document(document_id).version),)
    run = issue_pile(office.desk, Piles(), pile, office.today, PASSPHRASE, by=office.actor("clerk"))
    assert run.wait(60)
    assert run.failures == {}
    assert [in_the_corner(one)[:10] for one in contents(office, document_id)] == ["01/QĐ-UBND"] * 2


def test_annexes_are_brought_to_the_archive_level_with_their_document(embedded: Office) -> None:
    office = embedded
    document_id = issued_with_annexes(office)
    outcomes = list(preserve(office.desk, Level.B_LTA))
    assert [(one.done, one.level) for one in outcomes] == [(Done.EXTENDED, "B-LTA")]
    for content in contents(office, document_id):
        report = verify(content, trust=office.desk.trust)
        assert (report.verdict, report.signatures[0].level) == (Verdict.VALID, "B-LTA")
    assert [one.done for one in preserve(office.desk, Level.B_LTA)] == [Done.KEPT]


def test_roman_numerals() -> None:
    assert [roman(number) for number in (1, 2, 4, 9, 14, 40, 49)] == ["I", "II", "IV", "IX", "XIV", "XL", "XLIX"]
