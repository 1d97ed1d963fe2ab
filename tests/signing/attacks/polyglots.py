"""Polyglots: files that are something else as well, or two PDF files in one."""

from __future__ import annotations

import io
import re
import zipfile

from tests.signing.attacks.case import BROKEN, OPEN, UNKNOWN, attack, numbers, signed, with_byte_range
from tests.signing.attacks.forging import resigned
from tests.signing.authority import page

POLYGLOT = "polyglot"
ANY = BROKEN | OPEN | UNKNOWN
LEADS = {
    "zip": b"PK\x03\x04" + b"\0" * 40,
    "picture": b"\xff\xd8\xff\xe0" + b"x" * 60,
    "page": b"<!DOCTYPE html><html><body>Quyet dinh khac</body></html>\n<!--",
    "program": b"MZ\x90\0" + b"\0" * 100,
    "words": b"From: a@example.vn\n\n",
    "other_header": b"%!PS-Adobe-3.0\n",
}


@attack(POLYGLOT, ANY, **LEADS)
def something_before_it(lead: bytes) -> bytes:
    return lead + signed()


@attack(POLYGLOT, ANY, **LEADS)
def something_before_it_signed_too(lead: bytes) -> bytes:
    """The signer signs a file that was one of two kinds already."""
    return _signed_with(lead)


@attack(POLYGLOT, ANY)
def header_behind_the_first_kilobyte() -> bytes:
    return _signed_with(b"%" + b"x" * 1500 + b"\n")


@attack(POLYGLOT, ANY)
def two_headers() -> bytes:
    return _signed_with(b"%PDF-1.2\n")


@attack(POLYGLOT, ANY)
def archive_behind_it() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("quyet-dinh.txt", "khac")
    return signed() + packed.getvalue()


@attack(POLYGLOT, ANY)
def web_page_behind_it() -> bytes:
    return signed() + b"<html><script>alert(1)</script></html>"


@attack(POLYGLOT, ANY)
def another_file_behind_it() -> bytes:
    return signed() + page("Quyet dinh khac")


@attack(POLYGLOT, ANY)
def another_file_before_it() -> bytes:
    return page("Quyet dinh khac") + signed()


def _signed_with(lead: bytes) -> bytes:
    """Signed with something before it: every place of the signed file told anew, and its signature made again."""
    content = signed()
    sections = [found.start() for found in re.finditer(rb"(?<!start)xref\n", content)]
    for start in reversed(sections):
        content = content[:start] + _moved(content[start:], len(lead))
    _, first, second, length = numbers(content)
    content = with_byte_range(content, b"/ByteRange [0 %d %d %d]" % (first + len(lead), second + len(lead), length))
    return resigned(lead + content)


def _moved(section: bytes, by: int) -> bytes:
    """A table of cross-references and what follows it, the places in it further on; as long as before."""
    section = re.sub(rb"(\d{10}) 00000 n", lambda row: b"%010d 00000 n" % (int(row.group(1)) + by), section)
    for name in (rb"startxref\n", rb"/Prev "):
        section = re.sub(
            b"(" + name + rb")(\d+)", lambda told: told.group(1) + b"%d" % (int(told.group(2)) + by), section
        )
    return section
