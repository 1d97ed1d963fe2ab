"""Timestamps by an authority whose certificate ends when a test wants it to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from signing.pki import KeyKind, TestPki
from signing.pki import _certificates as certificates
from signing.pki._certificates import Member
from signing.pki._stamps import StampAuthority
from signing.timestamp import Timestamper


def timestamper_until(pki: TestPki, until: datetime) -> Timestamper:
    """One more timestamp authority of the test PKI."""
    issuing, key = pki._members["issuing"], KeyKind.RSA_2048.generate()
    made = certificates.certificate(
        subject=certificates.name_of("Dấu thời gian ngắn hạn"),
        public_key=key.public_key(),
        issuer=issuing.certificate.subject,
        issuer_key=issuing.key,
        valid=(datetime.now(UTC) - timedelta(days=1), until),
        extensions=certificates.for_timestamps() + certificates.where_to_ask(pki._base_url, "issuing", ocsp=True),
    )
    pki._ledger.issue(made.serial_number, made.dump())
    return Timestamper(StampAuthority(Member(key, made), issuing).answer)
