"""Document types and their abbreviations (Decree 30/2020/NĐ-CP, appendix III), read from data."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DocumentType:
    """One type of document."""

    key: str
    """Stable ASCII name, used in addresses and in the database."""

    code: str
    """Abbreviation in the symbol; empty for công văn and thư công, which have none."""

    name: str
    name_en: str

    copy: bool = False
    """A copy of another document: sao y, trích sao or sao lục."""


@cache
def document_types() -> Mapping[str, DocumentType]:
    """Every type by its key, in the decree's order."""
    text = (resources.files("config") / "document_types.toml").read_text("utf-8")
    entries = (DocumentType(**entry) for entry in tomllib.loads(text)["type"])
    return MappingProxyType({entry.key: entry for entry in entries})


@cache
def drafted_types() -> Mapping[str, DocumentType]:
    """Those that are drafted and signed: all but copies."""
    return MappingProxyType({key: kind for key, kind in document_types().items() if not kind.copy})


def is_copy(key: str) -> bool:
    """Whether documents of this type are copies; an unknown type is none."""
    kind = document_types().get(key)
    return kind is not None and kind.copy
