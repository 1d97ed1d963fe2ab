"""A byte changed or added anywhere in a signed file is noticed."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signing.keys import open_pkcs12
from signing.pki import TestPki
from signing.places import find_places
from signing.sandbox import Limits
from signing.sign import seal, sign_personal
from signing.verify import Indication, SubIndication, Trust, Verdict, verify
from tests.signing.authority import container, page, sign, standard
from tests.signing.drafts import LEADER, draw

SIGNED: list[bytes] = []


def signed() -> bytes:
    """With two signatures and their timestamps."""
    if not SIGNED:
        authority = standard()
        first = sign(page(), authority.person(), timestamper=authority.timestamper())
        second = authority.person("UBND xã Thử")
        SIGNED.append(sign(first, second, field_name="Sig2", timestamper=authority.timestamper()))
    return SIGNED[0]


def verdict(content: bytes) -> Verdict:
    return verify(content, trust=Trust((standard().root.certificate,))).verdict


def put(content: bytes, place: int, value: bytes) -> bytes:
    return content[:place] + value + content[place + len(value) :]


def test_untouched_it_is_valid() -> None:
    assert verdict(signed()) is Verdict.VALID


@settings(max_examples=40, derandomize=True, deadline=None, database=None)
@given(share=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_bit_flipped_anywhere_is_noticed(share: float, bit: int) -> None:
    content = signed()
    place = int(share * len(content))
    assert verdict(put(content, place, bytes([content[place] ^ 1 << bit]))) in {
        Verdict.INVALID,
        Verdict.INDETERMINATE,
        Verdict.UNREADABLE,
        Verdict.UNSIGNED,
        Verdict.ENCRYPTED,
    }


@settings(max_examples=50, derandomize=True, deadline=None, database=None)
@given(share=st.floats(0, 1, exclude_max=True), digit=st.sampled_from(b"0123456789abcdefABCDEF"))
def test_a_digit_of_the_container_changed_is_noticed(share: float, digit: int) -> None:
    """Nothing is signed there: neither the CMS around the signature nor the padding behind it."""
    content = signed()
    start, end = container(content)
    place = start + int(share * (end - start))
    if content[place] != digit:
        assert verdict(put(content, place, bytes([digit]))) in {Verdict.INVALID, Verdict.INDETERMINATE}


@settings(max_examples=20, derandomize=True, deadline=None, database=None)
@given(share=st.floats(0, 1), added=st.binary(min_size=1, max_size=3))
def test_bytes_put_in_anywhere_are_noticed(share: float, added: bytes) -> None:
    content = signed()
    place = int(share * len(content))
    assert verdict(content[:place] + added + content[place:]) is not Verdict.VALID


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (b"\n", Verdict.INDETERMINATE),
        (b"\0" * 100, Verdict.INDETERMINATE),
        (b"x", Verdict.INVALID),
        (b"\n%%EOF\n", Verdict.INVALID),
        (b"% a remark\n%%EOF", Verdict.INVALID),
        (b"rubbish" * 1000, Verdict.INVALID),
        (b"startxref\n0\n%%EOF\n", Verdict.INVALID),
    ],
)
def test_bytes_behind_the_last_revision_are_named(added: bytes, expected: Verdict) -> None:
    report = verify(signed() + added, trust=Trust((standard().root.certificate,)))
    assert report.verdict is expected
    last = report.signatures[-1]
    assert not last.covers_whole_file
    assert {change.code for change in last.changes} <= {"bytes-appended", "blanks-appended"}
    assert str(len(added)) in last.changes[0].text_vi


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Trust]:
    """By the leader and the office, as the service issues it."""
    pki = TestPki.create(tmp_path_factory.mktemp("pki") / "pki", base_url="http://127.0.0.1:9/pki")
    leader = open_pkcs12(pki.issue_person(LEADER, "mat-khau-khoa"), "mat-khau-khoa")
    office = open_pkcs12(pki.issue_organisation("UBND xã Tân Lập", "mat-khau-khoa", code="H99.1"), "mat-khau-khoa")
    draft = draw()
    places = find_places(draft, signatory_name=LEADER, limits=Limits())
    made = sign_personal(draft, key=leader, places=places, image_png=None, timestamper=pki.timestamper())
    today = datetime.now(UTC).date()
    sealed = seal(made.content, key=office, number="05", issued_on=today, image_png=None, timestamper=pki.timestamper())
    return sealed.content, Trust(pki.roots())


def test_an_issued_file_is_valid_until_a_byte_of_it_changes(issued: tuple[bytes, Trust]) -> None:
    content, trust = issued
    assert verify(content, trust=trust).verdict is Verdict.VALID
    chance = random.Random(5)
    start, end = container(content)
    places = [chance.randrange(len(content)) for _ in range(15)] + [chance.randrange(start, end) for _ in range(15)]
    for place in places:
        changed = put(content, place, bytes([content[place] ^ 1 << chance.randrange(8)]))
        assert verify(changed, trust=trust).verdict is not Verdict.VALID, place


def test_the_last_bytes_cut_off_are_noticed() -> None:
    for count in (1, 2, 5, 30):
        assert verdict(signed()[:-count]) is not Verdict.VALID


def one_signature() -> bytes:
    return sign(page(), standard().person())


def indication(content: bytes) -> tuple[Indication, SubIndication | None, list[str]]:
    report = verify(content, trust=Trust((standard().root.certificate,)))
    (signature,) = report.signatures
    return signature.indication, signature.sub_indication, [reason.code for reason in signature.reasons]


def test_a_changed_page_is_a_hash_failure() -> None:
    content = one_signature()
    place = content.index(b"/MediaBox [ 0 0 595 842 ]") + len(b"/MediaBox [ 0 0 59")
    told = indication(put(content, place, b"4"))
    assert told[:2] == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
    assert told[2][0] == "content-changed"


def test_a_changed_signature_value_is_a_crypto_failure() -> None:
    content = one_signature()
    start, end = container(content)
    value_end = start + len(content[start:end].rstrip(b"0"))
    place = value_end - 40
    told = indication(put(content, place, b"1" if content[place : place + 1] != b"1" else b"2"))
    assert told[:2] == (Indication.TOTAL_FAILED, SubIndication.SIG_CRYPTO_FAILURE)
    assert told[2][0] == "signature-wrong"


@pytest.mark.parametrize(
    "cms", [b"", b"00", b"30", b"3000", b"ffff", b"0500", b"308006092a864886f70d010702a080", b"30820fff06092a864886f7"]
)
def test_a_container_that_is_no_cms_is_a_format_failure(cms: bytes) -> None:
    content = one_signature()
    start, end = container(content)
    told = indication(put(content, start, cms + b"0" * (end - start - len(cms))))
    assert told[:2] == (Indication.TOTAL_FAILED, SubIndication.FORMAT_FAILURE)
    assert told[2][0] == "signature-unreadable"


@pytest.mark.parametrize(
    "numbers",
    [
        "0 0 0 0",
        "0 10 20 30",
        "1 {1} {2} {3}",
        "0 {1} {2} 99999999",
        "0 {1} {1} {3}",
        "0 {2} {1} {3}",
        "0 {1} {2} -5",
        "0 {1} {2}",
        "0 {1} {2} {3} {2} 5",
        "0 {1} {2} /a",
    ],
)
def test_a_byte_range_of_any_other_shape_is_a_format_failure(numbers: str) -> None:
    content = one_signature()
    found = re.search(rb"/ByteRange \[\s*(\d+) (\d+) (\d+) (\d+)\s*\]", content)
    assert found is not None
    room = found.end() - found.start()
    written = f"/ByteRange [{numbers.format(*(int(number) for number in found.groups()))}]"
    told = indication(put(content, found.start(), written.encode().ljust(room)))
    assert told[0] is Indication.TOTAL_FAILED
    assert told[1] is SubIndication.FORMAT_FAILURE


def test_a_damaged_timestamp_over_the_document_is_noticed() -> None:
    authority = standard()
    content = sign(
        page(),
        authority.person(),
        timestamper=authority.timestamper(),
        embed_validation_info=True,
        use_pades_lta=True,
        validation_context=authority.context(crls=authority.crls()),
    )
    assert verdict(content) is Verdict.VALID
    start, _ = container(content)
    for place in range(start + 60, start + 3000, 400):
        report = verify(put(content, place, b"00"), trust=Trust((authority.root.certificate,)))
        assert report.verdict is not Verdict.VALID, place


def test_an_unknown_algorithm_is_named() -> None:
    content = one_signature()
    sha256, unknown = b"608648016503040201", b"608648016503040263"
    told = indication(content.replace(sha256, unknown))
    assert told[:2] == (Indication.INDETERMINATE, SubIndication.CRYPTO_CONSTRAINTS_FAILURE)
    assert told[2][0] == "algorithm-unsupported"


def test_a_damaged_last_revision_does_not_make_the_file_unsigned() -> None:
    content = one_signature()
    place = content.rindex(b"startxref\n") + len(b"startxref\n")
    assert verdict(put(content, place, b"99999")) is Verdict.UNREADABLE


def test_a_signature_over_another_file_is_noticed() -> None:
    mine, other = one_signature(), sign(page("Quyet khac"), standard().person())
    start, end = container(mine)
    from_there, to_there = container(other)
    moved = other[from_there:to_there][: end - start].ljust(end - start, b"0")
    told = indication(put(mine, start, moved))
    assert told[:2] == (Indication.TOTAL_FAILED, SubIndication.HASH_FAILURE)
