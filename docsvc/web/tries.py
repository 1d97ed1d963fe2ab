"""Counting tries of secrets behind a sign-in: an open browser must not become a way to guess them."""

from __future__ import annotations

from enum import StrEnum
from typing import cast

from flask import Flask, current_app

from docsvc.pace import Pace
from docsvc.web.guard import actor

EXTENSION = "docsvc.tries"


class Secret(StrEnum):
    """What is typed again while signed in."""

    PASSWORD = "password"  # noqa: S105 - its name
    PASSPHRASE = "passphrase"  # noqa: S105 - its name


PER_MINUTE = {Secret.PASSWORD: 10, Secret.PASSPHRASE: 20}
"""For one person; signing a pile one by one stays below."""


def prepare(app: Flask) -> None:
    """Begin counting."""
    app.extensions[EXTENSION] = {secret: Pace(most) for secret, most in PER_MINUTE.items()}


def count_try(secret: Secret) -> None:
    """Count one try of the person signed in.

    Raises:
        TooOften: none is left for now.
    """
    cast("dict[Secret, Pace]", current_app.extensions[EXTENSION])[secret].take(actor().username)
