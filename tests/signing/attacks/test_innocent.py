"""Files that nobody attacked bear no attack's name, whatever was rightly done to them after signing."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from pyhanko.sign.fields import MDPPerm, SigFieldSpec
from pyhanko.stamp import TextStampStyle

from signing.keys import open_pkcs12
from signing.pki import TestPki
from signing.places import find_places
from signing.sandbox import Limits
from signing.sign import seal, sign_personal
from signing.verify import Trust, Verdict, verify
from tests.fuzz.seeds import seeds
from tests.signing.attacks.case import office, person, signed
from tests.signing.attacks.forging import Recipe, resigned
from tests.signing.authority import certify, fill, page, sign, standard, with_text_field
from tests.signing.drafts import LEADER, draw

CORPUS = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[4] / "shared" / "corpora")) / "pdf-signatures"
ATTACKED = {"replace.pdf", "annotation-and-visible-change.pdf", "pades-signed-annot-added.pdf"}


def names(content: bytes) -> list[str]:
    return [one.code for one in verify(content, trust=Trust((standard().root.certificate,))).attacks]


def test_files_of_every_level_and_make_bear_none() -> None:
    assert [names(seed) for seed in seeds()] == [[]] * len(seeds())


def test_an_empty_field_filled_in_after_certifying_bears_none() -> None:
    filled = fill(certify(with_text_field(page()), person(), MDPPerm.FILL_FORMS), "05")
    assert not names(sign(filled, office(), field_name="Sig2"))


@pytest.mark.parametrize("permitted", [None, MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE])
def test_a_second_signature_seen_beside_the_words_bears_none(permitted: MDPPerm | None) -> None:
    first = certify(page(), person(), permitted) if permitted else sign(page(), person())
    field = SigFieldSpec("Sig2", box=(85, 100, 285, 160))
    second = sign(first, office(), field_name="Sig2", new_field=field, style=TextStampStyle(background=None))
    assert not names(second)


def test_a_second_signature_partly_over_words_of_a_file_that_is_not_certified_bears_none() -> None:
    """A seal may lie over words, as long as they stay readable."""
    field = SigFieldSpec("Sig2", box=(85, 690, 285, 750))
    style = TextStampStyle(background=None, stamp_text="x", border_width=0)
    assert not names(sign(sign(page(), person()), office(), field_name="Sig2", new_field=field, style=style))


def test_attributes_that_are_not_sorted_bear_none() -> None:
    """As large services sign; DER sorts them (RFC 5652, 5.3)."""

    def turned(encoded: bytes) -> bytes:
        told = [one.dump() for one in cms.CMSAttributes.load(encoded)][::-1]
        return encoded[: len(encoded) - sum(map(len, told))] + b"".join(told)

    assert not names(resigned(signed(), Recipe(encoded=turned)))


def test_an_issued_file_bears_none(tmp_path: Path) -> None:
    pki = TestPki.create(tmp_path / "pki", base_url="http://127.0.0.1:9/pki")
    leader = open_pkcs12(pki.issue_person(LEADER, "mat-khau-khoa"), "mat-khau-khoa")
    unit = open_pkcs12(pki.issue_organisation("UBND xã Tân Lập", "mat-khau-khoa", code="H99.1"), "mat-khau-khoa")
    drawn = draw()
    places = find_places(drawn, signatory_name=LEADER, limits=Limits())
    made = sign_personal(drawn, key=leader, places=places, image_png=None, timestamper=pki.timestamper())
    today = datetime.now(UTC).date()
    sealed = seal(made.content, key=unit, number="05", issued_on=today, image_png=None, timestamper=pki.timestamper())
    for content in (made.content, sealed.content):
        report = verify(content, trust=Trust(pki.roots()))
        assert report.verdict is Verdict.VALID
        assert not report.attacks


def test_files_of_others_bear_none_unless_they_were_attacked() -> None:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus of signed files at {CORPUS}: set DOCSVC_CORPORA")
    for name in (
        "pades-ltv.pdf",
        "pades-bes.pdf",
        "pkcs7.pdf",
        "pades-t-level-extended.pdf",
        "pades-ltv-from-epes.pdf",
    ):
        assert not names((CORPUS / name).read_bytes()), name
    for name in ATTACKED:
        assert names((CORPUS / name).read_bytes()), name
