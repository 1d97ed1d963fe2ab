"""Signed, damaged and attacked files of other people's making, where they are at hand."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from signing.sandbox import Limits
from signing.verify import FileReport, Trust, Verdict, verify
from tests.signing.authority import standard

CORPUS = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")) / "pdf-signatures"
BROKEN_IN_FORM_OR_CONTENT = {
    "PAdES-BpB-att-SHA256-SHA3_224withRSA.pdf",
    "hello_signed_INCSAVE_signed_EDITED.pdf",
    "pades-enveloping-empty-bytes-cms.pdf",
    "pades-signed-annot-added.pdf",
    "pades-unsupported-signature-algorithm.pdf",
    "pdf-byterange-overlap.pdf",
    "annotation-and-visible-change.pdf",
}
"""Broken whomever one trusts."""


@pytest.fixture(scope="module")
def reports() -> dict[str, FileReport]:
    if not CORPUS.is_dir():
        pytest.skip(f"no corpus of signed files at {CORPUS}: set DOCSVC_CORPORA")
    trust = Trust((standard().root.certificate,))
    return {
        file.name: verify(file.read_bytes(), trust=trust, limits=Limits(seconds=10))
        for file in sorted(CORPUS.glob("*.pdf"))
        if file.stat().st_size < 1_000_000
    }


def test_every_file_ends_in_a_verdict(reports: dict[str, FileReport]) -> None:
    assert reports
    for name, report in reports.items():
        assert report.verdict not in {Verdict.CRASHED, Verdict.LIMITS}, f"{name}: {report.detail}"
        assert report.message_vi, name


def test_nobody_unknown_is_trusted(reports: dict[str, FileReport]) -> None:
    assert {report.verdict for report in reports.values()} <= set(Verdict) - {Verdict.VALID}
    assert not [name for name, report in reports.items() for signature in report.signatures if signature.trusted]


def test_what_others_call_broken_is_never_called_intact_and_trusted(reports: dict[str, FileReport]) -> None:
    broken = {entry["file"] for entry in json.loads((CORPUS / "expected.json").read_text()) if entry["asserts_broken"]}
    assert broken
    for name in broken & reports.keys():
        against = [reason for signature in reports[name].signatures for reason in signature.reasons if reason.against]
        assert against, name


def test_broken_ones_are_invalid_whomever_one_trusts(reports: dict[str, FileReport]) -> None:
    for name in BROKEN_IN_FORM_OR_CONTENT & reports.keys():
        assert reports[name].verdict is Verdict.INVALID, name


def test_signers_are_named(reports: dict[str, FileReport]) -> None:
    named = [signature.holder for report in reports.values() for signature in report.signatures]
    assert sum(map(bool, named)) > 0.9 * len(named)
