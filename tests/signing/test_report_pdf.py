"""The PDF report: plain words in two languages, signed, with all that a second verification needs inside."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from lxml import etree
from pypdf import PdfReader

from signing.keys import SigningKey, open_pkcs12
from signing.pages import extract_text
from signing.reports.forms import as_json, as_pdf, sign_pdf, signatory_of
from signing.reports.verification import VerificationReport, again, read_report, report_on
from signing.sandbox import Limits
from signing.verify import Verdict, verify
from tests.services.second_opinions import SecondOpinions
from tests.signing.test_preserve import PASSPHRASE, Office, make_office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("pdf"))


@pytest.fixture(scope="module")
def service(office: Office) -> SigningKey:
    pkcs12 = office.pki.issue_organisation("Dịch vụ kiểm tra chữ ký", PASSPHRASE, code="docsvc")
    return open_pkcs12(pkcs12, PASSPHRASE)


@pytest.fixture(scope="module")
def report(office: Office) -> VerificationReport:
    return report_on(office.issued, trust=office.trust, program="docsvc", name="Quyết định <05>.pdf")


@pytest.fixture(scope="module")
def signed(office: Office, service: SigningKey, report: VerificationReport) -> bytes:
    pages = as_pdf(report, signatory=signatory_of(service, for_trials=True))
    made = sign_pdf(pages, key=service, timestamper=office.pki.timestamper())
    assert made.level == "B-T"
    return made.content


def _words(content: bytes) -> str:
    return " ".join(" ".join(extract_text(content, limits=Limits())).split())


def test_it_says_who_signed_when_and_that_nothing_changed_in_both_languages(
    signed: bytes, report: VerificationReport
) -> None:
    told = _words(signed)
    for words in (
        "HỢP LỆ Tệp có 2 chữ ký số hợp lệ",
        "Chữ ký 1: Nguyễn Thị Bình Minh",
        "Chữ ký 2: Ủy ban nhân dân xã Tân Lập",
        "Còn nguyên như khi ký",
        "VALID The file has 2 valid signatures",
        "Unchanged since it was signed",
        "Quyết định <05>.pdf",
        report.file.sha256,
        "--again",
        "giờ Việt Nam",
    ):
        assert words in told, words
    assert told.index("BÁO CÁO KIỂM TRA CHỮ KÝ SỐ") < told.index("SIGNATURE VERIFICATION REPORT")


def test_every_font_travels_with_it(signed: bytes) -> None:
    used = {
        font.get_object()["/BaseFont"]: font.get_object()
        for page in PdfReader(io.BytesIO(signed)).pages
        for font in page["/Resources"]["/Font"].values()  # type: ignore[index]
    }
    assert used
    for name, font in used.items():
        assert "Tinos" in name, "no font of the reader's machine is asked for"
        assert "/FontFile2" in font["/FontDescriptor"]


def test_it_says_plainly_that_it_is_signed_for_trials_or_by_nobody(
    signed: bytes, report: VerificationReport, service: SigningKey
) -> None:
    assert "chứng thư THỬ NGHIỆM" in _words(signed)
    assert "TEST certificate" in _words(signed)
    real = _words(as_pdf(report, signatory=signatory_of(service, for_trials=False)))
    assert "THỬ NGHIỆM" not in real and "do “Dịch vụ kiểm tra chữ ký” ký số" in real
    nobody = _words(as_pdf(report, signatory=None))
    assert "không được ký" in nobody and "not signed" in nobody


def test_a_changed_file_is_told_without_praise_for_anything(office: Office) -> None:
    spoilt = bytearray(office.issued)
    spoilt[len(spoilt) // 3] ^= 1
    told = _words(as_pdf(report_on(bytes(spoilt), trust=office.trust, program="docsvc"), signatory=None))
    assert "KHÔNG HỢP LỆ" in told and "Đã bị thay đổi sau khi ký" in told and "Changed after it was signed" in told
    assert "Còn nguyên" not in told and "Không có gì được thêm" not in told


def test_the_report_alone_is_enough_to_come_to_the_verdict_again(
    signed: bytes, office: Office, report: VerificationReport
) -> None:
    inside = PdfReader(io.BytesIO(signed)).attachments
    assert json.loads(inside["docsvc-verification-report.json"][0]) == json.loads(as_json(report))
    assert etree.fromstring(inside["docsvc-verification-report.xml"][0]).tag.endswith("ValidationReport")
    rerun = again(office.issued, read_report(signed), trust=office.trust, program="docsvc")
    assert rerun.same and not rerun.strange_anchors


def test_its_signature_is_valid_for_us_and_for_poppler_qpdf_and_openssl(
    signed: bytes, office: Office, tmp_path: Path
) -> None:
    checked = verify(signed, trust=office.trust)
    assert checked.verdict == Verdict.VALID
    (signature,) = checked.signatures
    assert (signature.level, signature.certification, signature.covers_whole_file) == ("B-T", 1, True)
    SecondOpinions(tmp_path / "opinions", office.pki.roots()[0], [office.pki.certificate("issuing")]).all_of(signed)


def test_a_byte_changed_in_the_report_is_noticed(signed: bytes, office: Office) -> None:
    changed = bytearray(signed)
    changed[len(changed) // 3] ^= 1
    assert verify(bytes(changed), trust=office.trust).verdict != Verdict.VALID


def test_names_of_any_kind_do_not_break_the_pages(office: Office) -> None:
    name = "<b>\x00\u202e" + "x" * 300 + "漢字 & </para>" + ".pdf"
    assert "KHÔNG KIỂM TRA ĐƯỢC" in _words(
        as_pdf(report_on(b"none", trust=office.trust, program="docsvc", name=name), signatory=None)
    )
