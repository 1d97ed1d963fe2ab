"""Laying validation data and a document timestamp into a sealed file (ETSI EN 319 142-1, 5.4). Runs in the sandbox.

Both are appended in revisions of their own. That is what even a signature allows that locks the document
(ISO 32000-2, 12.8.2.2.2).
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from asn1crypto import crl, ocsp, x509
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore

from signing import _form
from signing._prepare import Prepared, opened, with_container

_FIELD = "archive-timestamp-"


@dataclass(frozen=True, slots=True)
class Proofs:
    """Validation data, each DER."""

    certificates: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


def with_store(content: bytes, proofs: Proofs) -> bytes:
    """The file with a document security store, or with more in the one it has.

    Raises:
        EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,  # no VRI: it only repeats which of the data belong to which signature
            certs=[x509.Certificate.load(one) for one in proofs.certificates],
            ocsps=[ocsp.OCSPResponse.load(one) for one in proofs.ocsps],
            crls=[crl.CertificateList.load(one) for one in proofs.crls],
        )
        output = io.BytesIO()
        writer.write(output)
        return output.getvalue()


def prepare_timestamp(content: bytes, proofs: Proofs, room: int) -> Prepared:
    """The file with its store, if there is anything to store, opened for a timestamp over all of it.

    Raises:
        EncryptedPdf, UnreadablePdf
    """
    with opened(with_store(content, proofs) if proofs != Proofs() else content) as writer:
        setup = cms_embedder.SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=2 * room))
        return with_container(writer, _free_name(writer), setup)


def _free_name(writer: IncrementalPdfFileWriter) -> str:
    taken = {str(field.get_object().get("/T")) for field in _form.form_fields(writer)}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{_FIELD}{number}") not in taken)
