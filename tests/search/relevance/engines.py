"""The engines that relevance is measured on, each by a function that opens it in a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from search.engine import Engine
from search.tantivy_engine import TantivyEngine
from search.whoosh_engine import WhooshEngine

OPENERS: Mapping[str, Callable[[Path], Engine]] = {"whoosh": WhooshEngine, "tantivy": TantivyEngine}
