"""What was done to a file after a signature, and whether the signature allows it (ISO 32000-2, 12.8.2).

pyHanko's policy decides, with what the signature itself permits (DocMDP, FieldMDP). The words come from comparing the
two revisions, so that they say what happened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.validation.status import SignatureCoverageLevel

from signing.verify._change_words import change
from signing.verify._compare import Comparison
from signing.verify._policy import POLICY
from signing.verify._report import Change
from signing.verify._same import Budget

_MOST_CHANGES = 100
"""Told of one signature."""
_BLANKS = b"\0\t\n\f\r "
_LOCKED = re.compile(r"form field (.{1,200}?) is locked", re.DOTALL)
_STORE = re.compile(r"\b(?:VRI|DSS)\b")
_ALWAYS = frozenset({"timestamp-added", "validation-data-added", "xmp-changed", "metadata-changed"})
"""What no signature forbids: none of it is content (ISO 32000-2, table 257; the descriptions as pyHanko has it)."""
_FILLING = frozenset(
    {"field-filled", "field-changed", "field-emptied", "signature-added", "signature-field-added", "field-locked"}
)
"""What filling in and signing come to."""


def changes_after(
    embedded: Any,
    *,
    covered_end: int,
    foreign_bytes: bytes,
    later: Sequence[tuple[str, Change]],
    budget: Budget | None = None,
) -> tuple[Change, ...]:
    """The changes after a signature, by kind.

    Args:
        embedded: pyHanko's reading of the signature.
        covered_end: where the part ends that it covers; not the file's end.
        foreign_bytes: at the end of the file, belonging to no revision.
        later: names of the fields that hold later signatures and timestamps, with the words for them.
        budget: for comparing; shared by the signatures of a file.
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
    difference = _difference(embedded)
    permitted = embedded.docmdp_level
    allowed = isinstance(difference, DiffResult) and _permits(permitted, difference.modification_level)
    comparison = Comparison(embedded.reader, embedded.signed_revision, budget)
    found += comparison.filled()
    found += [words for _, words in later]
    found += comparison.validation_data()
    found += comparison.form({name for name, _ in later})
    if allowed:
        if difference.modification_level is ModificationLevel.ANNOTATIONS:
            found += comparison.everything_else()
        found += comparison.description()
        if not comparison.complete:
            found.append(change("not-all-compared"))
        return _listed(found) or (change("technical"),)
    found += comparison.everything_else() + comparison.description()
    if isinstance(difference, RecursionError) and not _plainly_forbidden(found, permitted):
        raise difference
    return _listed(_forbidden(found, comparison, str(difference), permitted))


def _difference(embedded: Any) -> Any:
    """What the policy says; where something is nested too deeply for it, comparing may still tell what was changed."""
    try:
        return embedded.evaluate_modifications(POLICY)
    except RecursionError as error:
        return error


def _permits(permitted: Any, level: ModificationLevel) -> bool:
    return level is not ModificationLevel.OTHER and (permitted is None or level.value <= permitted.value)


def _plainly_forbidden(found: list[Change], permitted: Any) -> bool:
    """One of the changes is allowed by no signature of this kind, whatever else there is."""
    filling = permitted is None or permitted.value > ModificationLevel.LTA_UPDATES.value
    return any(not _judged(one, filling=filling, locked=None).allowed for one in found)


def _forbidden(found: list[Change], comparison: Comparison, message: str, permitted: Any) -> list[Change]:
    """Each change with whether it is allowed; at least one is not.

    Args:
        found: so far.
        comparison: for more.
        message: of pyHanko's policy, which stops at the first change that it does not allow.
        permitted: by a certifying signature.
    """
    filling = permitted is None or permitted.value > ModificationLevel.LTA_UPDATES.value
    locked = _LOCKED.search(message)
    judged = [_judged(one, filling=filling, locked=locked.group(1) if locked else None) for one in found]
    if locked and not any(one.code == "locked-field" for one in judged):
        judged.append(change("locked-field", allowed=False, field=locked.group(1), before="?", after="?"))
    if _STORE.search(message) and all(one.allowed for one in judged):
        judged.append(change("validation-data-replaced", allowed=False))
    if all(one.allowed for one in judged):
        judged += comparison.objects()
    if all(one.allowed for one in judged):
        judged.append(change("changed-between", allowed=False))
    if not comparison.complete:
        judged.append(change("not-all-compared", allowed=False))
    return judged


def _judged(one: Change, *, filling: bool, locked: str | None) -> Change:
    if locked is not None and one.field == locked and one.kind == "fields":
        words = {"page": one.page, "page_then": one.page_then, "field": one.field}
        return change("locked-field", allowed=False, before=one.before, after=one.after, **words)  # type: ignore[arg-type]
    allowed = one.code in _ALWAYS or (filling and one.code in _FILLING) or one.code == "blanks-appended"
    return replace(one, allowed=allowed)


def _listed(found: Sequence[Change]) -> tuple[Change, ...]:
    """Each once, and not more than a person would read; what is not allowed is never left out for what is."""
    once = list(dict.fromkeys(found))
    if len(once) <= _MOST_CHANGES:
        return tuple(once)
    kept = {id(one) for one in sorted(once, key=lambda one: one.allowed)[:_MOST_CHANGES]}
    left_out = [one for one in once if id(one) not in kept]
    more = change("more-changes", allowed=all(one.allowed for one in left_out), count=str(len(left_out)))
    return (*(one for one in once if id(one) in kept), more)


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
