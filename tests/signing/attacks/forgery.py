"""Universal signature forgery: a signature whose place or value is missing, empty or nonsense."""

from __future__ import annotations

from tests.signing.attacks.case import BROKEN, attack, put, signed, with_byte_range, with_container
from tests.signing.authority import container

FORGERY = "universal-signature-forgery"


@attack(
    FORGERY,
    missing=b"",
    null=b"/ByteRange null",
    empty=b"/ByteRange []",
    negative=b"/ByteRange [-1 -1 -1 -1]",
    zeros=b"/ByteRange [0 0 0 0]",
    huge=b"/ByteRange [0 9999999999 99999999999 99]",
    names=b"/ByteRange [/a /b /c /d]",
    number=b"/ByteRange 0",
    text=b"/ByteRange (0 1 2 3)",
    dictionary=b"/ByteRange << /A 0 >>",
    one_number=b"/ByteRange [0]",
)
def byte_range(written: bytes) -> bytes:
    return with_byte_range(signed(), written)


def _with_contents(written: bytes) -> bytes:
    content = signed()
    start, end = container(content)
    begin = start - len(b"/Contents <")
    return put(content, begin, written.ljust(end + 1 - begin))


@attack(
    FORGERY,
    missing=b"",
    null=b"/Contents null",
    empty=b"/Contents <>",
    zero=b"/Contents <00>",
    text=b"/Contents ()",
    number=b"/Contents 0",
    array=b"/Contents []",
    name=b"/Contents /a",
    dictionary=b"/Contents << >>",
)
def contents(written: bytes) -> bytes:
    return _with_contents(written)


@attack(FORGERY, zeros=b"", null=b"\x05\x00", sequence=b"\x30\x00", string=b"\x04\x02ab")
def value(cms: bytes) -> bytes:
    return with_container(signed(), cms)


@attack(FORGERY, BROKEN)
def both_missing() -> bytes:
    return with_byte_range(_with_contents(b""), b"")
