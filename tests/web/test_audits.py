"""Auditors and administrators audit the archive in the browser, and alarms stay until somebody answers them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from docsvc.db.inspection import AuditRun
from docsvc.db.records import Event
from docsvc.inspection import runs
from docsvc.inspection.carrying import carry
from docsvc.records.terms import Access
from tests.web.office import Browser, Office, text_of


def stored(office: Office, document_id: str) -> Path:
    """The issued file where the store keeps it."""
    sha256 = office.document(document_id).renditions[-1].sha256
    return office.service.settings.data_dir / "objects" / "objects" / sha256[:2] / sha256[2:4] / sha256


def begun(browser: Browser, **chosen: Any) -> int:
    answer = browser.send("/audits", "/audits", **({"scope": "records"} | chosen))
    assert answer.status_code == 303, text_of(answer)
    return int(answer.location.rsplit("/", 1)[1])


def carried(office: Office, run_id: int) -> None:
    for _ in carry(office.service.desk, run_id):
        pass


@pytest.fixture
def spoilt(office: Office) -> tuple[Office, str, str]:
    """Two issued documents of which one, restricted, lost its file."""
    sound = office.issued("Về việc còn nguyên")
    lost = office.issued("Về việc kỷ luật", access=Access.RESTRICTED)
    stored(office, lost).unlink()
    return office, sound, lost


def test_an_auditor_sees_how_much_it_covers_begins_and_reads_what_was_found(spoilt: tuple[Office, str, str]) -> None:
    office, sound, lost = spoilt
    browser = office.browser("chinh")
    assert "Kiểm tra kho lưu trữ" in text_of(browser.get("/"))
    preview = text_of(browser.get("/audits?preview=1&scope=records"))
    assert re.search(r"2 tệp của 2 văn bản, \d+ KB", preview)
    run_id = begun(browser)
    waiting = browser.get(f"/audits/{run_id}")
    assert "0 / 2 tệp" in text_of(waiting)
    assert 'data-progress="going"' in waiting.text
    assert '<noscript><meta http-equiv="refresh"' in waiting.text
    carried(office, run_id)
    page = browser.get(f"/audits/{run_id}")
    assert "2 / 2 tệp · 1 có vấn đề" in text_of(page)
    assert 'data-progress="over"' in page.text
    assert "Mất tệp trong kho object-missing 1" in text_of(page)
    wrong = browser.get(f"/audits/{run_id}/results")
    assert "Về việc kỷ luật" in text_of(wrong)
    assert sound not in wrong.text
    good = browser.get(f"/audits/{run_id}/results?cause=valid")
    assert sound in good.text
    assert lost not in good.text
    assert "Lượt" in text_of(browser.get("/audits"))


def test_a_run_is_stopped_and_gone_on_with(office: Office) -> None:
    office.issued()
    browser = office.browser("chinh")
    run_id = begun(browser)
    assert browser.send(f"/audits/{run_id}", f"/audits/{run_id}/stop").status_code == 303
    page = browser.get(f"/audits/{run_id}")
    assert "Đã dừng" in text_of(page)
    assert "Chạy tiếp phần còn lại" in text_of(page)
    again = browser.send(f"/audits/{run_id}", f"/audits/{run_id}/stop")
    assert "đã xong hoặc đã dừng" in text_of(browser.get(again.location))
    assert browser.send(f"/audits/{run_id}", f"/audits/{run_id}/resume").status_code == 303
    with office.service.database.read() as session:
        assert runs.due(session, office.service.desk.clock()) == run_id


def test_alarms_stand_on_the_start_page_until_acknowledged_with_a_note(spoilt: tuple[Office, str, str]) -> None:
    office, _, lost = spoilt
    auditor, administrator = office.browser("chinh"), office.browser("minh")
    carried(office, begun(auditor))
    for browser, sees in ((auditor, True), (administrator, False)):
        home = browser.get("/")
        assert "1 cảnh báo về kho lưu trữ" in text_of(home)
        assert (lost in home.text) == sees, "an administrator reads no restricted document"
        listed = browser.get("/audits/alarms")
        assert ("Về việc kỷ luật" in text_of(listed)) == sees
    for username in ("soan", "khai", "hien", "doc", "tung"):
        assert "cảnh báo" not in text_of(office.browser(username).get("/"))
    (address,) = re.findall(r'action="(/audits/alarms/\d+)"', auditor.get("/audits/alarms").text)
    empty = auditor.send("/audits/alarms", address, note="  ")
    assert empty.status_code == 422
    assert "Hãy ghi đã xử lý thế nào" in text_of(empty)
    assert auditor.send("/audits/alarms", address, note="Đã khôi phục từ bản sao lưu").status_code == 303
    assert auditor.send("/audits", address, note="nữa").status_code == 404
    assert "cảnh báo về kho" not in text_of(auditor.get("/"))
    assert "chinh" in text_of(auditor.get("/audits/alarms"))
    assert "Đã khôi phục từ bản sao lưu" in text_of(auditor.get("/audits/alarms"))
    with office.service.database.read() as session:
        acts = session.scalars(select(Event.act).where(Event.object_id == lost)).all()
    assert acts[-2:] == ["alarm-raised", "alarm-acknowledged"]


def test_exports_hold_every_file_and_hide_what_is_not_for_the_person(spoilt: tuple[Office, str, str]) -> None:
    office, sound, lost = spoilt
    auditor, administrator = office.browser("chinh"), office.browser("minh")
    run_id = begun(auditor)
    carried(office, run_id)
    table = auditor.get(f"/audits/{run_id}.csv")
    assert table.mimetype == "text/csv"
    assert table.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 3
    assert [row[8] for row in rows[1:]] == ["valid", "object-missing"]
    facts = json.loads(auditor.get(f"/audits/{run_id}.json").data)
    assert (facts["total"], facts["findings"], facts["state"]) == (2, 1, "done")
    assert [one["document"] for one in facts["files"]] == [sound, lost]
    with zipfile.ZipFile(io.BytesIO(auditor.get(f"/audits/{run_id}.xlsx").data)) as book:
        assert "Về việc kỷ luật" in book.read("xl/worksheets/sheet1.xml").decode()
    for kind in ("csv", "json", "xlsx"):
        answer = administrator.get(f"/audits/{run_id}.{kind}")
        content = answer.data
        if kind == "xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as book:
                content = book.read("xl/worksheets/sheet1.xml")
        assert answer.status_code == 200
        assert b"object-missing" in content
        assert lost.encode() not in content
        assert "Về việc kỷ luật".encode() not in content
    assert auditor.get(f"/audits/{run_id}.pdf").status_code == 404


def test_nobody_else_gets_there(spoilt: tuple[Office, str, str]) -> None:
    office, _, _ = spoilt
    run_id = begun(office.browser("chinh"))
    with office.service.database.write() as session:
        session.get_one(AuditRun, run_id).unit_ids = ""
    for username, status in (("chinh", 404), ("minh", 404), ("doc", 403), ("tung", 403), ("khai", 403)):
        browser = office.browser(username)
        for address in (f"/audits/{run_id}", f"/audits/{run_id}/results", f"/audits/{run_id}.csv"):
            assert browser.get(address).status_code == status, (username, address)
        for act in ("stop", "resume"):
            assert browser.send("/", f"/audits/{run_id}/{act}").status_code == status


@pytest.mark.parametrize(
    "chosen",
    [{"scope": "nonsense"}, {"unit": "-1"}, {"from": "x"}, {"from": "02/01/2026", "to": "01/01/2026"}, {"type": "x"}],
)
def test_choices_that_cannot_be_are_told(office: Office, chosen: dict[str, str]) -> None:
    browser = office.browser("chinh")
    assert browser.send("/audits", "/audits", **chosen).status_code == 422
    assert browser.get("/audits", query_string={"preview": "1", **chosen}).status_code == 422
    assert browser.send("/audits", "/audits", unit=str(office.units["TL"])).status_code == 403, "another commune's"
