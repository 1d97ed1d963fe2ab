"""Whether a file that was laid out for a signature still shows what it was laid out from. Runs in the sandbox.

The client's side of :mod:`signing.external`: a server that hands out a digest must not be able to have something else
signed than what was shown.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import PdfFileReader

from signing._form import LABELS
from signing.errors import SigningError
from signing.refusals import HandedOutRefused

_ROOT_KEYS = {"/AcroForm", "/Extensions", "/Perms", "/Version"}
_MOST_PAGES = 20_000


def require_laid_over(base: bytes, laid: bytes) -> None:
    """Everything on the pages is as before; what was added are our form's fields and nothing else.

    Raises:
        HandedOutRefused: something else changed.
    """
    try:
        _require(base, laid)
    except SigningError:
        raise
    except Exception as error:
        # pyHanko raises nearly anything over damaged files.
        raise HandedOutRefused("pages-changed") from error


def _require(base: bytes, laid: bytes) -> None:
    shown = PdfFileReader(io.BytesIO(base), strict=False).xrefs.total_revisions - 1
    reader = PdfFileReader(io.BytesIO(laid), strict=False)
    old = reader.get_historical_resolver(shown)
    free = _Free(reader, old)
    for place, (before, after) in enumerate(zip(_pages(old.root), _pages(reader.root), strict=True)):
        if place > _MOST_PAGES:
            raise HandedOutRefused("pages-changed")
        free.page(before, after)
    free.root()
    for revision in range(shown + 1, reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            known = reader.xrefs.get_introducing_revision(reference) <= shown
            if known and (reference.idnum, reference.generation) not in free.references:
                raise HandedOutRefused("pages-changed")


class _Free:
    """The objects of the earlier file that may have changed, each after it was compared."""

    def __init__(self, reader: PdfFileReader, old: Any) -> None:
        self._reader, self._old = reader, old
        self.references: set[tuple[int, int]] = set()

    def root(self) -> None:
        before, after = self._old.root, self._reader.root
        _require_same(before, after, _ROOT_KEYS)
        self._note(self._reader.root_ref)
        info = self._reader.trailer.raw_get("/Info") if "/Info" in self._reader.trailer else None
        self._note(info)
        holder, name = before, "/AcroForm"
        # The form itself, its list of fields and the fonts for them draw nothing by themselves.
        if name in holder:
            form = holder[name]
            self._note(holder.raw_get(name))
            for key in ("/Fields", "/DR"):
                if key in form:
                    self._note(form.raw_get(key))
            if "/DR" in form and "/Font" in form["/DR"]:
                self._note(form["/DR"].raw_get("/Font"))

    def page(self, before: Any, after: Any) -> None:
        if before[0] != after[0]:
            raise HandedOutRefused("pages-changed")
        _require_same(before[1], after[1], {"/Annots"})
        self.references.add(before[0])
        earlier = list(_raw(before[1], "/Annots"))
        later = list(_raw(after[1], "/Annots"))
        if [_written(one) for one in earlier] != [_written(one) for one in later[: len(earlier)]]:
            raise HandedOutRefused("pages-changed")
        for one in later[len(earlier) :]:
            field = one.get_object()
            if field.get("/Subtype") != "/Widget" or field.get("/T") not in LABELS:
                raise HandedOutRefused("pages-changed")
        if "/Annots" in before[1]:
            self._note(before[1].raw_get("/Annots"))

    def _note(self, value: Any) -> None:
        reference = getattr(value, "reference", value)
        if isinstance(reference, generic.Reference):
            self.references.add((reference.idnum, reference.generation))


def _pages(root: Any) -> Iterator[tuple[tuple[int, int], Any]]:
    """Pages in their order, each with its object's number."""
    yield from _below(root.raw_get("/Pages"), 0)


def _below(reference: Any, depth: int) -> Iterator[tuple[tuple[int, int], Any]]:
    if depth > 50:  # noqa: PLR2004 - a tree nested deeper is hostile
        raise HandedOutRefused("pages-changed")
    node = reference.get_object()
    if "/Kids" not in node:
        yield (reference.idnum, reference.generation), node
        return
    kids = node["/Kids"]
    for place in range(len(kids)):
        yield from _below(kids.raw_get(place), depth + 1)


def _raw(page: Any, key: str) -> Iterator[Any]:
    if key in page:
        entries = page[key]
        yield from (entries.raw_get(place) for place in range(len(entries)))


def _require_same(before: Any, after: Any, but: set[str]) -> None:
    keys = (set(before) | set(after)) - but
    if any(key not in before or key not in after for key in keys):
        raise HandedOutRefused("pages-changed")
    if any(_written(before.raw_get(key)) != _written(after.raw_get(key)) for key in keys):
        raise HandedOutRefused("pages-changed")


def _written(value: Any) -> bytes:
    written = io.BytesIO()
    value.write_to_stream(written, None)
    return written.getvalue()
