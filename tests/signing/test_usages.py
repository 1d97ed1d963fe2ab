"""The ways to an object are those that pyHanko finds, and long chains are no hindrance."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from reportlab.pdfgen.canvas import Canvas

from signing.verify import FileReport, Trust, Verdict, verify
from signing.verify._usages import Usages
from tests.signing import edits
from tests.signing.attacks.case import appended
from tests.signing.authority import certify, fill, page, sign, standard, updated, with_text_field
from tests.signing.corpus import FOLDER


def bookmarked(count: int) -> bytes:
    """A PDF of three pages with so many bookmarks, each leading to the next."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(595, 842), invariant=True)
    for number in range(3):
        canvas.drawString(85, 700, f"Trang {number}")
        canvas.bookmarkPage(f"trang-{number}")
        canvas.showPage()
    for number in range(count):
        canvas.addOutlineEntry(f"Muc {number}", f"trang-{number % 3}", 0)
    canvas.save()
    return written.getvalue()


def tagged(content: bytes) -> bytes:
    """With a structure tree that goes to its page and back, and several ways into it."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        the_page = writer.root["/Pages"]["/Kids"].raw_get(0)

        def element(**entries: Any) -> Any:
            return writer.add_object(generic.DictionaryObject({pdf_name(f"/{key}"): to for key, to in entries.items()}))

        root = element(Type=pdf_name("/StructTreeRoot"))
        leaf = element(Type=pdf_name("/StructElem"), Pg=the_page)
        branch = element(Type=pdf_name("/StructElem"), K=generic.ArrayObject([leaf]), P=root)
        leaf.get_object()[pdf_name("/P")] = branch
        numbers = generic.ArrayObject([generic.NumberObject(0), generic.ArrayObject([leaf, branch])])
        root.get_object()[pdf_name("/K")] = generic.ArrayObject([branch])
        root.get_object()[pdf_name("/ParentTree")] = element(Nums=numbers)
        writer.root[pdf_name("/StructTreeRoot")] = root
        writer.update_root()

    return updated(content, add)


def of_everybody(resolver: Any) -> dict[Any, Any]:
    resolver._load_reverse_xref_cache()
    return dict(resolver._indirect_object_access_cache)


def made() -> list[bytes]:
    by = standard().person()
    plain = with_text_field(edits.pages("Mot", "Hai"))
    return [
        fill(certify(plain, by, MDPPerm.FILL_FORMS), "05"),
        sign(sign(tagged(plain), by), by, field_name="Sig2"),
        sign(bookmarked(12), by),
        edits.edited(sign(page(), by), edits.root_entry("/Names", edits.attachments("a.txt"))),
    ]


def test_the_ways_are_those_that_the_policy_would_find() -> None:
    files = made()
    if FOLDER.is_dir():
        files += [(FOLDER / name).read_bytes() for name in ("pkcs7.pdf", "DSS-3567.pdf", "AD-RB.pdf")]
    compared = 0
    for content in files:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        for revision in range(reader.xrefs.total_revisions)[-2:]:
            resolver = reader.get_historical_resolver(revision)
            usages = Usages(resolver)
            for reference, ways in of_everybody(resolver).items():
                assert usages[reference] == ways
                compared += 1
    assert compared > 100


@pytest.mark.parametrize("count", [400, 3000])
def test_many_bookmarks_hinder_no_second_signature(count: int) -> None:
    by = standard().person()
    report = check(sign(sign(bookmarked(count), by), by, field_name="Sig2"))
    assert report.verdict is Verdict.VALID
    changed = edits.edited(sign(bookmarked(count), by), edits.new_words(1, "Trang khac"))
    assert [change.code for change in check(changed).signatures[0].changes] == ["page-text-changed"]


def check(content: bytes) -> FileReport:
    return verify(content, trust=Trust((standard().root.certificate,)))


def nested(content: bytes, depth: int) -> bytes:
    def add(writer: IncrementalPdfFileWriter) -> None:
        array = generic.ArrayObject()
        for _ in range(depth):
            array = generic.ArrayObject([array])
        writer.root[pdf_name("/Nest")] = writer.add_object(array)
        writer.update_root()

    return updated(content, add)


def test_what_was_changed_is_told_in_spite_of_deep_nesting() -> None:
    signed = sign(nested(edits.pages("Mot", "Hai"), 400), standard().person())
    report = check(edits.edited(signed, edits.annotated(0, "/Text", "x")))
    assert ("annotation-added", False) in [(one.code, one.allowed) for one in report.signatures[0].changes]
    again = check(sign(signed, standard().person(), field_name="Sig2"))
    assert again.verdict is Verdict.INDETERMINATE


def test_a_private_entry_of_the_trailer_that_leads_nowhere_hinders_nothing() -> None:
    """As a word processor leaves one behind, and other programs copy it with the file's size."""
    private = b"/AdditionalStreams [/application#2Fx %d 0 R]"
    drafted = appended(page(), {20: b"null"}, trailer=private % 21)
    by = standard().person()
    twice = sign(sign(drafted, by), by, field_name="Sig2")
    assert check(twice).verdict is Verdict.VALID
    report = check(appended(twice, {60: b"null"}, trailer=private % 61))
    assert {change.code for change in report.signatures[1].changes} == {"technical"}
    assert report.verdict is Verdict.VALID


def test_nothing_is_brought_to_light_by_a_reference_that_led_nowhere() -> None:
    """The signed page has an annotation that is not there; later it is."""

    def point(writer: IncrementalPdfFileWriter) -> None:
        reference = writer.root["/Pages"]["/Kids"].raw_get(0)
        reference.get_object()["/Annots"] = generic.ArrayObject([generic.IndirectObject(90, 0, writer)])
        writer.mark_update(reference)

    signed = sign(updated(page(), point), standard().person())
    shown = b"<< /Type /Annot /Subtype /FreeText /Rect [300 300 400 400] /Contents (Chi 900 trieu) >>"
    report = check(appended(signed, {90: shown}))
    assert report.verdict is Verdict.INVALID
    assert any(not change.allowed for change in report.signatures[0].changes)


def test_many_signatures_are_each_held_against_those_that_follow_once() -> None:
    content, by = page(), standard().person()
    for number in range(12):
        content = sign(content, by, field_name=f"Sig{number}")
    report = check(content)
    assert report.verdict is Verdict.VALID
    assert [len(one.changes) for one in report.signatures] == list(range(11, -1, -1))
    spoilt = check(edits.edited(content, edits.annotated(0, "/Text", "x")))
    assert all(any(not change.allowed for change in one.changes) for one in spoilt.signatures)
