"""Whether two parts of a file mean the same in two of its revisions. Runs in the sandbox.

The graph is hostile: it may go round in circles, be deep or endless. So nothing recurses here, each pair is looked at
once, and everything is counted against a budget.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic

_MOST_VISITS = 120_000
"""Values compared for one file; about two seconds."""
_MOST_UNPACKED_BYTES = 8 * 1024 * 1024
"""Longer streams are compared as they are packed."""
_UPWARDS = frozenset({"/Parent", "/P", "/StructParent", "/StructParents", "/LastModified"})
"""Keys that lead out of the part, or say nothing of it."""
_PLACES = frozenset({"/Page", "/Pages", "/Catalog"})
"""A link to a page is the same whatever became of the page."""
_PACKING = frozenset({"/Length", "/Filter", "/DecodeParms", "/DL"})
MOST_LETTERS = 80

Key = tuple[int, int]


class OutOfBudget(Exception):
    """The comparison would take too long."""


class Budget:
    """What comparing may still take; shared by all signatures of a file through their comparison."""

    def __init__(self, visits: int = _MOST_VISITS) -> None:
        self.left = visits

    def take(self, count: int = 1) -> None:
        """Spend.

        Raises:
            OutOfBudget: nothing is left.
        """
        self.left -= count
        if self.left < 0:
            raise OutOfBudget


class Sameness:
    """Compares values of one revision with values of another; what was found the same is remembered."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._proven: set[tuple[Key, Key]] = set()

    def same(self, then: Any, now: Any) -> bool:
        """Whether both mean the same, all that they refer to included.

        Args:
            then: a value or a reference, resolved in its own revision; ``None`` where there is none.
            now: the other.
        """
        assumed: set[tuple[Key, Key]] = set()
        pairs: list[tuple[Any, Any]] = [(then, now)]
        while pairs:
            one, other = pairs.pop()
            self._budget.take()
            value, counterpart = resolved(one), resolved(other)
            if isinstance(one, generic.IndirectObject) and isinstance(other, generic.IndirectObject):
                pair = (key_of(one), key_of(other))
                if pair in assumed or pair in self._proven:
                    continue
                if _is_place(value) and _is_place(counterpart):
                    if pair[0] != pair[1]:
                        return False
                    continue
                assumed.add(pair)
            below = pairs_below(value, counterpart)
            if below is None:
                return False
            pairs.extend(below)
        self._proven |= assumed
        return True


def pairs_below(one: Any, other: Any) -> list[tuple[Any, Any]] | None:
    """What is left to compare; ``None`` if the two differ already."""
    if isinstance(one, generic.DictionaryObject) and isinstance(other, generic.DictionaryObject):
        left = _UPWARDS
        if isinstance(one, generic.StreamObject) or isinstance(other, generic.StreamObject):
            if not (isinstance(one, generic.StreamObject) and isinstance(other, generic.StreamObject)):
                return None
            if not _same_stream(one, other):
                return None
            left = _UPWARDS | _PACKING
        keys = {str(key) for key in (*one, *other)} - left
        return [(raw(one, key), raw(other, key)) for key in keys]
    if isinstance(one, generic.ArrayObject) and isinstance(other, generic.ArrayObject):
        return list(zip(list(one), list(other), strict=True)) if len(one) == len(other) else None
    if isinstance(one, generic.NameObject) != isinstance(other, generic.NameObject):
        return None
    return [] if one == other else None


def _is_place(value: Any) -> bool:
    return isinstance(value, generic.DictionaryObject) and str(entry(value, "/Type")) in _PLACES


def _same_stream(one: Any, other: Any) -> bool:
    packed = one.encoded_data, other.encoded_data
    if packed[0] == packed[1]:
        return bool(resolved(raw(one, "/Filter")) == resolved(raw(other, "/Filter")))
    if max(map(len, packed)) > _MOST_UNPACKED_BYTES:
        return False
    try:
        return bool(one.data == other.data)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - packed in a way that only pictures have, or wrongly
        return False


def resolved(value: Any) -> Any:
    """The value itself, whether it was referred to or encrypted; ``None`` where there is none."""
    for _ in range(20):  # a reference to a reference is wrong, an endless chain hostile
        if isinstance(value, generic.IndirectObject):
            value = value.get_object()
        elif isinstance(value, generic.DecryptedObjectProxy):
            value = value.decrypted
        else:
            return None if isinstance(value, generic.NullObject) else value
    return None


def raw(dictionary: Any, key: str) -> Any:
    """An entry as it stands there, reference or value; ``None`` if there is none."""
    try:
        if (
            key == "/Contents" and isinstance(dictionary, generic.DictionaryObject) and "/ByteRange" in dictionary
        ):  # of a signature: never encrypted (7.6.2)
            return dictionary.raw_get(key, decrypt=generic.EncryptedObjAccess.RAW)
        return dictionary.raw_get(key)
    except (KeyError, AttributeError):
        return None


def entry(dictionary: Any, key: str) -> Any:
    """An entry's value; ``None`` if there is none."""
    return resolved(raw(dictionary, key))


def dictionary_at(dictionary: Any, key: str) -> Any:
    """An entry that is a dictionary; an empty one if it is none."""
    found = entry(dictionary, key)
    return found if isinstance(found, generic.DictionaryObject) else generic.DictionaryObject()


def items_of(value: Any, most: int) -> Iterator[Any]:
    """The raw items of an array, at most so many; nothing if it is none."""
    array = resolved(value)
    if isinstance(array, generic.ArrayObject):
        yield from list(array)[:most]


def key_of(reference: Any) -> Key:
    """Number and generation."""
    return reference.idnum, reference.generation


def words_of(value: Any) -> str:
    """A value as a person would read it, on one line and shortened."""
    value = resolved(value)
    if isinstance(value, generic.ArrayObject):
        return ", ".join(filter(None, map(words_of, list(value)[:10])))[:MOST_LETTERS]
    if isinstance(value, generic.StreamObject):
        return ""
    if isinstance(value, generic.NameObject):
        return str(value).removeprefix("/")[:MOST_LETTERS]
    if isinstance(value, generic.ByteStringObject):
        return bytes(value).decode("latin-1")[:MOST_LETTERS]
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        return shortened(str(value))
    return ""


def shortened(text: str, most: int = MOST_LETTERS) -> str:
    """On one line, without what cannot be seen, and no longer than so."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: most * 4]).split())
    return line if len(line) <= most else line[: most - 1] + "…"
