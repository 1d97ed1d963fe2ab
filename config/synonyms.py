"""Ways to say the same: abbreviations of the office, the built-in ones or the office's own."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources
from pathlib import Path

from config.settings import SettingsError

Groups = tuple[tuple[str, ...], ...]


@lru_cache(maxsize=4)
def synonyms(file: str = "") -> Groups:
    """Groups of phrases that mean the same.

    Args:
        file: a table of the same form as ``synonyms.toml`` beside this module; empty means that one.

    Raises:
        SettingsError: the file cannot be read, or is no list of groups of phrases.
    """
    try:
        text = (
            Path(file).read_text("utf-8") if file else (resources.files("config") / "synonyms.toml").read_text("utf-8")
        )
        groups = tomllib.loads(text)["groups"]
        if not isinstance(groups, list) or not all(map(_is_group, groups)):
            raise TypeError("a group is a list of two phrases or more")  # noqa: TRY301 - told like the others
        return tuple(tuple(group) for group in groups)
    except (OSError, UnicodeDecodeError, KeyError, TypeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"synonyms_file: {file}: {error}") from error


def _is_group(group: object) -> bool:
    return (
        isinstance(group, list)
        and len(group) > 1
        and all(isinstance(phrase, str) and any(map(str.isalnum, phrase)) for phrase in group)
    )
