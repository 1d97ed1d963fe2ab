"""A small public key infrastructure for trials: certificates, timestamps, OCSP and CRLs, in this process.

It says in every certificate that it has no legal value. Real records are signed with keys of public or
Government certification authorities; nothing outside this package depends on whose keys they are.
"""

from __future__ import annotations

from signing.pki._certificates import KeyKind
from signing.pki._files import PkiDamaged
from signing.pki._hierarchy import TestPki
from signing.pki._status import Reason, UnknownCertificate

__all__ = ["KeyKind", "PkiDamaged", "Reason", "TestPki", "UnknownCertificate"]
