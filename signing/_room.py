"""One way to fill a container whose content is known only after its size had to be fixed."""

from __future__ import annotations

from collections.abc import Callable

from signing._prepare import Prepared

_MORE = 1024
_LARGEST = 256 * 1024


def fitted(prepare: Callable[[int], Prepared], fill: Callable[[bytes], bytes], room: int) -> bytes:
    """The file with its container filled.

    1. Lay the document out with so much room.
    2. Make what goes into the container from the digest.
    3. Fill it in; if the room is too small, go back to 1 with more.
    """
    while True:
        prepared = prepare(room)
        content = fill(prepared.digest)
        if len(content) <= room:
            return prepared.filled(content)
        if len(content) > _LARGEST:
            raise ValueError("a container of this size was never meant")
        room = len(content) + _MORE
