"""What a signature covers, as a file of its own, and its pages beside today's with the differences marked.

A signature covers the file from its beginning to the end of the revision it was made in (ISO 32000-2, 7.5.6 and
12.8.1), so that part is a file that opens by itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from signing._comparing import drawn_beside, opened_pages, placed_pages
from signing.errors import NoSignedRevision, SigningError
from signing.sandbox import Limits, run
from signing.verify import SignatureReport, TimestampReport

MOST_PAGES = 2000
"""Pages that are put side by side; further ones are not looked at."""


@dataclass(frozen=True, slots=True)
class Revision:
    """The part of a file that a signature covers."""

    content: bytes
    """Opens by itself."""
    pages: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page then and now; one of them may not be there."""

    then: int | None
    """Number in the signed revision, from 1."""
    now: int | None
    """Number in today's file."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A page in the signed revision beside the same page today."""

    then_png: bytes | None
    """Differences marked; ``None``: there is no such page."""
    now_png: bytes | None
    places: int
    """Areas that differ; 0: both look the same."""


def signed_revision(content: bytes, report: SignatureReport | TimestampReport, *, limits: Limits) -> Revision:
    """The bytes that a signature of the file covers, its own container included.

    Raises:
        NoSignedRevision: the signature does not say what it covers, or that part is no whole file.
        TooLarge, TimedOut, OutOfMemory, Crashed, EncryptedPdf
    """
    start, end = report.covered_bytes
    if start != 0 or not 0 < end <= len(content):
        raise NoSignedRevision("no covered part")
    part = content[:end]
    return Revision(part, run(opened_pages, part, limits=limits))


def sheets(content: bytes, revision: Revision, *, limits: Limits) -> tuple[Sheet, ...]:
    """The pages then and now side by side: moved ones with themselves, removed ones where they were.

    Raises:
        UnreadablePdf, EncryptedPdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    try:
        pairs = run(placed_pages, content, len(revision.content), limits=limits)
    except SigningError:  # read by a stricter reader than draws it: then by their numbers
        count = run(opened_pages, content, limits=limits)
        most = range(1, max(count, revision.pages) + 1)
        pairs = tuple((n if n <= revision.pages else None, n if n <= count else None) for n in most)
    return tuple(Sheet(*pair) for pair in pairs[:MOST_PAGES])


def compare(content: bytes, revision: Revision, sheet: Sheet, *, width_px: int, limits: Limits) -> Compared:
    """Draw a page as it was signed and as it is now, with what differs marked on both.

    Raises:
        UnreadablePdf, EncryptedPdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return Compared(*run(drawn_beside, content, len(revision.content), sheet.then, sheet.now, width_px, limits=limits))
