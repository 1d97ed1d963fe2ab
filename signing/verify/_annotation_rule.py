"""Whether two revisions differ in annotations only (ISO 32000-2, table 257, P = 3). Runs in the sandbox.

Everything else that either revision refers to must mean the same; fields of the form are no annotations here, though
they are drawn as such. Where annotations lie over words of the page, that is told elsewhere
(:mod:`signing.verify._attack_overlays`).
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver

from signing.verify._same import Budget, Key, entry, key_of, pairs_below, raw, resolved

_MOST_VISITS = 200_000
_HARMLESS = frozenset({"/URI", "/GoTo"})
"""Actions of links: all others do something by themselves, or to the file."""
_ASIDE = frozenset({"/Metadata"})
"""Of the catalogue: the description, which no signature forbids."""


def only_annotations(old: HistoricalResolver, new: HistoricalResolver) -> bool:
    """Annotations were added, altered or taken out, and nothing else was done."""
    budget, seen = Budget(_MOST_VISITS), set[tuple[Key, Key]]()
    then, now = old.root, new.root
    keys = {str(key) for key in (*then, *now)} - _ASIDE
    waiting = [(raw(then, key), raw(now, key)) for key in keys]
    while waiting:
        one, other = waiting.pop()
        budget.take()
        if isinstance(one, generic.IndirectObject) and isinstance(other, generic.IndirectObject):
            pair = (key_of(one), key_of(other))
            if pair in seen:
                continue
            seen.add(pair)
        value, counterpart = resolved(one), resolved(other)
        if _is_page(value) and _is_page(counterpart):
            value, counterpart = _bare(value), _bare(counterpart)
        below = pairs_below(value, counterpart)
        if below is None:
            return False
        waiting.extend(below)
    return True


def _is_page(value: Any) -> bool:
    return isinstance(value, generic.DictionaryObject) and entry(value, "/Type") == "/Page"


def _bare(page: Any) -> Any:
    """A page with the widgets of fields only; as it is where an annotation does more than to be seen."""
    listed = entry(page, "/Annots")
    annotations = list(listed) if isinstance(listed, generic.ArrayObject) else []
    if not all(_is_harmless(resolved(one)) for one in annotations):
        return page
    bare = generic.DictionaryObject({key: page.raw_get(key) for key in page if key != "/Annots"})
    widgets = [one for one in annotations if entry(resolved(one), "/Subtype") == "/Widget"]
    if widgets:
        bare[generic.pdf_name("/Annots")] = generic.ArrayObject(widgets)
    return bare


def _is_harmless(annotation: Any) -> bool:
    if not isinstance(annotation, generic.DictionaryObject):
        return False
    if entry(annotation, "/Subtype") == "/Widget":
        return True
    action = entry(annotation, "/A")
    return "/AA" not in annotation and (action is None or str(entry(action, "/S")) in _HARMLESS)
