"""Reading a file's signatures, from its bytes to their reports. Runs in the sandbox."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.errors import EncryptedPdf, SigningError, UnreadablePdf
from signing.verify._algorithms import Algorithms, Ends
from signing.verify._attack_bytes import has_absurd_table
from signing.verify._attacks import attacks
from signing.verify._case import Case
from signing.verify._clock import Clocks
from signing.verify._container import covered_span, ends_of_revisions, loaded_cms, written
from signing.verify._evidence import Evidence, carried, stored
from signing.verify._findings import Refused, Signed
from signing.verify._report import Link, Reason, SignatureReport, SubIndication, TimestampReport
from signing.verify._signature import report_signature, report_timestamp
from signing.verify._status import Answers
from signing.verify._trust import Believed, Trusted
from signing.verify._words import note

_MOST_SIGNATURES = 200
_MOST_ENDS = 3


@dataclass(frozen=True, slots=True)
class Read:
    """All that was found in a file."""

    signatures: tuple[SignatureReport, ...]
    document_timestamps: tuple[TimestampReport, ...]
    notes: tuple[Reason, ...]
    detail: str
    """Failures that nobody foresaw, for the log."""
    links: tuple[Link, ...]
    """Of the trusted paths of signatures and timestamps."""
    attacks: tuple[Reason, ...] = ()
    """That were recognised."""


def read(
    content: bytes,
    roots: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    at: datetime,
    revocation_required: bool,  # noqa: FBT001 - crosses processes by position
    ends: Ends = (),
    anchors: tuple[Believed, ...] = (),
    answers: tuple[tuple[str, bytes], ...] = (),
) -> Read:
    """Report on every signature of a file.

    1. Open the file strictly; where it does not stand that, be lenient, and then leave out what was appended to it.
    2. Collect the filled signature fields.
    3. Judge document timestamps, newest first: each proves that what it covers existed at its time.
    4. Judge the signatures at the time so proven.
    5. Name the attacks, and judge what only they are.

    Raises:
        UnreadablePdf: no PDF, or damaged beyond reading.
        EncryptedPdf: it does not open without a password.
    """
    if has_absurd_table(content):
        raise UnreadablePdf("a table of cross-references with absurdly many rows")
    trusted = Trusted(
        roots=[x509.Certificate.load(root) for root in roots],
        intermediates=[x509.Certificate.load(one) for one in intermediates],
        anchors=anchors,
        algorithms=Algorithms(ends),
    )
    clocks = Clocks.set()  # however often the file is gone through
    whole = len(content)
    failure: Exception | None = None
    for end, strict in _ways_to_read(content):
        try:
            reader = PdfFileReader(io.BytesIO(content[:end]), strict=strict)
            found = _read(content, end, reader, trusted, at, answers, clocks, revocation_required=revocation_required)
        except (SigningError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - PdfError mostly, or anything over objects of a wrong kind
            failure = failure or error
            continue
        if end == whole or found.signatures:  # a part without any says nothing of the whole
            return found
    raise UnreadablePdf(f"{type(failure).__name__}: {failure}"[:1000]) from failure


def _ways_to_read(content: bytes) -> Iterator[tuple[int, bool]]:
    """Up to where, and whether strictly: the whole file, then where it may have ended before somebody appended."""
    yield len(content), True
    yield len(content), False
    earlier = [end for end in ends_of_revisions(content, _MOST_ENDS + 1) if end < len(content)]
    for end in earlier[:_MOST_ENDS]:
        yield end, False


def _read(
    content: bytes,
    readable_end: int,
    reader: PdfFileReader,
    trusted: Trusted,
    at: datetime,
    answers: tuple[tuple[str, bytes], ...],
    clocks: Clocks,
    *,
    revocation_required: bool,
) -> Read:
    _ = reader.root
    if reader.security_handler is not None and reader.decrypt("").status is AuthStatus.FAILED:
        raise EncryptedPdf
    signed = _collected(reader, content)
    evidence = _evidence(reader, signed) if signed else Evidence()
    for kind, der in answers:
        evidence.add(kind, der, len(content))  # no timestamp in the file covers what is not in it
    trusted = replace(trusted, intermediates=[*trusted.intermediates, *evidence.certificates()])
    case = Case(
        content,
        readable_end,
        reader,
        trusted,
        signed,
        at,
        revocation_required=revocation_required,
        evidence=evidence,
        answers=Answers(
            evidence.answers(),
            trusted.algorithms.sound,
            tuple(one.dump() for one in (*trusted.roots, *trusted.intermediates))
            + tuple(one.certificate for one in trusted.anchors),
        ),
        clocks=clocks,
    )
    signatures, timestamps, found = attacks(case, *asyncio.run(_judged(case)))
    removed = not signed and b"/ByteRange" in content
    notes = (note("signature-removed"),) if removed else ()
    return Read(signatures, timestamps, notes, "; ".join(case.details), _links(trusted), found)


def _links(trusted: Trusted) -> tuple[Link, ...]:
    """Each certificate once, for the latest moment that it was judged for."""
    found: dict[bytes, Link] = {}
    for path, moment in trusted.paths:
        certificates = [one.dump() for one in path.iter_certs(include_root=True)]
        for issuer, certificate in pairwise(certificates):
            if certificate not in found or found[certificate].moment < moment:
                found[certificate] = Link(certificate, issuer, moment)
    return tuple(found.values())


async def _judged(case: Case) -> tuple[tuple[SignatureReport, ...], tuple[TimestampReport, ...]]:
    timestamps = [await report_timestamp(case, one) for one in reversed(case.signed) if one.is_timestamp]
    signatures = [await report_signature(case, one) for one in case.signed if not one.is_timestamp]
    return tuple(signatures), tuple(reversed(timestamps))


def _collected(reader: PdfFileReader, content: bytes) -> list[Signed]:
    """Filled signature fields, in the order they were signed; one entry for one signature."""
    found: dict[Any, Signed] = {}
    for name, value, field in _filled(reader):
        key = value.reference if isinstance(value, generic.IndirectObject) else id(value)
        if key in found:
            found[key] = replace(found[key], field_names=(*found[key].field_names, name))
            continue
        found[key] = _read_field(reader, content, name, field)
        if len(found) > _MOST_SIGNATURES:
            raise UnreadablePdf(f"more than {_MOST_SIGNATURES} signatures")
    return sorted(found.values(), key=lambda one: one.covered_end)


def _filled(reader: PdfFileReader) -> Iterator[tuple[str, Any, Any]]:
    if "/AcroForm" not in reader.root:
        return
    for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
        field = reference.get_object()
        yield str(name), field.raw_get("/V"), field


def _read_field(reader: PdfFileReader, content: bytes, name: str, field: Any) -> Signed:
    kind, embedded, problem, end = "", None, None, len(content)
    try:
        dictionary = field["/V"]
        kind = str(dictionary.get("/SubFilter", ""))[:60]
        loaded_cms(bytes(written(dictionary).original_bytes))
        embedded = EmbeddedPdfSignature(reader, field, name)
        _, end = covered_span(content, embedded)
    except Refused as refused:
        problem = refused
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception:  # noqa: BLE001 - objects of any wrong kind may stand here
        problem = Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable")
    return Signed((name,), kind, embedded, problem, end)


def _evidence(reader: PdfFileReader, signed: list[Signed]) -> Evidence:
    evidence = stored(reader)
    for one in signed:
        if one.embedded is not None:
            carried(one.embedded.signed_data, one.covered_end, evidence)
    return evidence
