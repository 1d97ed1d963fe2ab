"""What people type, made fit to be kept: composed, without what no database column can hold."""

from __future__ import annotations

import unicodedata


def storable(text: str) -> str:
    """NFC, without NUL and unpaired surrogates; line breaks stay."""
    return unicodedata.normalize("NFC", text.replace("\x00", "").encode(errors="ignore").decode())


def one_line(text: str) -> str:
    """As :func:`storable`, on one line, with single spaces and without control characters."""
    letters = (" " if letter.isspace() else letter for letter in storable(text))
    return " ".join("".join(letter for letter in letters if unicodedata.category(letter) != "Cc").split())
