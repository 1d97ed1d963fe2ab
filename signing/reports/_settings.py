"""What a verification was told, written into a report and read from one: every field of :class:`signing.verify.Trust`.

Its certificates stand in the report by themselves. The rest is written as it is and read by its type, so that a setting
which is new there stands in the report without a word here.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import Field, TypeAdapter
from pydantic_core import to_jsonable_python

from signing.verify import Trust

WHOM = frozenset({"roots", "intermediates"})
"""Fields of certificates."""


def settings_of(trust: Trust) -> dict[str, Any]:
    """Each setting by its name, as plain values."""
    return {one.name: to_jsonable_python(getattr(trust, one.name)) for one in fields(trust) if one.name not in WHOM}


def settings_from(told: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """The settings of a report that this program knows; what the report does not tell is left to its default.

    Raises:
        ValueError: one of them is not of its type.
    """
    hints = get_type_hints(Trust)
    return {name: as_written(value, hints[name]) for name, value in told if name in hints and name not in WHOM}


def as_written(value: Any, hint: Any) -> Any:
    """A plain value as one of its type again.

    Raises:
        ValueError: it is not of that type.
    """
    return TypeAdapter(_readable(hint)).validate_python(value)


def _readable(hint: Any) -> Any:
    """The type with instants where it says days: an instant is a day, too, and was written whole."""
    if hint is date:
        return Annotated[date | datetime, Field(union_mode="left_to_right")]
    parts = tuple(_readable(part) for part in get_args(hint))
    origin = get_origin(hint)
    if not parts or origin is None or origin is Annotated:
        return hint
    return Union[parts] if origin in {Union, types.UnionType} else origin[parts]  # noqa: UP007 - parts known at run time
