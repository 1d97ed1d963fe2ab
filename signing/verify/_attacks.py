"""Attacks found and named, and what they mean for the verdicts on signatures. Runs in the sandbox.

The other checks ask whether a signature holds; most attacks fail them, and are given their names here. Some pass them
and are judged here: entries that stand twice, attributes that were never bound, what was laid over a certified page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from pyhanko.pdf_utils.misc import PdfStrictReadError

from signing.verify import _words
from signing.verify._attack_bytes import is_revision, of_shape
from signing.verify._attack_cms import copied_document_timestamp, copies, of_cms
from signing.verify._attack_objects import Update, base_revision
from signing.verify._attack_overlays import of_overlays
from signing.verify._attack_places import Place, of_place, places
from signing.verify._attack_updates import of_updates
from signing.verify._attack_words import Effect, Suspicion, named
from signing.verify._clock import OutOfTime
from signing.verify._report import Indication, Reason, SignatureReport, SubIndication, TimestampReport

if TYPE_CHECKING:
    from signing.verify._case import Case

Told = TypeVar("Told", SignatureReport, TimestampReport)
_NAMED = {"PdfDecodeLimitError": ("decompression-bomb",), "RecursionError": ("endless-loop",)}


def attacks(
    case: Case, signatures: tuple[SignatureReport, ...], timestamps: tuple[TimestampReport, ...]
) -> tuple[tuple[SignatureReport, ...], tuple[TimestampReport, ...], tuple[Reason, ...]]:
    """The reports with what attacks mean for them, and the attacks found.

    Args:
        case: the file.
        signatures: as judged so far.
        timestamps: over the document, as judged so far.
    """
    found: list[Suspicion] = []
    try:
        found.extend(_of_signatures(case, signatures, timestamps))
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:  # noqa: BLE001 - what cannot be looked at has been refused by the other checks
        case.details.append(_detail(error))
    if case.signed:
        found.extend(of_shape(case.content))
    certification = next((one.certification for one in signatures if one.certification), None)
    unknown, late = set[str](), set[str]()
    for one in signatures:
        if not 0 < one.covered_bytes[1] < len(case.content):
            continue
        try:
            with case.clocks.suspecting.within():
                found.extend(_of_changes(case, one, certification))
        except (MemoryError, PdfStrictReadError):
            raise
        except OutOfTime:
            case.details.append("attacks: out of time")
            late.add(one.field_name)
        except Exception as error:  # noqa: BLE001 - objects of a wrong kind, nested without end, packed without measure
            case.details.append(_detail(error))
            unknown.add(one.field_name)
            found.extend(Suspicion(code, Effect.OPEN, one.field_name) for code in _NAMED.get(type(error).__name__, ()))
    found = list(dict.fromkeys(found))
    return (
        tuple(
            _open(_open(_judged(one, found), unknown, "changes-unknown"), late, "changes-not-compared")
            for one in signatures
        ),
        tuple(_judged(one, found) for one in timestamps),
        named(one.reason for one in found),
    )


def _of_signatures(
    case: Case, signatures: tuple[SignatureReport, ...], timestamps: tuple[TimestampReport, ...]
) -> Iterator[Suspicion]:
    """What is wrong with the signatures themselves."""
    found: list[Place] = list(places(case.reader))
    told = {one.field_name: frozenset(reason.code for reason in one.reasons) for one in signatures}
    told |= {one.field_name: frozenset(reason.code for reason in one.reasons) for one in timestamps}
    for place in found:
        yield from of_place(case.content, place)
        yield from of_cms(place, told.get(place.field, frozenset()))
    yield from copies(found)
    by_name = {place.field: place for place in found}
    for stamp in timestamps:
        if stamp.field_name not in by_name:
            continue
        end = stamp.covered_bytes[1]
        intact = any(one.intact and one.covered_bytes[1] <= end for one in signatures)
        intact = intact and not any(one.intact is False for one in signatures)
        broken = stamp.sub_indication is SubIndication.HASH_FAILURE
        yield from copied_document_timestamp(by_name[stamp.field_name], intact_before=intact, broken=broken)


def _of_changes(case: Case, one: SignatureReport, certification: int | None) -> Iterator[Suspicion]:
    """What came after a signature."""
    end = one.covered_bytes[1]
    refused = {change.code for change in one.changes if not change.allowed}
    if "bytes-appended" in refused and is_revision(case.content[end:]):
        yield Suspicion("incremental-saving", field=one.field_name)
        return
    base = base_revision(case.reader, end)
    if base is None:
        return
    update = Update(case.reader, base, end)
    if update.redirected():
        yield Suspicion("shadow-hide-and-replace", Effect.CHANGED, one.field_name)
        return  # nothing there can be read any more
    for suspicion in (*of_updates(update, certification), *of_overlays(update, case.content, certification)):
        yield replace(suspicion, field=one.field_name)


def _open(report: SignatureReport, fields: set[str], code: str) -> SignatureReport:
    """Not passed, where what came after it could not be looked at."""
    if report.field_name not in fields or report.indication is not Indication.TOTAL_PASSED:
        return report
    outcome, told = SubIndication.SIG_CONSTRAINTS_FAILURE, _words.reason(code)
    return replace(report, indication=outcome.indication, sub_indication=outcome, reasons=(told, *report.reasons))


def _detail(error: Exception) -> str:
    return f"attacks: {type(error).__name__}: {error}"[:500]


def _judged(report: Told, found: list[Suspicion]) -> Told:
    for suspicion in found:
        if suspicion.field in ("", report.field_name):
            report = _with(report, suspicion)
    return report


def _with(report: Told, suspicion: Suspicion) -> Told:
    """The report with one attack in it; what was found before it stays the first reason."""
    passed = report.indication is Indication.TOTAL_PASSED
    breaks = suspicion.effect is Effect.BROKEN
    if suspicion.effect is Effect.NAMED or (breaks and report.indication is Indication.TOTAL_FAILED):
        return report
    told: tuple[Reason, ...] = (suspicion.reason,)
    if suspicion.effect is Effect.CHANGED:
        if not all(change.allowed for change in report.changes):
            return report
        report = replace(report, changes=(*report.changes, suspicion.change))
        told = (_words.reason("changes-not-allowed"), *told)
    if passed or breaks:
        outcome = SubIndication.FORMAT_FAILURE if breaks else SubIndication.SIG_CONSTRAINTS_FAILURE
        reasons = (*told, *(one for one in report.reasons if one not in told))
        return replace(report, indication=outcome.indication, sub_indication=outcome, reasons=reasons)
    return replace(report, reasons=(*report.reasons, *(one for one in told if one not in report.reasons)))
