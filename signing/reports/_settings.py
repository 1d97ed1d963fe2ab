"""What a verification was told, written into a report and read from one: every field of :class:`signing.verify.Trust`.

The certificates that are believed always stand in the report by themselves. The rest is written as it is and read by
its type, so that a setting which is new there stands in the report without a word here.
"""

from __future__ import annotations

import base64
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BeforeValidator, ConfigDict, Field, PlainValidator, TypeAdapter

from signing.verify import Trust

WHOM = frozenset({"roots", "intermediates"})
"""Fields that stand elsewhere in a report."""


def settled(trust: Trust) -> Trust:
    """As it is now: lists that somebody may change meanwhile are copied."""
    kept = {one.name: getattr(trust, one.name) for one in fields(trust)}
    told: dict[str, Any] = {name: tuple(value) if _is_list(value) else value for name, value in kept.items()}
    return Trust(**told)


def settings_of(trust: Trust) -> dict[str, Any]:
    """Each setting by its name, as plain values."""
    return {one.name: _plain(getattr(trust, one.name)) for one in fields(trust) if one.name not in WHOM}


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
    kind = _readable(hint)
    return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True)).validate_python(value)


def believed(trust: Trust) -> tuple[bytes, ...]:
    """Every certificate that paths may end at, DER; within whatever limits."""
    named = (getattr(trust, one.name) for one in fields(trust) if one.name != "intermediates")
    return tuple(dict.fromkeys(der for value in named for der in _certificates(value)))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | tuple)


def _certificates(value: Any) -> Iterator[bytes]:
    if isinstance(value, x509.Certificate):
        yield value.public_bytes(Encoding.DER)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _certificates(getattr(value, one.name))
    elif isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes):
        for one in value:
            yield from _certificates(one)


def _plain(value: Any) -> Any:
    if isinstance(value, x509.Certificate):
        return _plain(value.public_bytes(Encoding.DER))
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(map(_plain, value))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _readable(hint: Any) -> Any:
    """The type as values of it are written. An instant is a day, too, and was written whole."""
    if hint is date:
        return Annotated[date | datetime, Field(union_mode="left_to_right")]
    if hint is bytes:
        return Annotated[bytes, BeforeValidator(_decoded)]
    if hint is x509.Certificate:
        return Annotated[x509.Certificate, PlainValidator(lambda told: x509.load_der_x509_certificate(_decoded(told)))]
    if isinstance(hint, type) and is_dataclass(hint):
        return Annotated[hint, PlainValidator(lambda told: _of_parts(told, hint))]
    parts = tuple(_readable(part) for part in get_args(hint))
    origin = get_origin(hint)
    if not parts or origin is None or origin is Annotated:
        return hint
    return Union[parts] if origin in {Union, types.UnionType} else origin[parts]  # noqa: UP007 - parts known at run time


def _of_parts(told: Any, kind: type[Any]) -> Any:
    if not isinstance(told, dict):
        raise ValueError(f"no {kind.__name__}")  # noqa: TRY004 - what validation reports
    hints = get_type_hints(kind)
    return kind(**{name: as_written(value, hints[name]) for name, value in told.items() if name in hints})


def _decoded(told: Any) -> bytes:
    if not isinstance(told, str):
        raise ValueError("no Base64")  # noqa: TRY004 - what validation reports
    return base64.b64decode(told, validate=True)
