"""ByteRange tricks: numbers that readers may understand differently."""

from __future__ import annotations

from tests.signing.attacks.case import appended, attack, free_number, numbers, signed, with_byte_range
from tests.signing.attacks.forging import resigned

TRICK = "byte-range-trick"


@attack(
    TRICK,
    starts_at_one="1 {a} {b} {c}",
    reversed_parts="{b} {c} 0 {a}",
    six_numbers="0 {a} {b} {c} 0 9",
    three_numbers="0 {a} {b}",
    two_numbers="0 {whole}",
    same_part_twice="0 {a} 0 {a}",
    no_gap="0 {a} {a} {c}",
    gap_reversed="0 {b} {a} {c}",
    beyond_the_end="0 {a} {b} 99999999",
    negative_length="0 {a} {b} -5",
    real="0 {a}.0 {b}.0 {c}",
    real_and_a_half="0 {a}.5 {b} {c}",
    zero_length="0 0 {b} {c}",
    second_empty="0 {a} {b} 0",
    name="0 {a} {b} /c",
    nested="[0 {a} {b} {c}]",
    part_indirect="0 9 0 R {b} {c}",
)
def written(form: str) -> bytes:
    """With the right digest, so that only the form of the numbers is wrong."""
    _, first, second, length = numbers(signed())
    told = form.format(a=first, b=second, c=length, whole=len(signed()))
    return resigned(with_byte_range(signed(), f"/ByteRange [{told}]".encode("ascii")))


@attack(TRICK)
def overlapping() -> bytes:
    _, first, _, length = numbers(signed())
    return with_byte_range(signed(), b"/ByteRange [0 %d %d %d]" % (first + 40, first + 10, length))


@attack(TRICK)
def indirect() -> bytes:
    """The numbers are an object of their own, which a later revision brings."""
    content, (_, first, second, length) = signed(), numbers(signed())
    fresh = free_number(content)
    content = resigned(with_byte_range(content, b"/ByteRange %d 0 R" % fresh))
    return appended(content, {fresh: b"[0 %d %d %d]" % (first, second, length)})


@attack(TRICK)
def numbers_indirect() -> bytes:
    content, (_, first, second, length) = signed(), numbers(signed())
    fresh = free_number(content)
    content = resigned(with_byte_range(content, b"/ByteRange [0 %d 0 R %d %d]" % (fresh, second, length)))
    return appended(content, {fresh: b"%d" % first})
