"""Signature wrapping: the signed bytes are moved elsewhere, and something else is put where they were."""

from __future__ import annotations

import re

from tests.signing.attacks.case import attack, free_number, numbers, page_number, put, signed, with_byte_range

WRAPPING = "signature-wrapping"
_TABLE_BYTES = 2000
_OBJECT = re.compile(rb"(?<![\d.])(\d+) 0 obj")


def _wrapped(between: bytes) -> bytes:
    """The second part of what is signed behind these bytes, and the byte range telling so.

    The signature's dictionary ends before them. ``startxref`` stays as it was signed: there, in the room won, stands a
    table of other objects and other places.
    """
    content = signed()
    _, first, second, length = numbers(content)
    start, size = int(content[content.rindex(b"startxref") :].split()[1]), free_number(content)
    root = content[content.rindex(b"/Root ") :].split()[1]
    before = content[content.rindex(b"/Prev ") :].split()[1]
    told = b" /Type /Sig /Filter /Adobe.PPKLite /SubFilter /ETSI.CAdES.detached /ByteRange [0 %d %08d %d] >>\nendobj\n"
    room = max(start - second, len(told) + len(between) + 100)
    shift = room + _TABLE_BYTES
    inserted = (told % (first, second + shift, length) + between).ljust(room)
    places = {int(found.group(1)): found.start() for found in _OBJECT.finditer(content[:start])}
    table = b"".join(
        b"%d 1\n%010d 00000 n \n" % (number, place if place < second else place + shift)
        for number, place in sorted(places.items())
        if place > int(before)
    )
    trailer = b"trailer\n<< /Size %d /Root %s 0 R /Prev %s >>\n" % (size, root, before)
    inserted = (
        inserted[: start - second] + (b"xref\n" + table + trailer).ljust(_TABLE_BYTES) + inserted[start - second :]
    )
    return content[:second] + inserted + content[second:]


def _other_page(content: bytes) -> bytes:
    number, stream = page_number(content), b"BT /F1 12 Tf 85 700 Td (Quyet dinh khac) Tj ET"
    return b"%d 0 obj\n<< /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (
        free_number(content) + number,
        len(stream),
        stream,
    )


@attack(WRAPPING, blanks=b" " * 400, zeros=b"\0" * 400, comment=b"\n%" + b"x" * 300 + b"\n", digits=b"0" * 100)
def second_part_moved(between: bytes) -> bytes:
    return _wrapped(between)


@attack(WRAPPING)
def other_objects_between() -> bytes:
    return _wrapped(b"\n" + _other_page(signed()))


@attack(WRAPPING)
def second_dictionary_between() -> bytes:
    return _wrapped(b"98 0 obj\n<< /Type /Sig /Contents <30> >>\nendobj\n" + _other_page(signed()) + b"99 0 obj\n<<")


@attack(WRAPPING)
def container_in_the_signed_copy() -> bytes:
    """The whole signed second part stands once more at the end, and the byte range leads there."""
    content = signed()
    _, first, second, length = numbers(content)
    changed = put(content, content.rindex(b"/M ("), b"/X (")
    return with_byte_range(changed, b"/ByteRange [0 %d %d %d]" % (first, len(changed), length)) + content[second:]


@attack(WRAPPING)
def gap_begins_before_the_container() -> bytes:
    content = signed()
    _, first, second, length = numbers(content)
    return with_byte_range(content, b"/ByteRange [0 %d %d %d]" % (first - 11, second, length))


@attack(WRAPPING)
def gap_ends_behind_the_container() -> bytes:
    content = signed()
    _, first, second, length = numbers(content)
    return with_byte_range(content, b"/ByteRange [0 %d %d %d]" % (first, second + 20, length - 20))
