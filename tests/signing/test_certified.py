"""What a certifying signature allows (ISO 32000-2, table 257), no less and no more."""

from __future__ import annotations

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import MDPPerm, SigFieldSpec
from pyhanko.stamp import TextStampStyle

from signing.verify import FileReport, Trust, Verdict, verify
from tests.signing import edits
from tests.signing.authority import certify, fill, sign, standard, with_text_field
from tests.signing.edits import Edit, annotated, annotation_text, edited

BESIDE, OVER = (100, 100, 200, 130), (80, 690, 300, 730)
"""The words of the page, and a place without."""


def check(content: bytes) -> FileReport:
    return verify(content, trust=Trust((standard().root.certificate,)))


def certified(permitted: MDPPerm, *before: Edit) -> bytes:
    drafted = edited(with_text_field(edits.pages("Trang mot", "Trang hai")), *before)
    return certify(drafted, standard().person(), permitted)


def told(report: FileReport, index: int = 0) -> list[tuple[str, bool]]:
    return [(change.code, change.allowed) for change in report.signatures[index].changes]


def placed(box: tuple[int, ...], subtype: str = "/FreeText") -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        annotated(0, subtype, "Da xem")(writer)
        annotations = writer.root["/Pages"]["/Kids"][0]["/Annots"]
        annotations[-1]["/Rect"] = generic.ArrayObject(map(generic.NumberObject, box))

    return edit


def test_annotations_are_allowed_where_the_certifier_allows_them() -> None:
    noted = edited(certified(MDPPerm.ANNOTATE), placed(BESIDE))
    report = check(noted)
    assert report.verdict is Verdict.VALID
    assert told(report) == [("annotation-added", True)]
    assert not report.attacks
    for permitted in (MDPPerm.FILL_FORMS, MDPPerm.NO_CHANGES):
        assert check(edited(certified(permitted), placed(BESIDE))).verdict is Verdict.INVALID


def test_annotations_may_be_altered_and_taken_out_there() -> None:
    base = certified(MDPPerm.ANNOTATE, annotated(1, "/Text", "Xem lai"))
    altered = check(edited(base, annotation_text(1, 0, "Da xem")))
    assert (altered.verdict, told(altered)) == (Verdict.VALID, [("annotation-changed", True)])
    removed = check(edited(base, annotation_text(1, 0, None)))
    assert (removed.verdict, told(removed)) == (Verdict.VALID, [("annotation-removed", True)])


def test_filling_signing_and_annotating_may_come_in_turn() -> None:
    content = fill(edited(certified(MDPPerm.ANNOTATE), placed(BESIDE)), "05")
    content = edited(sign(content, standard().person("UBND xã Thử"), field_name="Sig2"), annotated(1, "/Text", "Xong"))
    report = check(content)
    assert report.verdict is Verdict.VALID, told(report)
    assert [code for code, _ in told(report)].count("annotation-added") == 2
    assert told(report, 1) == [("annotation-added", True)], "the approval bears what the certifier allows"


@pytest.mark.parametrize(
    "other", [edits.new_words(1, "Trang khac"), edits.page_removed(1), edits.font_replaced("/Symbol")]
)
def test_nothing_else_comes_in_with_an_annotation(other: Edit) -> None:
    assert check(edited(certified(MDPPerm.ANNOTATE), placed(BESIDE), other)).verdict is Verdict.INVALID


def test_an_annotation_that_does_something_by_itself_is_not_allowed() -> None:
    def acting(writer: IncrementalPdfFileWriter) -> None:
        placed(BESIDE, "/Link")(writer)
        writer.root["/Pages"]["/Kids"][0]["/Annots"][-1]["/A"] = edits.script("app.alert(1)")

    assert check(edited(certified(MDPPerm.ANNOTATE), acting)).verdict is Verdict.INVALID


def test_annotations_over_words_are_an_attack_whatever_is_allowed() -> None:
    report = check(edited(certified(MDPPerm.ANNOTATE), placed(OVER)))
    assert report.verdict is Verdict.INVALID
    assert [attack.code for attack in report.attacks] == ["evil-annotation"]


def test_taking_away_what_lay_over_words_is_an_attack() -> None:
    covered = certified(MDPPerm.ANNOTATE, placed(OVER))
    report = check(edited(covered, annotation_text(0, 1, None)))
    assert report.verdict is Verdict.INVALID
    assert [attack.code for attack in report.attacks] == ["shadow-hide"]


def test_a_new_signature_that_is_seen_needs_leave_to_annotate() -> None:
    def signed(permitted: MDPPerm, box: tuple[int, int, int, int]) -> FileReport:
        style = TextStampStyle(stamp_text="Dong y", background=None)
        by = standard().person("UBND xã Thử")
        field = SigFieldSpec("Sig2", box=box)
        return check(sign(certified(permitted), by, field_name="Sig2", new_field=field, style=style))

    assert signed(MDPPerm.ANNOTATE, BESIDE).verdict is Verdict.VALID
    assert signed(MDPPerm.FILL_FORMS, BESIDE).verdict is Verdict.INVALID
    assert signed(MDPPerm.ANNOTATE, OVER).verdict is Verdict.INVALID
    unseen = sign(certified(MDPPerm.FILL_FORMS), standard().person("UBND xã Thử"), field_name="Sig2")
    assert check(unseen).verdict is Verdict.VALID
