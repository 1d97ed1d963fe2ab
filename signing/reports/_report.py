"""A verification as it is reported: the verdict, what it rests on, and what a second one needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko_certvalidator.policy_decl import DisallowWeakAlgorithmsPolicy

from signing.reports._evidence import Container, Described, Evidence
from signing.reports._settings import believed
from signing.verify import FileReport, Link, Trust

LIBRARIES = ("pyhanko", "pyhanko-certvalidator", "cryptography", "asn1crypto")
"""Other people's programs that take part in the verdict."""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """What was too weak to be believed."""

    refused_digests: tuple[str, ...]
    least_rsa_bits: int
    least_dsa_bits: int

    @classmethod
    def in_force(cls) -> Algorithms:
        """Of the program as it runs now."""
        policy = DisallowWeakAlgorithmsPolicy()
        return cls(tuple(sorted(policy.weak_hash_algos)), policy.rsa_key_size_threshold, policy.dsa_key_size_threshold)


@dataclass(frozen=True, slots=True)
class Program:
    """What came to the verdict."""

    name: str
    version: str
    libraries: tuple[tuple[str, str], ...]

    @classmethod
    def running(cls, name: str) -> Program:
        """A distribution by its name, as installed, with the libraries that take part."""
        return cls(name, version(name), tuple((one, version(one)) for one in LIBRARIES))


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """One verification of one file."""

    file: FileReport
    file_name: str
    """As the person who had it checked calls it; may be empty."""
    made_at: datetime
    """When the report was made; ``file.checked_at`` is the moment it judges for. UTC."""
    trust: Trust
    links: tuple[Link, ...]
    evidence: Evidence
    program: Program
    algorithms: Algorithms

    def path_from(self, certificate: bytes | None) -> tuple[bytes, ...]:
        """From a certificate to the anchor it was believed by, DER; the certificate alone if it was not."""
        if certificate is None:
            return ()
        above = {link.certificate: link.issuer for link in self.links}
        path = [certificate]
        while (issuer := above.get(path[-1])) is not None and issuer not in path:
            path.append(issuer)
        return tuple(path)

    def container_of(self, field_name: str) -> Container | None:
        """What a signature field holds."""
        return next((one for one in self.evidence.containers if one.field_name == field_name), None)

    def described(self, der: bytes | None) -> Described | None:
        """What a certificate says; ``None`` if it cannot be read."""
        return next((one for one in self.evidence.certificates if one.der == der), None)

    @property
    def anchors(self) -> tuple[bytes, ...]:
        """DER of every certificate that was trusted, within whatever limits."""
        return believed(self.trust)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """DER of every certificate that the verdict rests on, each once: signers, timestamps, those above them."""
        starts = [one.certificate for one in self.evidence.containers]
        starts += [token.certificate for one in self.evidence.containers for token in one.tokens]
        found = [der for start in starts for der in self.path_from(start)]
        found += [der for link in self.links for der in (link.certificate, link.issuer)]
        return tuple(dict.fromkeys(found))


def ders(certificates: tuple[x509.Certificate, ...]) -> tuple[bytes, ...]:
    """Certificates as bytes."""
    return tuple(one.public_bytes(Encoding.DER) for one in certificates)


def fingerprint(der: bytes) -> str:
    """SHA-256, hexadecimal."""
    return sha256(der).hexdigest()
