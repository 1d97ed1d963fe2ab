"""``docsvc verify`` with reports: written, and come to again."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.test_commands import done, refused, run
from tests.office import Office, draft_file


def test_a_verdict_is_reported_and_come_to_again(embedded: Office, tmp_path: Path) -> None:
    good, report = tmp_path / "good.pdf", tmp_path / "good.json"
    good.write_bytes(embedded.service.store.get(embedded.document(embedded.issued()).renditions[-1].sha256))
    xml = tmp_path / "good.xml"
    assert "VALID" in done(embedded, "verify", str(good), "--report-json", str(report), "--report-xml", str(xml))
    assert "urn:etsi:019102:mainindication:total-passed" in xml.read_text("utf-8")
    told = json.loads(report.read_text("utf-8"))
    assert (told["verdict"], told["file"]["name"]) == ("VALID", "good.pdf")
    assert "same as the report" in done(embedded, "verify", str(good), "--again", str(report))
    pdf = tmp_path / "good-report.pdf"
    assert "VALID" in done(embedded, "verify", str(good), "--report-pdf", str(pdf))
    assert "same as the report" in done(embedded, "verify", str(good), "--again", str(pdf))
    assert "1 chữ ký số hợp lệ" in done(embedded, "verify", str(pdf)), "the report is signed itself"
    report.write_text(json.dumps(told | {"verdict": "INVALID"}), "utf-8")
    differs = refused(embedded, "verify", str(good), "--again", str(report))
    assert "verdict: INVALID → VALID" in differs


def test_a_report_is_about_one_file_and_about_that_one(embedded: Office, tmp_path: Path) -> None:
    draft, other, report = tmp_path / "draft.pdf", tmp_path / "other.pdf", tmp_path / "draft.json"
    draft.write_bytes(draft_file())
    other.write_bytes(b"other")
    assert "UNSIGNED" in refused(embedded, "verify", str(draft), "--report-json", str(report))
    assert "same" in done(embedded, "verify", str(draft), "--again", str(report)), "the outcome counts, not the verdict"
    assert "[report-of-another-file]" in refused(embedded, "verify", str(other), "--again", str(report))
    assert "[not-a-report]" in refused(embedded, "verify", str(draft), "--again", str(other))
    assert run(embedded, "verify", str(draft), str(other), "--report-json", str(report)).exit_code == 2


def test_a_stored_document_is_verified_again(embedded: Office, tmp_path: Path) -> None:
    document_id = embedded.issued()
    told = done(embedded, "verify", "--document", document_id)
    assert "VALID" in told
    assert "TOTAL-PASSED" in told
    assert json.loads(done(embedded, "verify", "--document", document_id, "--json"))["attacks"] == []
    assert run(embedded, "verify").exit_code == 2
    assert run(embedded, "verify", "--document", document_id, "--report-json", str(tmp_path / "x")).exit_code == 2
    assert "there is no document" in refused(embedded, "verify", "--document", "0" * 36)
