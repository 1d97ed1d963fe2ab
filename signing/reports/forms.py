"""The forms of a report: JSON, XML after ETSI TS 119 102-2, and a PDF that is signed."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.keys import SigningKey
from signing.reports._json import as_json
from signing.reports._pdf import Signatory, as_pdf
from signing.reports._xml import as_xml
from signing.sandbox import Limits
from signing.sign import SignedFile, sign_corner
from signing.timestamp import Timestamper

__all__ = ["Signatory", "as_json", "as_pdf", "as_xml", "sign_pdf", "signatory_of"]


def signatory_of(key: SigningKey, *, for_trials: bool) -> Signatory:
    """Who a key's signature is of, for the pages to say."""
    names = key.certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return Signatory(
        holder=key.holder,
        issuer=str(names[0].value) if names else key.certificate.issuer.rfc4514_string(),
        certificate=key.certificate.public_bytes(Encoding.DER),
        for_trials=for_trials,
    )


def sign_pdf(
    content: bytes, *, key: SigningKey, timestamper: Timestamper | None, limits: Limits | None = None
) -> SignedFile:
    """Sign a PDF report, at B-T where there is a timestamper; it is locked then, attachments included.

    Raises:
        CertificateNotUsable, TimestampUnavailable: nothing was signed.
    """
    return sign_corner(
        content,
        key=key,
        lines=("Ký số / Signed by:", key.holder),
        timestamper=timestamper,
        reason="Báo cáo kiểm tra chữ ký số",
        limits=limits,
    )
