"""What became of the form's fields between two revisions (ISO 32000-2, 12.7). Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from signing.verify._change_words import change
from signing.verify._report import Change
from signing.verify._same import Budget, Key, Sameness, dictionary_at, entry, items_of, key_of, raw, resolved, words_of

_DEEPEST = 10
"""A form nested deeper is hostile."""
_MOST_KIDS = 5000
_READ_ONLY = 1
_VALUE_KEYS = ("/V", "/AS", "/AP", "/Ff", "/Kids", "/MK", "/M", "/RV", "/I")
_BUTTON = "/Btn"


@dataclass(slots=True)
class Field:
    """A field of the form with its widgets."""

    name: str
    label: str
    kind: str
    """``/Tx``, ``/Btn``, ``/Ch`` or ``/Sig``."""
    value: Any
    flags: int
    parts: list[Any] = field(default_factory=list)
    """The field's dictionary, and those of its widgets."""
    keys: list[Key] = field(default_factory=list)
    """Of the objects they are."""

    @property
    def signed(self) -> bool:
        """It holds a signature."""
        return self.kind == "/Sig" and resolved(self.value) is not None


@dataclass(frozen=True, slots=True)
class _Inherited:
    name: str = ""
    label: str = ""
    kind: str = ""
    value: Any = None
    flags: int = 0


def fields_of(root: Any, budget: Budget) -> dict[str, Field]:
    """The fields of a revision by full name."""
    found: dict[str, Field] = {}
    seen: set[Key] = set()
    for one in _walk(raw(dictionary_at(root, "/AcroForm"), "/Fields"), _Inherited(), 0, seen, budget):
        if one.name in found:
            found[one.name].parts += one.parts
            found[one.name].keys += one.keys
        else:
            found[one.name] = one
    return found


def _walk(entries: Any, above: _Inherited, depth: int, seen: set[Key], budget: Budget) -> Iterator[Field]:
    if depth > _DEEPEST:
        return
    for reference in items_of(entries, _MOST_KIDS):
        budget.take()
        key = key_of(reference) if isinstance(reference, generic.IndirectObject) else None
        if key is not None and key in seen:
            continue
        if key is not None:
            seen.add(key)
        node = resolved(reference)
        if not isinstance(node, generic.DictionaryObject):
            continue
        here = _inherited(node, above)
        kids = list(items_of(raw(node, "/Kids"), _MOST_KIDS))
        named = [kid for kid in kids if raw(resolved(kid), "/T") is not None]
        if named:
            yield from _walk(generic.ArrayObject(named), here, depth + 1, seen, budget)
        if not named or len(named) < len(kids):
            keys = [key] if key is not None else []
            one = Field(here.name, here.label or here.name, here.kind, here.value, here.flags, [node], keys)
            for kid in kids:
                widget = resolved(kid)
                if kid not in named and isinstance(widget, generic.DictionaryObject):
                    one.parts.append(widget)
                    one.keys += [key_of(kid)] if isinstance(kid, generic.IndirectObject) else []
            yield one


def _inherited(node: Any, above: _Inherited) -> _Inherited:
    own = words_of(raw(node, "/T"))
    flags = entry(node, "/Ff")
    value = raw(node, "/V")
    return _Inherited(
        name=f"{above.name}.{own}" if above.name and own else own or above.name,
        label=words_of(raw(node, "/TU")) or above.label,
        kind=str(entry(node, "/FT") or above.kind),
        value=above.value if value is None else value,
        flags=flags if isinstance(flags, int) else above.flags,
    )


class FormChanges:
    """The form of two revisions."""

    def __init__(self, then: Any, now: Any, sameness: Sameness, budget: Budget, pages: dict[Key, int]) -> None:
        self._sameness = sameness
        self._pages = pages
        self._form_then, self._form_now = dictionary_at(then, "/AcroForm"), dictionary_at(now, "/AcroForm")
        self.then, self.now = fields_of(then, budget), fields_of(now, budget)

    def values(self) -> Iterator[Change]:
        """Fields filled in, changed, emptied: what most revisions after a signature are made for."""
        for name, one in self.now.items():
            if one.kind == "/Sig":
                continue
            before = self.then.get(name)
            was, now = (words_of(before.value) if before else ""), words_of(one.value)
            if before is not None and self._sameness.same(before.value, one.value):
                continue
            if was == now == "":
                continue
            code = "field-filled" if not was else "field-changed" if now else "field-emptied"
            yield self._told(code, one, before=was, after=now)

    def others(self, later: Collection[str]) -> Iterator[Change]:
        """All else that was done to fields; ``later`` are those that hold signatures made since."""
        for name, one in self.then.items():
            if name not in self.now:
                yield self._told("signature-taken-out" if one.signed else "field-removed", one)
        for name, one in self.now.items():
            before = self.then.get(name)
            if before is not None:
                yield from self._altered(before, one, later)
            elif name not in later:
                yield self._told("signature-field-added" if one.kind == "/Sig" else "field-added", one)
        differing = self._differing(self._form_then, self._form_now, ("/Fields", "/SigFlags", "/DR", "/CO"))
        if "/DR" in self._form_then and not self._sameness.same(
            raw(self._form_then, "/DR"), raw(self._form_now, "/DR")
        ):
            differing.append("DR")
        if differing and self._form_then:
            yield change("form-altered", parts=", ".join(differing))

    def _altered(self, before: Field, now: Field, later: Collection[str]) -> Iterator[Change]:
        is_new = now.name in later
        if before.signed and not now.signed:
            yield self._told("signature-taken-out", now)
        elif before.signed and not self._sameness.same(before.value, now.value):
            yield self._told("signature-replaced", now)
        if (now.flags ^ before.flags) & _READ_ONLY:
            yield self._told("field-locked" if now.flags & _READ_ONLY else "field-unlocked", now)
        differing: set[str] = set()
        for index in range(max(len(before.parts), len(now.parts))):
            if index >= len(before.parts) or index >= len(now.parts):
                differing.add("Kids")
                continue
            differing.update(self._differing(before.parts[index], now.parts[index], _VALUE_KEYS))
            if self._looks_other(before, now, index) and not is_new:
                yield self._told("signature-look-changed" if now.kind == "/Sig" else "field-look-changed", now)
        if differing & {"A", "AA"}:
            yield self._told("field-action", now)
        if "Rect" in differing and not is_new:
            yield self._told("field-moved", now)
        rest = differing - {"A", "AA", "Rect"}
        if rest and not is_new:
            yield self._told("field-altered", now, parts=", ".join(sorted(rest)[:10]))

    def _looks_other(self, before: Field, now: Field, index: int) -> bool:
        """Drawn anew although the value is what it was."""
        if now.kind != "/Sig" and not self._sameness.same(before.value, now.value):
            return False
        if now.kind == _BUTTON and not self._sameness.same(
            raw(before.parts[index], "/AS"), raw(now.parts[index], "/AS")
        ):
            return True
        return not self._sameness.same(raw(before.parts[index], "/AP"), raw(now.parts[index], "/AP"))

    def _differing(self, then: Any, now: Any, leave: Collection[str]) -> list[str]:
        keys = {str(key) for key in (*then, *now)} - {"/Parent", "/P", *leave}
        return sorted(
            key.removeprefix("/")[:40] for key in keys if not self._sameness.same(raw(then, key), raw(now, key))
        )

    def _told(self, code: str, one: Field, *, before: str = "", after: str = "", parts: str = "") -> Change:
        page = next((self._pages[key] for key in one.keys if key in self._pages), None)
        return change(code, field=one.name, label=one.label, before=before, after=after, parts=parts, page=page)
