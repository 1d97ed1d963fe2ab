"""When algorithms end: a table as TOML, the built-in one or the office's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from importlib import resources
from pathlib import Path

from config.settings import SettingsError


def algorithm_ends(file: str = "") -> Mapping[str, datetime]:
    """The last instant at which each algorithm is relied upon, by its name.

    Args:
        file: a table of the same form as ``algorithms.toml`` beside this module; empty means that one.

    Raises:
        SettingsError: the file cannot be read, or an end is no date.
    """
    try:
        text = Path(file).read_text("utf-8") if file else (resources.files("config") / "algorithms.toml").read_text()
        ends = tomllib.loads(text)["ends"]
        if not isinstance(ends, dict):
            raise TypeError("ends is no table")  # noqa: TRY301 - told like the others
        return {name: _last_instant(end) for name, end in ends.items()}
    except (OSError, UnicodeDecodeError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"algorithms_file: {file}: {error}") from error


def _last_instant(end: object) -> datetime:
    if not isinstance(end, date) or isinstance(end, datetime):
        raise TypeError(f"{end!r} is no date")
    return datetime.combine(end, time.max, UTC)
