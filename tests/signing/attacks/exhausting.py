"""Bombs, endless loops, and numbers beyond all measure, alone and behind a signature."""

from __future__ import annotations

import base64
import functools
import zlib

from signing.verify import Verdict
from tests.signing import hostile
from tests.signing.attacks import laid
from tests.signing.attacks.case import BROKEN, OPEN, UNKNOWN, appended, attack, signed
from tests.signing.attacks.laid import prepared_and_signed, stream
from tests.signing.hostile import assembled

BOMB, LOOP, NUMBER = "decompression-bomb", "endless-loop", "huge-number"
ANY = BROKEN | OPEN | UNKNOWN | {Verdict.UNSIGNED}
ROOT = b"<< /Type /Catalog /Pages 2 0 R %s >>"
NO_PAGES = b"<< /Type /Pages /Kids [] /Count 0 >>"


@functools.cache
def _packed(layers: int, size_bytes: int = 300_000_000) -> bytes:
    packed = hostile._zeros(size_bytes)
    for _ in range(layers - 1):
        packed = zlib.compress(packed, 9)
    return packed


def _filtered(packed: bytes, filters: bytes, more: bytes = b"") -> bytes:
    return b"<< /Filter [%s] %s /Length %d >>\nstream\n%s\nendstream" % (filters, more, len(packed), packed)


@attack(BOMB, ANY, once=1, twice=2, three_times=3)
def stream_of_objects(layers: object) -> bytes:
    """The form of the file lies in it."""
    assert isinstance(layers, int)
    packed, filters = _packed(layers), b"/FlateDecode " * layers
    head = b"/Type /ObjStm /N 1 /First 4"
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, _filtered(packed, filters, head)], in_stream=(4, 3))


@attack(BOMB, ANY)
def stream_of_cross_references() -> bytes:
    packed = _packed(1)
    table = _filtered(packed, b"/FlateDecode", b"/Type /XRef /W [1 4 2] /Size 60000000 /Root 1 0 R")
    content = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    return content + b"2 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(content))


@attack(BOMB, ANY)
def chain_of_text_filters() -> bytes:
    packed = base64.a85encode(_packed(2)) + b"~>"
    head = b"/Type /ObjStm /N 1 /First 4"
    filters = b"/ASCII85Decode /FlateDecode /FlateDecode"
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, _filtered(packed, filters, head)], in_stream=(4, 3))


@attack(BOMB, ANY)
def predictor_of_endless_rows() -> bytes:
    more = b"/Type /ObjStm /N 1 /First 4 /DecodeParms [<< /Predictor 12 /Columns 2000000000 >>]"
    packed = _filtered(zlib.compress(b"\2" * 1000), b"/FlateDecode", more)
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, packed], in_stream=(4, 3))


@attack(BOMB, ANY)
def many_filters() -> bytes:
    more = b"/Type /ObjStm /N 1 /First 4"
    packed = _filtered(zlib.compress(b"x"), b"/FlateDecode " * 500, more)
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, packed], in_stream=(4, 3))


@attack(BOMB, ANY)
def huge_picture() -> bytes:
    picture = b"<< /Type /XObject /Subtype /Image /Width 1000000 /Height 1000000 /Length 1 >>\nstream\nx\nendstream"
    return assembled([ROOT % b"/AcroForm [", NO_PAGES, picture])


@attack(BOMB, ANY)
def look_of_a_signed_field() -> bytes:
    """Behind the signature, where a look is compared with the one before."""
    packed = _filtered(_packed(1), b"/FlateDecode", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9]")
    return appended(prepared_and_signed(), {laid.LOOK: packed})


# --- loops


@attack(LOOP, ANY)
def sections() -> bytes:
    return hostile.looping_sections()


@attack(LOOP, ANY)
def two_sections() -> bytes:
    """The older section's ``/Prev`` leads to the newer."""
    content = hostile.written()
    start = content.rindex(b"startxref\n") + len(b"startxref\n")
    room = content.replace(b"trailer\n<<", b"trailer\n<< /Prev %010d" % 0)
    place = int(content[start:].split(b"\n")[0])
    newer = len(room)
    older = room.replace(b"/Prev %010d" % 0, b"/Prev %010d" % newer)
    return older + b"xref\n0 0\ntrailer\n<< /Size 7 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (place, newer)


@attack(LOOP, ANY)
def form_of_itself() -> bytes:
    return assembled(
        [
            ROOT % b"/AcroForm << /Fields [3 0 R] >>",
            NO_PAGES,
            b"<< /FT /Sig /T (a) /Kids [3 0 R 4 0 R] >>",
            b"<< /FT /Sig /T (b) /Kids [3 0 R] /Parent 3 0 R >>",
        ]
    )


@attack(LOOP, ANY)
def field_above_itself() -> bytes:
    return assembled(
        [
            ROOT % b"/AcroForm << /Fields [3 0 R] >>",
            NO_PAGES,
            b"<< /T (a) /Parent 4 0 R /V 5 0 R >>",
            b"<< /T (b) /Parent 3 0 R >>",
            b"<< /Type /Sig >>",
        ]
    )


@attack(LOOP, ANY)
def pages_of_themselves() -> bytes:
    return hostile.looping_pages()


@attack(LOOP, ANY)
def pages_of_themselves_behind_a_signature() -> bytes:
    tree = b"<< /Type /Pages /Kids [%d 0 R %d 0 R] /Count 2 >>" % (laid.PAGES, laid.PAGES)
    return appended(prepared_and_signed(), {laid.PAGES: tree})


@attack(LOOP, ANY)
def length_of_itself() -> bytes:
    return assembled(
        [
            ROOT % b"/AcroForm 4 0 R",
            NO_PAGES,
            b"<< /Type /ObjStm /N 1 /First 4 /Length 3 0 R >>\nstream\n4 0 <<>>\nendstream",
        ],
        in_stream=(4, 3),
    )


@attack(LOOP, ANY)
def streams_that_extend_each_other() -> bytes:
    def one(other: int) -> bytes:
        return stream(b"4 0 << /Fields 9 0 R", b"/Type /ObjStm /N 1 /First 4 /Extends %d 0 R" % other)

    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, one(5), b"null", one(3)], in_stream=(4, 3))


@attack(LOOP, ANY, arrays=b"[", dictionaries=b"<< /A ")
def nested_without_end(opening: bytes) -> bytes:
    closing = {b"[": b"]"}.get(opening, b">>")
    form = opening * 100_000 + closing * 100_000
    return assembled([ROOT % (b"/AcroForm " + form), NO_PAGES])


@attack(LOOP, ANY)
def nested_behind_a_signature() -> bytes:
    return appended(signed(), {50: b"[" * 50_000 + b"]" * 50_000})


# --- numbers


@attack(
    NUMBER,
    ANY,
    size=(b"/Size 7", b"/Size 99999999999999999999"),
    first_object=(b"xref\n0 7", b"xref\n99999999999 99999999999"),
    root=(b"/Root 1 0 R", b"/Root 1 0 R /Prev 99999999999999"),
    start=(b"startxref\n", b"startxref\n9999999999999"),
)
def in_the_trailer(change: object) -> bytes:
    assert isinstance(change, tuple)
    old, new = (bytes(one) for one in change)
    content = hostile.written()
    return content[: content.rindex(old)] + new + content[content.rindex(old) + len(old) :]


@attack(NUMBER, ANY)
def length_of_a_stream() -> bytes:
    packed = b"<< /Type /ObjStm /N 1 /First 4 /Length 99999999999999 >>\nstream\n4 0 <<>>\nendstream"
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, packed], in_stream=(4, 3))


@attack(NUMBER, ANY)
def objects_in_a_stream() -> bytes:
    packed = stream(b"4 0 << /Fields", b"/Type /ObjStm /N 99999999999999 /First 4")
    return assembled([ROOT % b"/AcroForm 4 0 R", NO_PAGES, packed], in_stream=(4, 3))


@attack(NUMBER, ANY)
def rows_of_a_table() -> bytes:
    """A stream of cross-references that announces more rows than there are numbers, of no width."""
    table = stream(b"\1\0\0\0\0\0\0", b"/Type /XRef /W [0 0 0] /Index [0 99999999999999] /Size 5 /Root 1 0 R")
    content = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    return content + b"2 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(content))


@attack(NUMBER, ANY, wide=b"[1 4 2]", no_width=b"[-0.0 -0.0 -0.0]")
def rows_counted_without_end(widths: bytes) -> bytes:
    """Found by fuzzing: the rows were counted one by one, until time or memory ended."""
    entries = b"/Type /XRef /W %s /Index [9223372036854775808 9223372036854775808] /Size 5 /Root 1 0 R" % widths
    content = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n"
    table = stream(b"\1\0\0\0\0\0\0", entries)
    return content + b"2 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (table, len(content))
