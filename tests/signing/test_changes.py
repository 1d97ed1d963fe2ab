"""What was done to a file after signing is said page by page and field by field."""

from __future__ import annotations

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm

from signing.verify import Change, FileReport, Trust, Verdict, verify
from tests.signing import edits
from tests.signing.authority import certify, fill, page, sign, standard, updated, with_text_field
from tests.signing.edits import Edit, edited

SIGNED: dict[str, bytes] = {}


def signed() -> bytes:
    """Three pages, a note on the second, one signature."""
    if "pages" not in SIGNED:
        drafted = edited(edits.pages("Trang mot", "Trang hai", "Trang ba"), edits.annotated(1, "/Text", "Xem lai"))
        SIGNED["pages"] = sign(drafted, standard().person())
    return SIGNED["pages"]


def check(content: bytes) -> FileReport:
    return verify(content, trust=Trust((standard().root.certificate,)))


def changes(content: bytes, index: int = 0) -> tuple[Change, ...]:
    return check(content).signatures[index].changes


def told(content: bytes) -> list[tuple[str, int | None]]:
    return [(change.code, change.page) for change in changes(content)]


@pytest.mark.parametrize(
    ("edit", "code", "page_number"),
    [
        (edits.page_removed(1), "page-removed", None),
        (edits.page_added(1, "Trang moi"), "page-added", 2),
        (edits.page_entry(2, "/Rotate", generic.NumberObject(90)), "page-turned", 3),
        (
            edits.page_entry(0, "/CropBox", generic.ArrayObject(map(generic.NumberObject, (0, 0, 595, 400)))),
            "page-resized",
            1,
        ),
        (edits.page_entry(0, "/AA", edits.script("app.alert(1)")), "page-action", 1),
        (edits.annotated(2, "/FreeText", "Dong y"), "annotation-added", 3),
        (edits.annotation_text(1, 0, "Sua roi"), "annotation-changed", 2),
        (edits.annotation_text(1, 0, None), "annotation-removed", 2),
        (edits.pictured(1, "ff0000"), "page-image-added", 2),
        (edits.root_entry("/OpenAction", edits.script("app.alert(1)")), "open-action-changed", None),
        (edits.root_entry("/AA", generic.DictionaryObject()), "document-action-changed", None),
        (edits.root_entry("/Names", edits.attachments("phu-luc.xlsx")), "attachment-added", None),
        (edits.root_entry("/OCProperties", generic.DictionaryObject()), "layers-changed", None),
        (edits.root_entry("/Something", generic.DictionaryObject()), "catalogue-changed", None),
    ],
)
def test_one_edit_is_told_as_that_and_nothing_else(edit: Edit, code: str, page_number: int | None) -> None:
    report = check(edited(signed(), edit))
    assert report.verdict is Verdict.INVALID
    (change,) = report.signatures[0].changes
    assert (change.code, change.page, change.allowed) == (code, page_number, False)
    assert change.kind
    assert change.text_vi != change.text_en


def test_words_on_a_page_are_told_before_and_after() -> None:
    (change,) = changes(edited(signed(), edits.new_words(1, "Trang so hai da sua")))
    assert (change.code, change.page, change.kind) == ("page-text-changed", 2, "text")
    assert change.before == "Trang hai"
    assert change.after == "Trang so hai da sua"
    assert change.text_vi == "Chữ trên trang 2 bị đổi: “Trang hai” thành “Trang so hai da sua”."


def test_words_added_or_gone_are_told_alone() -> None:
    (added,) = changes(edited(signed(), edits.new_words(1, "Trang hai va ba")))
    assert (added.code, added.before, added.after) == ("page-text-added", "", "va ba")
    (gone,) = changes(edited(signed(), edits.new_words(0, "mot")))
    assert (gone.code, gone.before, gone.after) == ("page-text-removed", "Trang", "")


def test_a_drawing_with_the_same_words_is_told_as_a_drawing() -> None:
    (change,) = changes(edited(signed(), edits.new_words(1, "Trang  hai")))
    assert (change.code, change.page) == ("page-content-changed", 2)


def test_a_page_that_became_another_page_says_so() -> None:
    found = changes(edited(signed(), edits.page_removed(2), edits.page_added(2, "Trang la")))
    (change,) = found
    assert (change.code, change.page, change.page_then) == ("page-replaced", 3, 3)
    assert (change.before, change.after) == ("Trang ba", "Trang la")


def test_pages_in_another_order_are_told_with_both_numbers() -> None:
    (change,) = changes(edited(signed(), edits.pages_ordered(1, 2, 0)))
    assert (change.code, change.page_then, change.page) == ("page-moved", 1, 3)


def test_a_page_behind_one_that_was_removed_keeps_its_own_words() -> None:
    found = changes(edited(signed(), edits.page_removed(0), edits.annotated(1, "/Stamp", "DA DUYET")))
    assert [(change.code, change.page, change.page_then) for change in found] == [
        ("page-removed", None, 1),
        ("annotation-added", 2, 3),
    ]
    assert found[1].text_vi == "Thêm dấu đóng trên trang 2: “DA DUYET”."


def test_a_replaced_picture_and_font_are_told() -> None:
    drafted = edited(edits.pages("Mot", "Hai"), edits.pictured(0, "00ff00"))
    content = sign(drafted, standard().person())
    assert told(edited(content, edits.pictured(0, "ff0000"))) == [("page-image-changed", 1)]
    fonts = changes(edited(content, edits.font_replaced("/ZapfDingbats")))
    assert {(change.code, change.before, change.after) for change in fonts} == {
        ("page-font-changed", "Helvetica", "ZapfDingbats")
    }
    assert [change.page for change in fonts] == [1, 2]


def test_a_filled_field_has_its_name_its_label_and_both_values() -> None:
    certified = certify(fill(with_text_field(page()), "04"), standard().person(), MDPPerm.FILL_FORMS)
    report = check(fill(certified, "05"))
    assert report.verdict is Verdict.VALID
    (change,) = report.signatures[0].changes
    assert (change.code, change.field, change.before, change.after) == ("field-changed", "number", "04", "05")
    assert change.page == 1
    assert change.allowed
    assert change.text_vi == "Ô “Số văn bản” đổi từ “04” thành “05”."


def test_a_title_changed_is_told_and_does_no_harm() -> None:
    report = check(edited(signed(), edits.titled("Ke hoach")))
    described = [change for change in report.signatures[0].changes if change.kind == "metadata"]
    assert ("Quyet dinh", "Ke hoach") in [(change.before, change.after) for change in described]
    assert report.verdict is Verdict.VALID


def test_several_edits_are_told_each_and_only_what_is_not_allowed_counts() -> None:
    content = sign(with_text_field(page("Noi dung")), standard().person())
    filled = edited(fill(content, "05"), edits.new_words(0, "Noi quy"))
    assert [(change.code, change.allowed) for change in changes(filled)] == [
        ("field-filled", True),
        ("page-text-changed", False),
    ]


def test_something_put_back_is_not_told_as_nothing() -> None:
    there = edited(signed(), edits.page_entry(0, "/Rotate", generic.NumberObject(90)))
    back = edited(there, edits.page_entry(0, "/Rotate", generic.NumberObject(0)))
    report = check(back)
    assert report.verdict is Verdict.INVALID
    assert any(not change.allowed for change in report.signatures[0].changes)


def test_a_signature_taken_out_of_its_field_is_told_by_the_others() -> None:
    twice = sign(sign(page(), standard().person()), standard().person("UBND xã Thử"), field_name="Sig2")

    def take_out(writer: IncrementalPdfFileWriter) -> None:
        reference = writer.root["/AcroForm"]["/Fields"].raw_get(0)
        del reference.get_object()["/V"]
        writer.mark_update(reference)

    found = changes(updated(twice, take_out))
    assert ("signature-taken-out", "Sig1", False) in [(one.code, one.field, one.allowed) for one in found]


def test_a_tangle_of_objects_ends_the_comparison_and_not_the_verdict() -> None:
    """More values than anybody has a use for, each to be compared."""
    many = generic.ArrayObject(map(generic.NumberObject, range(130_000)))
    drafted = edited(page(), edits.root_entry("/Tangle", many))
    report = check(edited(sign(drafted, standard().person()), edits.annotated(0, "/Text", "x")))
    assert report.verdict is Verdict.INVALID
    assert any(change.code == "not-all-compared" for change in report.signatures[0].changes)
    assert ("annotation-added", 1) in [(change.code, change.page) for change in report.signatures[0].changes]


def test_more_changes_than_anybody_reads_are_counted() -> None:
    many = [edits.annotated(0, "/Text", f"so {number}") for number in range(130)]
    found = changes(edited(signed(), *many))
    assert found[-1].code == "more-changes"
    assert len(found) == 101
    assert "30" in found[-1].text_vi
