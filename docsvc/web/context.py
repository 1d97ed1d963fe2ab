"""What every view may ask for: the parts and the settings of this application."""

from __future__ import annotations

from typing import cast

from flask import current_app

from docsvc.parts import Parts

EXTENSION = "docsvc"


def parts() -> Parts:
    """The parts this application was made with."""
    return cast("Parts", current_app.extensions[EXTENSION])
