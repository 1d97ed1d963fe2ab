"""What every route may ask for: the parts and the person whose token came along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app, g

from docsvc.accounts import Actor
from docsvc.pace import Pace, Places
from docsvc.parts import Parts

EXTENSION = "docsvc.api"
CHECKS_AT_ONCE = 2
PASSPHRASES_PER_MINUTE = 20
STRANGERS_PER_MINUTE = 60


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The parts, and how often who may ask."""

    parts: Parts
    requests: Pace
    """By user."""
    strangers: Pace
    """By address, for requests without a good token."""
    passphrases: Pace
    """By user: a stolen token must not become a way to guess a passphrase."""
    checks: Places
    look_ups: Pace
    """By address: check codes must not be tried one after the other."""

    @classmethod
    def around(cls, parts: Parts) -> Surroundings:
        """With the limits that the settings name."""
        return cls(
            parts=parts,
            requests=Pace(parts.settings.api_requests_per_minute),
            strangers=Pace(STRANGERS_PER_MINUTE),
            passphrases=Pace(PASSPHRASES_PER_MINUTE),
            checks=Places(CHECKS_AT_ONCE),
            look_ups=Pace(parts.settings.code_lookups_per_minute),
        )


def surroundings() -> Surroundings:
    """What the application was made with."""
    return cast("Surroundings", current_app.extensions[EXTENSION])


def parts() -> Parts:
    """The opened parts."""
    return surroundings().parts


def actor() -> Actor:
    """The person whose token this request carries; the guard has seen to it."""
    return cast("Actor", g.api_actor)
