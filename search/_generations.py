"""Two indexes in one directory: the one that answers and the one being built beside it.

Each lies in a folder of its own, ``index-<something never used before>``; two small files name them. A name is put in
force by one rename, so whoever reads finds the old one or the new one.
"""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from search._durable import write_whole

_LIVE, _BUILDING, _PREFIX = "live", "building", "index-"


class Generations:
    """The folders in ``directory`` and which is which."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def live(self) -> Path | None:
        """Return the folder of the index that answers; ``None`` where none is named or the named one is gone."""
        return self._named(_LIVE)

    def building(self) -> Path | None:
        """Return the folder of the index being built; ``None`` where there is none."""
        return self._named(_BUILDING)

    def begin(self, *, live: bool = False) -> Path:
        """Name a new folder, empty and not yet there, as the one being built, or as the one that answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        folder = self.directory / f"{_PREFIX}{secrets.token_hex(6)}"
        self._put(_LIVE if live else _BUILDING, folder.name)
        return folder

    def promote(self) -> bool:
        """Let the folder being built answer from now on; gives whether there was one."""
        folder = self.building()
        if folder is None:
            return False
        self._put(_LIVE, folder.name)
        (self.directory / _BUILDING).unlink(missing_ok=True)
        return True

    def abandon(self) -> None:
        """Name no folder as being built."""
        (self.directory / _BUILDING).unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove what neither name points to; a process that still reads there keeps its open files."""
        kept = {path.name for path in (self.live(), self.building()) if path is not None} | {_LIVE, _BUILDING}
        for path in self.directory.iterdir():
            if path.name in kept or path.suffix in {".lock", ".new"}:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _named(self, what: str) -> Path | None:
        try:
            name = (self.directory / what).read_text(encoding="ascii").strip()
        except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
            return None
        folder = self.directory / name
        return folder if name.startswith(_PREFIX) and folder.parent == self.directory else None

    def _put(self, what: str, name: str) -> None:
        write_whole(self.directory / what, name)
