"""Whose signature stands on a verification report: an office's key from a file, one for trials, or none."""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from config.settings import Settings, SettingsError
from docsvc.issue.report_key import key_for_trials
from docsvc.issue.reporting import ReportForm, report_of, written
from docsvc.wiring import Service, open_service, report_key
from signing.errors import UnusableKey, WrongPassphrase
from signing.verify import Verdict, verify

SECRET = "mot-mat-khau-cua-khoa"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    return open_service(Settings(data_dir=tmp_path_factory.mktemp("reports") / "var"))


def _first_page(content: bytes) -> str:
    return " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())


def test_without_a_setting_a_key_for_trials_signs_and_is_kept(service: Service) -> None:
    desk = service.desk
    content = written(desk, report_of(desk, b"none"), ReportForm.PDF)
    checked = verify(content, trust=desk.trust)
    assert checked.verdict == Verdict.VALID
    assert checked.signatures[0].level == "B-T"
    assert "không có giá trị pháp lý" in checked.signatures[0].holder
    assert "THỬ NGHIỆM" in _first_page(content)
    file = service.settings.data_dir / "report-key.p12"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert service.pki is not None and desk.report_key is not None
    kept = key_for_trials(service.pki, file, service.secret_key)
    assert kept.fingerprint_sha256 == desk.report_key.key().fingerprint_sha256


def test_a_kept_key_that_does_not_open_any_more_is_made_anew(service: Service, tmp_path: Path) -> None:
    pki, file = service.pki, tmp_path / "report-key.p12"
    assert pki is not None
    first = key_for_trials(pki, file, "one secret")
    second = key_for_trials(pki, file, "another secret")
    assert first.fingerprint_sha256 != second.fingerprint_sha256
    file.write_bytes(b"cut off")
    third = key_for_trials(pki, file, "another secret")
    assert key_for_trials(pki, file, "another secret").fingerprint_sha256 == third.fingerprint_sha256


def test_an_offices_key_from_a_file_signs_and_nobody_speaks_of_trials(service: Service, tmp_path: Path) -> None:
    pkcs12, passphrase = tmp_path / "key.p12", tmp_path / "passphrase"
    assert service.pki is not None
    pkcs12.write_bytes(service.pki.issue_organisation("Trung tâm Lưu trữ", SECRET, code="H1"))
    settings = replace(service.settings, report_key=f"{pkcs12} {passphrase}")
    key = report_key(settings, service.pki, "")
    assert key is not None
    with pytest.raises(UnusableKey):
        key.key()
    passphrase.write_text("khác\n", "utf-8")
    with pytest.raises(WrongPassphrase):
        key.key()
    passphrase.write_text(f"{SECRET}\n", "utf-8")
    desk = replace(service.desk, report_key=key)
    content = written(desk, report_of(desk, b"none"), ReportForm.PDF)
    assert verify(content, trust=desk.trust).signatures[0].holder == "Trung tâm Lưu trữ"
    assert "THỬ NGHIỆM" not in _first_page(content)
    assert b"X509Certificate" in written(desk, report_of(desk, b"none"), ReportForm.XML)


def test_without_any_key_the_report_says_that_it_is_not_signed(service: Service) -> None:
    assert report_key(Settings(pki="none"), None, "") is None
    desk = replace(service.desk, report_key=None)
    content = written(desk, report_of(desk, b"none"), ReportForm.PDF)
    assert verify(content, trust=desk.trust).verdict == Verdict.UNSIGNED
    assert "không được ký" in _first_page(content)


@pytest.mark.parametrize("text", ["/only/one", "relative.p12 /passphrase", "/a /b /c"])
def test_a_setting_that_names_no_two_files_is_refused(text: str, service: Service) -> None:
    with pytest.raises(SettingsError, match="report_key"):
        report_key(Settings(report_key=text), service.pki, "")
