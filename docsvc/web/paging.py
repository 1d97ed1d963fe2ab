"""Pages of lists."""

from __future__ import annotations

from flask import request, url_for

MOST_PAGES = 1_000_000
"""Beyond this lies no page, and numbers that a database cannot count with."""


def page_number() -> int:
    """The page asked for, from 1; anything else is the first."""
    return min(max(1, request.args.get("page", 1, type=int)), MOST_PAGES)


def page_address(page: int) -> str:
    """This very list at another page."""
    kept = {name: request.args.getlist(name) for name in request.args if name != "page"}
    return url_for(request.endpoint or "home.start", **{**(request.view_args or {}), **kept, "page": page})
