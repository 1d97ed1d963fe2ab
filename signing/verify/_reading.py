"""Reading a file's signatures, from its bytes to their reports. Runs in the sandbox."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import x509
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.errors import EncryptedPdf, UnreadablePdf
from signing.verify._container import covered_span, loaded_cms
from signing.verify._findings import Refused, Signed
from signing.verify._report import Reason, SignatureReport, SubIndication, TimestampReport
from signing.verify._signature import Case, report_signature, report_timestamp
from signing.verify._trust import Trusted
from signing.verify._words import reason

_MOST_SIGNATURES = 200
_TIMESTAMP = "/ETSI.RFC3161"


@dataclass(frozen=True, slots=True)
class Read:
    """All that was found in a file."""

    signatures: tuple[SignatureReport, ...]
    document_timestamps: tuple[TimestampReport, ...]
    notes: tuple[Reason, ...]


def read(
    content: bytes,
    roots: tuple[bytes, ...],
    intermediates: tuple[bytes, ...],
    at: datetime,
    revocation_required: bool,  # noqa: FBT001 - crosses processes by position
) -> Read:
    """Report on every signature of a file.

    1. Open the file, strictly if it allows that.
    2. Collect the filled signature fields.
    3. Judge document timestamps, newest first: each proves that what it covers existed at its time.
    4. Judge the signatures at the time so proven.

    Raises:
        UnreadablePdf: no PDF, or damaged beyond reading.
        EncryptedPdf: it does not open without a password.
    """
    try:
        reader, faulty = _opened(content)
        signed = _collected(reader, content)
    except (UnreadablePdf, EncryptedPdf, MemoryError):
        raise
    except Exception as error:
        raise UnreadablePdf(f"{type(error).__name__}: {error}"[:1000]) from error
    trusted = Trusted(
        roots=[x509.Certificate.load(root) for root in roots],
        intermediates=[x509.Certificate.load(one) for one in intermediates],
    )
    if signed:
        _add_stored(reader, trusted)
    case = Case(content, reader, trusted, signed, at, faulty=faulty, revocation_required=revocation_required)
    signatures, timestamps = asyncio.run(_judged(case))
    removed = not signed and b"/ByteRange" in content
    return Read(signatures, timestamps, (reason("signature-removed", against=False),) if removed else ())


async def _judged(case: Case) -> tuple[tuple[SignatureReport, ...], tuple[TimestampReport, ...]]:
    stamps = [one for one in case.signed if _is_timestamp(one)]
    timestamps = [await report_timestamp(case, one) for one in reversed(stamps)]
    signatures = [await report_signature(case, one) for one in case.signed if not _is_timestamp(one)]
    return tuple(signatures), tuple(reversed(timestamps))


def _is_timestamp(one: Signed) -> bool:
    return one.embedded is not None and one.embedded.sig_object.get("/SubFilter") == _TIMESTAMP


def _opened(content: bytes) -> tuple[PdfFileReader, bool]:
    """The file, and whether its structure is faulty."""
    faulty = False
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=True)
        _ = reader.root
    except PdfError:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        _ = reader.root
        faulty = True
    if reader.security_handler is not None and reader.decrypt("").status is AuthStatus.FAILED:
        raise EncryptedPdf
    return reader, faulty


def _collected(reader: PdfFileReader, content: bytes) -> list[Signed]:
    """Filled signature fields, in the order they were signed; one entry for one signature."""
    found: dict[Any, Signed] = {}
    for name, value, field in _filled(reader):
        key = value.reference if hasattr(value, "reference") else id(value)
        if key in found:
            known = found[key]
            found[key] = Signed((*known.field_names, name), known.embedded, known.problem, known.order)
            continue
        found[key] = _read_field(reader, content, name, field)
        if len(found) > _MOST_SIGNATURES:
            raise UnreadablePdf(f"more than {_MOST_SIGNATURES} signatures")
    return sorted(found.values(), key=lambda one: one.order)


def _filled(reader: PdfFileReader) -> Iterator[tuple[str, Any, Any]]:
    if "/AcroForm" not in reader.root:
        return
    for name, _, reference in enumerate_sig_fields(reader, filled_status=True):
        field = reference.get_object()
        yield str(name), field.raw_get("/V"), field


def _read_field(reader: PdfFileReader, content: bytes, name: str, field: Any) -> Signed:
    embedded = None
    try:
        dictionary = field["/V"]
        loaded_cms(bytes(dictionary.raw_get("/Contents").original_bytes))
        embedded = EmbeddedPdfSignature(reader, field, name)
        _, end = covered_span(content, embedded)
    except Refused as refused:
        return Signed((name,), embedded, refused, len(content))
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - objects of any wrong kind may stand here
        return Signed((name,), embedded, Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable"), len(content))
    return Signed((name,), embedded, None, end)


def _add_stored(reader: PdfFileReader, trusted: Trusted) -> None:
    """Add certificates and revocation data that the document keeps (ETSI EN 319 142-1, 5.4.2); unusable ones are not."""
    if "/DSS" not in reader.root:
        return
    try:
        store = DocumentSecurityStore.read_dss(reader)
        context = store.as_validation_context({"trust_roots": [], "allow_fetching": False})
        certificates: Iterable[x509.Certificate] = list(store.load_certs())
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - a damaged store proves nothing, but does not break a signature
        return
    trusted.intermediates.extend(certificates)
    trusted.crls.extend(context.crls)
    trusted.ocsps.extend(context.ocsps)
