"""The pictures of visible signatures, untrusted until they are read."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from signing import _pictures
from signing._pictures import Picture
from signing.errors import Crashed, OutOfMemory, TimedOut, TooLarge, UnusablePicture
from signing.sandbox import Limits, run

T = TypeVar("T")
_LIMITS = Limits(seconds=10, input_bytes=16 * 1024 * 1024, output_bytes=64 * 1024 * 1024)


@lru_cache(maxsize=32)
def picture_of(png: bytes) -> Picture:
    """Read a picture in the sandbox; the last ones stay read, as a morning's pile has one picture.

    Raises:
        UnusablePicture: no PNG, far larger than a signature needs, or one that resists reading.
    """
    return _limited(_pictures.read_picture, png)


def require_picture(png: bytes) -> None:
    """Accept a picture that a visible signature can show.

    Raises:
        UnusablePicture: as :func:`picture_of`, or nothing can be seen on it.
    """
    _limited(_pictures.require_ink, png)


def without_paper(png: bytes) -> bytes:
    """The picture with its white paper taken away; as it is where it has transparency already.

    Raises:
        UnusablePicture: as :func:`picture_of`, or there is nothing on it but paper.
    """
    return _limited(_pictures.without_paper, png)


def _limited(read: Callable[[bytes], T], png: bytes) -> T:
    try:
        return run(read, png, limits=_LIMITS)
    except (TooLarge, TimedOut, OutOfMemory, Crashed) as error:
        raise UnusablePicture(f"{error.code}: {error.detail}") from error
