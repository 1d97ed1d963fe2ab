"""Looking at one stored file: its bytes beside the record, then its signatures, and what is wrong in one code."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from docsvc.issue.desk import Desk
from docsvc.records.terms import RenditionRole
from docsvc.store import Damaged, NotStored, StoreUnavailable
from signing.verify import FileReport, SignatureReport, TimestampReport, Verdict

VERIFIED = (RenditionRole.SIGNED, RenditionRole.ISSUED, RenditionRole.ANNEX)
"""Files that bear our signatures; others are kept for their bytes alone."""
TRIES = 3
"""A store that does not answer is asked again, before the whole run is interrupted."""
PAUSE_SECONDS = 1.0


class Stored(StrEnum):
    """The object beside its record."""

    MATCHED = "matched"
    ALTERED = "altered"
    MISSING = "missing"
    EXTRA = "extra"
    """An object that no record names."""


OBJECT_MISSING, OBJECT_ALTERED, OBJECT_EXTRA = "object-missing", "object-altered", "object-extra"
SOUND, BYTES_SOUND, REMOVED = "valid", "bytes-sound", "removed"
IN_ORDER = (SOUND, BYTES_SOUND, REMOVED)
"""Causes that are none: signatures valid, bytes unchanged, or removed by its drafter before its turn came."""
CHANGED_AFTER = "changed-after-signing"

_OBJECT = {
    OBJECT_MISSING: (
        "Không còn tệp trong kho, dù cơ sở dữ liệu có ghi.",
        "The file is not in the store, although the database names it.",
    ),
    OBJECT_ALTERED: (
        "Tệp trong kho không còn đúng mã SHA-256 đã ghi.",
        "The file in the store no longer has the SHA-256 on record.",
    ),
    OBJECT_EXTRA: (
        "Tệp có trong kho nhưng không bản ghi nào nói đến.",
        "The file is in the store, and no record names it.",
    ),
    BYTES_SOUND: ("Tệp còn nguyên như khi lưu.", "The file is as it was when it was kept."),
    REMOVED: (
        "Tệp đã được gỡ khỏi hồ sơ trước khi đến lượt kiểm tra.",
        "The file was taken off the record before its turn came.",
    ),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A file whose turn it is."""

    result_id: int
    rendition_id: int
    role: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one file."""

    planned: Planned
    stored: Stored
    cause: str
    verdict: str = ""
    detail_vi: str = ""
    detail_en: str = ""

    @property
    def alarming(self) -> bool:
        """Whether somebody must look at it: an object missing or altered, or signatures that are broken."""
        return self.stored in {Stored.MISSING, Stored.ALTERED} or self.verdict == Verdict.INVALID


def check(desk: Desk, planned: Planned) -> Checked:
    """Read the object again, compute its hash, and verify its signatures in the sandbox.

    Raises:
        StoreError: the store does not answer, whatever the file.
    """
    try:
        content = _read(desk, planned.sha256)
    except NotStored:
        return found(planned, Stored.MISSING, OBJECT_MISSING)
    except Damaged:
        return found(planned, Stored.ALTERED, OBJECT_ALTERED)
    if planned.role not in VERIFIED:
        return found(planned, Stored.MATCHED, BYTES_SOUND)
    report = desk.verified(content, at=desk.clock())
    vi, en = _why(report)
    return Checked(planned, Stored.MATCHED, cause_of(report), report.verdict.value, vi, en)


def found(planned: Planned, stored: Stored, cause: str) -> Checked:
    """A finding on the object alone."""
    return Checked(planned, stored, cause, "", *_OBJECT[cause])


def cause_of(report: FileReport) -> str:
    """One code: the sub-indication of EN 319 102-1 of the first signature or timestamp that does not pass."""
    if report.verdict is Verdict.VALID:
        return SOUND
    if report.verdict not in {Verdict.INVALID, Verdict.INDETERMINATE}:
        return report.verdict.value
    first = _first(report)
    if first is None:
        return report.verdict.value
    if report.verdict is Verdict.INVALID and any(not change.allowed for change in first.changes):
        return CHANGED_AFTER
    return str(first.sub_indication or first.indication)


def _first(report: FileReport) -> SignatureReport | TimestampReport | None:
    """What counts most: a signature that is broken, else one that was changed after, else one that is undecided."""
    judged: tuple[SignatureReport | TimestampReport, ...] = (*report.signatures, *report.document_timestamps)
    failed = [one for one in judged if one.indication == "TOTAL-FAILED"]
    changed = [one for one in judged if any(not change.allowed for change in one.changes)]
    undecided = [one for one in judged if one.indication != "TOTAL-PASSED"]
    return next(iter((*failed, *changed, *undecided)), None)


def _why(report: FileReport) -> tuple[str, str]:
    first = _first(report)
    if first is not None and report.verdict is not Verdict.VALID:
        for change in first.changes:
            if not change.allowed:
                return change.text_vi, change.text_en
        for reason in first.reasons:
            if reason.against:
                return reason.text_vi, reason.text_en
    return report.message_vi, report.message_en


def _read(desk: Desk, sha256: str) -> bytes:
    for _ in range(TRIES - 1):
        try:
            return desk.store.get(sha256)
        except StoreUnavailable:
            time.sleep(PAUSE_SECONDS)
    return desk.store.get(sha256)
