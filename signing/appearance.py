"""The pictures of visible signatures, checked when they are handed in."""

from __future__ import annotations

from signing._pictures import require_ink, without_paper

__all__ = ["require_picture", "without_paper"]


def require_picture(png: bytes) -> None:
    """Accept a picture that a visible signature can show.

    Raises:
        UnusablePicture: no PNG, far larger than a signature needs, or nothing can be seen on it.
    """
    require_ink(png)
