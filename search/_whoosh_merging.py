"""Segments made one: what is deleted goes, what stays is numbered anew in the old order."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Collection, Iterator, Sequence
from itertools import compress, groupby
from pathlib import Path
from typing import NamedTuple

from search._whoosh_fields import LABEL
from search._whoosh_packing import Columns, Kind, Posting, write_parts
from search._whoosh_segment import SegmentFile

_LEVELS = (1_000, 8_000, 64_000, 512_000, 4_096_000)
_MOST_A_LEVEL = 8
_TOO_MANY_DELETED = 0.3


class Part(NamedTuple):
    """A segment and what is deleted of it."""

    file: SegmentFile
    deleted: Collection[int]

    @property
    def alive(self) -> int:
        """How many documents are not deleted."""
        return self.file.documents - len(self.deleted)


class _Renumbering:
    """The documents of a segment that stay, and their new numbers."""

    def __init__(self, part: Part, first: int) -> None:
        self.part = part
        self.kept = bytearray(b"\1") * part.file.documents
        for document in part.deleted:
            self.kept[document] = 0
        self._numbers = array("I", bytes(4 * part.file.documents))
        for number, document in enumerate(self.documents(), first):
            self._numbers[document] = number

    def documents(self) -> Iterator[int]:
        return compress(range(self.part.file.documents), self.kept)

    def postings(self) -> Iterator[Posting]:
        """Yield what stays, in new numbers."""
        number_of, is_kept = self._numbers.__getitem__, self.kept.__getitem__
        for key, documents, weights in self.part.file.postings():
            if self.part.deleted:
                chosen = bytes(map(is_kept, documents))
                if 0 in chosen:
                    weights = bytes(compress(weights, chosen))  # noqa: PLW2901 - what stays of them
                    documents = array("I", compress(documents, chosen))  # noqa: PLW2901
            if documents:
                yield Posting(key, array("I", map(number_of, documents)), weights)


def to_merge(parts: Sequence[Part]) -> list[int]:
    """Return which segments to merge now, by place: none, one that is half empty, or many of about one size.

    A document is written again at most once for each level, and never more than some thirty segments are asked.
    """
    levels: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        level = next((at for at, most in enumerate(_LEVELS) if part.alive < most), len(_LEVELS))
        levels.setdefault(level, []).append(place)
    for _, places in sorted(levels.items()):
        if len(places) >= _MOST_A_LEVEL:
            return places
    return [
        place for place, part in enumerate(parts) if len(part.deleted) > max(part.file.documents * _TOO_MANY_DELETED, 8)
    ][:1]


def merge(path: Path, parts: Sequence[Part]) -> int:
    """Write one segment of several; gives how many documents it has."""
    columns = Columns()
    renumbered: list[_Renumbering] = []
    for part in parts:
        renumbered.append(_Renumbering(part, len(columns.ids)))
        _append(columns, renumbered[-1])
    sequences = (one.part.file.sequence(document) for one in renumbered for document in one.documents())
    write_parts(path, sequences, columns, _joined(renumbered))
    return len(columns.ids)


def _append(columns: Columns, one: _Renumbering) -> None:
    file = one.part.file
    first = len(columns.ids)
    columns.ids.extend(map(file.id, one.documents()))
    columns.newness.extend(compress(file.newness, one.kept))
    for kind, borne in file.kinds().items():
        joined = columns.kinds.setdefault(kind, Kind())
        joined.fill(first)
        anew = [joined.combinations.setdefault(each, len(joined.combinations)) for each in borne.combinations]
        joined.column.extend(map(anew.__getitem__, compress(borne.column, one.kept)))


def _joined(renumbered: Sequence[_Renumbering]) -> Iterator[Posting]:
    in_order = heapq.merge(
        *(((posting.key, at, posting) for posting in one.postings()) for at, one in enumerate(renumbered))
    )
    for key, same in groupby(in_order, lambda each: each[0]):
        found = [posting for _, _, posting in same]
        if len(found) == 1:
            yield found[0]
            continue
        documents = array("I")
        for posting in found:
            documents.extend(posting.documents)
        weights = b"" if key[:1] == LABEL else b"".join(posting.weights for posting in found)
        yield Posting(key, documents, weights)
