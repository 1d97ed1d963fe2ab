"""Copies of documents: their pages in a new file, for the copying organisation to sign (NĐ 30, art. 25)."""

from __future__ import annotations

from signing._transcript import transcribed
from signing.sandbox import Limits, run


def transcribe(content: bytes, pages: tuple[int, ...] = (), *, limits: Limits) -> bytes:
    """Take pages of an untrusted file over as they look; ``pages`` from 0, none means all.

    The new file has no signatures: whoever signs it answers for it, and names the file it was made from.

    Raises:
        NoSuchPages: one of them is not there.
        NotFaithful: the pages could not be taken over as they look.
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return run(transcribed, content, pages, limits=limits)
