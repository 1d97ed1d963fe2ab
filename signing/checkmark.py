"""The mark by which a document is checked in public: a QR code (ISO/IEC 18004) and the address it holds."""

from __future__ import annotations

import segno

QUIET = 4
"""Modules left white around the symbol (ISO/IEC 18004, 5.3.8)."""


def qr_modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the QR code that holds an address, ``True`` for dark; without its quiet zone."""
    return tuple(tuple(bool(module) for module in row) for row in segno.make_qr(address, error="m").matrix)
