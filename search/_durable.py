"""Files that are wholly there after a power cut, or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def flush(path: Path) -> None:
    """Wait until a file, or a directory's list of names, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str) -> None:
    """Put ``text`` in the place of a file by one rename."""
    temporary = path.with_name(f"{path.name}-{secrets.token_hex(4)}.new")
    temporary.write_text(text, encoding="utf-8")
    flush(temporary)
    temporary.replace(path)
    flush(path.parent)
