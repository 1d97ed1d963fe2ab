"""Answers of a reader, taken apart with care: a hostile file may have taken the reader over."""

from __future__ import annotations

import dataclasses
import io
import pickle
import sys
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from signing.errors import SigningError

_PLAIN = {("datetime", each.__name__): each for each in (date, datetime, timedelta, timezone)} | {
    ("builtins", each.__name__): each for each in (set, frozenset, bytearray)
}


def unpacked(answer: bytes, module: str) -> tuple[str, Any]:
    """Kind and value of an answer, given by a function of ``module``.

    Only plain values, and dataclasses, enumerations and errors of ``signing`` and of the function's own package are
    made; nothing is imported and no function is called.

    Raises:
        Exception: of any kind, where the answer is no such pickle.
    """
    kind, value = _Answer(answer, module).load()
    return str(kind), value


class _Answer(pickle.Unpickler):
    def __init__(self, answer: bytes, module: str) -> None:
        super().__init__(io.BytesIO(answer))
        self._packages = {"signing", module.partition(".")[0]}

    def find_class(self, module: str, name: str) -> Any:
        plain = _PLAIN.get((module, name))
        if plain is not None:
            return plain
        if module.partition(".")[0] in self._packages and module in sys.modules:
            found = getattr(sys.modules[module], name, None)
            if isinstance(found, type) and (dataclasses.is_dataclass(found) or issubclass(found, (Enum, SigningError))):
                return found
        raise pickle.UnpicklingError(f"{module}.{name} in an answer")
