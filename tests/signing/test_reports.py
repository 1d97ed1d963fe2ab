"""Reports of a verification, and verdicts come to again from what a report lists."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from signing._web import Reach
from signing.anchors import Anchor, Purpose
from signing.answers_kept import FolderOfAnswers
from signing.errors import NotAReport, OtherFile
from signing.fetching import Fetching
from signing.pki import TestPki
from signing.reports._again import compared
from signing.reports._settings import _plain, as_written
from signing.reports.forms import as_json
from signing.reports.model import Report
from signing.reports.verification import Difference, VerificationReport, again, read_report, report_on
from signing.sandbox import Limits
from signing.verify import Trust, Verdict
from tests.signing.named_servers import chain, serving
from tests.signing.test_preserve import Office, make_office

SCHEMA = Path(__file__).parents[2] / "docs" / "verification-report-1.schema.json"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return make_office(tmp_path_factory.mktemp("reports"))


@pytest.fixture(scope="module")
def archived(office: Office) -> bytes:
    return office.archived.content


@pytest.fixture(scope="module")
def reported(office: Office, archived: bytes) -> VerificationReport:
    return report_on(archived, trust=office.trust, program="docsvc", name="138-QĐ-UBND.pdf")


@pytest.fixture(scope="module")
def written(reported: VerificationReport) -> dict[str, Any]:
    return json.loads(as_json(reported))  # type: ignore[no-any-return]


def _changed(written: dict[str, Any], **parts: Any) -> bytes:
    return json.dumps(written | parts).encode()


def test_a_report_names_the_file_and_all_that_the_verdict_rests_on(
    written: dict[str, Any], archived: bytes, office: Office
) -> None:
    assert written["format"] == "docsvc-verification-report/1"
    assert written["file"] == {
        "name": "138-QĐ-UBND.pdf",
        "sha256": hashlib.sha256(archived).hexdigest(),
        "size_bytes": len(archived),
    }
    assert written["verdict"] == "VALID"
    assert {one["name"] for one in written["program"]["libraries"]} >= {"pyhanko", "cryptography"}
    assert written["settings"]["revocation_required"] is False
    assert "sha1" in written["algorithms"]["refused_digests"]
    known = {one["sha256"] for one in written["certificates"]}
    anchors = {one["sha256"] for one in written["trust"]["anchors"]}
    for one in (*written["signatures"], *written["document_timestamps"], *written["timestamps"]):
        assert set(one["path"]) <= known, "every certificate of a path is in the report"
        assert one["path"][-1] in anchors, "and the path ends at an anchor"
    for signature in written["signatures"]:
        assert signature["level"] == "B-LTA"
        assert signature["path"][0] == signature["certificate_sha256"]
        assert signature["document_digest"]["algorithm"] == "sha256"
        assert [stamp for stamp in written["timestamps"] if stamp["id"] in signature["tokens"]]
    assert {one["kind"] for one in written["revocation_data"]} == {"ocsp", "crl"}


def test_the_digest_of_the_document_is_that_of_the_bytes_covered(written: dict[str, Any], archived: bytes) -> None:
    for signature in written["signatures"]:
        first, last = signature["covered_bytes"]
        covered = archived[first:last]
        start = covered.rindex(b"/Contents <") + len(b"/Contents ")
        end = covered.index(b">", start) + 1
        assert hashlib.sha256(covered[:start] + covered[end:]).hexdigest() == signature["document_digest"]["value"]


def test_every_setting_of_trust_stands_in_the_report(written: dict[str, Any]) -> None:
    told = {"roots": "anchors", "intermediates": "intermediates"}
    for one in fields(Trust):
        assert one.name in written["settings"] or told.get(one.name, "") in written["trust"], (
            f"a verdict cannot be run again without {one.name}"
        )


class _Purpose(StrEnum):
    SIGNATURES = "signatures"


@dataclass(frozen=True)
class _Limited:
    certificate: x509.Certificate
    purposes: frozenset[_Purpose]
    until: datetime | None = None


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        (True, bool),
        ({"sha1": date(2012, 8, 1), "md5": datetime(2004, 8, 1, 23, 59, 59, 999999, UTC)}, Mapping[str, date]),
        (None, date | None),
        ([b"\xff\x00", b""], Sequence[bytes]),
    ],
)
def test_a_setting_of_any_kind_is_read_as_it_was_written(value: object, hint: Any) -> None:
    assert as_written(json.loads(json.dumps(_plain(value))), hint) == value


def test_certificates_with_limits_are_read_as_they_were_written(office: Office) -> None:
    (root,) = office.pki.roots()
    value = [_Limited(root, frozenset(_Purpose), datetime(2026, 1, 1, tzinfo=UTC))]
    plain = json.loads(json.dumps(_plain(value)))
    assert as_written(plain, Sequence[_Limited]) == value
    for broken in ([{"certificate": "AAAA", "purposes": []}], [{"certificate": 1}], [1], {"a": 1}):
        with pytest.raises((ValueError, TypeError)):
            as_written(broken, Sequence[_Limited])


def test_the_format_is_the_documented_one() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == Report.model_json_schema()


def test_a_verdict_is_come_to_again_years_later(
    office: Office, archived: bytes, reported: VerificationReport, tmp_path: Path
) -> None:
    """The service may believe others by then; the report's anchors and moment count, and that is said."""
    listed = read_report(as_json(reported))
    rerun = again(archived, listed, trust=office.trust, program="docsvc")
    assert rerun.same and not rerun.strange_anchors
    assert rerun.report.file.checked_at == reported.file.checked_at
    others = Trust(roots=TestPki.create(tmp_path / "others", base_url="http://127.0.0.1:9/pki").roots())
    rerun = again(archived, listed, trust=others, program="docsvc")
    assert rerun.same
    assert [one for one in rerun.strange_anchors if "CA gốc" in one]


def test_the_moment_of_the_report_counts_and_not_that_of_the_second_check(office: Office) -> None:
    content = office.sealed()
    late = datetime.now(UTC) + timedelta(days=365 * 30)
    then = report_on(content, trust=office.trust, program="docsvc", at=late)
    assert then.file.verdict == Verdict.INDETERMINATE
    assert again(content, read_report(as_json(then)), trust=office.trust, program="docsvc").same


def test_settings_of_the_report_count(office: Office) -> None:
    content = office.sealed()
    strict = Trust(roots=office.trust.roots, revocation_required=True)
    then = report_on(content, trust=strict, program="docsvc")
    assert then.file.signatures[0].sub_indication == "TRY_LATER"
    assert again(content, read_report(as_json(then)), trust=office.trust, program="docsvc").same


def test_anchors_with_limits_and_ends_of_algorithms_count_again(office: Office, archived: bytes) -> None:
    root = office.trust.roots[0]
    limited = Trust(
        roots=(),
        anchors=(Anchor(root, frozenset({Purpose.SIGNATURES}), until=datetime(2100, 1, 1, tzinfo=UTC), name="gốc"),),
        algorithm_ends={"sha256": date(2090, 1, 1), "rsa-2048": datetime(2091, 1, 1, 12, tzinfo=UTC)},
    )
    then = report_on(archived, trust=limited, program="docsvc")
    assert then.file.verdict != Verdict.VALID, "nobody's timestamps are believed"
    told = json.loads(as_json(then))
    assert told["settings"]["anchors"][0]["purposes"] == ["signatures"]
    assert told["settings"]["algorithm_ends"]["sha256"] == "2090-01-01"
    rerun = again(archived, read_report(as_json(then)), trust=office.trust, program="docsvc")
    assert rerun.same and not rerun.strange_anchors
    assert again(archived, read_report(as_json(then)), trust=Trust(roots=()), program="docsvc").strange_anchors


def test_what_was_fetched_stands_in_the_report_and_is_not_fetched_again(tmp_path: Path) -> None:
    fetching = Fetching(FolderOfAnswers(tmp_path / "answers"), Reach(private_addresses=True), timeout_seconds=5)
    with serving() as web:
        made = chain(web)
        content = made.signed
        then = report_on(content, trust=made.trust, program="docsvc", fetching=fetching)
    told = json.loads(as_json(then))
    assert told["verdict"] == "VALID"
    (signature,) = told["signatures"]
    assert (signature["revocation"], signature["level"]) == ("good", "B-B"), "what was fetched is not in the file"
    assert len(signature["path"]) == 4
    assert len(told["trust"]["intermediates"]) == 2
    assert len(told["settings"]["crls"]) == 3
    given = {one["sha256"] for one in told["revocation_data"] if not one["in_file"]}
    assert len(given) == 3 and given <= {one["sha256"] for one in told["fetched"]}
    rerun = again(content, read_report(as_json(then)), trust=made.trust, program="docsvc")
    assert rerun.same, rerun.differences
    assert rerun.report.file.fetched == ()


def test_what_differs_is_named_line_by_line(office: Office, archived: bytes, written: dict[str, Any]) -> None:
    signatures = json.loads(json.dumps(written["signatures"]))
    signatures[0]["indication"], signatures[0]["sub_indication"] = "INDETERMINATE", "NO_POE"
    signatures[1]["reasons"] = [{"code": "untrusted", "vi": "", "en": "", "against": True}]
    forged = read_report(_changed(written, signatures=signatures, verdict="INDETERMINATE"))
    rerun = again(archived, forged, trust=office.trust, program="docsvc")
    told = {one.line: (one.then, one.now) for one in rerun.differences}
    assert told["verdict"] == ("INDETERMINATE", "VALID")
    assert told["signatures.1.indication"] == ("INDETERMINATE", "TOTAL-PASSED")
    assert told["signatures.1.sub_indication"] == ("NO_POE", "-")
    assert told["signatures.2.reasons.1"] == ("untrusted (against)", "")


def test_wording_is_no_difference(office: Office, archived: bytes, written: dict[str, Any]) -> None:
    old = json.loads(json.dumps(written))
    for signature in old["signatures"]:
        for one in (*signature["changes"], *signature["reasons"]):
            one["vi"] = one["en"] = "said in other words"
    old["message"] = {"vi": "", "en": ""}
    assert again(archived, read_report(json.dumps(old).encode()), trust=office.trust, program="docsvc").same


def test_what_only_a_later_program_tells_is_no_difference_but_another_signature_is() -> None:
    then = (("verdict", "VALID"), ("signatures.1.holder", "A"))
    assert compared(then, (*then, ("signatures.1.sealed", "yes"))) == ()
    assert compared((("notes.0", ""),), (("notes.0", ""), ("notes.1", "x"))) == (Difference("notes.1", "", "x"),)
    (more,) = compared(then, (*then, ("signatures.2.holder", "B")))
    assert (more.line, more.then, more.now) == ("signatures.2.holder", "", "B")


def test_a_report_of_another_file_is_refused(office: Office, reported: VerificationReport, archived: bytes) -> None:
    with pytest.raises(OtherFile):
        again(archived + b"\n", read_report(as_json(reported)), trust=office.trust, program="docsvc")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[" * 200_000,
        b"\xff\xfe",
        b"%PDF-1.7\nnothing more",
        b"null",
    ],
    ids=["empty", "object", "deep", "no-text", "broken-pdf", "null"],
)
def test_what_is_no_report_is_called_so(content: bytes) -> None:
    with pytest.raises(NotAReport):
        read_report(content)


def test_a_report_with_broken_parts_is_called_none(written: dict[str, Any]) -> None:
    anchor = written["trust"]["anchors"][0]
    for parts in (
        {"format": "docsvc-verification-report/2"},
        {"judged_for": "2026-01-01T00:00:00"},
        {"judged_for": 10**30},
        {"trust": {"anchors": [anchor | {"der": "AAAA"}], "intermediates": []}},
        {"trust": {"anchors": [anchor | {"der": "A"}], "intermediates": []}},
        {"settings": {"revocation_required": "perhaps"}},
    ):
        with pytest.raises(NotAReport):
            read_report(_changed(written, **parts))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4 no more", b"\x89PNG"], ids=["empty", "cut", "picture"])
def test_a_file_without_signatures_has_a_report_too(office: Office, content: bytes) -> None:
    report = report_on(content, trust=office.trust, program="docsvc")
    told = json.loads(as_json(report))
    assert told["verdict"] == "UNREADABLE"
    assert told["trust"]["anchors"], "whom the service would have believed"
    assert again(content, read_report(as_json(report)), trust=office.trust, program="docsvc").same


def test_evidence_that_cannot_be_had_within_limits_is_left_out(office: Office, archived: bytes) -> None:
    report = report_on(archived, trust=office.trust, program="docsvc", limits=Limits(input_bytes=100))
    assert report.file.verdict == Verdict.LIMITS
    assert json.loads(as_json(replace(report, file_name="x")))["signatures"] == []
