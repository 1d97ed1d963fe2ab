"""Slow places of libraries, replaced in readers by ones that give the same and take a fraction of the time.

A container is some 18,000 hexadecimal digits, which pyHanko reads one by one; and asn1crypto prepares every part of a
name for comparison anew (RFC 4518), in Python, for each pair of certificates that it compares. Together that was four
tenths of verifying a signature. Whatever is not plain goes the libraries' own way, errors included.
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
_LONGEST_NAME = 1000

_hex_string = generic.read_hex_string_from_stream
_prepared = x509.NameTypeAndValue._ldap_string_prep  # noqa: SLF001 - it has no public name


def install() -> None:
    """Put them in place, for this process and those forked from it."""
    replaced: Any = x509.NameTypeAndValue
    replaced._ldap_string_prep = prepared_name  # noqa: SLF001
    generic.read_hex_string_from_stream = hex_string


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
