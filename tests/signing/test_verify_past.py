"""Verification years later: what proofs of existence carry, and where they break (EN 319 102-1, 5.5 and 5.6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from pyhanko.sign.ades.api import CAdESSignedAttrSpec
from pyhanko.sign.timestamps import DummyTimeStamper

from signing.verify import (
    FileReport,
    Indication,
    Revocation,
    SubIndication,
    Trust,
    Verdict,
    verify,
)
from tests.signing.ages import YEAR, Ages, stamped, stamper, stored
from tests.signing.authority import DAY, NOW, Holder, container, issue, new_key, page, revocation_list, sign


@pytest.fixture(scope="module")
def ages() -> Ages:
    return Ages()


@pytest.fixture(scope="module")
def generations(ages: Ages) -> tuple[bytes, bytes, bytes]:
    """B-LTA from today, renewed next year, and once more in four years and a half."""
    archived = ages.archived()
    next_year = ages.renewed(archived, NOW + 350 * DAY, ages.second)
    return archived, next_year, ages.renewed(next_year, NOW + 4.5 * YEAR, ages.third)


def check(content: bytes, ages: Ages, at: datetime, **trust: Any) -> FileReport:
    return verify(content, trust=Trust((ages.root.certificate,), **trust), at=at)


def codes(report: FileReport, index: int = 0) -> set[str]:
    return {reason.code for reason in report.signatures[index].reasons}


# --- renewals


def test_an_archived_file_outlives_every_certificate_in_it(ages: Ages, generations: tuple[bytes, bytes, bytes]) -> None:
    lasting = (NOW + 360 * DAY, NOW + 4.9 * YEAR, NOW + 8.9 * YEAR)
    for content, until in zip(generations, lasting, strict=True):
        report = check(content, ages, until, revocation_required=True)
        assert report.verdict is Verdict.VALID, report.message_en
        (signature,) = report.signatures
        assert (signature.level, signature.claimed_level) == ("B-LTA", "B-LTA")
        assert signature.best_signature_time == signature.validation_time == NOW
        assert {one.indication for one in report.document_timestamps} == {Indication.TOTAL_PASSED}


def test_without_the_next_renewal_the_proof_ends(ages: Ages, generations: tuple[bytes, bytes, bytes]) -> None:
    for content, later in zip(generations, (NOW + 370 * DAY, NOW + 5.1 * YEAR, NOW + 9.1 * YEAR), strict=True):
        report = check(content, ages, later)
        assert report.verdict is Verdict.INDETERMINATE
        assert report.document_timestamps[-1].sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
        (signature,) = report.signatures
        assert (signature.level, signature.claimed_level) == ("B-B", "B-LTA")
        assert signature.best_signature_time is None


def test_a_renewal_that_came_too_late_proves_nothing_older(ages: Ages) -> None:
    late = ages.renewed(ages.archived(), NOW + 400 * DAY, ages.second)
    report = check(late, ages, NOW + 2 * YEAR)
    assert [one.indication for one in report.document_timestamps] == [
        Indication.INDETERMINATE,
        Indication.TOTAL_PASSED,
    ]
    (signature,) = report.signatures
    assert signature.best_signature_time == NOW + 400 * DAY, "that is all that is proven"
    assert signature.indication is Indication.INDETERMINATE, "by then the signer's certificate had ended"


def test_every_proof_is_told_with_whose_it_is_and_what_it_covers(
    ages: Ages, generations: tuple[bytes, bytes, bytes]
) -> None:
    report = check(generations[2], ages, NOW + 8 * YEAR)
    (signature,) = report.signatures
    proofs = [(one.kind, one.authority, one.at) for one in signature.proofs if one.kind.endswith("timestamp")]
    assert proofs == [
        ("signature-timestamp", "TSA một", NOW),
        ("document-timestamp", "TSA một", NOW + timedelta(hours=1)),
        ("document-timestamp", "TSA hai", NOW + 350 * DAY),
        ("document-timestamp", "TSA ba", NOW + 4.5 * YEAR),
    ]
    spans = [one.covered_bytes for one in signature.proofs if one.kind == "document-timestamp"]
    assert spans == sorted(spans)
    assert spans[-1] == (0, report.size_bytes)
    assert {one.authority for one in signature.proofs if one.kind == "crl"} == {"Gốc lâu năm", "CA hai năm"}
    judged = [one.judged_for for one in report.document_timestamps]
    assert judged == [NOW + 350 * DAY, NOW + 4.5 * YEAR, NOW + 8 * YEAR], "each at the time of the next"
    assert [len(one.proofs) for one in report.document_timestamps] == [2, 1, 0]
    (own,) = signature.timestamps
    assert (own.kind, own.indication, own.at) == ("signature-timestamp", Indication.TOTAL_PASSED, NOW)
    assert own.judged_for == NOW + timedelta(hours=1)


@pytest.mark.parametrize("generation", [0, 1, 2])
def test_tampering_with_any_generation_is_noticed_years_later(
    ages: Ages, generations: tuple[bytes, bytes, bytes], generation: int
) -> None:
    """A byte of the revision that a generation added, and one of its timestamp."""
    start = len(generations[generation - 1]) if generation else 0
    content, end = generations[2], len(generations[generation])
    digits = container(generations[generation])
    for place in (content.index(b"obj", start) + 4, digits[0] + 2000):
        assert start <= place < end
        changed = bytearray(content)
        changed[place] = ord("1") if changed[place] != ord("1") else ord("2")
        report = check(bytes(changed), ages, NOW + 8 * YEAR)
        assert report.verdict is not Verdict.VALID, place


def test_what_is_spoilt_under_a_later_timestamp_proves_nothing_at_all(
    ages: Ages, generations: tuple[bytes, bytes, bytes]
) -> None:
    start, _ = container(generations[1])
    changed = bytearray(generations[2])
    changed[start + 2000] = ord("0") if changed[start + 2000] != ord("0") else ord("1")
    report = check(bytes(changed), ages, NOW + 8 * YEAR)
    assert report.verdict is not Verdict.VALID
    assert report.signatures[0].best_signature_time is None
    assert report.document_timestamps[-1].indication is Indication.TOTAL_FAILED


# --- revocation


def test_a_certificate_revoked_after_the_best_signature_time_was_good(ages: Ages) -> None:
    content = ages.renewed(ages.signed(), NOW + 2 * DAY, ages.first, [(ages.person, NOW + DAY)])
    for at in (NOW + 3 * DAY, NOW + 350 * DAY):
        report = check(content, ages, at)
        assert report.verdict is Verdict.VALID, report.message_en
        assert report.signatures[0].revocation is Revocation.GOOD


def test_a_certificate_revoked_before_gives_no_proof_that_it_was_used_earlier(ages: Ages) -> None:
    content = ages.renewed(ages.signed(NOW + 2 * DAY), NOW + 2 * DAY, ages.first, [(ages.person, NOW + DAY)])
    report = check(content, ages, NOW + 3 * DAY)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_NO_POE


def over_content() -> CAdESSignedAttrSpec:
    return CAdESSignedAttrSpec(timestamp_content=True)


def test_a_signature_made_over_a_timestamp_from_after_the_revocation_has_failed(ages: Ages) -> None:
    signed = ages.signed(NOW + 2 * DAY, cades_signed_attr_spec=over_content())
    revoked = check(ages.kept(signed, NOW + 2 * DAY, [(ages.person, NOW + DAY)]), ages, NOW + 3 * DAY)
    assert revoked.verdict is Verdict.INVALID
    assert revoked.signatures[0].sub_indication is SubIndication.REVOKED
    assert "signed-after-revocation" in codes(revoked)
    kinds = [one.kind for one in revoked.signatures[0].timestamps]
    assert kinds == ["content-timestamp", "signature-timestamp"]


def test_a_signature_made_over_a_timestamp_from_after_the_end_has_failed(ages: Ages) -> None:
    signed = ages.signed(NOW + 310 * DAY, cades_signed_attr_spec=over_content())
    report = check(signed, ages, NOW + 320 * DAY)
    assert report.verdict is Verdict.INVALID
    assert report.signatures[0].sub_indication is SubIndication.EXPIRED
    assert "signed-after-expiry" in codes(report)


def test_timestamps_that_contradict_each_other_are_noticed(ages: Ages) -> None:
    class Backwards(DummyTimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            response = await super().async_request_tsa_response(req)
            self.fixed_dt = (self.fixed_dt or NOW) - 5 * DAY
            return response

    backwards = Backwards(ages.first.asn1, ages.first.asn1_key, fixed_dt=NOW + 20 * DAY)
    signed = sign(page(), ages.person, timestamper=backwards, cades_signed_attr_spec=over_content())
    report = check(signed, ages, NOW + 40 * DAY)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.TIMESTAMP_ORDER_FAILURE


def test_an_authority_s_key_lost_later_harms_only_what_was_not_proven_before(ages: Ages) -> None:
    """Whoever has the authority's key can make certificates and lists of any date (5.6.2.2.4)."""
    lost = [(ages.issuing, NOW + 100 * DAY)]
    proven = ages.renewed(ages.archived(), NOW + 200 * DAY, ages.first, lost)
    report = check(proven, ages, NOW + 250 * DAY)
    assert report.verdict is Verdict.VALID, report.message_en
    late = ages.renewed(ages.signed(), NOW + 200 * DAY, ages.first, lost)
    report = check(late, ages, NOW + 250 * DAY)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.REVOKED_CA_NO_POE


def test_a_timestamp_authority_s_key_lost_later_harms_only_what_was_not_proven_before(ages: Ages) -> None:
    lost = [(ages.first, NOW + 355 * DAY)]
    renewed = ages.renewed(ages.archived(), NOW + 350 * DAY, ages.second)
    assert check(ages.kept(renewed, NOW + 356 * DAY, lost), ages, NOW + 2 * YEAR).verdict is Verdict.VALID
    early = [(ages.first, NOW + 340 * DAY)]
    report = check(ages.kept(renewed, NOW + 356 * DAY, early), ages, NOW + 2 * YEAR)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.document_timestamps[0].sub_indication is SubIndication.REVOKED_NO_POE
    assert report.document_timestamps[0].reasons[0].code == "timestamp-revoked"
    assert report.signatures[0].best_signature_time == NOW + 350 * DAY, "what the lost key stamped proves nothing"


def test_lists_that_were_out_of_date_at_signing_prove_nothing(ages: Ages) -> None:
    stale = ages.kept(ages.signed(), NOW - 60 * DAY)
    report = check(stale, ages, NOW + DAY)
    assert report.signatures[0].revocation is Revocation.NOT_CHECKED
    strict = check(stale, ages, NOW + DAY, revocation_required=True)
    assert strict.signatures[0].sub_indication is SubIndication.TRY_LATER


def test_lists_from_the_future_prove_nothing(ages: Ages) -> None:
    early = ages.kept(ages.signed(), NOW + 60 * DAY)
    assert check(early, ages, NOW + 30 * DAY).signatures[0].revocation is Revocation.NOT_CHECKED
    assert check(early, ages, NOW + 61 * DAY).signatures[0].revocation is Revocation.GOOD


def test_lists_that_somebody_else_made_prove_nothing(ages: Ages) -> None:
    other = Ages()
    lists = [revocation_list(by, [(ages.person, NOW - DAY)], NOW) for by in (other.root, other.issuing)]
    report = check(stored(ages.signed(), [ages.issuing], lists), ages, NOW + DAY)
    assert report.verdict is Verdict.VALID
    assert report.signatures[0].revocation is Revocation.NOT_CHECKED


def test_proofs_taken_out_of_the_store_later_still_count(ages: Ages) -> None:
    """What an earlier revision kept is still in the file, under its timestamp."""
    from tests.signing.authority import updated  # noqa: PLC0415 - used here alone

    def remove(writer: Any) -> None:
        del writer.root["/DSS"]
        writer.update_root()

    report = check(updated(ages.archived(), remove), ages, NOW + DAY)
    assert report.signatures[0].revocation is Revocation.GOOD


# --- ends of certificates and algorithms


def test_a_certificate_that_ended_without_being_revoked_is_told_from_one_nobody_knows_of(ages: Ages) -> None:
    bare = sign(page(), ages.person)
    unknown = check(bare, ages, NOW + 310 * DAY)
    assert unknown.signatures[0].sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE
    known = check(ages.kept(bare, NOW + 305 * DAY), ages, NOW + 310 * DAY)
    assert known.signatures[0].sub_indication is SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
    assert "expired-not-revoked" in codes(known)
    revoked = check(ages.kept(bare, NOW + 305 * DAY, [(ages.person, NOW)]), ages, NOW + 310 * DAY)
    assert revoked.signatures[0].sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE


def test_an_algorithm_that_ended_needs_proof_from_before(ages: Ages) -> None:
    """RSA of 2048 bits ends in 100 days; the signer's and the first stamps' keys are such."""
    signer = issue("Người ký RSA", under=ages.issuing, key=new_key(2048), until=NOW + 300 * DAY)
    ends = {"rsa-2048": (NOW + 100 * DAY).date()}
    signed = ages.signed(by=signer)
    assert check(signed, ages, NOW + 90 * DAY, algorithm_ends=ends).verdict is Verdict.VALID
    report = check(signed, ages, NOW + 110 * DAY, algorithm_ends=ends)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.signatures[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    assert codes(report) >= {"algorithm-weak", "timestamp-weak"}
    longer = ages.stamping("TSA khóa dài", NOW, NOW + 3 * YEAR, bits=3072)
    renewed = stamped(signed, stamper(longer, NOW + 90 * DAY))
    assert check(renewed, ages, NOW + 110 * DAY, algorithm_ends=ends).verdict is Verdict.VALID
    late = stamped(signed, stamper(longer, NOW + 105 * DAY))
    assert check(late, ages, NOW + 110 * DAY, algorithm_ends=ends).verdict is Verdict.INDETERMINATE


def test_what_was_made_after_an_algorithm_s_end_needs_no_proof_to_be_refused(ages: Ages) -> None:
    signer = issue("Người ký RSA", under=ages.issuing, key=new_key(2048), since=NOW - 10 * DAY)
    ends = {"rsa-2048": (NOW - 50 * DAY).date()}
    report = check(ages.signed(by=signer), ages, NOW + DAY, algorithm_ends=ends)
    assert report.signatures[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE


@pytest.mark.parametrize("digest", ["sha1", "sha224"])
def test_a_digest_counts_until_its_end(ages: Ages, digest: str) -> None:
    signer = issue("Người ký cũ", under=ages.issuing, key=new_key(2048))
    signed = ages.signed(by=signer, md_algorithm=digest)
    alone = check(signed, ages, NOW + 2 * DAY, algorithm_ends={digest: (NOW + DAY).date()})
    assert alone.signatures[0].timestamps[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE
    signed = stamped(signed, stamper(ages.first, NOW + timedelta(hours=1)))
    good = check(signed, ages, NOW + 2 * DAY, algorithm_ends={digest: (NOW + DAY).date()})
    assert good.signatures[0].indication is Indication.TOTAL_PASSED, good.message_en
    ended = check(signed, ages, NOW + 2 * DAY, algorithm_ends={digest: (NOW - DAY).date()})
    assert ended.signatures[0].sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE


# --- several timestamps


def test_each_of_several_signature_timestamps_has_its_own_indication(ages: Ages) -> None:
    stranger: Holder = Ages().first
    signed = ages.signed()
    report = check(signed, ages, NOW + DAY)
    assert [one.indication for one in report.signatures[0].timestamps] == [Indication.TOTAL_PASSED]
    of_stranger = sign(page(), ages.person, timestamper=stamper(stranger, NOW))
    report = check(of_stranger, ages, NOW + DAY)
    (own,) = report.signatures[0].timestamps
    assert own.sub_indication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert own.at == NOW
    assert own.authority == "TSA một"
    assert report.signatures[0].claimed_level == "B-T"
    assert report.signatures[0].level == "B-B"
