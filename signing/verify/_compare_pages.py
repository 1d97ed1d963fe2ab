"""What became of the pages between two revisions: their order, what is drawn on them, their annotations.

Runs in the sandbox. Pages are told apart by their objects: a page that was moved is still the same object.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify._change_words import change
from signing.verify._report import Change
from signing.verify._same import Budget, Key, Sameness, dictionary_at, entry, items_of, key_of, raw, resolved, words_of

_MOST_PAGES = 20_000
_MOST_KIDS = 20_000
_MOST_ANNOTATIONS = 2000
_MOST_PARENTS = 30
_INHERITED = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_BOXES = ("/MediaBox", "/CropBox", "/UserUnit")
_TOLD = frozenset({*_INHERITED, *_BOXES, "/Contents", "/Annots", "/AA", "/Parent", "/Type", "/StructParents"})
"""Keys of a page that are looked at one by one."""
_UNSEEN = frozenset({"/LastModified", "/PieceInfo", "/Metadata", "/Tabs"})


@dataclass(frozen=True, slots=True)
class Page:
    """A leaf of the tree of pages."""

    number: int
    """From 1."""
    key: tuple[Key, int]
    """Its object, and how many times that was met before."""
    node: Any


@dataclass(frozen=True, slots=True)
class Pair:
    """A page then and now; one of them may not be there."""

    then: Page | None
    now: Page | None


def pages_of(root: Any, budget: Budget) -> list[Page]:
    """The pages of a revision in their order."""
    found: list[Page] = []
    met: Counter[Key] = Counter()
    opened: set[Key] = set()
    waiting = [raw(root, "/Pages")]
    while waiting and len(found) < _MOST_PAGES:
        budget.take()
        reference = waiting.pop()
        key = key_of(reference) if isinstance(reference, generic.IndirectObject) else (0, len(found))
        node = resolved(reference)
        if not isinstance(node, generic.DictionaryObject):
            continue
        if "/Kids" in node:
            if key not in opened:
                opened.add(key)
                waiting.extend(reversed(list(items_of(raw(node, "/Kids"), _MOST_KIDS))))
            continue
        found.append(Page(len(found) + 1, (key, met[key]), node))
        met[key] += 1
    return found


def paired(then: list[Page], now: list[Page]) -> list[Pair]:
    """Pages then and now side by side in today's order, with those that are gone where they were."""
    by_key = {page.key: page for page in then}
    still = {page.key for page in now}
    gone = [page for page in then if page.key not in still]
    gone_by_number = {page.number: page for page in gone}
    found: list[Pair] = []
    for page in now:
        before = by_key.get(page.key)
        if before is None and page.number in gone_by_number:
            before = gone_by_number.pop(page.number)
        found.append(Pair(before, page))
    for page in gone_by_number.values():
        later = (index for index, pair in enumerate(found) if pair.then and pair.then.number > page.number)
        found.insert(next(later, len(found)), Pair(page, None))
    return found


class PageChanges:
    """The pages of two revisions."""

    def __init__(self, then: Any, now: Any, sameness: Sameness, budget: Budget) -> None:
        self._sameness = sameness
        self._budget = budget
        self.pairs = paired(pages_of(then, budget), pages_of(now, budget))

    def all(self, fields: set[Key]) -> Iterator[Change]:
        """Everything that was done to pages; ``fields`` are the objects that the form's fields are."""
        yield from self._order()
        for pair in self.pairs:
            if pair.then is not None and pair.now is not None and pair.then.key == pair.now.key:
                yield from self._page(pair.then, pair.now, fields)

    def _order(self) -> Iterator[Change]:
        in_place = _longest_rising([pair.then.number for pair in self.pairs if pair.then and pair.now])
        for pair in self.pairs:
            if pair.then is None and pair.now is not None:
                yield change("page-added", page=pair.now.number)
            elif pair.now is None and pair.then is not None:
                yield change("page-removed", page_then=pair.then.number)
            elif pair.then is not None and pair.now is not None:
                if pair.then.key != pair.now.key:
                    yield change("page-replaced", page=pair.now.number, page_then=pair.then.number)
                elif pair.then.number not in in_place:
                    yield change("page-moved", page=pair.now.number, page_then=pair.then.number)

    def _page(self, then: Page, now: Page, fields: set[Key]) -> Iterator[Change]:
        if not self._sameness.same(raw(then.node, "/Contents"), raw(now.node, "/Contents")):
            yield _on(then, now, "page-content-changed")
        yield from self._shape(then, now)
        resources = _inherited(then.node, "/Resources"), _inherited(now.node, "/Resources")
        if not self._sameness.same(*resources):
            yield from self._resources(resolved(resources[0]), resolved(resources[1]), then, now)
        if not self._sameness.same(raw(then.node, "/AA"), raw(now.node, "/AA")):
            yield _on(then, now, "page-action")
        keys = {str(key) for key in (*then.node, *now.node)} - _TOLD - _UNSEEN
        differing = sorted(k for k in keys if not self._sameness.same(raw(then.node, k), raw(now.node, k)))
        if differing:
            yield _on(then, now, "page-altered", parts=_listed(differing))
        yield from self._annotations(then, now, fields)

    def _shape(self, then: Page, now: Page) -> Iterator[Change]:
        turned = [words_of(_inherited(page.node, "/Rotate")) or "0" for page in (then, now)]
        if turned[0] != turned[1]:
            yield _on(then, now, "page-turned", before=turned[0], after=turned[1])
        for key in _BOXES:
            boxes = [_inherited(page.node, key) for page in (then, now)]
            if not self._sameness.same(boxes[0], boxes[1]):
                before, after = (words_of(box) or "–" for box in boxes)
                yield _on(then, now, "page-resized", before=before, after=after)

    def _resources(self, then: Any, now: Any, page_then: Page, page_now: Page) -> Iterator[Change]:
        others: list[str] = []
        for kind in sorted({str(key) for key in (*(then or ()), *(now or ()))}):
            was, here = dictionary_at(then, kind), dictionary_at(now, kind)
            names = sorted({str(key) for key in (*was, *here)})
            self._budget.take(len(names))
            differing = [name for name in names if not self._sameness.same(raw(was, name), raw(here, name))]
            if kind == "/XObject":
                codes = {_drawing_code(entry(was, name), entry(here, name)) for name in differing}
                yield from (_on(page_then, page_now, code) for code in sorted(codes))
            elif kind == "/Font":
                for name in differing[:5]:
                    before, after = (_font_name(entry(fonts, name)) for fonts in (was, here))
                    yield _on(page_then, page_now, "page-font-changed", before=before, after=after)
            elif differing or not self._sameness.same(raw(then, kind), raw(now, kind)):
                others.append(kind)
        if others:
            yield _on(page_then, page_now, "page-resources-changed", parts=_listed(others))

    def _annotations(self, page_then: Page, page_now: Page, fields: set[Key]) -> Iterator[Change]:
        then, now = (
            [one for one in items_of(raw(page.node, "/Annots"), _MOST_ANNOTATIONS) if not _is_field(one, fields)]
            for page in (page_then, page_now)
        )
        self._budget.take(len(then) + len(now))
        by_key = {key_of(one): one for one in then if isinstance(one, generic.IndirectObject)}
        left = [one for one in then if not isinstance(one, generic.IndirectObject)]
        for one in now:
            if isinstance(one, generic.IndirectObject) and key_of(one) in by_key:
                before = by_key.pop(key_of(one))
                if not self._sameness.same(before, one):
                    yield _annotation(page_then, page_now, "annotation-changed", before, one)
                continue
            same = next((index for index, other in enumerate(left[:50]) if self._sameness.same(other, one)), None)
            if same is not None:
                left.pop(same)
            else:
                yield _annotation(page_then, page_now, "annotation-added", None, one)
        for one in (*by_key.values(), *left):
            yield _annotation(page_then, page_now, "annotation-removed", one, None)


def pages_of_annotations(pairs: list[Pair], budget: Budget) -> dict[Key, int]:
    """On which of today's pages an annotation lies."""
    found: dict[Key, int] = {}
    for pair in pairs:
        if pair.now is None:
            continue
        for one in items_of(raw(pair.now.node, "/Annots"), _MOST_ANNOTATIONS):
            budget.take()
            if isinstance(one, generic.IndirectObject):
                found.setdefault(key_of(one), pair.now.number)
    return found


def _is_field(one: Any, fields: set[Key]) -> bool:
    return isinstance(one, generic.IndirectObject) and key_of(one) in fields


def _on(
    page_then: Page,
    page_now: Page,
    code: str,
    *,
    before: str = "",
    after: str = "",
    parts: str = "",
    annotation: str = "",
) -> Change:
    numbers = page_now.number, page_then.number
    return change(
        code, page=numbers[0], page_then=numbers[1], before=before, after=after, parts=parts, annotation=annotation
    )


def _annotation(page_then: Page, page_now: Page, code: str, then: Any, now: Any) -> Change:
    was, here = (words_of(raw(resolved(one), "/Contents")) for one in (then, now))
    subtype = str(entry(resolved(now if now is not None else then), "/Subtype") or "")
    if code == "annotation-changed" and was == here:
        was = here = ""
    return _on(page_then, page_now, code, annotation=subtype, before=was, after=here)


def _drawing_code(then: Any, now: Any) -> str:
    if "/Image" not in {str(entry(one, "/Subtype")) for one in (then, now)}:
        return "page-drawing-changed"
    return "page-image-added" if then is None else "page-image-removed" if now is None else "page-image-changed"


def _font_name(font: Any) -> str:
    return words_of(raw(font, "/BaseFont")) or "–"


def _inherited(node: Any, key: str) -> Any:
    """An attribute that a page may have from above (ISO 32000-2, 7.7.3.4), as it stands there."""
    for _ in range(_MOST_PARENTS):
        found = raw(node, key)
        if found is not None or key not in _INHERITED:
            return found
        node = entry(node, "/Parent")
        if not isinstance(node, generic.DictionaryObject):
            return None
    return None


def _listed(keys: list[str]) -> str:
    return ", ".join(key.removeprefix("/")[:40] for key in keys[:10])


def _longest_rising(numbers: list[int]) -> set[int]:
    """The most numbers that stand in rising order: the pages that stayed where they were."""
    ends: list[int] = []
    places: list[int] = []
    lengths: list[int] = []
    for index, number in enumerate(numbers):
        place = bisect_left(ends, number)
        ends[place : place + 1] = [number]
        places[place : place + 1] = [index]
        lengths.append(place)
    kept: set[int] = set()
    wanted = len(ends) - 1
    below = float("inf")
    for index in range(len(numbers) - 1, -1, -1):
        if lengths[index] == wanted and numbers[index] < below:
            kept.add(numbers[index])
            below = numbers[index]
            wanted -= 1
    return kept
