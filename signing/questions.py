"""What is asked about a certificate: a question that needs no network to be put."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one certificate."""

    holder: str
    """For messages."""
    certificate: bytes
    """DER."""
    issuer: bytes
    """DER."""
    moment: datetime
    """It must not have been revoked until then."""
    ocsp_request: bytes
    """OCSPRequest, DER, without a nonce: the answer is kept for others, to whom a nonce says nothing."""
    ocsp_urls: tuple[str, ...]
    """As the certificate says."""
    crl_urls: tuple[str, ...]
