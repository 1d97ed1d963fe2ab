"""A few DER values (ITU-T X.690), put together without building objects for what is encoded already."""

from __future__ import annotations

OCTET_STRING, SEQUENCE, SET = 0x04, 0x30, 0x31
TAG_0, TAG_1 = 0xA0, 0xA1
_SHORT_LENGTH = 0x80


def der(tag: int, *parts: bytes) -> bytes:
    """One value of encoded parts."""
    content = b"".join(parts)
    if len(content) < _SHORT_LENGTH:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes((tag, _SHORT_LENGTH | len(length))) + length + content


def integer(value: int) -> bytes:
    """An INTEGER of zero or above."""
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def set_of(*parts: bytes) -> bytes:
    """The content of a SET OF, in DER's order."""
    return b"".join(sorted(parts))
