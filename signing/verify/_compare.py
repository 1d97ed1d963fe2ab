"""What was done to a file between two of its revisions, said in the words of the field. Runs in the sandbox.

Whether it is allowed is decided elsewhere (:mod:`signing.verify._changes`); this only says what happened.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError

from signing.verify._change_words import change
from signing.verify._clock import OutOfTime
from signing.verify._compare_form import FormChanges
from signing.verify._compare_pages import PageChanges, pages_of_annotations
from signing.verify._report import Change
from signing.verify._same import (
    Budget,
    Key,
    Sameness,
    dictionary_at,
    items_of,
    key_of,
    raw,
    resolved,
    words_of,
)

_MOST_OBJECTS = 12
"""Named one by one."""
_MOST_NAMES = 2000
_OWN_WORDS = {
    "/Outlines": "bookmarks-changed",
    "/PageLabels": "labels-changed",
    "/OCProperties": "layers-changed",
    "/StructTreeRoot": "tags-changed",
    "/MarkInfo": "tags-changed",
    "/Lang": "tags-changed",
    "/ViewerPreferences": "view-changed",
    "/PageMode": "view-changed",
    "/PageLayout": "view-changed",
    "/OpenAction": "open-action-changed",
    "/AA": "document-action-changed",
    "/Perms": "certification-changed",
}
"""Parts of the catalogue (ISO 32000-2, 7.7.2)."""
_LOOKED_AT = frozenset({"/Pages", "/AcroForm", "/DSS", "/Names", "/Dests", "/Metadata"})
_TECHNICAL = frozenset({"/Type", "/Version", "/Extensions"})
_WRITERS = frozenset({"/ModDate", "/CreationDate", "/Producer", "/Creator"})
"""Entries that every program sets when it saves."""
_SAVED = re.compile(
    rb"<(xmp:ModifyDate|xmp:MetadataDate|xmp:CreateDate|pdf:Producer|xmp:CreatorTool|xmpMM:InstanceID)>[^<]*</\1>"
    rb"|(xmp:ModifyDate|xmp:MetadataDate|xmp:CreateDate|pdf:Producer|xmp:CreatorTool|x:xmptk|rdf:about|xmlns:\w+)"
    rb"\s*=\s*(?:\"[^\"]*\"|'[^']*')|<\?xpacket[^>]*\?>|</?(?:rdf:RDF|rdf:Description|x:xmpmeta)\b|/?>|\s+"
)
"""What every program writes into an XMP packet when it saves, and the frame around it."""
_FRAME = ("(Catalog)", "(Page)", "(Pages)")
"""Objects whose entries were looked at one by one: named only where there is no other."""
_MOST_XMP = 1024 * 1024


class Comparison:
    """The revision that was signed beside the file as it is now."""

    def __init__(self, reader: Any, revision: int, budget: Budget | None = None) -> None:
        self._reader = reader
        self._revision = revision
        self._budget = budget or Budget()
        self._sameness = Sameness(self._budget)
        self._then = reader.get_historical_root(revision)
        self._now = reader.root
        self._pages: PageChanges | None = None
        self._form: FormChanges | None = None
        self.complete = True
        """Everything could be looked at."""

    def filled(self) -> list[Change]:
        """Values of fields."""
        return self._within(lambda: self._fields().values())

    def validation_data(self) -> list[Change]:
        """The document security store (ETSI EN 319 142-1, 5.4.2)."""
        return self._within(self._store)

    def form(self, later: Collection[str]) -> list[Change]:
        """All that was done to fields but to their values; ``later`` are those that hold signatures made since."""
        return self._within(lambda: self._fields().others(later))

    def description(self) -> list[Change]:
        """Title, author and the like."""
        return self._within(self._described)

    def everything_else(self) -> list[Change]:
        """On pages, and in the catalogue."""
        return self._within(self._on_pages) + self._within(self._catalogue)

    def objects(self) -> list[Change]:
        """The objects written anew, by number: for what has no better words."""
        return self._within(self._replaced)

    def _within(self, tell: Any) -> list[Change]:
        """What could be told before the budget ran out or the file made no sense."""
        found: list[Change] = []
        try:
            found.extend(tell())
        except MemoryError:
            raise
        except OutOfTime:
            self._budget.left = 0
            self.complete = False
        except Exception:  # noqa: BLE001 - objects of any wrong kind may stand anywhere
            self.complete = False
        return found

    def _fields(self) -> FormChanges:
        if self._form is None:
            pages = pages_of_annotations(self._page_changes().pairs, self._budget)
            self._form = FormChanges(self._then, self._now, self._sameness, self._budget, pages)
        return self._form

    def _page_changes(self) -> PageChanges:
        if self._pages is None:
            self._pages = PageChanges(self._then, self._now, self._sameness, self._budget)
        return self._pages

    def _on_pages(self) -> Iterator[Change]:
        form = self._fields()
        fields = {key for fields in (form.then, form.now) for one in fields.values() for key in one.keys}
        return self._page_changes().all(fields)

    def _store(self) -> Iterator[Change]:
        then, now = raw(self._then, "/DSS"), raw(self._now, "/DSS")
        if now is None and then is None:
            return
        if now is None:
            yield change("validation-data-removed", allowed=False)
        elif not self._sameness.same(then, now):
            yield change("validation-data-added")

    def _catalogue(self) -> Iterator[Change]:
        keys = {str(key) for key in (*self._then, *self._now)} - _LOOKED_AT - _TECHNICAL
        others: list[str] = []
        told: set[str] = set()
        for key in sorted(keys):
            if self._same_part(key):
                continue
            code = _OWN_WORDS.get(key)
            if code is None:
                others.append(key)
            elif code not in told:
                told.add(code)
                yield change(code)
        yield from self._names()
        if others:
            yield change("catalogue-changed", parts=_listed(others))

    def _same_part(self, key: str) -> bool:
        then, now = raw(self._then, key), raw(self._now, key)
        if key == "/Perms" and then is None:
            return not isinstance(resolved(now), generic.DictionaryObject) or "/DocMDP" in resolved(now)
        return self._sameness.same(then, now)

    def _names(self) -> Iterator[Change]:
        then, now = dictionary_at(self._then, "/Names"), dictionary_at(self._now, "/Names")
        keys = sorted({str(key) for key in (*then, *now)})
        differing = [key for key in keys if not self._sameness.same(raw(then, key), raw(now, key))]
        if "/JavaScript" in differing:
            yield change("script-changed")
        if "/EmbeddedFiles" in differing:
            was, here = (dict(self._leaves(raw(tree, "/EmbeddedFiles"))) for tree in (then, now))
            for name in sorted({*was, *here}):
                if name not in was:
                    yield change("attachment-added", after=name)
                elif name not in here:
                    yield change("attachment-removed", before=name)
                elif not self._sameness.same(was[name], here[name]):
                    yield change("attachment-changed", before=name, after=name)
        others = [key for key in differing if key not in {"/JavaScript", "/EmbeddedFiles"}]
        if not self._sameness.same(raw(self._then, "/Dests"), raw(self._now, "/Dests")):
            others.append("/Dests")
        if others:
            yield change("names-changed", parts=_listed(others))

    def _leaves(self, tree: Any) -> Iterator[tuple[str, Any]]:
        """Names and values of a name tree (ISO 32000-2, 7.9.6)."""
        waiting, seen = [tree], set[Key]()
        while waiting and len(seen) < _MOST_NAMES:
            self._budget.take()
            reference = waiting.pop()
            if isinstance(reference, generic.IndirectObject):
                if key_of(reference) in seen:
                    continue
                seen.add(key_of(reference))
            node = resolved(reference)
            if not isinstance(node, generic.DictionaryObject):
                continue
            flat = list(items_of(raw(node, "/Names"), 2 * _MOST_NAMES))
            yield from ((words_of(name) or "?", value) for name, value in zip(flat[::2], flat[1::2], strict=False))
            waiting.extend(items_of(raw(node, "/Kids"), _MOST_NAMES))

    def _described(self) -> Iterator[Change]:
        """The document information dictionary (ISO 32000-2, 14.3.3)."""
        then = dictionary_at(self._reader.get_historical_resolver(self._revision).trailer_view, "/Info")
        now = dictionary_at(self._reader.trailer, "/Info")
        for key in sorted({str(key) for key in (*then, *now)} - _WRITERS):
            was, here = words_of(raw(then, key)), words_of(raw(now, key))
            if not self._sameness.same(raw(then, key), raw(now, key)):
                yield change("metadata-changed", parts=key.removeprefix("/")[:40], before=was, after=here)
        packets = raw(self._then, "/Metadata"), raw(self._now, "/Metadata")
        if not self._sameness.same(*packets) and _essence(packets[0]) != _essence(packets[1]):
            yield change("xmp-changed")

    def _replaced(self) -> Iterator[Change]:
        references = self._reader.xrefs
        then = self._reader.get_historical_resolver(self._revision)
        written: set[Any] = set()
        freed: set[Key] = set()
        for revision in range(self._revision + 1, references.total_revisions):
            written |= references.explicit_refs_in_revision(revision)
            freed |= {key_of(reference) for reference in references.refs_freed_in_revision(revision)}
        self._budget.left = max(self._budget.left, _MOST_OBJECTS * 100)  # this is cheap, and the last resort
        replaced: list[str] = []
        added: list[str] = []
        for reference in sorted(written, key=key_of)[:1000]:
            try:
                if references.get_introducing_revision(reference) > self._revision:
                    added.append(_named(reference, self._reader.get_object(reference)))
                    continue
                was, here = then.get_object(reference), self._reader.get_object(reference)
            except (KeyError, PdfError):  # removed again, or never whole
                continue
            if not self._sameness.same(was, here):
                replaced.append(_named(reference, here))
        replaced = [name for name in replaced if not name.endswith(_FRAME)] or replaced
        if freed:
            yield change("objects-removed", allowed=False, parts=_few(f"{key[0]} {key[1]} R" for key in sorted(freed)))
        if replaced:
            yield change("objects-replaced", allowed=False, parts=_few(replaced))
        if not replaced and not freed and added:
            yield change("objects-added", allowed=False, parts=_few(added))


def _named(reference: Any, value: Any) -> str:
    kind = ""
    if isinstance(value, generic.DictionaryObject):
        kinds = (words_of(raw(value, key)) for key in ("/Type", "/Subtype", "/FT", "/S"))
        kind = "/".join(filter(None, kinds))
    return f"{reference.idnum} {reference.generation} R" + (f" ({kind})" if kind else "")


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    return ", ".join(listed[:_MOST_OBJECTS]) + ("…" if len(listed) > _MOST_OBJECTS else "")


def _listed(keys: list[str]) -> str:
    return ", ".join(key.removeprefix("/")[:40] for key in keys[:10])


def _essence(stream: Any) -> bytes | None:
    """Of an XMP packet, without what every program writes when it saves."""
    stream = resolved(stream)
    if not isinstance(stream, generic.StreamObject) or len(stream.encoded_data) > _MOST_XMP:
        return b"" if stream is None else None
    return _SAVED.sub(b"", stream.data)
