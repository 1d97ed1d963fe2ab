"""The pictures of visible signatures, checked when they are handed in."""

from __future__ import annotations

from signing._pictures import opened_picture, without_paper

__all__ = ["require_picture", "without_paper"]


def require_picture(png: bytes) -> None:
    """Accept a picture that a visible signature can show.

    Raises:
        UnusablePicture: no PNG, or far larger than a signature needs.
    """
    opened_picture(png)
