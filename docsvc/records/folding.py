"""Folded forms kept beside exact columns, for people who type without diacritics."""

from __future__ import annotations

from search.folding import fold


def reference_key(reference: str) -> str:
    """The reference folded and without anything but letters, digits and slashes: ``138/qdubnd``."""
    return "".join(sign for sign in fold(reference) if sign.isalnum() or sign == "/")
