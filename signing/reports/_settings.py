"""What a verification was told, written into a report and read from one: every field of :class:`signing.verify.Trust`.

Its certificates stand in the report by themselves. The rest is written and read by its type, so that a setting which
is new there stands in the report without a word here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from signing.verify import Trust

WHOM = frozenset({"roots", "intermediates"})
"""Fields of certificates."""


def settings_of(trust: Trust) -> dict[str, Any]:
    """Each setting by its name, as plain values."""
    hints = get_type_hints(Trust)
    return {
        one.name: TypeAdapter(hints[one.name]).dump_python(getattr(trust, one.name), mode="json")
        for one in fields(Trust)
        if one.name not in WHOM
    }


def settings_from(told: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The settings of a report that this program knows; what the report does not tell is left to its default.

    Raises:
        ValueError: one of them is not of its type.
    """
    hints = get_type_hints(Trust)
    return {
        name: TypeAdapter(hints[name]).validate_python(value)
        for name, value in told
        if name in hints and name not in WHOM
    }
