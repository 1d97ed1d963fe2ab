"""What every view may ask for: the parts and the settings of this application."""

from __future__ import annotations

from typing import cast

from flask import current_app

from docsvc.parts import Parts
from docsvc.web.previews import Previews

EXTENSION = "docsvc"
PREVIEWS = "docsvc.previews"


def parts() -> Parts:
    """The parts this application was made with."""
    return cast("Parts", current_app.extensions[EXTENSION])


def previews() -> Previews:
    """The pictures of pages that this application keeps."""
    return cast("Previews", current_app.extensions[PREVIEWS])
