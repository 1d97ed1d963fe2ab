"""Files that are signed beside a document: whether one can be."""

from __future__ import annotations

from signing._corner import require_signable
from signing.sandbox import Limits, run


def require_annex(content: bytes, *, limits: Limits) -> None:
    """Accept an untrusted file that the organisation can later sign in its corner.

    Raises:
        AlreadySigned: it has signatures of its own, which another would break.
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    run(require_signable, content, limits=limits)
