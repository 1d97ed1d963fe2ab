"""The way from a certificate up to a trusted root. Runs in the sandbox: certificates come from elsewhere."""

from __future__ import annotations

import asyncio
from datetime import datetime
from itertools import pairwise

from asn1crypto import x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext

from signing._status import questions
from signing.errors import UntrustedCertificate
from signing.questions import Question
from signing.verify import Link


def questions_up(
    certificate: bytes, others: tuple[bytes, ...], roots: tuple[bytes, ...], at: datetime
) -> tuple[Question, ...]:
    """What to ask about a certificate and those above it, up to a trusted root.

    Raises:
        UntrustedCertificate: no valid path leads to one (RFC 5280, 6).
        RevocationUnavailable: a certificate cannot be asked about.
    """
    try:
        context = ValidationContext(
            trust_roots=[x509.Certificate.load(one) for one in roots],
            other_certs=[x509.Certificate.load(one) for one in others],
            moment=at,
            allow_fetching=False,
            revocation_mode="soft-fail",
        )
        validator = CertificateValidator(x509.Certificate.load(certificate), validation_context=context)
        path = asyncio.run(validator.async_validate_path())
        found = [one.dump() for one in path.iter_certs(include_root=True)]
    except Exception as error:
        raise UntrustedCertificate(f"{type(error).__name__}: {error}"[:500]) from error
    return questions(tuple(Link(one, issuer, at) for issuer, one in pairwise(found)))
