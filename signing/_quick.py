"""Slow places of libraries, replaced in readers by ones that give the same and take a fraction of the time.

A container is some 18,000 hexadecimal digits, which pyHanko reads one by one, as it reads strings and reads and writes
names; and asn1crypto prepares every part of a name for comparison anew (RFC 4518), in Python, for each pair of
certificates that it compares. Together that was four tenths of verifying a signature, and a fifth of laying a document
out for one. Whatever is not plain goes the libraries' own way, errors included.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils import generic

_PIECE = 64 * 1024
_PLAIN = re.compile(rb"[0-9A-Fa-f]*")
_PLAIN_NAME = re.compile(r"/[!-~]*")
_PLAIN_NAME_BYTES = re.compile(rb"[!-~]*")
_IRREGULAR = re.compile(r"[#%()/<>\[\]{}]")
_IRREGULAR_BYTES = re.compile(rb"[#%()/<>\[\]{}]")
_PLAIN_STRING = re.compile(rb"\(([^()\\]*)\)")
_STRING_PIECE = 256
_LONGEST_NAME = 1000

_hex_string = generic.read_hex_string_from_stream
_literal_bytes = generic._read_string_literal_bytes  # noqa: SLF001 - as below
_decoded_name = generic._decode_name  # noqa: SLF001 - as below
_write_name = generic.NameObject.write_to_stream
_prepared = x509.NameTypeAndValue._ldap_string_prep  # noqa: SLF001 - it has no public name


def install() -> None:
    """Put them in place, for this process and those forked from it."""
    replaced: Any = x509.NameTypeAndValue
    replaced._ldap_string_prep = prepared_name  # noqa: SLF001
    generic.read_hex_string_from_stream = hex_string
    generic._read_string_literal_bytes = literal_bytes  # noqa: SLF001
    generic._decode_name = decoded_name  # noqa: SLF001
    kind: Any = generic.NameObject
    kind.write_to_stream = write_name


def hex_string(stream: Any) -> Any:
    """A string of hexadecimal digits (ISO 32000-2, 7.3.4.3), the stream standing at its ``<``.

    Raises:
        PdfStreamError: as pyHanko does.
    """
    start = stream.tell()
    stream.seek(start + 1)
    pieces: list[bytes] = []
    while True:
        piece = stream.read(_PIECE)
        end = piece.find(b">")
        digits = piece if end < 0 else piece[:end]
        if not piece or not _PLAIN.fullmatch(digits):
            stream.seek(start)
            return _hex_string(stream)
        pieces.append(digits)
        if end >= 0:
            break
    whole = b"".join(pieces)
    stream.seek(start + len(whole) + 2)
    return generic.pdf_string(binascii.unhexlify(whole + b"0" * (len(whole) % 2)))


def literal_bytes(stream: Any) -> bytes:
    """What a literal string says (7.3.4.2), the stream standing at its parenthesis.

    Raises:
        PdfStreamError, PdfReadError: as pyHanko does.
    """
    start = stream.tell()
    found = _PLAIN_STRING.match(stream.read(_STRING_PIECE))
    stream.seek(start if found is None else start + found.end())
    return bytes(_literal_bytes(stream)) if found is None else found.group(1)


def decoded_name(name_bytes: bytes) -> generic.NameObject:
    """A name (7.3.5) as it stands in a file, without its slash.

    Raises:
        PdfReadError: as pyHanko does.
    """
    if _PLAIN_NAME_BYTES.fullmatch(name_bytes) and not _IRREGULAR_BYTES.search(name_bytes):
        return generic.NameObject("/" + name_bytes.decode("ascii"))
    return _decoded_name(name_bytes)


def write_name(name: generic.NameObject, stream: Any, handler: Any = None, container_ref: Any = None) -> None:
    """Write a name.

    Raises:
        PdfWriteError: as pyHanko does.
    """
    if _PLAIN_NAME.fullmatch(name) and not _IRREGULAR.search(name, 1):
        stream.write(name.encode("ascii"))
    else:
        _write_name(name, stream, handler, container_ref)


def prepared_name(part: x509.NameTypeAndValue, text: str) -> str:
    """A part of a name, prepared for comparison.

    Raises:
        ValueError: as asn1crypto does.
    """
    if len(text) > _LONGEST_NAME:
        return str(_prepared(part, text))
    return _remembered(text)


@lru_cache(maxsize=1024)
def _remembered(text: str) -> str:
    return str(_prepared(x509.NameTypeAndValue(), text))
