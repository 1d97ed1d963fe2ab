"""Changes to the structure of a file: its tokens, numbers, cross-references, streams, and the DER in its signatures."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

_TOKEN = re.compile(rb"/[A-Za-z0-9_.#]{1,40}|\d{1,12} \d{1,5} R|-?\d{1,12}|<<|>>|\[|\]|\bobj\b|endobj|\(.{0,40}?\)")
_NUMBER = re.compile(rb"(?<![\w.#/])-?\d{1,12}(?![\w.])")
_REFERENCE = re.compile(rb"\d{1,6} 0 R")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_CONTAINER = re.compile(rb"/Contents ?<([0-9a-fA-F]{40,})>")
_BYTE_RANGE = re.compile(rb"/ByteRange ?\[[^\]]{0,200}\]")
_OBJECT = re.compile(rb"(?<![\d.])(\d{1,6}) 0 obj(.*?)endobj", re.DOTALL)
_SECTION = re.compile(rb"startxref\s+(\d+)|/Prev (\d+)|\d{10} \d{5} [nf]|/Size \d+|/Index ?\[[^\]]*\]|/W ?\[[^\]]*\]")

NUMBERS = (
    b"0", b"1", b"-1", b"2", b"7", b"255", b"65535", b"2147483647", b"2147483648", b"4294967296", b"-2147483649",
    b"9223372036854775808", b"9" * 40, b"1.5", b"-0.0", b"1e9", b"00000", b"+3", b"--4", b"0000000000000000000017",
)  # fmt: skip
VALUES = (
    b"null", b"true", b"[]", b"<<>>", b"()", b"<>", b"/X", b"(a)", b"<414>", b"0 0 R", b"1 0 R", b"99999 0 R",
    b"3 65535 R", b"[[[[[[[[]]]]]]]]", b"<</Type/Sig>>", b"<</V 1 0 R/Kids[1 0 R]/Parent 1 0 R>>", b"%", b"(", b"<",
    b">>",
    b"stream\n", b"\nendstream", b"endobj\n", b"xref\n", b"trailer\n<<", b"%%EOF\n", b"[" * 600, b"<<" * 600,
    b"\0", b"\xff",
)  # fmt: skip
NAMES = (
    b"/Sig", b"/DocTimeStamp", b"/Kids", b"/Parent", b"/V", b"/Fields", b"/ByteRange", b"/Contents", b"/SubFilter",
    b"/ETSI.RFC3161", b"/adbe.pkcs7.detached", b"/adbe.pkcs7.sha1", b"/Prev", b"/XRefStm", b"/Encrypt", b"/DSS",
    b"/Certs",
    b"/VRI", b"/CRLs", b"/OCSPs", b"/Perms", b"/DocMDP", b"/Reference", b"/TransformParams", b"/FieldMDP", b"/Lock",
    b"/Pages", b"/Annots", b"/AcroForm", b"/Root", b"/Size", b"/Length", b"/Filter", b"/FlateDecode", b"/LZWDecode",
    b"/ASCII85Decode", b"/ASCIIHexDecode", b"/RunLengthDecode", b"/Crypt", b"/DecodeParms", b"/Predictor", b"/Columns",
    b"/Type", b"/ObjStm", b"/XRef", b"/N", b"/First", b"/Extends", b"/W", b"/Index", b"/FT", b"/Rect", b"/M", b"/XFA",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mutation:
    """One change: its kind, and what it takes of chance."""

    kind: str
    at: float
    """Which of the places, as a share."""
    other: float
    pick: int
    raw: bytes


def mutations() -> st.SearchStrategy[list[Mutation]]:
    """Some changes, one after the other."""
    share = st.floats(0, 1, exclude_max=True)
    one = st.builds(Mutation, st.sampled_from(sorted(_KINDS)), share, share, st.integers(0, 255), st.binary(max_size=6))
    return st.lists(one, min_size=1, max_size=6)


def mutated(content: bytes, changes: list[Mutation]) -> bytes:
    """The file after all changes."""
    for change in changes:
        content = _KINDS[change.kind](content, change)
    return content


def _put(content: bytes, span: tuple[int, int], value: bytes) -> bytes:
    return content[: span[0]] + value + content[span[1] :]


def _found(pattern: re.Pattern[bytes], content: bytes, share: float, group: int = 0) -> tuple[int, int]:
    """A place of this kind; where there is none, an empty one anywhere."""
    places = [found.span(group) for found in pattern.finditer(content)]
    place = int(share * len(content))
    return places[int(share * len(places))] if places else (place, place)


def _fitted(content: bytes, span: tuple[int, int], value: bytes) -> bytes:
    """With the value in that place, and blanks behind a short one, so that what follows stays where it is."""
    return _put(content, span, value.ljust(span[1] - span[0]))


def _picked(values: tuple[bytes, ...], pick: int) -> bytes:
    return values[pick % len(values)]


def _byte(content: bytes, change: Mutation) -> bytes:
    place = int(change.at * len(content))
    return _put(content, (place, place + (change.pick % 5)), change.raw)


def _token_to_value(content: bytes, change: Mutation) -> bytes:
    return _fitted(content, _found(_TOKEN, content, change.at), _picked(VALUES, change.pick))


def _token_to_name(content: bytes, change: Mutation) -> bytes:
    return _fitted(content, _found(_TOKEN, content, change.at), _picked(NAMES, change.pick))


def _token_to_token(content: bytes, change: Mutation) -> bytes:
    start, end = _found(_TOKEN, content, change.other)
    return _fitted(content, _found(_TOKEN, content, change.at), content[start:end])


def _token_gone(content: bytes, change: Mutation) -> bytes:
    return _fitted(content, _found(_TOKEN, content, change.at), b"")


def _token_again(content: bytes, change: Mutation) -> bytes:
    start, end = _found(_TOKEN, content, change.at)
    return _put(content, (end, end), (b" " + content[start:end]) * (1 + change.pick % 40))


def _number(content: bytes, change: Mutation) -> bytes:
    return _fitted(content, _found(_NUMBER, content, change.at), _picked(NUMBERS, change.pick))


def _reference(content: bytes, change: Mutation) -> bytes:
    return _fitted(content, _found(_REFERENCE, content, change.at), b"%d 0 R" % (change.pick % 24))


def _pair_in(content: bytes, change: Mutation) -> bytes:
    """A key and a value more in some dictionary."""
    start, _ = _found(re.compile(rb"(?<=<<)[ \n/]"), content, change.at)
    pair = _picked(NAMES, int(change.other * len(NAMES))) + b" " + _picked(VALUES, change.pick) + b" "
    return _put(content, (start, start), pair)


def _section(content: bytes, change: Mutation) -> bytes:
    start, end = _found(_SECTION, content, change.at)
    number = _picked((*NUMBERS, b"%d" % int(change.other * len(content))), change.pick)
    return _fitted(content, (start, end), _NUMBER.sub(number, content[start:end], count=1 + change.pick % 3))


def _byte_range(content: bytes, change: Mutation) -> bytes:
    start, end = _found(_BYTE_RANGE, content, change.at)
    inside = _found(_NUMBER, content[start:end], change.other)
    return _fitted(content, (start + inside[0], start + inside[1]), _picked((*NUMBERS, *VALUES), change.pick))


def _block_moved(content: bytes, change: Mutation) -> bytes:
    start, length = int(change.at * len(content)), 10 + change.pick * 8
    block, place = content[start : start + length], int(change.other * len(content))
    return _put(content, (place, place), block)


def _cut(content: bytes, change: Mutation) -> bytes:
    start = int(change.at * len(content))
    return content[:start] + (content[start + change.pick * 20 :] if change.pick else b"")


def _stream(content: bytes, change: Mutation) -> bytes:
    """The bytes of a stream changed, unpacked before and packed again behind where it was packed."""
    start, end = _found(_STREAM, content, change.at, 1)
    packed = content[start:end]
    try:
        plain, zipped = zlib.decompress(packed), True
    except zlib.error:
        plain, zipped = packed, False
    place = int(change.other * (len(plain) + 1))
    plain = plain[:place] + (change.raw or b"\xff" * change.pick) + plain[place + change.pick % 7 :]
    return _put(content, (start, end), zlib.compress(plain) if zipped else plain)


def _update(content: bytes, change: Mutation) -> bytes:
    """An object changed in a revision of its own, rightly cross-referenced."""
    root, size = re.findall(rb"/Root (\d+ \d+ R)", content), re.findall(rb"/Size (\d+)", content)
    before = re.findall(rb"startxref\s+(\d+)", content)
    objects = [found.groups() for found in _OBJECT.finditer(content)]
    if not (root and size and before and objects):
        return content
    number, body = objects[int(change.at * len(objects))]
    kind = (_token_to_value, _token_to_name, _token_to_token, _token_gone, _number, _reference, _pair_in, _stream)
    body = kind[change.pick % len(kind)](body, change)
    place = len(content) + 1
    content += b"\n%s 0 obj%sendobj\n" % (number, body)
    return content + (
        b"xref\n%s 1\n%010d 00000 n \ntrailer\n<< /Size %s /Root %s /Prev %s >>\nstartxref\n%d\n%%%%EOF\n"
        % (number, place, size[-1], root[-1], before[-1], len(content))
    )


def _der(content: bytes, change: Mutation) -> bytes:
    """An element of a CMS with another tag, length or value, taken out, or doubled; the container keeps its length."""
    start, end = _found(_CONTAINER, content, change.at, 1)
    try:
        cms = bytes.fromhex(content[start:end].decode("ascii"))
    except ValueError:
        return content
    heads = _heads(cms)
    if not heads:
        return content
    head, inside, after = heads[int(change.other * len(heads))]
    value = (change.raw or b"\0") if change.pick % 2 else b""
    done = (
        lambda: _put(cms, (head, head + 1), bytes([change.pick])),
        lambda: _put(cms, (head + 1, head + 2), bytes([change.pick])),
        lambda: _put(cms, (inside, min(inside + len(change.raw), after)), change.raw),
        lambda: _put(cms, (head, after), value),
        lambda: _put(cms, (after, after), cms[head:after]),
        lambda: _put(cms, (inside, after), b"0\x80" * (1 + change.pick * 4)),
        lambda: _put(cms, (head, head), bytes([0x30, 0x84, 0x7F, 0xFF, 0xFF, change.pick])),
    )[change.pick % 7]()
    written = content[start:end]
    digits = done.hex().encode("ascii")
    digits = digits.upper() if written == written.upper() else digits
    return _put(content, (start, end), digits[: end - start].ljust(end - start, b"0"))


def _heads(encoded: bytes, start: int = 0, end: int | None = None, depth: int = 0) -> list[tuple[int, int, int]]:
    """Every element: where its tag, its value and the next element start."""
    found: list[tuple[int, int, int]] = []
    end = len(encoded) if end is None else end
    while start + 2 <= end and encoded[start] and len(found) < 3000:
        length, inside = encoded[start + 1], start + 2
        if length > 0x80:
            inside += length - 0x80
            length = int.from_bytes(encoded[start + 2 : inside], "big")
        after = inside + length
        if after > end:
            break
        found.append((start, inside, after))
        if encoded[start] & 0x20 and depth < 20:
            found += _heads(encoded, inside, after, depth + 1)
        start = after
    return found


_KINDS: dict[str, Callable[[bytes, Mutation], bytes]] = {
    "block-moved": _block_moved,
    "byte": _byte,
    "byte-range": _byte_range,
    "cut": _cut,
    "der": _der,
    "der-more": _der,
    "der-most": _der,
    "number": _number,
    "pair-in": _pair_in,
    "pair-in-more": _pair_in,
    "reference": _reference,
    "section": _section,
    "stream": _stream,
    "token-again": _token_again,
    "token-gone": _token_gone,
    "token-to-name": _token_to_name,
    "token-to-token": _token_to_token,
    "token-to-value": _token_to_value,
    "update": _update,
    "update-more": _update,
    "update-most": _update,
}
