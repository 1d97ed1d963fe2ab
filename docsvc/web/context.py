"""What every view may ask for: the parts and the settings of this application."""

from __future__ import annotations

from typing import cast

from flask import current_app

from docsvc.issue.piles import Piles
from docsvc.parts import Parts
from docsvc.web.previews import Previews

EXTENSION = "docsvc"
PREVIEWS = "docsvc.previews"
PILES = "docsvc.piles"


def parts() -> Parts:
    """The parts this application was made with."""
    return cast("Parts", current_app.extensions[EXTENSION])


def previews() -> Previews:
    """The pictures of pages that this application keeps."""
    return cast("Previews", current_app.extensions[PREVIEWS])


def piles() -> Piles:
    """The piles that this process works on."""
    return cast("Piles", current_app.extensions[PILES])
