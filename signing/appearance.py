"""The pictures of visible signatures, untrusted until they are read."""

from __future__ import annotations

from functools import lru_cache

from signing._pictures import Picture, read_picture
from signing.errors import Crashed, OutOfMemory, TimedOut, TooLarge, UnusablePicture
from signing.sandbox import Limits, run

_LIMITS = Limits(seconds=10, input_bytes=16 * 1024 * 1024, output_bytes=16 * 1024 * 1024)


@lru_cache(maxsize=32)
def picture_of(png: bytes) -> Picture:
    """Read a picture in the sandbox; the last ones stay read, as a morning's pile has one picture.

    Raises:
        UnusablePicture: no PNG, far larger than a signature needs, or one that resists reading.
    """
    try:
        return run(read_picture, png, limits=_LIMITS)
    except (TooLarge, TimedOut, OutOfMemory, Crashed) as error:
        raise UnusablePicture(f"{error.code}: {error.detail}") from error


def require_picture(png: bytes) -> None:
    """Accept a picture that a visible signature can show.

    Raises:
        UnusablePicture: no PNG, or far larger than a signature needs.
    """
    picture_of(png)
