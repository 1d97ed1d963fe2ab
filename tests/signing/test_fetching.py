"""Verification that may ask: authorities, OCSP and CRLs over HTTP, checked, kept, told, and never more than allowed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates

from signing._web import Reach
from signing.answers_kept import FolderOfAnswers
from signing.fetching import Fetching
from signing.pki import TestPki
from signing.verify import FileReport, Indication, Revocation, SubIndication, Trust, Verdict, verify
from tests.services.programs import free_ports
from tests.signing.authority import DAY, NOW, Holder, issue, page, revocation_list, sign
from tests.signing.named_servers import Web, chain, serving
from tests.signing.responders import responding


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as made:
        yield made


def fetching(folder: Path, **changes: Any) -> Fetching:
    made = Fetching(FolderOfAnswers(folder / "answers"), Reach(private_addresses=True), timeout_seconds=2)
    return replace(made, **changes)


def told(report: FileReport) -> list[tuple[str, str, str]]:
    return [(one.kind, one.url.rpartition("/")[2], one.problem) for one in report.fetched]


def test_missing_authorities_and_revocation_are_fetched_and_told(web: Web, tmp_path: Path) -> None:
    made = chain(web)
    offline = verify(made.signed, trust=made.trust)
    assert offline.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert offline.fetched == ()
    report = fetching(tmp_path).verify(made.signed, trust=made.trust)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].revocation is Revocation.GOOD
    assert report.signatures[0].level == "B-B", "what was fetched is not in the file"
    assert sorted(told(report)) == [
        ("certificate", "issuing", ""),
        ("certificate", "upper", ""),
        ("crl", "issuing.crl", ""),
        ("crl", "root.crl", ""),
        ("crl", "upper.crl", ""),
    ]
    assert all(one.sha256 and one.size_bytes and one.at.tzinfo for one in report.fetched)


def test_answers_are_kept_by_all_processes_while_they_hold(web: Web, tmp_path: Path) -> None:
    made = chain(web)
    assert fetching(tmp_path).verify(made.signed, trust=made.trust).verdict is Verdict.VALID
    asked = len(web.asked)
    again = fetching(tmp_path).verify(made.signed, trust=made.trust)
    assert (again.verdict, len(web.asked), len(again.fetched)) == (Verdict.VALID, asked, 5)
    for file in (tmp_path / "answers").iterdir():
        kept = file.read_bytes()
        file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))  # damaged: asked for again
    assert fetching(tmp_path).verify(made.signed, trust=made.trust).verdict is Verdict.VALID
    assert len(web.asked) == 2 * asked


def test_who_was_revoked_before_signing_is_found_out(web: Web, tmp_path: Path) -> None:
    made = chain(web, revoked_at=NOW - DAY)
    report = fetching(tmp_path).verify(made.signed, trust=made.trust)
    assert report.signatures[0].revocation is Revocation.REVOKED
    assert report.signatures[0].indication is not Indication.TOTAL_PASSED


def test_what_was_fetched_makes_nobody_a_root(web: Web, tmp_path: Path) -> None:
    made = chain(web)
    web.pages["/root"] = made.root.certificate.public_bytes(Encoding.DER)
    report = fetching(tmp_path).verify(made.signed, trust=Trust(()))
    assert report.verdict is Verdict.INDETERMINATE
    assert not report.signatures[0].trusted


def test_answers_that_prove_nothing_are_told_and_not_kept(web: Web, tmp_path: Path) -> None:
    made, other = chain(web), issue("Kẻ khác", use="authority")
    good = web.pages["/issuing.crl"]
    old = revocation_list(made.issuing, [], NOW - 100 * DAY)
    for bad in (b"no list", revocation_list(other, [], NOW).dump(), old.dump()):
        web.pages["/issuing.crl"] = bad
        report = fetching(tmp_path).verify(made.signed, trust=made.trust)
        assert ("crl", "issuing.crl", "the answer proves nothing") in told(report)
        assert report.signatures[0].revocation is Revocation.NOT_CHECKED
    web.pages |= {"/issuing.crl": good, "/upper": other.certificate.public_bytes(Encoding.DER)}
    report = fetching(tmp_path / "other").verify(made.signed, trust=made.trust)
    assert ("certificate", "upper", "no issuer of the certificate") in told(report)
    assert report.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    web.pages["/upper"] = made.upper.certificate.public_bytes(Encoding.PEM)
    assert fetching(tmp_path).verify(made.signed, trust=made.trust).verdict is Verdict.VALID


def test_time_and_number_are_limited_for_one_file(web: Web, tmp_path: Path) -> None:
    made = chain(web)
    few = fetching(tmp_path, most_asked=1).verify(made.signed, trust=made.trust)
    assert len(web.asked) == 1
    assert few.verdict is Verdict.INDETERMINATE
    web.pages |= dict.fromkeys(web.pages, b"slow")
    began = time.monotonic()
    slow = fetching(tmp_path / "slow", total_seconds=1).verify(made.signed, trust=made.trust)
    assert slow.fetched[0].problem
    assert time.monotonic() - began < 20


def test_private_addresses_are_not_asked_unless_allowed(web: Web, tmp_path: Path) -> None:
    made = chain(web)
    report = fetching(tmp_path, reach=Reach()).verify(made.signed, trust=made.trust)
    assert "no public address" in report.fetched[0].problem
    assert web.asked == []


def test_ocsp_is_asked_first(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    ours, foreign = (TestPki.create(tmp_path / name, base_url=f"http://127.0.0.1:{port}/pki") for name in ("a", "b"))
    key, certificate, others = load_key_and_certificates(ours.issue_person("Lê Đình Khải", "x"), b"x")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert certificate is not None
    signed = sign(page(), Holder(certificate, key, tuple(others)))
    with responding(ours, foreign, port) as responders:
        report = fetching(tmp_path).verify(signed, trust=Trust(ours.roots()))
        assert report.signatures[0].revocation is Revocation.GOOD
        assert [one.kind for one in report.fetched if one.about == "Lê Đình Khải"] == ["ocsp"]
        responders.status = "other signer"
        lied = fetching(tmp_path / "lied").verify(signed, trust=Trust(ours.roots()))
        assert lied.signatures[0].revocation is Revocation.NOT_CHECKED
        assert any(one.problem == "the answer proves nothing" for one in lied.fetched)


def test_files_without_signatures_and_broken_ones_ask_nobody(web: Web, tmp_path: Path) -> None:
    for content in (b"", b"%PDF-1.7", page()):
        assert fetching(tmp_path).verify(content, trust=Trust(())).fetched == ()
