"""Spoofed dictionaries: entries twice, wrong kinds, and signatures that lie where they do not sign themselves."""

from __future__ import annotations

import re
import zlib

from tests.signing.attacks.case import (
    BROKEN,
    OPEN,
    UNKNOWN,
    appended,
    attack,
    body,
    free_number,
    numbers,
    office,
    put,
    roomy,
    signed,
)
from tests.signing.attacks.forging import resigned
from tests.signing.authority import container, sign

SPOOFED = "spoofed-dictionary"
EITHER = BROKEN | OPEN


def _in_blanks(written: bytes) -> bytes:
    """Written into the blanks behind the byte range; the file is signed anew with it."""
    content = roomy()
    blanks = list(re.finditer(rb"/ByteRange \[[^\]]*\] ( *)", content))[-1]
    assert len(written) <= blanks.end(1) - blanks.start(1)
    return resigned(put(content, blanks.start(1), written))


@attack(
    SPOOFED,
    EITHER | UNKNOWN,
    byte_range=b"/ByteRange [0 10 20 30]",
    contents=b"/Contents  <30>",
    contents_escaped=b"/Con#74ents <30>",
    byte_range_escaped=b"/Byte#52ange [0 1 2 3]",
    subfilter=b"/SubFilter /adbe.pkcs7.sha1",
    type=b"/Type /DocTimeStamp",
    filter=b"/Filter /Other",
    time=b"/M (D:20200101000000Z)",
)
def entry_twice(written: bytes) -> bytes:
    return _in_blanks(written)


def _field_of(content: bytes, value: int) -> int:
    """Number of the field that leads to this signature."""
    return int(re.findall(rb"(\d+) 0 obj\s<<(?:(?!endobj).)*?/V %d 0 R" % value, content, re.DOTALL)[-1])


def _replaced(old: bytes, new: bytes) -> bytes:
    content = signed()
    assert len(new) <= len(old)
    return resigned(put(content, content.rindex(old), new.ljust(len(old))))


@attack(SPOOFED, EITHER)
def kind_of_a_timestamp() -> bytes:
    return _replaced(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /ETSI.RFC3161")


@attack(SPOOFED, EITHER)
def kind_of_a_digest_inside() -> bytes:
    return _replaced(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.pkcs7.sha1")


@attack(SPOOFED, EITHER)
def kind_of_a_bare_signature() -> bytes:
    return _replaced(b"/SubFilter /ETSI.CAdES.detached", b"/SubFilter /adbe.x509.rsa_sha1")


@attack(SPOOFED, EITHER)
def type_of_something_else() -> bytes:
    return _replaced(b"/Type /Sig\n", b"/Type /Ann\n")


@attack(SPOOFED, EITHER | UNKNOWN)
def signature_in_a_later_revision() -> bytes:
    """The field leads to a dictionary that lies behind what it says it covers."""
    content = signed()
    numbers_ = [int(number) for number in re.findall(rb"/V (\d+) 0 R", content)]
    start, end = container(content)
    digits, (_, first, second, length) = content[start:end], numbers(content)
    field = _field_of(content, numbers_[-1])
    fresh = free_number(content)
    spoof = (
        b"<< /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /M (D:20200101000000Z) "
        b"/Contents <%s> /ByteRange [0 %d %d %d] >>" % (digits, first, second, length)
    )
    value = body(content, field).replace(b"/V %d 0 R" % numbers_[-1], b"/V %d 0 R" % fresh)
    return appended(content, {field: value, fresh: spoof})


@attack(SPOOFED, EITHER | UNKNOWN)
def signature_in_a_stream_of_objects() -> bytes:
    """The dictionary is packed, so that its container is no place of the file."""
    content, number = signed(), int(re.findall(rb"/V (\d+) 0 R", signed())[-1])
    inside = body(content, number)
    stream = zlib.compress(b"%d 0 %s" % (number, inside))
    head = b"%d 0 " % number
    fresh = free_number(content)
    place = len(content)
    packed = b"<< /Type /ObjStm /N 1 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (
        len(head),
        len(stream),
        stream,
    )
    content += b"%d 0 obj\n%s\nendobj\n" % (fresh, packed)
    start = len(content)
    rows = b"\2" + fresh.to_bytes(4, "big") + b"\0\0" + b"\1" + place.to_bytes(4, "big") + b"\0\0"
    rows += b"\1" + start.to_bytes(4, "big") + b"\0\0"
    before = re.findall(rb"startxref\s+(\d+)", signed())[-1]
    root = re.findall(rb"/Root (\d+ 0 R)", signed())[-1]
    return content + (
        b"%d 0 obj\n<< /Type /XRef /W [1 4 2] /Index [%d 1 %d 2] /Size %d /Root %s /Prev %s /Length %d >>\nstream\n%s\n"
        b"endstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
        % (fresh + 1, number, fresh, fresh + 2, root, before, len(rows), rows, start)
    )


@attack(SPOOFED, EITHER)
def value_replaced_by_another_signature_of_the_file() -> bytes:
    """Two fields change their signatures."""
    content = sign(signed(), office(), field_name="Sig2")
    first, second = dict.fromkeys(int(number) for number in re.findall(rb"/V (\d+) 0 R", content))
    changed = {}
    for own, other in ((first, second), (second, first)):
        field = _field_of(content, own)
        changed[field] = body(content, field).replace(b"/V %d 0 R" % own, b"/V %d 0 R" % other)
    return appended(content, changed)
