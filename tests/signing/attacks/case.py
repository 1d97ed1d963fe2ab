"""A hostile file: how it is made, what it is called, and how it must end."""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Callable
from dataclasses import dataclass

from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verify import Verdict
from tests.signing.authority import Holder, container, page, sign, standard

BROKEN = frozenset({Verdict.INVALID})
OPEN = frozenset({Verdict.INDETERMINATE})
UNKNOWN = frozenset({Verdict.UNREADABLE, Verdict.LIMITS})
REGISTER: list[Attack] = []


@dataclass(frozen=True, slots=True)
class Attack:
    """One variant of a family."""

    name: str
    make: Callable[[], bytes]
    called: str
    """The code that verification finds it under."""
    ends: frozenset[Verdict]


def attack(
    called: str, ends: frozenset[Verdict] = BROKEN, **variants: object
) -> Callable[[Callable[..., bytes]], Callable[..., bytes]]:
    """Register a function that makes a hostile file; with ``variants``, one file for each value by its name."""

    def register(make: Callable[..., bytes]) -> Callable[..., bytes]:
        if not variants:
            REGISTER.append(Attack(make.__name__, make, called, ends))
        for name, value in variants.items():
            REGISTER.append(Attack(f"{make.__name__}-{name}", functools.partial(make, value), called, ends))
        return make

    return register


@functools.cache
def person() -> Holder:
    return standard().person()


@functools.cache
def office() -> Holder:
    return standard().person("UBND xã Thử")


@functools.cache
def signed() -> bytes:
    """With one signature, to its end."""
    return sign(page(), person())


@functools.cache
def roomy() -> bytes:
    """With one signature, and room for more in its container."""
    return sign(page(), person(), bytes_reserved=20_000)


@functools.cache
def stamped() -> bytes:
    """With one signature and its timestamp."""
    return sign(page(), person(), timestamper=standard().timestamper())


def put(content: bytes, place: int, value: bytes) -> bytes:
    """With these bytes instead of as many others."""
    return content[:place] + value + content[place + len(value) :]


def numbers(content: bytes) -> tuple[int, int, int, int]:
    """Of the last byte range."""
    found = re.findall(rb"/ByteRange \[\s*(\d+) (\d+) (\d+) (\d+)\s*\]", content)[-1]
    return int(found[0]), int(found[1]), int(found[2]), int(found[3])


def with_byte_range(content: bytes, written: bytes) -> bytes:
    """With this instead of the last byte range, where nothing else moves."""
    found = list(re.finditer(rb"/ByteRange \[[^\]]*\] *", content))[-1]
    assert len(written) <= found.end() - found.start()
    return put(content, found.start(), written.ljust(found.end() - found.start()))


def with_container(content: bytes, cms: bytes) -> bytes:
    """With this instead of the last CMS."""
    start, end = container(content)
    digits = cms.hex().encode("ascii")
    assert len(digits) <= end - start
    return put(content, start, digits.ljust(end - start, b"0"))


def appended(content: bytes, objects: dict[int, bytes], *, trailer: bytes = b"", root: int | None = None) -> bytes:
    """With one more revision, of these objects by their numbers."""
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    before = re.findall(rb"startxref\s+(\d+)", content)[-1]
    number = root or reader.root_ref.idnum
    places = {}
    for key, body in objects.items():
        places[key] = len(content)
        content += b"%d 0 obj\n%s\nendobj\n" % (key, body)
    size = max(reader.trailer["/Size"], max(objects, default=0) + 1)
    start = len(content)
    table = b"".join(b"%d 1\n%010d 00000 n \n" % (key, place) for key, place in sorted(places.items()))
    return content + (
        b"xref\n%strailer\n<< /Size %d /Root %d 0 R /Prev %s %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (table, size, number, before, trailer, start)
    )


def body(content: bytes, number: int) -> bytes:
    """Of an object, as its newest revision has it."""
    found: list[bytes] = re.findall(rb"(?<![\d.])%d 0 obj\s(.*?)\sendobj" % number, content, re.DOTALL)
    return found[-1]


def free_number(content: bytes) -> int:
    """Of an object that nobody has."""
    return max(int(size) for size in re.findall(rb"/Size (\d+)", content))


def page_number(content: bytes) -> int:
    """Of the first page's object."""
    reader = PdfFileReader(io.BytesIO(content), strict=False)
    return int(reader.root["/Pages"]["/Kids"].raw_get(0).idnum)
