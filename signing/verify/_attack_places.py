"""Attacks on where a signature lies and what it says of itself (ISO 32000-2, 12.8.1). Runs in the sandbox."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.xref import ObjStreamRef
from pyhanko.sign.fields import enumerate_sig_fields

from signing.verify._attack_objects import entry
from signing.verify._attack_words import Effect, Suspicion
from signing.verify._container import loaded_cms, written
from signing.verify._findings import Refused

_SHORTEST_CMS = 60
_MOST_BYTES = 1_000_000
_TIMESTAMP = "/ETSI.RFC3161"
_DETACHED = ("/ETSI.CAdES.detached", "/ETSI.CAdES.Detached", "/adbe.pkcs7.detached")
_TYPES = ("/Sig", "/DocTimeStamp")
_ESCAPED = re.compile(rb"#([0-9a-fA-F]{2})")
_TOKEN = re.compile(
    rb"%[^\r\n]*|<<|>>|\[|\]|<[^<>]*>|(?P<name>/[^\s()<>\[\]{}/%]*)|(?P<string>\()|(?P<end>endobj|stream)|[^\s()<>\[\]{}/%]+"
)
_BLANKS = b"\0\t\n\f\r "
_IN_STRING = re.compile(rb"\\.|[()]", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """A filled signature field as it stands in the file."""

    field: str
    value: Any
    """The signature's dictionary, or whatever stands there."""
    where: Any
    """Offset of the dictionary's object, or the stream of objects that it lies in; ``None`` if unknown."""
    reference: Any


def places(reader: Any) -> Iterator[Place]:
    """All filled signature fields."""
    if "/AcroForm" not in reader.root:
        return
    for name, _, found in enumerate_sig_fields(reader, filled_status=True):
        field = found.get_object()
        raw = field.raw_get("/V")
        reference = raw.reference if isinstance(raw, generic.IndirectObject) else found.reference
        yield Place(str(name), field["/V"], reader.xrefs[reference], reference)


def of_place(content: bytes, place: Place) -> Iterator[Suspicion]:
    """What is wrong with a signature's dictionary, its byte range and its container."""
    value = place.value
    if not isinstance(value, generic.DictionaryObject):
        yield Suspicion("universal-signature-forgery", Effect.BROKEN, place.field)
        return
    container = _container(value)
    if container is None:
        yield Suspicion("universal-signature-forgery", Effect.BROKEN, place.field)
    ranged = _of_range(content, value, container)
    if ranged:
        yield Suspicion(ranged, Effect.BROKEN, place.field)
    if _spoofed(content, place, lone=ranged is None) or (container and _lies(value, container)):
        yield Suspicion("spoofed-dictionary", Effect.BROKEN, place.field)


def _container(value: Any) -> bytes | None:
    """What stands in the container; ``None`` if that can be no signature."""
    try:
        held = written(value)
    except KeyError:
        return None
    if not isinstance(held, (generic.ByteStringObject, generic.TextStringObject)):
        return None
    container = bytes(held.original_bytes)
    return container if len(container.rstrip(b"\0")) >= _SHORTEST_CMS else None


def _of_range(content: bytes, value: Any, container: bytes | None) -> str | None:
    forged, trick = "universal-signature-forgery", "byte-range-trick"
    try:
        raw, told = value.raw_get("/ByteRange"), value["/ByteRange"]
    except Exception:  # noqa: BLE001 - missing, or leading nowhere
        return forged
    if not isinstance(told, generic.ArrayObject):
        return forged
    numbers = list(told)
    whole = [number for number in numbers if isinstance(number, generic.NumberObject)]
    if not any(isinstance(number, (generic.NumberObject, generic.FloatObject, list)) for number in numbers):
        return forged
    if len(whole) == len(numbers) and (len(numbers) < 2 or max(whole) <= 0):  # noqa: PLR2004 - a range has two
        return forged
    if isinstance(raw, generic.IndirectObject) or len(whole) != 4 or len(numbers) != 4:  # noqa: PLR2004 - [0 a b c]
        return trick
    start, first, second, length = whole
    if first > len(content):
        return forged
    if start != 0 or not 0 < first < second < second + length <= len(content):
        return trick
    gap = content[first:second]
    return None if container is None or _is_container(gap, container) else "signature-wrapping"


def _is_container(gap: bytes, container: bytes) -> bool:
    try:
        return gap[:1] == b"<" and gap[-1:] == b">" and bytes.fromhex(gap[1:-1].decode("ascii")) == container
    except ValueError:
        return False


def _spoofed(content: bytes, place: Place, *, lone: bool) -> bool:
    if isinstance(place.where, ObjStreamRef):
        return True
    kind = entry(place.value, "/Type")
    if isinstance(kind, generic.NameObject) and kind not in _TYPES:
        return True
    if not isinstance(place.where, int):
        return False
    keys = Counter(_keys(content[place.where : place.where + _MOST_BYTES]))
    if keys and max(keys.values()) > 1:
        return True
    if not lone:
        return False
    _, first, second, length = (int(number) for number in place.value["/ByteRange"])
    named = _stands_before(content, first, b"/Contents")
    return not (place.where < first and named and place.where < second + length)


def _stands_before(content: bytes, place: int, word: bytes) -> bool:
    """The word is the last before that place that is not blank; the file is not copied to find out."""
    reach = 64
    while True:
        before = content[max(place - reach, 0) : place].rstrip(_BLANKS)
        if len(before) >= len(word) or reach >= place:
            return before.endswith(word)
        reach *= 16


def _lies(value: Any, container: bytes) -> bool:
    """The kind that the dictionary claims is not the kind of its container."""
    kind = str(entry(value, "/SubFilter", ""))
    try:
        inside = loaded_cms(container)["encap_content_info"]
        of_timestamp = inside["content_type"].native == "tst_info"
        empty = inside["content"].native is None
    except (Refused, ValueError, TypeError, KeyError):
        return False
    return (
        (kind == _TIMESTAMP and not of_timestamp)
        or (kind in _DETACHED and of_timestamp)
        or kind == "/adbe.x509.rsa_sha1"
        or (kind == "/adbe.pkcs7.sha1" and empty)
    )


def _keys(written: bytes) -> Iterator[bytes]:  # noqa: C901 - a tokenizer reads best in one piece
    """The keys of the first dictionary, without those of dictionaries in it."""
    depth, is_key, place = 0, False, 0
    while True:
        found = _TOKEN.search(written, place)
        if found is None or found.group("end"):
            return
        token, place = found.group(), found.end()
        if token.startswith(b"%"):
            continue
        if found.group("string"):
            place = _end_of_string(written, place)
        if token == b"<<":
            depth += 1
            is_key = depth == 1 or is_key
            continue
        if token in (b">>", b"]"):
            depth -= 1
            if depth <= 0:
                return
            is_key = depth == 1
            continue
        if token == b"[":
            depth += 1
            continue
        if depth != 1:
            continue
        if is_key and found.group("name"):
            yield _ESCAPED.sub(lambda escaped: bytes([int(escaped.group(1), 16)]), token)
            is_key = False
        elif found.group("name") or not re.fullmatch(rb"\d+|R", token) or _ends_value(written, place):
            is_key = True


def _ends_value(written: bytes, place: int) -> bool:
    """What follows is a key or the end: a number or a reference is over."""
    return re.match(rb"[\s\0]*(?:/|>>)", written[place : place + 60]) is not None


def _end_of_string(written: bytes, place: int) -> int:
    depth = 1
    while depth:
        found = _IN_STRING.search(written, place)
        if found is None:
            return len(written)
        depth += {b"(": 1, b")": -1}.get(found.group(), 0)
        place = found.end()
    return place
