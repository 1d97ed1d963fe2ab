"""Files of other people's making end as upstream says, or as docs/verification-corpus.md argues."""

from __future__ import annotations

from pathlib import Path

import pytest

from signing.sandbox import Limits
from signing.verify import FileReport, Indication, SubIndication, Trust, Verdict, verify
from tests.signing.authority import standard
from tests.signing.corpus import FOLDER, expected, own_roots

ARGUED = {
    "BadEncodedCMS.pdf": "read, though badly encoded",
    "DSS-1683.pdf": "only a part taken out of it is broken",
    "TestToSignPDFSHA256_TST_SIG_NOT_FOUND.pdf": "its timestamp holds",
    "pdf-byterange-overlap.pdf": "said to be broken upstream, too",
}
"""Where we come to another result than ``expected.json``; each with its clause in docs/verification-corpus.md."""
DOCUMENT = Path(__file__).parents[2] / "docs" / "verification-corpus.md"


@pytest.fixture(scope="module")
def contents() -> dict[str, bytes]:
    if not FOLDER.is_dir():
        pytest.skip(f"no corpus of signed files at {FOLDER}: set DOCSVC_CORPORA")
    return {file.name: file.read_bytes() for file in sorted(FOLDER.glob("*.pdf"))}


@pytest.fixture(scope="module")
def reports(contents: dict[str, bytes]) -> dict[str, FileReport]:
    """Under the root of nobody in them."""
    trust = Trust((standard().root.certificate,))
    limits = Limits(seconds=10)
    return {name: verify(content, trust=trust, limits=limits) for name, content in contents.items()}


@pytest.fixture(scope="module")
def trusted(contents: dict[str, bytes]) -> dict[str, FileReport]:
    """Under the roots that they carry."""
    limits = Limits(seconds=10)
    return {name: verify(content, trust=Trust(own_roots(content)), limits=limits) for name, content in contents.items()}


def failed(report: FileReport) -> bool:
    return any(signature.intact is not True for signature in report.signatures)


def test_every_file_ends_in_a_named_verdict(reports: dict[str, FileReport], trusted: dict[str, FileReport]) -> None:
    assert reports
    for found in (reports, trusted):
        for name, report in found.items():
            assert report.verdict not in {Verdict.CRASHED, Verdict.LIMITS}, f"{name}: {report.detail}"
            assert report.message_vi, name
            assert all(one.sub_indication or one.indication == "TOTAL-PASSED" for one in report.signatures), name


def test_what_upstream_calls_broken_is_broken_and_the_rest_is_not(
    reports: dict[str, FileReport], trusted: dict[str, FileReport]
) -> None:
    for name, wanted in expected().items():
        other = name in ARGUED and name != "BadEncodedCMS.pdf"
        for report in (reports[name], trusted[name]):
            assert failed(report) is (wanted.broken is not other), name


def test_indications_are_those_of_upstream(reports: dict[str, FileReport], trusted: dict[str, FileReport]) -> None:
    for name, wanted in expected().items():
        if name in ARGUED and name != "pdf-byterange-overlap.pdf":
            continue
        found = {str(one.sub_indication) for one in reports[name].signatures}
        assert wanted.sub_indications <= found, name
        assert ("NO_SIGNATURE_FOUND" in wanted.indications) is (reports[name].verdict is Verdict.UNSIGNED), name
        if "PASSED" in wanted.indications:
            assert {one.indication for one in trusted[name].signatures} == {Indication.TOTAL_PASSED}, name


def test_under_nobody_s_root_nobody_is_trusted(reports: dict[str, FileReport]) -> None:
    assert {report.verdict for report in reports.values()} <= set(Verdict) - {Verdict.VALID}
    assert not [name for name, report in reports.items() for signature in report.signatures if signature.trusted]


def test_under_their_own_roots_only_time_algorithms_and_changes_count_against_whole_signatures(
    trusted: dict[str, FileReport],
) -> None:
    open_questions = {
        SubIndication.OUT_OF_BOUNDS_NO_POE,
        SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE,
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        SubIndication.SIG_CONSTRAINTS_FAILURE,
    }
    whole = [
        (name, signature)
        for name, wanted in expected().items()
        if not wanted.broken
        for signature in trusted[name].signatures
        if signature.intact
    ]
    assert {signature.sub_indication for _, signature in whole} <= {None, *open_questions}
    passed = {name for name, signature in whole if signature.indication is Indication.TOTAL_PASSED}
    assert len(passed) >= 10


def test_every_file_and_every_disagreement_is_in_the_document() -> None:
    text = DOCUMENT.read_text("utf-8")
    names = expected() if FOLDER.is_dir() else ARGUED
    assert not [name for name in names if f"`{name}`" not in text]


def test_signers_are_named(reports: dict[str, FileReport]) -> None:
    named = [signature.holder for report in reports.values() for signature in report.signatures]
    assert sum(map(bool, named)) > 0.9 * len(named)
