"""What proves the event log, on its page: the newest anchor, checks, and anchors to be kept elsewhere."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from docsvc.audit import anchoring, checks
from docsvc.audit.verifying import verify
from docsvc.db.records import Event
from signing.errors import TimestampUnavailable
from signing.timestamp import Timestamper
from tests.services.programs import program
from tests.web.office import Office, text_of


def test_the_page_tells_through_which_entry_the_log_is_proven(office: Office) -> None:
    browser = office.browser("chinh")
    assert "Chưa có mốc nào" in text_of(browser.get("/admin/events"))
    made = anchoring.anchor(office.service.desk)
    page = text_of(browser.get("/admin/events"))
    assert f"mốc 1, chứng thực đến dòng {made.last_event_id}" in page
    assert made.authority in page
    assert "Dòng chưa có mốc: 1." in page


def test_anchors_are_downloaded_and_openssl_believes_them(office: Office, tmp_path: Path) -> None:
    openssl = program("openssl", "install openssl")
    anchoring.anchor(office.service.desk)
    made = anchoring.anchor(office.service.desk)
    browser = office.browser("chinh")
    answer = browser.get("/admin/events/anchors.zip")
    assert answer.mimetype == "application/zip"
    assert "moc-nhat-ky-" in answer.headers["Content-Disposition"]
    zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path)
    for name in ("000001", "000002"):
        files = ["-data", f"{name}.json", "-in", f"{name}.tst", "-token_in", "-CAfile", "roots.pem"]
        told = subprocess.run([openssl, "ts", "-verify", *files], cwd=tmp_path, capture_output=True, check=False)
        assert b"Verification: OK" in told.stdout + told.stderr
    assert json.loads((tmp_path / "000002.json").read_bytes())["last_entry"] == made.last_event_id
    kept = browser.get("/admin/events/anchors.json").data
    assert kept == (tmp_path / "anchors.json").read_bytes() or json.loads(kept)["anchors"]
    assert verify(office.service.desk, kept_file=kept).is_sound
    assert browser.get("/admin/events/anchors.exe").status_code == 404
    with office.service.database.read() as session:
        acts = list(session.scalars(select(Event.act).where(Event.actor == "chinh")))
    assert acts == ["log-anchors-downloaded"] * 2


def test_while_no_timestamp_comes_auditors_and_administrators_are_told(office: Office) -> None:
    def answer(_: bytes) -> bytes:
        raise TimestampUnavailable("tsa.example: no answer")

    with pytest.raises(TimestampUnavailable):
        anchoring.anchor(replace(office.service.desk, timestamper=Timestamper(answer)))
    assert "chờ dấu thời gian từ" in text_of(office.browser("chinh").get("/admin/events"))
    page = text_of(office.browser("minh").get("/admin"))
    assert "Nhật ký chờ dấu thời gian từ" in page
    assert "tsa.example: no answer" in page
    anchoring.anchor(office.service.desk)
    assert "chờ dấu thời gian" not in text_of(office.browser("minh").get("/admin"))


def test_a_long_log_is_checked_by_the_worker(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "AT_ONCE", 1)
    browser = office.browser("chinh")
    browser.send("/admin/events", "/admin/events/check")
    page = text_of(browser.get("/admin/events"))
    assert "được kiểm tra trong nền" in page
    assert "Đang kiểm tra toàn bộ nhật ký" in page
    assert "còn nguyên" not in page
    browser.send("/admin/events", "/admin/events/check")
    assert checks.work_off(office.service.desk) is not None
    assert checks.work_off(office.service.desk) is None, "once a day, and asking twice is asking once"
    page = text_of(browser.get("/admin/events"))
    assert "Nhật ký còn nguyên như khi ghi" in page
    assert "Đang kiểm tra toàn bộ nhật ký" not in page


def test_in_english_the_page_says_the_same(office: Office) -> None:
    anchoring.anchor(office.service.desk)
    browser = office.browser("chinh")
    browser.send("/", "/language", language="en", next="/")
    browser.send("/admin/events", "/admin/events/check")
    page = text_of(browser.get("/admin/events"))
    assert "The log is whole and unchanged." in page
    assert "Newest anchor: number 1" in page
