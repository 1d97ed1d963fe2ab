"""The leader signs, the clerk fills number and date and seals: looked at as an auditor and a reader would."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from PIL import Image

from signing.errors import (
    AlreadySigned,
    CertificateNotUsable,
    EncryptedPdf,
    PlaceNotFound,
    TimestampUnavailable,
    UnreadablePdf,
    UnusablePicture,
)
from signing.keys import SigningKey, open_pkcs12
from signing.pki import KeyKind, TestPki
from signing.places import IssuePlaces, find_places
from signing.sandbox import Limits
from signing.sign import SignedFile, seal, sign_personal
from signing.timestamp import Timestamper
from signing.verify import Indication, Trust, Verdict, verify
from tests.services.programs import program
from tests.services.second_opinions import SecondOpinions
from tests.signing.drafts import LEADER, Sketch, draw

PASSPHRASE = "mat-khau-khoa"


@dataclass(frozen=True, slots=True)
class Office:
    """A leader and an office with their keys, under one test PKI."""

    pki: TestPki
    leader: SigningKey
    organisation: SigningKey
    """The root certificate as PEM."""

    @property
    def trust(self) -> Trust:
        return Trust(roots=self.pki.roots())

    def signed(self, draft: bytes | None = None, *, image_png: bytes | None = None) -> SignedFile:
        content = draft or draw()
        return sign_personal(
            content,
            key=self.leader,
            places=places_of(content),
            image_png=image_png,
            timestamper=self.pki.timestamper(),
            position="Chủ tịch",
        )

    def sealed(
        self, signed: bytes | None = None, *, number: str = "05", image_png: bytes | None = None, on: date | None = None
    ) -> SignedFile:
        return seal(
            signed or self.signed().content,
            key=self.organisation,
            number=number,
            issued_on=on or date(2026, 3, 7),
            image_png=image_png,
            timestamper=self.pki.timestamper(),
        )


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    folder = tmp_path_factory.mktemp("office")
    pki = TestPki.create(folder / "pki", base_url="http://127.0.0.1:9/pki")
    leader = pki.issue_person(LEADER, PASSPHRASE, organisation="UBND xã Tân Lập", position="Chủ tịch")
    organisation = pki.issue_organisation("Ủy ban nhân dân xã Tân Lập", PASSPHRASE, code="H99.1")
    return Office(pki, open_pkcs12(leader, PASSPHRASE), open_pkcs12(organisation, PASSPHRASE))


@pytest.fixture(scope="module")
def issued(office: Office) -> bytes:
    return office.sealed(office.signed(image_png=stroke()).content, image_png=disc()).content


def places_of(content: bytes) -> IssuePlaces:
    return find_places(content, signatory_name=LEADER, limits=Limits())


def stroke() -> bytes:
    return png(Image.new("RGBA", (400, 160), (10, 40, 200, 255)))


def disc(**options: object) -> bytes:
    return png(Image.new("RGBA", (300, 300), (220, 0, 0, 128)), **options)


def widgets_on(content: bytes, page: int) -> list[Any]:
    annotations: Any = pypdf.PdfReader(io.BytesIO(content)).pages[page]["/Annots"]
    return list(annotations)


def png(picture: Image.Image, **options: object) -> bytes:
    kept = io.BytesIO()
    picture.save(kept, "PNG", **options)
    return kept.getvalue()


def test_both_signatures_verify_strictly(office: Office, issued: bytes) -> None:
    report = verify(issued, trust=office.trust)
    assert report.verdict is Verdict.VALID, report.message_en
    assert [signature.indication for signature in report.signatures] == [Indication.TOTAL_PASSED] * 2
    assert [signature.level for signature in report.signatures] == ["B-T", "B-T"]
    assert [signature.holder for signature in report.signatures] == [LEADER, "Ủy ban nhân dân xã Tân Lập"]


def test_poppler_qpdf_and_openssl_accept_both_signatures(office: Office, issued: bytes, tmp_path: Path) -> None:
    SecondOpinions(tmp_path, office.pki.roots()[0], [office.pki.certificate("issuing")]).all_of(issued)


def test_number_and_date_are_read_where_they_belong(issued: bytes) -> None:
    fields = pypdf.PdfReader(io.BytesIO(issued)).get_fields() or {}
    values = {name: field.get("/V") for name, field in fields.items() if field.get("/FT") == "/Tx"}
    assert values == {"number": "05", "day": "07", "month": "3"}
    pdftotext = shutil.which("pdftotext") or program("pdftotext", "apt-get install poppler-utils")
    said = subprocess.run([pdftotext, "-layout", "-", "-"], input=issued, capture_output=True, check=True)
    shown = " ".join(said.stdout.decode().split())
    assert "Số: 05 /QĐ-UBND" in shown
    assert "ngày 07 tháng 3 năm 2026" in shown


@pytest.mark.parametrize(("month", "shown"), [(1, "01"), (2, "02"), (3, "3"), (12, "12")])
def test_only_january_and_february_have_a_leading_zero(office: Office, month: int, shown: str) -> None:
    sealed = office.sealed(on=date(2026, month, 21))
    fields = pypdf.PdfReader(io.BytesIO(sealed.content)).get_fields() or {}
    assert fields["month"]["/V"] == shown


def test_the_seal_covers_a_third_of_the_signature_at_its_left(issued: bytes) -> None:
    """NĐ 30, appendix I."""
    fields = {
        str(annotation["/T"]): [float(edge) for edge in annotation["/Rect"]] for annotation in widgets_on(issued, 0)
    }
    hand, stamp = fields["personal_signature"], fields["organisation_signature"]
    covered = (stamp[2] - hand[0]) / (hand[2] - hand[0])
    assert 0.28 < covered < 0.38
    assert stamp[2] - stamp[0] == pytest.approx(36 / 25.4 * 72, abs=1)


def test_signature_is_blue_and_seal_red_on_the_page(issued: bytes) -> None:
    with pypdfium2.PdfDocument(issued) as document:
        document.init_forms()
        drawn = document[0].render(scale=1, may_draw_forms=True).to_pil().convert("RGB")
    assert drawn.getpixel((470, 842 - 345))[2] > 150
    red, _, blue = drawn.getpixel((330, 842 - 345))
    assert red > 180 > blue


def test_a_picture_says_its_own_size(office: Office) -> None:
    pixels_per_inch = 300 / (30 / 25.4)
    sealed = office.sealed(image_png=disc(dpi=(pixels_per_inch, pixels_per_inch)))
    appearance = re.findall(rb"q ([\d.]+) 0 0 ([\d.]+) [\d.]+ [\d.]+ cm /Picture Do Q", sealed.content)
    assert float(appearance[-1][0]) == pytest.approx(30 / 25.4 * 72, abs=0.5)


def test_without_pictures_the_names_are_drawn(office: Office) -> None:
    assert verify(office.sealed().content, trust=office.trust).verdict is Verdict.VALID


def test_dots_are_covered_by_what_is_filled_in(office: Office) -> None:
    draft = draw(Sketch(number="Số: ............../QĐ-UBND", dated="Tân Lập, ngày ….. tháng ….. năm 2026"))
    sealed = office.sealed(office.signed(draft).content)
    assert verify(sealed.content, trust=office.trust).verdict is Verdict.VALID


def test_the_draft_s_bytes_and_the_leader_s_bytes_are_never_rewritten(office: Office) -> None:
    draft = draw()
    signed = office.signed(draft).content
    sealed = office.sealed(signed).content
    assert signed.startswith(draft)
    assert sealed.startswith(signed)


def test_a_longer_number_still_fits_its_place(office: Office) -> None:
    draft = draw(Sketch(number="Số:         /QĐ-UBND"))
    sealed = office.sealed(office.signed(draft).content, number="12345")
    assert verify(sealed.content, trust=office.trust).verdict is Verdict.VALID


def test_many_pages_and_the_signature_on_the_last(office: Office) -> None:
    sealed = office.sealed(office.signed(draw(Sketch(pages=4))).content)
    assert verify(sealed.content, trust=office.trust).verdict is Verdict.VALID
    assert {widget["/T"] for widget in widgets_on(sealed.content, 3)} == {
        "personal_signature",
        "organisation_signature",
    }


def test_a_signed_file_is_not_signed_as_a_draft_again(office: Office) -> None:
    signed = office.signed().content
    with pytest.raises(AlreadySigned):
        sign_personal(
            signed, key=office.leader, places=places_of(draw()), image_png=None, timestamper=office.pki.timestamper()
        )


def test_a_plain_draft_cannot_be_sealed(office: Office) -> None:
    with pytest.raises(PlaceNotFound):
        office.sealed(draw())


def test_no_place_no_signature(office: Office) -> None:
    with pytest.raises(PlaceNotFound):
        sign_personal(draw(), key=office.leader, places=IssuePlaces(), image_png=None, timestamper=None)


def test_an_expired_certificate_signs_nothing(office: Office) -> None:
    late = datetime.now(UTC) + timedelta(days=365 * 60)
    with pytest.raises(CertificateNotUsable):
        sign_personal(draw(), key=office.leader, places=places_of(draw()), image_png=None, timestamper=None, now=late)


def test_without_a_timestamp_nothing_is_signed(office: Office) -> None:
    unreachable = Timestamper.http("http://127.0.0.1:9/tsa", timeout_seconds=2)
    with pytest.raises(TimestampUnavailable):
        sign_personal(draw(), key=office.leader, places=places_of(draw()), image_png=None, timestamper=unreachable)


def test_without_a_timestamper_the_level_is_told_honestly(office: Office) -> None:
    signed = sign_personal(draw(), key=office.leader, places=places_of(draw()), image_png=None, timestamper=None)
    assert signed.level == "B-B"
    assert verify(signed.content, trust=office.trust).signatures[0].level == "B-B"


def test_damaged_and_locked_drafts_are_named(office: Office) -> None:
    places = places_of(draw())
    damaged = draw()[:2000]
    with pytest.raises(UnreadablePdf):
        sign_personal(damaged, key=office.leader, places=places, image_png=None, timestamper=None)
    locked = pypdf.PdfWriter(clone_from=io.BytesIO(draw()))
    locked.encrypt("secret", algorithm="AES-256")
    kept = io.BytesIO()
    locked.write(kept)
    with pytest.raises(EncryptedPdf):
        sign_personal(kept.getvalue(), key=office.leader, places=places, image_png=None, timestamper=None)


def test_a_picture_that_is_none_is_refused(office: Office) -> None:
    with pytest.raises(UnusablePicture):
        office.signed(image_png=b"\x89PNG rubbish")


def test_a_place_on_a_page_that_is_not_there_is_refused(office: Office) -> None:
    places = places_of(draw())
    assert places.personal_signature is not None
    beyond = replace(places, personal_signature=replace(places.personal_signature, page=7))
    with pytest.raises((PlaceNotFound, UnreadablePdf)):
        sign_personal(draw(), key=office.leader, places=beyond, image_png=None, timestamper=None)


@pytest.mark.parametrize("kind", list(KeyKind))
def test_every_kind_of_key_makes_signatures_that_verify(office: Office, kind: KeyKind) -> None:
    leader = open_pkcs12(office.pki.issue_person(LEADER, PASSPHRASE, key_kind=kind), PASSPHRASE)
    signed = sign_personal(
        draw(), key=leader, places=places_of(draw()), image_png=None, timestamper=office.pki.timestamper()
    )
    assert verify(signed.content, trust=office.trust).verdict is Verdict.VALID
