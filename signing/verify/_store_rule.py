"""What may become of a document's security store after a signature (ETSI EN 319 142-1, 5.4.2). Runs in the sandbox.

Nothing of it is seen on a page: entries may be added, exchanged and taken out, for every signature (``/VRI``) too, as
writers do that gather the data anew. The store must stay one, though, and no other object may be changed by the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, RawPdfPath
from pyhanko.sign.diff_analysis import SuspiciousModification
from pyhanko.sign.diff_analysis.rules_api import Context, ReferenceUpdate, WhitelistRule

_LISTS = ("/Certs", "/CRLs", "/OCSPs")
_LISTS_OF_ONE = ("/Cert", "/CRL", "/OCSP")


class StoreRule(WhitelistRule):
    """Allows any change within the store."""

    def apply(self, old: HistoricalResolver, new: HistoricalResolver) -> Iterable[ReferenceUpdate]:
        """The objects of the new store, each with the place that it may have had in the old one."""
        if "/DSS" not in new.root:
            _require("/DSS" not in old.root, "the store was taken out")
            return
        yield from self.entry(old, new.root, ("/Root", "/DSS"), _store)

    def entry(self, old: HistoricalResolver, parent: Any, path: tuple[Any, ...], look: Any) -> Iterator[Any]:
        """An entry of a dictionary, and what lies in it."""
        yield from _reached(old, parent, path)
        yield from look(self, old, parent[path[-1]], path)


def _store(rule: StoreRule, old: HistoricalResolver, store: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    _require_keys(store, {"/Type", "/VRI", *_LISTS})
    for key in _LISTS:
        if key in store:
            yield from rule.entry(old, store, (*path, key), _list)
    if "/VRI" in store:
        yield from rule.entry(old, store, (*path, "/VRI"), _entries)


def _entries(rule: StoreRule, old: HistoricalResolver, entries: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    _require_keys(entries, set(entries) if isinstance(entries, generic.DictionaryObject) else set())
    for key in entries:
        if key != "/Type":
            yield from rule.entry(old, entries, (*path, key), _of_signature)


def _of_signature(rule: StoreRule, old: HistoricalResolver, entry: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    _require_keys(entry, {"/Type", "/TU", "/TS", *_LISTS_OF_ONE})
    for key in _LISTS_OF_ONE:
        if key in entry:
            yield from rule.entry(old, entry, (*path, key), _list)
    if "/TS" in entry:
        yield from _added(old, entry.raw_get("/TS"))


def _list(_: StoreRule, old: HistoricalResolver, listed: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    _require(isinstance(listed, generic.ArrayObject), f"{path[-1]} is no list")
    for index in range(len(listed)):
        yield from _added(old, listed.raw_get(index))


def _added(old: HistoricalResolver, entry: Any) -> Iterator[ReferenceUpdate]:
    """A stream that was added; one that was there may not become another."""
    _require(isinstance(entry, generic.IndirectObject), "an entry of the store is no object of its own")
    if old.is_ref_unassignable(entry.reference):
        _require(isinstance(entry.get_object(), generic.StreamObject), "an entry of the store is no stream")
        yield ReferenceUpdate(entry.reference)


def _reached(old: HistoricalResolver, parent: Any, path: tuple[Any, ...]) -> Iterator[ReferenceUpdate]:
    """A dictionary or list that is an object of its own: a new one, or the one that stood in the same place."""
    entry = parent.raw_get(path[-1])
    if not isinstance(entry, generic.IndirectObject):
        return
    _require(not isinstance(entry.get_object(), generic.StreamObject), f"{path[-1]} is a stream")
    if old.is_ref_unassignable(entry.reference):
        yield ReferenceUpdate(entry.reference)
    else:
        yield ReferenceUpdate(entry.reference, context_checked=Context.from_absolute(old, RawPdfPath(*path)))


def _require_keys(dictionary: Any, allowed: set[str]) -> None:
    _require(isinstance(dictionary, generic.DictionaryObject), "a part of the store is no dictionary")
    _require(set(dictionary.keys()) <= allowed, f"unknown in the store: {sorted(set(dictionary.keys()) - allowed)}")


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise SuspiciousModification(otherwise)
