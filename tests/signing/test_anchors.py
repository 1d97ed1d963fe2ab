"""Whom to believe, for what, and until when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from signing.anchors import BOTH, Anchor, Purpose
from signing.errors import CertificateNotUsable, TimestampUnavailable, UntrustedCertificate
from signing.external import announce
from signing.fitness import require_certificate
from signing.pki import TestPki
from signing.timestamp import Expected
from signing.verify import FileReport, SubIndication, Trust, Verdict, verify
from tests.signing.authority import DAY, NOW, Authority, page, sign

ONLY_SIGNATURES = frozenset({Purpose.SIGNATURES})
ONLY_TIMESTAMPS = frozenset({Purpose.TIMESTAMPS})


@pytest.fixture(scope="module")
def signers() -> Authority:
    return Authority("Gốc chữ ký")


@pytest.fixture(scope="module")
def clocks() -> Authority:
    return Authority("Gốc dấu thời gian")


@pytest.fixture(scope="module")
def stamped(signers: Authority, clocks: Authority) -> bytes:
    """Signed and timestamped twenty days ago, by authorities of two roots."""
    person = signers.person(since=NOW - 300 * DAY)
    return sign(page(), person, timestamper=clocks.timestamper(NOW - 20 * DAY))


def check(content: bytes, *anchors: Anchor) -> FileReport:
    return verify(content, trust=Trust((), anchors=anchors), at=NOW)


def anchor(
    of: Authority,
    purposes: frozenset[Purpose] = BOTH,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Anchor:
    return Anchor(of.root.certificate, purposes, since, until)


def test_signatures_and_timestamps_may_have_roots_of_their_own(
    stamped: bytes, signers: Authority, clocks: Authority
) -> None:
    report = check(stamped, anchor(signers, ONLY_SIGNATURES), anchor(clocks, ONLY_TIMESTAMPS))
    assert report.verdict is Verdict.VALID


def test_a_root_for_timestamps_makes_no_signer_believed(stamped: bytes, signers: Authority, clocks: Authority) -> None:
    report = check(stamped, anchor(signers, ONLY_TIMESTAMPS), anchor(clocks))
    assert report.signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert report.signatures[0].timestamped_at is not None


def test_a_root_for_signatures_makes_no_timestamp_believed(
    stamped: bytes, signers: Authority, clocks: Authority
) -> None:
    report = check(stamped, anchor(signers), anchor(clocks, ONLY_SIGNATURES))
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].timestamped_at is None


def test_what_is_proven_to_be_older_than_the_end_of_an_anchor_stays_believed(
    stamped: bytes, signers: Authority, clocks: Authority
) -> None:
    ended = anchor(signers, until=NOW - 10 * DAY)
    assert check(stamped, ended, anchor(clocks)).verdict is Verdict.VALID
    bare = sign(page(), signers.person(since=NOW - 300 * DAY))
    assert check(bare, ended).signatures[0].sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_what_was_signed_after_the_end_or_before_the_beginning_is_not_believed(
    stamped: bytes, signers: Authority, clocks: Authority
) -> None:
    for limited in (anchor(signers, until=NOW - 30 * DAY), anchor(signers, since=NOW - 10 * DAY)):
        assert check(stamped, limited, anchor(clocks)).verdict is Verdict.INDETERMINATE


def test_roots_given_without_limits_are_believed_as_before(
    stamped: bytes, signers: Authority, clocks: Authority
) -> None:
    assert verify(stamped, trust=Trust((signers.root.certificate, clocks.root.certificate))).verdict is Verdict.VALID


def test_nobody_signs_under_a_root_for_timestamps_or_one_that_has_ended(signers: Authority) -> None:
    person = signers.person()
    chain = person.chain

    def try_under(given: Anchor) -> None:
        require_certificate(person.certificate, chain, trust=Trust((), anchors=(given,)), status=None, at=NOW)

    try_under(anchor(signers))
    for given in (anchor(signers, ONLY_TIMESTAMPS), anchor(signers, until=NOW - DAY)):
        with pytest.raises(UntrustedCertificate):
            try_under(given)


def test_a_timestamp_is_taken_only_under_an_anchor_for_timestamps_that_holds_now(tmp_path: Path) -> None:
    pki = TestPki.create(tmp_path / "pki", base_url="http://127.0.0.1:9/pki")
    asked_at = datetime.now(UTC)
    token = cms.ContentInfo.load(pki.timestamper().token(bytes(32)))["content"]

    def take(*given: Anchor) -> None:
        Expected(anchors=given).require(token, asked_at)

    (root,) = pki.roots()
    take(Anchor(root))
    take()  # without any anchors or roots, whoever it is will do
    for given in (Anchor(root, ONLY_SIGNATURES), Anchor(root, until=NOW - DAY), Anchor(root, since=NOW + DAY)):
        with pytest.raises(TimestampUnavailable):
            take(given)


def test_nobody_announces_a_signature_under_an_anchor_for_timestamps(signers: Authority) -> None:
    person = signers.person()
    announced = announce(b"".join(one.public_bytes(Encoding.PEM) for one in (person.certificate, *person.chain)))
    announced.require_usable(Trust((), anchors=(anchor(signers),)), NOW)
    with pytest.raises(CertificateNotUsable):
        announced.require_usable(Trust((), anchors=(anchor(signers, ONLY_TIMESTAMPS),)), NOW)
