"""Attacks that show in a file's bytes, also where nothing else can be read of it. Runs in the sandbox."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator

from signing.verify._attack_words import Effect, Suspicion

_BLANKS = b"\0\t\n\f\r \xef\xbb\xbf"
_HEADER = b"%PDF-"
_EARLY = 1024
"""Where readers look for the header at the latest."""
_SECOND = re.compile(rb"%%EOF[\s\0]{0,64}%PDF-\d\.\d[\s\S]{0,2000}?\d+ \d+ obj")
_FOREIGN = re.compile(
    rb"PK\x03\x04|Rar!|7z\xbc\xaf|GIF8[79]a|\x89PNG|\xff\xd8\xff|MZ\x90|\x7fELF|<\?php|(?i:<html|<!doctype|<script|<\?xml)"
)
_END = b"%%EOF"
_REVISION = re.compile(rb"(?:\d+\s+\d+\s+obj\b|%PDF-|\bxref\b|trailer\s*<<|startxref\s+\d)")

MOST_BYTES = 30_000_000
"""Of a file's beginning, looked at for what kept it from being read."""
_MOST_OBJECTS = 50_000
_BOMB_BYTES = 100_000_000
_BOMB_SHARE = 200
_PIXELS = 400_000_000
_DEEP = 200
_MOST_FILTERS = 20
_LONG = 10
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,9})\s+\d{1,5}\s+obj\b(.*?)(?:endobj|(?=\bstream\r?\n)|\Z)", re.DOTALL)
_REFERENCE = re.compile(rb"(\d{1,9})\s+\d{1,5}\s+R")
_LED = re.compile(rb"/(Kids|Extends|Length|Parent|Prev|First|Next)\s*(\[[^\]]*\]|\d{1,9}\s+\d{1,5}\s+R)")
_PACKED = re.compile(rb"(?<![\d.])\d{1,9}\s+\d{1,5}\s+obj\b(.{0,20000}?)\bstream\r?\n", re.DOTALL)
_FILTERS = re.compile(rb"/(?:FlateDecode|Fl|LZWDecode|LZW|ASCII85Decode|A85|ASCIIHexDecode|AHx|RunLengthDecode|RL)\b")
_FLATE = (b"/FlateDecode", b"/Fl")
_TEXT: dict[bytes, Callable[[bytes], bytes]] = {
    b"/ASCII85Decode": lambda packed: base64.a85decode(packed.split(b"~>")[0]),
    b"/A85": lambda packed: base64.a85decode(packed.split(b"~>")[0]),
    b"/ASCIIHexDecode": lambda packed: binascii.unhexlify(packed.split(b">")[0].strip()),
    b"/AHx": lambda packed: binascii.unhexlify(packed.split(b">")[0].strip()),
}
_NESTED = re.compile(rb"(?:[\[(]\s*|<<\s*(?:/\w+\s*)?){%d,}" % _DEEP)
_HUGE = re.compile(
    rb"/(?:Size|Length|Count|Prev|XRefStm|First|N|Columns|Colors|BitsPerComponent|Predictor|Index|W)\s*\[?[\s\d]*?(-?\d{%d,})"
    % _LONG
)
_ABSURD_ROWS = re.compile(rb"/Index\s*\[[\d\s]*?\d{9,}")
_HUGE_START = re.compile(rb"startxref\s+\d{%d,}|\bxref\s+(?:\d{11,}|\d+\s+\d{11,})" % _LONG)
_SIDE = re.compile(rb"/(Width|Height|Columns)\s+(\d{1,12})")
_SECTION = re.compile(rb"/(?:Prev|XRefStm)\s+(\d{1,12})(?!\s+\d+\s+R)")


def of_shape(content: bytes) -> Iterator[Suspicion]:
    """A file that is something else as well."""
    start = content.find(_HEADER)
    before = content[: max(start, 0)].strip(_BLANKS)
    again = content.find(_HEADER, start + 1, start + _EARLY)
    twice = start >= 0 and again > 0 and b"obj" not in content[start:again]
    tail = content[content.rfind(_END) + len(_END) :][:4096]
    if start > _EARLY or before or twice or _FOREIGN.search(tail) or _SECOND.search(content):
        yield Suspicion("polyglot", Effect.OPEN)


def has_absurd_table(content: bytes) -> bool:
    """A stream of cross-references announces more rows than any file has; readers would count to there."""
    return _ABSURD_ROWS.search(content) is not None


def is_revision(appended: bytes) -> bool:
    """Bytes behind the last revision look like one more."""
    return _REVISION.search(appended) is not None


def of_structure(content: bytes) -> tuple[str, ...]:
    """Codes of what may have kept a file from being read: a module-level function for the sandbox."""
    content = content[:MOST_BYTES]
    found = {one.code for one in of_shape(content)} if _HEADER in content else set()
    if _bombs(content):
        found.add("decompression-bomb")
    if _loops(content) or _NESTED.search(content):
        found.add("endless-loop")
    if _HUGE.search(content) or _HUGE_START.search(content) or has_absurd_table(content):
        found.add("huge-number")
    return tuple(sorted(found))


def _bombs(content: bytes) -> bool:
    for _, side in zip(range(_MOST_OBJECTS), _PACKED.finditer(content), strict=False):
        entries = side.group(1)
        sides = {name: int(number) for name, number in _SIDE.findall(entries)}
        if sides.get(b"Width", 0) * sides.get(b"Height", 0) > _PIXELS or sides.get(b"Columns", 0) > _PIXELS:
            return True
        filters = _FILTERS.findall(entries)
        if not filters:
            continue
        packed = content[side.end() : side.end() + MOST_BYTES]
        end = packed.find(b"endstream")
        if _unpacked_bytes(packed[:end] if end >= 0 else packed, filters) > _BOMB_BYTES:
            return True
    return False


def _unpacked_bytes(packed: bytes, filters: list[bytes]) -> int:
    """How large a stream becomes, at least; only its first pieces are kept."""
    if len(filters) > _MOST_FILTERS:
        return _BOMB_BYTES + 1
    size = 0
    for name in filters:
        decoder = _TEXT.get(name)
        if decoder is not None:
            try:
                packed = decoder(packed)
            except ValueError:
                return size
            continue
        if name not in _FLATE:
            return max(size, len(packed) * _BOMB_SHARE if size else 0)
        size, packed = _inflated(packed)
        if size > _BOMB_BYTES or not packed:
            return size
    return size


def _inflated(packed: bytes) -> tuple[int, bytes]:
    """How large it becomes, and its first pieces; nothing of what is damaged."""
    unpacker, size, rest = zlib.decompressobj(), 0, packed
    kept: list[bytes] = []
    try:
        while rest and size <= _BOMB_BYTES:
            piece = unpacker.decompress(rest, 1_000_000)
            if not piece:
                break
            size += len(piece)
            if size <= MOST_BYTES:
                kept.append(piece)
            rest = unpacker.unconsumed_tail
    except zlib.error:
        return size, b""
    return size, b"".join(kept)


def _loops(content: bytes) -> bool:
    graphs: dict[bytes, dict[int, set[int]]] = {}
    for _, one in zip(range(_MOST_OBJECTS), _OBJECT.finditer(content), strict=False):
        for kind, led in _LED.findall(one.group(2)):
            targets = {int(number) for number in _REFERENCE.findall(led)}
            graphs.setdefault(kind, {}).setdefault(int(one.group(1)), set()).update(targets)
    return any(_leads_back(graph) for graph in graphs.values()) or _sections_lead_back(content)


def _leads_back(graph: dict[int, set[int]]) -> bool:
    """A depth-first walk that comes to where it is already."""
    done: set[int] = set()
    for start, targets in graph.items():
        on_way, stack = {start}, [(start, iter(targets))]
        while stack:
            node, rest = stack[-1]
            following = next((one for one in rest if one not in done), None)
            if following is None:
                stack.pop()
                on_way.discard(node)
                done.add(node)
            elif following in on_way:
                return True
            elif following in graph:
                on_way.add(following)
                stack.append((following, iter(graph[following])))
    return False


def _sections_lead_back(content: bytes) -> bool:
    """Cross-reference sections whose ``/Prev`` comes to one that was there."""
    starts = [int(number) for number in re.findall(rb"startxref\s+(\d{1,12})", content)]
    graph: dict[int, set[int]] = {}
    waiting = starts[-1:]
    while waiting and len(graph) < _EARLY:
        place = waiting.pop()
        if place in graph or place >= len(content):
            continue
        part = content[place : place + 200_000]
        head = re.search(rb"trailer\s*<<(.*?)(?:startxref|\Z)|obj\s*<<(.*?)stream", part, re.DOTALL)
        graph[place] = {int(number) for number in _SECTION.findall(head.group(0))} if head else set()
        waiting.extend(graph[place])
    return _leads_back(graph)
