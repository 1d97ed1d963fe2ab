"""Containers of other forms: the oldest kind, copies of content, several signers, parts that are missing."""

from __future__ import annotations

from typing import Any

import pytest

from signing.verify import FileReport, Indication, SubIndication, Trust, Verdict, verify
from tests.signing.ages import Ages, stamper
from tests.signing.authority import DAY, NOW, Holder, issue, new_key, page, sign
from tests.signing.forms import altered, enveloping, of_digest, plain, with_container


@pytest.fixture(scope="module")
def ages() -> Ages:
    return Ages()


@pytest.fixture(scope="module")
def person(ages: Ages) -> Holder:
    return issue("Người ký RSA", under=ages.issuing, key=new_key(2048))


def check(content: bytes, ages: Ages, **trust: Any) -> FileReport:
    return verify(content, trust=Trust((ages.root.certificate,), **trust), at=NOW + DAY)


def test_the_oldest_form_is_checked_and_told_to_be_weak(ages: Ages, person: Holder) -> None:
    report = check(of_digest(person), ages)
    (signature,) = report.signatures
    assert signature.intact
    assert signature.sub_indication is SubIndication.CRYPTO_CONSTRAINTS_FAILURE
    assert report.verdict is Verdict.INDETERMINATE
    relied = check(of_digest(person), ages, algorithm_ends={"sha1": (NOW + 2 * DAY).date()})
    assert relied.signatures[0].indication is Indication.TOTAL_PASSED, "while its digest was relied on"
    spoilt = check(of_digest(person, spoilt=True), ages)
    assert spoilt.signatures[0].sub_indication is SubIndication.HASH_FAILURE
    assert spoilt.verdict is Verdict.INVALID


def test_a_copy_of_the_content_inside_breaks_nothing_and_is_not_allowed(ages: Ages, person: Holder) -> None:
    copied = with_container(plain(person), lambda signed: bytes(enveloping(person, signed).dump()))
    (signature,) = check(copied, ages).signatures
    assert signature.intact
    assert signature.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert [reason.code for reason in signature.reasons if reason.against] == ["content-copied"]


@pytest.mark.parametrize("inside", [b"", b"something else"])
def test_other_content_inside_fails(ages: Ages, person: Holder, inside: bytes) -> None:
    other = with_container(plain(person), lambda _: bytes(enveloping(person, inside).dump()))
    (signature,) = check(other, ages).signatures
    assert signature.sub_indication is SubIndication.FORMAT_FAILURE


def test_two_signers_in_one_container_fail(ages: Ages, person: Holder) -> None:
    def twice(signed_data: Any) -> None:
        signed_data["signer_infos"].append(signed_data["signer_infos"][0].copy())

    (signature,) = check(altered(sign(page(), person), twice), ages).signatures
    assert signature.sub_indication is SubIndication.FORMAT_FAILURE
    assert signature.reasons[0].code == "not-one-signer"


def test_without_its_certificate_nobody_is_named(ages: Ages, person: Holder) -> None:
    def bare(signed_data: Any) -> None:
        signed_data["certificates"] = []

    (signature,) = check(altered(sign(page(), person), bare), ages).signatures
    assert signature.sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND
    assert not signature.holder


def test_a_timestamp_that_stands_there_twice_is_told_twice(ages: Ages, person: Holder) -> None:
    def twice(signed_data: Any) -> None:
        values = signed_data["signer_infos"][0]["unsigned_attrs"][0]["values"]
        values.append(values[0].copy())

    stamped = sign(page(), person, timestamper=stamper(ages.first, NOW))
    report = check(altered(stamped, twice), ages)
    (signature,) = report.signatures
    assert [one.indication for one in signature.timestamps] == [Indication.TOTAL_PASSED] * 2
    assert report.verdict is Verdict.VALID


def test_a_timestamp_of_another_signature_proves_nothing(ages: Ages, person: Holder) -> None:
    taken = altered_attributes(sign(page("khac"), person, timestamper=stamper(ages.first, NOW)))

    def put(signed_data: Any) -> None:
        signed_data["signer_infos"][0]["unsigned_attrs"] = taken

    report = check(altered(sign(page(), person, timestamper=stamper(ages.first, NOW)), put), ages)
    (signature,) = report.signatures
    assert signature.timestamps[0].sub_indication is SubIndication.HASH_FAILURE
    assert signature.best_signature_time is None
    assert report.verdict is Verdict.INDETERMINATE


def altered_attributes(content: bytes) -> Any:
    kept: list[Any] = []

    def take(signed_data: Any) -> None:
        kept.append(signed_data["signer_infos"][0]["unsigned_attrs"].copy())

    altered(content, take)
    return kept[0]
