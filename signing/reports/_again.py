"""Reading a report, and coming to its verdict again. Reading runs in the sandbox: a report is anybody's file."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from pydantic import ValidationError
from pypdf import PdfReader

from signing.errors import NotAReport
from signing.reports import model
from signing.reports._settings import settings_from

_WORDS = {"vi", "en"}
"""Wording may get better; what is said has a code."""
_MOST_BYTES = 20 * 1024 * 1024
_JUDGED = ("verdict", "signatures", "document_timestamps", "notes")


@dataclass(frozen=True, slots=True)
class Listed:
    """What a report lists, as far as a second verification needs it."""

    file_sha256: str
    size_bytes: int
    judged_for: datetime
    made_at: datetime
    program: str
    anchors: tuple[bytes, ...]
    """DER."""
    intermediates: tuple[bytes, ...]
    """DER."""
    settings: tuple[tuple[str, Any], ...]
    conclusions: tuple[tuple[str, str], ...]
    """Each line of the verdict: where it stands, and what it says."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A line of the verdict that is not what it was."""

    line: str
    """As ``signatures.1.indication``, counted from 1."""
    then: str
    """Empty: it was not there."""
    now: str
    """Empty: it is not there any more."""


def read(content: bytes) -> Listed:
    """Read a report: JSON, or a PDF with the JSON inside.

    Raises:
        NotAReport: it is none, or of a format that this program does not know.
    """
    written = _inside(content) if content[:1024].lstrip().startswith(b"%PDF-") else content
    if len(written) > _MOST_BYTES:
        raise NotAReport(f"{len(written)} bytes")
    try:
        report = model.Report.model_validate_json(written)
        settings_from(report.settings.model_dump().items())
        return Listed(
            file_sha256=report.file.sha256,
            size_bytes=report.file.size_bytes,
            judged_for=_utc(report.judged_for),
            made_at=_utc(report.made_at),
            program=f"{report.program.name} {report.program.version}"[:200],
            anchors=tuple(map(_der, report.trust.anchors)),
            intermediates=tuple(map(_der, report.trust.intermediates)),
            settings=tuple(sorted(report.settings.model_dump().items())),
            conclusions=conclusions(report),
        )
    except (ValidationError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotAReport(str(error)[:500]) from error


def conclusions(report: model.Report) -> tuple[tuple[str, str], ...]:
    """The verdict line by line, without its wording."""
    written = report.model_dump(mode="json", include=set(_JUDGED))
    return tuple((line, said) for part in _JUDGED for line, said in _lines(part, written[part]))


def compared(then: tuple[tuple[str, str], ...], now: tuple[tuple[str, str], ...]) -> tuple[Difference, ...]:
    """Lines that differ. What only the later program tells is no difference, unless it tells of something new."""
    before, after = dict(then), dict(now)
    told = {_kind(line) for line in before}
    lines = [*before, *(line for line in after if line not in before and _kind(line) in told)]
    return tuple(
        Difference(line, before.get(line, ""), after.get(line, ""))
        for line in lines
        if before.get(line) != after.get(line) and not line.endswith(".0")
    )


def _kind(line: str) -> str:
    return ".".join(part for part in line.split(".") if not part.isdigit())


def _lines(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and "code" in value:
        flags = (_flag(key, one) for key, one in sorted(value.items()) if key not in {*_WORDS, "code"})
        yield place, f"{value['code']} ({', '.join(flags)})"
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _lines(f"{place}.{key}", one)
    elif isinstance(value, list):
        if not value:
            yield f"{place}.0", ""  # there is such a list, and nothing in it
        for number, one in enumerate(value, 1):
            yield from _lines(f"{place}.{number}", one)
    else:
        yield place, "-" if value is None else str(value)[:2000]


def _flag(key: str, value: Any) -> str:
    if isinstance(value, bool):
        return key if value else f"not {key}"
    return f"{key}={str(value)[:200]}"


def _inside(content: bytes) -> bytes:
    try:
        found = PdfReader(io.BytesIO(content)).attachments.get(model.FILE_NAME, [])
    except MemoryError:
        raise
    except Exception as error:
        raise NotAReport(f"{type(error).__name__}: {error}"[:500]) from error
    if len(found) != 1:
        raise NotAReport(f"a PDF with {len(found)} files named {model.FILE_NAME}")
    return bytes(found[0])


def _der(certificate: model.Certificate) -> bytes:
    try:
        der = base64.b64decode(certificate.der, validate=True)
    except binascii.Error as error:
        raise ValueError("a certificate that is no Base64") from error
    x509.load_der_x509_certificate(der)
    return der


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment.astimezone(UTC)
