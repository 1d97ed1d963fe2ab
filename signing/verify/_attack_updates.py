"""Attacks by what came after a signature: other content saved, or brought out of the file. Runs in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify._attack_objects import Update, entry, inherited, items, numbers_of, pages, raw, written
from signing.verify._attack_words import Effect, Suspicion

_SHOWN = re.compile(rb"\((?:\\.|[^()\\])*\)|<[0-9a-fA-F\s]*>", re.DOTALL)
_SEEN = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit")
_ORDINARY = ("/Catalog", "/Pages", "/Page", "/DSS", "/Metadata", "/XRef", "/ObjStm", "/Sig", "/DocTimeStamp")
_MOST_REACHED = 2000
_FONT, _COVER, _CONTENT = "font", "cover", "content"
_ANNOTATING = 3
_FILLING = (2, _ANNOTATING)
"""Permissions of a certifying signature under which fields may be filled in."""


def of_updates(update: Update, certification: int | None = None) -> Iterator[Suspicion]:
    """How the document was changed into another, if it was; with what its certifying signature allows.

    In the words of the literature: *shadow* attacks use what lies in the signed file already, *incremental saving*
    brings new content.
    """
    update.compare()
    yield from _of_catalogue(update)
    rest = []
    for reference in update.changed:
        old, new = update.past(reference), update.present(reference)
        if not isinstance(old, generic.DictionaryObject):
            rest.append(reference)
        elif _is_page(old):
            yield from _of_page(update, old, new, annotating=certification == _ANNOTATING)
        elif _is_field(old):
            yield from _of_field(old, new, filling=certification in _FILLING)
        elif "/Fields" not in old and not (entry(old, "/Type") in _ORDINARY or _is_tree(old)):
            rest.append(reference)
    if rest:
        yield from _of_parts(update, rest)


def _is_tree(value: Any) -> bool:
    return "/Kids" in value and "/Count" in value


def _is_page(value: Any) -> bool:
    return entry(value, "/Type") == "/Page" or ("/MediaBox" in value and "/Parent" in value)


def _is_field(value: Any) -> bool:
    return entry(value, "/Subtype") == "/Widget" or "/FT" in value


def _of_catalogue(update: Update) -> Iterator[Suspicion]:
    then, now = update.then.root, update.now.root
    moved = numbers_of(raw(then, "/Pages")) != numbers_of(raw(now, "/Pages"))
    trees = any(
        isinstance(old, generic.DictionaryObject) and (_is_tree(old) or entry(old, "/Type") == "/Catalog")
        for old in map(update.past, update.changed)
    )
    if not (moved or trees):
        return
    before = [reference.idnum for reference, _ in pages(then) if reference is not None]
    after = [reference for reference, _ in pages(now) if reference is not None]
    if before == [reference.idnum for reference in after]:
        return
    fresh = [reference for reference in after if reference.idnum not in before]
    if any(update.existed(reference) for reference in fresh):
        yield Suspicion("shadow-hide-and-replace", Effect.CHANGED)
    else:
        yield Suspicion("incremental-saving", Effect.CHANGED)


def _of_page(update: Update, old: Any, new: Any, *, annotating: bool) -> Iterator[Suspicion]:
    if not isinstance(new, generic.DictionaryObject):
        yield Suspicion("incremental-saving", Effect.CHANGED)
        return
    before, after = numbers_of(raw(old, "/Contents")), numbers_of(raw(new, "/Contents"))
    if before != after:
        hidden = any(update.existed(generic.Reference(one, 0)) for one in after if one not in before)
        yield Suspicion("shadow-hide-and-replace" if hidden else "incremental-saving", Effect.CHANGED)
    elif any(written(raw(old, key)) != written(raw(new, key)) for key in _SEEN):
        yield Suspicion("incremental-saving", Effect.CHANGED)
    resources = [entry(one, "/Resources") for one in (old, new)]
    if all(isinstance(one, generic.DictionaryObject) for one in resources):
        for kind, code in (("/Font", "shadow-replace"), ("/XObject", "shadow-hide")):
            then, now = (_entries(one, kind) for one in resources)
            if any(now.get(name) != value for name, value in then.items()):
                yield Suspicion(code, Effect.CHANGED)
    if annotating:
        return  # annotations may go; those that lay over words are looked at with all that lies there
    remaining = set(numbers_of(raw(new, "/Annots")))
    if any(number not in remaining for number in numbers_of(raw(old, "/Annots"))):
        yield Suspicion("shadow-hide", Effect.CHANGED)


def _entries(resources: Any, kind: str) -> dict[str, bytes]:
    entries = entry(resources, kind)
    if not isinstance(entries, generic.DictionaryObject):
        return {}
    return {str(name): written(entries.raw_get(name)) for name in entries}


def _of_field(old: Any, new: Any, *, filling: bool) -> Iterator[Suspicion]:
    """A text that was filled in before signing is filled in otherwise, or looks otherwise.

    Where whoever certified the document allows ``filling`` (ISO 32000-2, 12.8.2.2), another value is no attack.
    """
    if not isinstance(new, generic.DictionaryObject):
        yield Suspicion("shadow-hide", Effect.CHANGED)
        return
    if inherited(old, "/FT") == "/Sig":
        then, now = raw(old, "/V"), raw(new, "/V")
        if isinstance(then, generic.IndirectObject) and written(then) != written(now):
            yield Suspicion("spoofed-dictionary", Effect.CHANGED)
        return
    value = inherited(old, "/V")
    if not isinstance(value, str) or isinstance(value, generic.NameObject) or not value.strip():
        return
    changed = inherited(new, "/V")
    if filling and isinstance(changed, str) and changed != value:
        return
    if not isinstance(changed, str) or changed != value or _shown(_look(old)) != _shown(_look(new)):
        yield Suspicion("shadow-replace", Effect.OPEN)


def _look(widget: Any) -> Any:
    looks = entry(widget, "/AP")
    return entry(looks, "/N") if isinstance(looks, generic.DictionaryObject) else None


def _shown(look: Any) -> bytes | None:
    """The words that an appearance writes; ``None`` for none."""
    if not isinstance(look, generic.StreamObject):
        return None
    return b"".join(_SHOWN.findall(look.data)) or None


def _of_parts(update: Update, changed: list[Any]) -> Iterator[Suspicion]:
    """Content, fonts, covers and looks of the signed pages that are others now."""
    roles = _roles(update)
    for reference in changed:
        role, now = roles.get(reference.idnum), update.present(reference)
        gone = not isinstance(now, generic.StreamObject) or entry(now, "/Subtype") not in {"/Form", "/Image", None}
        if role == _FONT:
            yield Suspicion("shadow-replace", Effect.CHANGED)
        elif role == _CONTENT:
            yield Suspicion("shadow-hide" if gone else "incremental-saving", Effect.CHANGED)
        elif role == _COVER:
            old = update.past(reference)
            known = not gone and isinstance(old, generic.StreamObject)
            fewer = known and len(now.encoded_data) < len(old.encoded_data)
            yield Suspicion("shadow-hide" if gone or fewer else "shadow-replace", Effect.CHANGED)
        elif isinstance(role, generic.StreamObject) and _shown(role) != _shown(now):
            yield Suspicion("shadow-replace", Effect.OPEN)


def _roles(update: Update) -> dict[int, Any]:
    """What objects are for in the signed revision, by number; a field's look is its own role."""
    roles: dict[int, Any] = {}
    for _, page in pages(update.then.root):
        for number in numbers_of(raw(page, "/Contents")):
            roles[number] = _CONTENT
        _reach(roles, inherited(page, "/Resources"))
        for annotation in items(entry(page, "/Annots")):
            one = annotation.get_object() if isinstance(annotation, generic.IndirectObject) else annotation
            if not isinstance(one, generic.DictionaryObject):
                continue
            look, looks = _look(one), entry(one, "/AP")
            if not isinstance(looks, generic.DictionaryObject) or inherited(one, "/FT") == "/Sig":
                continue
            filled = isinstance(inherited(one, "/V"), str)
            for number in numbers_of(raw(looks, "/N")):
                roles.setdefault(number, look if entry(one, "/Subtype") == "/Widget" and filled else _COVER)
    return roles


def _reach(roles: dict[int, Any], resources: Any, depth: int = 0) -> None:
    if not isinstance(resources, generic.DictionaryObject) or depth > 4:  # noqa: PLR2004 - covers in covers
        return
    for kind, role in (("/Font", _FONT), ("/XObject", _COVER)):
        entries = entry(resources, kind)
        if not isinstance(entries, generic.DictionaryObject):
            continue
        for name in entries:
            named = entries.raw_get(name)
            number = named.idnum if isinstance(named, generic.IndirectObject) else None
            if number is not None:
                if number in roles:
                    continue
                roles[number] = role
            one = entries[name]
            if role == _FONT:
                _reach_font(roles, one)
            elif isinstance(one, generic.StreamObject):
                _reach(roles, entry(one, "/Resources"), depth + 1)


def _reach_font(roles: dict[int, Any], value: Any, depth: int = 0) -> None:
    """What a font is made of: its program, its encoding, its descendants."""
    if depth > 5 or len(roles) > _MOST_REACHED:  # noqa: PLR2004 - deeper lies no font
        return
    inside = list(items(value))
    if isinstance(value, generic.DictionaryObject):
        inside = [value.raw_get(key) for key in value]
    for one in inside:
        if isinstance(one, generic.IndirectObject):
            if one.idnum not in roles:
                roles[one.idnum] = _FONT
                _reach_font(roles, one.get_object(), depth + 1)
        elif isinstance(one, (generic.DictionaryObject, generic.ArrayObject)):
            _reach_font(roles, one, depth + 1)
