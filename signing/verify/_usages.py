"""From where an object of a revision is used: pyHanko's policy asks, and would walk through the whole file for it.

The same ways as :meth:`HistoricalResolver._load_reverse_xref_cache` has them, found backwards from the object that is
asked about: what leads to it is read once for a revision, so that long chains (bookmarks) and many links cost little.
Where there are more ways than anybody could clear one by one, one that nothing clears stands for them. Runs in the
sandbox.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath

Step = str | int
Path = tuple[Step, ...]
Key = tuple[int, int]
Way = tuple[tuple[Key, Path], ...]
"""Objects, each with how it is referred to by the one before."""
_MOST_WAYS = 500
"""To one object."""
_LONGEST_WAY = 200
"""In objects."""
_MOST_STEPS = 20_000
"""Looking for them."""
_MOST_STEPS_IN_ALL = 400_000
_STRUCTURE: Path = ("/Root", "/StructTreeRoot", "/K")
_TRAILER: Key = (0, -1)
_ENTRIES = (pdf_name("/Root"), pdf_name("/Info"), pdf_name("/Encrypt"))
"""Of the trailer (7.5.5): programs write others of their own there, which nobody else reads."""
_UNCLEARED = RawPdfPath()
"""The trailer itself, which no rule lets be replaced."""


class Revision(HistoricalResolver):
    """A revision that is asked for the ways to its objects, and for what an object refers to, without recursion."""

    @classmethod
    def of(cls, reader: PdfFileReader, revision: int) -> Revision:
        """Of a file; the reader gives the same one from then on."""
        known = reader._historical_resolver_cache.get(revision)  # noqa: SLF001 - where it looks itself
        if not isinstance(known, cls):
            known = reader._historical_resolver_cache[revision] = cls(reader, revision)  # noqa: SLF001
        return known

    def __init__(self, reader: PdfFileReader, revision: int) -> None:
        """As :meth:`of` makes it."""
        super().__init__(reader, revision)
        self.steps: dict[object, Any] = {}
        """What the policy said of this revision beside the one before it, by what signatures lock and allow."""

    def _load_reverse_xref_cache(self) -> None:
        if self._indirect_object_access_cache is None:
            self._indirect_object_access_cache = Usages(self)  # type: ignore[assignment]

    def _collect_indirect_references(self, obj: Any, seen: Any, since_revision: int | None = None) -> None:
        waiting = [obj]
        while waiting:
            one = _opened(waiting.pop())
            if isinstance(one, generic.IndirectObject):
                reference = one.reference
                if reference in seen or not self._counts(reference, since_revision):
                    continue
                seen.add(reference)
                one = self(reference)
            if isinstance(one, generic.DictionaryObject):
                waiting.extend(one.values())
            elif isinstance(one, generic.ArrayObject):
                waiting.extend(list.__iter__(one))

    def _counts(self, reference: Any, since_revision: int | None) -> bool:
        """A reference to an object that there never was is one to null (7.3.10)."""
        try:
            introduced = int(self.reader.xrefs.get_introducing_revision(reference))
        except KeyError:
            return False
        return since_revision is None or introduced >= since_revision

    def brought_to_light(self, newer: HistoricalResolver) -> list[Any]:
        """References of this revision that lead to nothing, and to something in the newer."""
        self._load_reverse_xref_cache()
        usages: Any = self._indirect_object_access_cache
        references = self.reader.xrefs
        new = (one for one in newer.explicit_refs_in_revision() if one in usages)
        return [one for one in new if references.get_historical_ref(one, self.revision) is None]


class Usages:
    """Ways from the trailer of a revision to its objects, by reference; found when asked for."""

    def __init__(self, resolver: HistoricalResolver) -> None:
        """Of one revision."""
        self._resolver = resolver
        self._pages = dict(_page_tree(resolver))
        self._elements = frozenset(_structure(resolver))
        self._found: dict[Key, set[RawPdfPath]] = {}
        self._leading: dict[Key, list[tuple[Key, Path]]] | None = None
        self._steps = 0

    def __getitem__(self, reference: Any) -> set[RawPdfPath]:
        """As pyHanko asks; raises ``KeyError`` where nothing leads to the object."""
        key = (reference.idnum, reference.generation)
        if key not in self._found:
            _ = reference in self
            self._found[key] = set(self._ways(key))
        if not self._found[key]:
            raise KeyError(reference)
        return self._found[key]

    def __contains__(self, reference: Any) -> bool:
        """Something refers to the object."""
        if self._leading is None:
            self._leading = _leading(self._resolver)
        return (reference.idnum, reference.generation) in self._leading

    def _ways(self, target: Key) -> Iterator[RawPdfPath]:
        leading = self._leading or {}
        ways = steps = 0
        # Each: the object to come from, the rest of the way from there, and the objects on that.
        waiting: list[tuple[Key, Way, frozenset[Key]]] = [(target, (), frozenset({target}))]
        while waiting:
            at, rest, passed = waiting.pop()
            for parent, path in leading.get(at, ()):
                steps += 1
                if steps > _MOST_STEPS or ways > _MOST_WAYS or len(rest) > _LONGEST_WAY or self._worn_out():
                    yield _UNCLEARED
                    return
                way = ((at, path), *rest)
                if parent == _TRAILER or parent in self._pages:  # a page is entered by the page tree only
                    before, above = self._pages.get(parent, ((), frozenset()))
                    if not (passed & above) and parent not in passed and self._holds(before, way):
                        ways += 1
                        yield RawPdfPath(*before, *(step for _, steps_on in way for step in steps_on))
                elif parent not in passed and not (parent in self._elements and "/P" in path):
                    waiting.append((parent, way, passed | {parent}))

    def _worn_out(self) -> bool:
        self._steps += 1
        return self._steps > _MOST_STEPS_IN_ALL

    def _holds(self, before: Path, way: Way) -> bool:
        """What pyHanko would follow: elements of the structure by its own tree only, and there not back by ``/P``."""
        path, inside = before, False
        for index, (entered, steps) in enumerate(way):
            for step in steps:
                if inside and step == "/P":
                    return False
                path = (*path, step) if len(path) < len(_STRUCTURE) else path
                inside = inside or path == _STRUCTURE
            last = index == len(way) - 1
            if not last and not inside and entered in self._elements:
                return False
        return True


def _leading(resolver: HistoricalResolver) -> dict[Key, list[tuple[Key, Path]]]:
    """For each object in use, the objects that refer to it, and by which entry."""
    found: dict[Key, list[tuple[Key, Path]]] = {}
    trailer = {key: resolver.trailer_view.raw_get(key) for key in _ENTRIES if key in resolver.trailer_view}
    waiting: list[tuple[Key, Any]] = [(_TRAILER, generic.DictionaryObject(trailer))]
    seen: set[Key] = {_TRAILER}
    while waiting:
        parent, value = waiting.pop()
        for path, reference in _references(value):
            key = (reference.idnum, reference.generation)
            found.setdefault(key, []).append((parent, path))
            if key not in seen:
                seen.add(key)
                waiting.append((key, resolver(generic.Reference(*key, pdf=resolver))))
    return found


def _references(value: Any) -> Iterator[tuple[Path, Any]]:
    """All that an object refers to itself."""
    waiting: list[tuple[Path, Any]] = [((), value)]
    while waiting:
        path, held = waiting.pop()
        one = _opened(held)
        if isinstance(one, generic.IndirectObject):
            yield path, one
        elif isinstance(one, generic.DictionaryObject):
            waiting.extend(((*path, str(key)), below) for key, below in one.items() if key != "/Parent")
        elif isinstance(one, generic.ArrayObject):
            waiting.extend(((*path, index), below) for index, below in enumerate(list.__iter__(one)))


def _opened(value: Any) -> Any:
    """A part of an encrypted object that may refer to others; what is only encrypted words stays closed."""
    if isinstance(value, generic.DecryptedObjectProxy) and isinstance(value.raw_object, (dict, list)):
        return value.decrypted
    return value


def _page_tree(resolver: HistoricalResolver) -> Iterator[tuple[Key, tuple[Path, frozenset[Key]]]]:
    """Each node of the page tree with its way from the trailer, and the nodes above it."""
    root = resolver.root.raw_get("/Pages")
    seen: set[Key] = set()
    catalogue = resolver.root_ref
    above_all = frozenset({(catalogue.idnum, catalogue.generation)})
    waiting: list[tuple[Any, Path, frozenset[Key]]] = [(root, ("/Root", "/Pages"), above_all)]
    while waiting:
        raw, path, above = waiting.pop()
        node = raw.get_object()
        if isinstance(raw, generic.IndirectObject):
            key = (raw.idnum, raw.generation)
            if key in seen:
                raise PdfReadError("Circular reference in page tree")
            seen.add(key)
            yield key, (path, above)
            above |= {key}
        if path != ("/Root", "/Pages") and node.get("/Type", None) != "/Pages":
            continue
        kids = node["/Kids"]
        waiting.extend((kids.raw_get(index), (*path, "/Kids", index), above) for index in range(len(kids)))


def _structure(resolver: HistoricalResolver) -> Iterator[Key]:
    """The elements of the structure tree (ISO 32000-2, 14.7.2)."""
    try:
        root = resolver.root["/StructTreeRoot"]
    except KeyError:
        return
    seen: set[Key] = set()
    waiting: list[Any] = [root]
    while waiting:
        element = waiting.pop()
        if "/K" not in element:
            continue
        children = element["/K"]
        several = isinstance(children, generic.ArrayObject)  # of one alone, pyHanko does not see the number
        for item in [children.raw_get(index) for index in range(len(children))] if several else [children]:
            child = item.get_object() if isinstance(item, generic.IndirectObject) else item
            if not isinstance(child, generic.DictionaryObject) or child.get("/Type", "/StructElem") != "/StructElem":
                continue
            if isinstance(item, generic.IndirectObject):
                key = (item.idnum, item.generation)
                if key in seen:
                    raise PdfReadError("Circular reference in structure tree")
                seen.add(key)
                yield key
            waiting.append(child)
