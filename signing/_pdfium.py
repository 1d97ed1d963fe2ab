"""Opening an untrusted PDF with pdfium, with errors of our own. Runs in the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pypdfium2
import pypdfium2.raw

from signing.errors import EncryptedPdf, UnreadablePdf

pdfium: Any = pypdfium2.raw


@contextmanager
def opened_pdf(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """The file, closed again at the end.

    Raises:
        EncryptedPdf: a password is asked for.
        UnreadablePdf: no PDF, or damaged beyond reading.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium.FPDF_ERR_PASSWORD:
            raise EncryptedPdf from error
        raise UnreadablePdf(str(error)) from error
    try:
        yield document
    except pypdfium2.PdfiumError as error:
        raise UnreadablePdf(str(error)) from error
    finally:
        document.close()
