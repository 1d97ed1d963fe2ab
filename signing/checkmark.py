"""The mark by which a document is checked in public: a QR code (ISO/IEC 18004) and the address that it holds.

It is drawn into the file before the first signature, so that it lies under every signature. NĐ 30 says nothing of it
and leaves the lower margin free (appendix I, part I, I.2): there it stands, at the foot of the last page.
"""

from __future__ import annotations

from collections.abc import Sequence

import segno

from signing._checkmark import QUIET, Marked, drawn
from signing._letters import upright_letters
from signing.places import Box
from signing.sandbox import Limits, run

__all__ = ["QUIET", "Marked", "draw_mark", "qr_modules"]

SIDE_MM = 16.0
"""Of the symbol without its quiet zone: modules of half a millimetre, as printers and phones manage them."""


def qr_modules(address: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the QR code that holds an address, ``True`` for dark; without its quiet zone."""
    return tuple(tuple(bool(module) for module in row) for row in segno.make_qr(address, error="m").matrix)


def draw_mark(
    content: bytes, address: str, lines: Sequence[str], *, keep_free: Sequence[Box] = (), limits: Limits
) -> Marked:
    """Draw the QR code of an address into an untrusted file, with lines of text beside it.

    Where nothing stands at the foot of the last page, else of another; never over anything.

    Args:
        content: the file, unsigned.
        address: what the QR code holds.
        lines: the same for people to type.
        keep_free: places that will be written or drawn on later.
        limits: for reading the file.

    Raises:
        AlreadySigned: a signature on it would break.
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed: the file resisted.
    """
    modules = qr_modules(address)
    return run(drawn, content, modules, tuple(lines), upright_letters(), tuple(keep_free), SIDE_MM, limits=limits)
