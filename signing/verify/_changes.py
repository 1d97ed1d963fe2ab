"""What was done to a file after a signature, and whether the signature allows it (ISO 32000-2, 12.8.2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.verify._report import Change
from signing.verify._words import change

_MOST_FIELDS = 20
_MOST_LETTERS = 80
_BLANKS = b"\0\t\n\f\r "
_LOCKED = re.compile(r"form field (.{1,200}?) is locked")


def changes_after(
    embedded: Any, *, covered_end: int, foreign_bytes: bytes, later: Sequence[tuple[str, Change]]
) -> tuple[Change, ...]:
    """The changes after a signature, by kind.

    Args:
        embedded: pyHanko's reading of the signature.
        covered_end: where the part ends that it covers; not the file's end.
        foreign_bytes: at the end of the file, belonging to no revision.
        later: names of the fields that hold later signatures and timestamps, with the words for them.
    """
    found: list[Change] = []
    if foreign_bytes:
        blank = not foreign_bytes.strip(_BLANKS)
        code = "blanks-appended" if blank else "bytes-appended"
        found.append(change(code, allowed=blank, count=str(len(foreign_bytes))))
        if not blank:
            return tuple(found)
    _settle_revision(embedded, covered_end)
    embedded.coverage = embedded.evaluate_signature_coverage()
    if embedded.coverage < SignatureCoverageLevel.ENTIRE_REVISION:
        return (change("part-covered", allowed=False),)
    difference = embedded.evaluate_modifications(DEFAULT_DIFF_POLICY)
    if not isinstance(difference, DiffResult):
        return (_forbidden(str(difference)),)
    level, permitted = difference.modification_level, embedded.docmdp_level
    allowed = level is not ModificationLevel.OTHER and (permitted is None or level.value <= permitted.value)
    signed_fields = {name for name, _ in later}
    filled = sorted(name for name in difference.changed_form_fields if name not in signed_fields)
    if filled:
        found.append(change("fields-filled", allowed=allowed, fields=_described(embedded.reader, filled)))
    found.extend(words for _, words in later)
    if _validation_data_changed(embedded):
        found.append(change("validation-data-added"))
    if not allowed and all(each.allowed for each in found):
        found.append(change("other", allowed=False))
    return tuple(found) or (change("technical"),)


def _settle_revision(embedded: Any, covered_end: int) -> None:
    """Let the signature stand for the last revision that it covers.

    A file that was written at once can have several cross-reference sections, and with them what pyHanko takes for
    several revisions (linearized files, ISO 32000-2, annex F).
    """
    references = embedded.reader.xrefs
    for revision in range(embedded.signed_revision + 1, references.total_revisions):
        if references.get_xref_container_info(revision).end_location > covered_end:
            break
        embedded.signed_revision = revision


def _forbidden(message: str) -> Change:
    locked = _LOCKED.search(message)
    if locked:
        return change("locked-field", allowed=False, fields=locked.group(1))
    if "freed" in message:
        return change("objects-removed", allowed=False)
    return change("other", allowed=False)


def _validation_data_changed(embedded: Any) -> bool:
    reader = embedded.reader
    then, now = reader.get_historical_root(embedded.signed_revision), reader.root
    if "/DSS" not in now:
        return False
    if "/DSS" not in then:
        return True
    before, after = then.raw_get("/DSS"), now.raw_get("/DSS")
    if isinstance(after, generic.IndirectObject):
        return bool(before != after or reader.xrefs.get_last_change(after.reference) > embedded.signed_revision)
    return bool(before != after)


def _described(reader: Any, names: Sequence[str]) -> str:
    """Fields with the labels and values that a reader sees."""
    described: list[str] = []
    wanted = set(names[:_MOST_FIELDS])
    for name, field in _fields(reader.root["/AcroForm"]["/Fields"], "", 0):
        if name in wanted:
            label, value = _text(field.get("/TU")) or name, _text(field.get("/V"))
            described.append(f"{label} = {value}" if value else label)
            wanted.discard(name)
    described.extend(sorted(wanted))
    return "; ".join(described) + ("…" if len(names) > _MOST_FIELDS else "")


def _fields(entries: Iterable[Any], parent: str, depth: int) -> Iterator[tuple[str, Any]]:
    if depth > 10:  # noqa: PLR2004 - a form nested deeper is hostile
        return
    for entry in entries:
        field = entry.get_object()
        own = _text(field.get("/T"))
        name = f"{parent}.{own}" if parent and own else own or parent
        yield name, field
        yield from _fields(field.get("/Kids", ()), name, depth + 1)


def _text(value: Any) -> str:
    return str(value).replace("\n", " ")[:_MOST_LETTERS] if isinstance(value, (str, generic.NameObject)) else ""
