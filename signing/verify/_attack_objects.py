"""Two states of a file, the signed one and the present one, as the attacks on what came after look at them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfReadError, PdfStreamError

_MOST_PAGES = 5000
_DEEPEST = 30


@dataclass(slots=True)
class Update:
    """What a file was when it was signed, and what it is now."""

    reader: Any
    base: int
    """The last revision that the signature covers."""
    covered_end: int
    then: Any = field(init=False)
    """pyHanko's ``HistoricalResolver`` of the signed revision."""
    now: Any = field(init=False)
    touched: frozenset[Any] = field(init=False)
    """References of objects that later revisions bring, change or free."""
    changed: tuple[Any, ...] = field(init=False)
    """Those of them that were there before and are others now, in order."""

    def __post_init__(self) -> None:
        references, last = self.reader.xrefs, self.reader.xrefs.total_revisions - 1
        self.then = self.reader.get_historical_resolver(self.base)
        self.now = self.reader.get_historical_resolver(last)
        touched: set[Any] = set()
        for revision in range(self.base + 1, last + 1):
            touched |= references.explicit_refs_in_revision(revision) | references.refs_freed_in_revision(revision)
        self.touched = frozenset(touched)
        self.changed = ()

    def compare(self) -> None:
        """Find what changed; raises where an object cannot be read."""
        old = sorted((one for one in self.touched if self.existed(one)), key=lambda one: one.idnum)
        self.changed = tuple(one for one in old if not self.same(one))

    def existed(self, reference: Any) -> bool:
        """In the signed revision."""
        return self.reader.xrefs.get_historical_ref(reference, self.base) is not None

    def present(self, reference: Any) -> Any:
        """The object as it is now; null for what is gone or cannot be read."""
        try:
            return self.now(reference)
        except (PdfReadError, PdfStreamError, KeyError):
            return generic.NullObject()

    def same(self, reference: Any) -> bool:
        """The object is written as it was."""
        return written(self.then(reference)) == written(self.present(reference))

    def redirected(self) -> bool:
        """A later table gives an object's number another place inside of what is signed."""
        references = self.reader.xrefs
        for revision in range(self.base + 1, references.total_revisions):
            for reference in references.explicit_refs_in_revision(revision):
                place = references.get_historical_ref(reference, revision)
                if isinstance(place, int) and 0 < place < self.covered_end:
                    before = references.get_historical_ref(reference, self.base)
                    if place != before:
                        return True
        return False


def base_revision(reader: Any, covered_end: int) -> int | None:
    """The last revision that ends inside of what is covered; ``None`` if there is none, or nothing comes later."""
    references = reader.xrefs
    ends = [references.get_xref_container_info(one).end_location for one in range(references.total_revisions)]
    inside = [number for number, end in enumerate(ends) if end <= covered_end]
    return max(inside) if inside and max(inside) < len(ends) - 1 else None


def written(value: Any) -> bytes:
    """As it stands in a file."""
    if isinstance(value, generic.StreamObject):
        entries = generic.DictionaryObject({key: value.raw_get(key) for key in value})
        return written(entries) + value.encoded_data
    into = io.BytesIO()
    value.write_to_stream(into, None)
    return into.getvalue()


def pages(root: Any) -> list[tuple[Any, Any]]:
    """References and dictionaries of the pages, in order; a tree that bites its tail ends there."""
    found: list[tuple[Any, Any]] = []
    seen: set[int] = set()

    def walk(node: Any, depth: int) -> None:
        if depth > _DEEPEST or len(found) > _MOST_PAGES or not isinstance(node, generic.DictionaryObject):
            return
        for kid in items(entry(node, "/Kids")):
            reference = getattr(kid, "reference", None)
            if reference is not None:
                if reference.idnum in seen:
                    continue
                seen.add(reference.idnum)
            one = kid.get_object() if reference is not None else kid
            if isinstance(one, generic.DictionaryObject) and "/Kids" in one:
                walk(one, depth + 1)
            elif isinstance(one, generic.DictionaryObject):
                found.append((reference, one))

    walk(entry(root, "/Pages"), 0)
    return found


def items(value: Any) -> Iterator[Any]:
    """Of an array, as they stand there; of anything else, none."""
    if isinstance(value, generic.ArrayObject):
        yield from (value.raw_get(index) for index in range(len(value)))


def entry(dictionary: Any, key: str, default: Any = None) -> Any:
    """The object that an entry is or leads to."""
    return dictionary[key] if key in dictionary else default  # noqa: SIM401 - `get` does not follow references


def raw(dictionary: Any, key: str) -> Any:
    """An entry as it stands; null where there is none."""
    return dictionary.raw_get(key) if key in dictionary else generic.NullObject()


def numbers_of(value: Any) -> list[int]:
    """The object numbers that an entry names: of a reference, or of an array of them."""
    if isinstance(value, generic.IndirectObject):
        inside = value.get_object()
        return numbers_of(inside) if isinstance(inside, generic.ArrayObject) else [value.idnum]
    return [one.idnum for one in items(value) if isinstance(one, generic.IndirectObject)]


def inherited(dictionary: Any, key: str) -> Any:
    """An entry of a field, or of one above it; ``None`` where there is none."""
    for _ in range(_DEEPEST):
        if key in dictionary:
            return dictionary[key]
        dictionary = entry(dictionary, "/Parent")
        if not isinstance(dictionary, generic.DictionaryObject):
            return None
    return None
