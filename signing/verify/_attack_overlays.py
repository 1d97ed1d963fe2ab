"""Attacks by what was laid over the pages after a signature: annotations and fields. Runs in the sandbox.

ISO 32000-2, 12.8.2.2 lets a certifying signature allow annotations or further signatures; neither may give the page
other words. What lies over words of the signed page is therefore told, whoever put it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2 as pdfium
from pyhanko.pdf_utils import generic

from signing.verify._attack_objects import Update, entry, inherited, items, pages
from signing.verify._attack_words import Effect, Suspicion

_HIDDEN = 0b10_0010
"""Hidden or not to be viewed (ISO 32000-2, table 167)."""
_UNSEEN = ("/Popup", "/Link", "/Text")
"""A note's window, a link, a note's symbol: nothing of the page's words."""
_ANNOTATING = 3
_MOST_LAID = 200
_MARGIN = 2.0
_DARK = 128
_INK_SHARE = 0.02
_HIDDEN_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Laid:
    """Something new that is seen on a page."""

    page: int
    """From 0, of the signed revision."""
    box: tuple[float, float, float, float]
    annotation: Any


def of_overlays(update: Update, content: bytes, certification: int | None) -> Iterator[Suspicion]:
    """Annotations and fields that were laid over the pages after a signature.

    Args:
        update: from the signature's revision to now.
        content: the whole file.
        certification: what the file's certifying signature allows; ``None`` without one.
    """
    laid = list(_laid(update))
    lifted = list(_lifted(update)) if certification == _ANNOTATING else []
    if not laid and not lifted:
        return
    pictures = _Pictures(content[: update.covered_end], content)
    for one in laid:
        kind = entry(one.annotation, "/Subtype")
        over = pictures.over_words(one)
        if kind != "/Widget":
            if over or certification != _ANNOTATING:
                yield Suspicion("evil-annotation", Effect.CHANGED, page=one.page + 1)
        elif over and (certification is not None or pictures.hides_words(one)):
            code = "sneaky-signature" if inherited(one.annotation, "/FT") == "/Sig" else "shadow-replace"
            effect = Effect.OPEN if certification is None else Effect.CHANGED
            yield Suspicion(code, effect, page=one.page + 1)
    for one in lifted[:_MOST_LAID]:
        if pictures.over_words(one):
            yield Suspicion("shadow-hide", Effect.CHANGED, page=one.page + 1)


def _lifted(update: Update) -> Iterator[_Laid]:
    """What was seen when the document was signed, and is there no more."""
    now = {one.idnum: page for one, page in pages(update.now.root) if one is not None}
    for index, (reference, page) in enumerate(pages(update.then.root)):
        if reference is None or reference.idnum not in now:
            continue
        remaining = {raw.idnum for raw in items(entry(now[reference.idnum], "/Annots")) if _is_reference(raw)}
        for raw in items(entry(page, "/Annots")):
            one = raw.get_object() if _is_reference(raw) else raw
            if not (_is_reference(raw) and raw.idnum in remaining) and _is_annotation(one) and _is_seen(one):
                yield _Laid(index, _box(one), one)


def _is_reference(value: Any) -> bool:
    return isinstance(value, generic.IndirectObject)


def _laid(update: Update) -> Iterator[_Laid]:
    """What is seen now and was not then."""
    numbers = {one.idnum for one in update.touched}
    if not any(_is_annotation(update.present(one)) for one in update.touched) and not _page_changed(update):
        return
    now = pages(update.now.root)
    places = {one.idnum: index for index, (one, _) in enumerate(pages(update.then.root)) if one is not None}
    count = 0
    for reference, page in now:
        if reference is None or reference.idnum not in places:
            continue
        for raw in items(entry(page, "/Annots")):
            indirect = isinstance(raw, generic.IndirectObject)
            if indirect and raw.idnum not in numbers:
                continue
            one = raw.get_object() if indirect else raw
            if _is_annotation(one) and _is_seen(one) and not (indirect and _was_there(update, raw, one)):
                count += 1
                if count > _MOST_LAID:
                    return
                yield _Laid(places[reference.idnum], _box(one), one)


def _page_changed(update: Update) -> bool:
    """A page may have got an annotation that is no object of its own."""
    changed = (update.present(one) for one in update.changed)
    return any(
        isinstance(one, generic.DictionaryObject)
        and any(not isinstance(raw, generic.IndirectObject) for raw in items(entry(one, "/Annots")))
        for one in changed
    )


def _is_annotation(value: Any) -> bool:
    return isinstance(value, generic.DictionaryObject) and "/Rect" in value and "/Subtype" in value


def _is_seen(annotation: Any) -> bool:
    flags = entry(annotation, "/F", 0)
    left, bottom, right, top = _box(annotation)
    hidden = isinstance(flags, int) and flags & _HIDDEN
    if hidden or right - left < 1 or top - bottom < 1:
        return False
    return entry(annotation, "/Subtype") not in _UNSEEN and (
        "/AP" in annotation or entry(annotation, "/Subtype") != "/Widget"
    )


def _was_there(update: Update, raw: Any, now: Any) -> bool:
    """In the same place: then it is the field's own."""
    if not update.existed(raw.reference):
        return False
    then = update.past(raw.reference)
    return (
        _is_annotation(then)
        and _box(then) == _box(now)
        and entry(then, "/Subtype") == entry(now, "/Subtype") == "/Widget"
    )


def _box(annotation: Any) -> tuple[float, float, float, float]:
    try:
        across = [float(number) for number in annotation["/Rect"]]
        left, bottom, right, top = across
    except (TypeError, ValueError, KeyError):
        return 0, 0, 0, 0
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


class _Pictures:
    """What the signed pages show, and what they show now."""

    def __init__(self, signed: bytes, now: bytes) -> None:
        self._signed = pdfium.PdfDocument(signed)
        self._now = now

    def over_words(self, laid: _Laid) -> bool:
        """There are words of the page, or on a scanned page ink, where it lies."""
        if laid.page >= len(self._signed):
            return False
        page = self._signed[laid.page]
        left, bottom, right, top = laid.box
        inside = (left + _MARGIN, bottom + _MARGIN, right - _MARGIN, top - _MARGIN)
        if inside[0] >= inside[2] or inside[1] >= inside[3]:
            inside = laid.box
        text = page.get_textpage()
        if text.count_chars():
            return bool(text.get_text_bounded(*inside).strip())
        picture = self._picture(page, laid, annotations=False)
        dark = sum(one < _DARK for one in picture)
        return dark > _INK_SHARE * len(picture)

    def hides_words(self, laid: _Laid) -> bool:
        """Most of what was dark there is dark no more."""
        present = pdfium.PdfDocument(self._now)
        present.init_forms()
        if laid.page >= len(present):
            return False
        before = self._picture(self._signed[laid.page], laid, annotations=False)
        after = self._picture(present[laid.page], laid, annotations=True)
        dark = [new for old, new in zip(before, after, strict=False) if old < _DARK]
        return sum(one >= _DARK for one in dark) > _HIDDEN_SHARE * len(dark)

    def _picture(self, page: Any, laid: _Laid, *, annotations: bool) -> bytes:
        """The box as shades of grey, one byte for each point of the page."""
        width, height = page.get_size()
        left, bottom, right, top = laid.box
        crop = (max(left, 0), max(bottom, 0), max(width - right, 0), max(height - top, 0))
        if crop[0] + crop[2] >= width - 1 or crop[1] + crop[3] >= height - 1 or width * height > 4_000_000:  # noqa: PLR2004
            return b""
        bitmap = page.render(scale=1, crop=crop, may_draw_forms=annotations, draw_annots=annotations, grayscale=True)
        return bytes(bitmap.to_pil().convert("L").tobytes())
