"""The recogniser that is installed here."""

from __future__ import annotations

from signing.ocr import Recogniser
from tests.services.programs import missing


def recogniser() -> Recogniser:
    """tesseract with its Vietnamese model."""
    found = Recogniser.installed()
    if found is None or found.problem:
        missing("tesseract with Vietnamese", "install tesseract-ocr and tesseract-ocr-vie")
    return found
