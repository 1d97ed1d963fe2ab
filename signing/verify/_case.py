"""A file under examination, and what is proven about it so far. Lives in the sandbox only."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader

from signing.verify._clock import Clocks
from signing.verify._evidence import Evidence
from signing.verify._findings import Refused, Signed
from signing.verify._past import Standing, Times, standing
from signing.verify._report import ProofOfExistence, SubIndication
from signing.verify._same import Budget
from signing.verify._status import Answers
from signing.verify._trust import Stamp, Trusted, algorithms


@dataclass(slots=True)
class Case:
    """A file under examination."""

    content: bytes
    readable_end: int
    """Where the part ends that can be read; what lies behind it was appended."""
    reader: PdfFileReader
    trusted: Trusted
    signed: list[Signed]
    at: datetime
    revocation_required: bool
    evidence: Evidence
    answers: Answers
    proofs: list[ProofOfExistence] = field(default_factory=list)
    """Document timestamps that are believed."""
    details: list[str] = field(default_factory=list)
    """Failures that nobody foresaw, for the log."""
    digests: dict[tuple[int, str], bytes] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    """For comparing revisions, all signatures together."""
    clocks: Clocks = field(default_factory=Clocks.set)

    def proofs_for(self, covered_end: int) -> list[ProofOfExistence]:
        """The document timestamps over the file up to there, earliest first."""
        covering = [proof for proof in self.proofs if proof.covered_bytes[1] > covered_end]
        return sorted(covering, key=lambda proof: proof.at)

    def proof_for(self, covered_end: int) -> Stamp | None:
        """The earliest document timestamp over the file up to there."""
        for proof in self.proofs_for(covered_end):
            return Stamp(proof.at, proof.authority)
        return None

    def standing(self, path: Any, best: datetime) -> Standing:
        """What the kept answers say of a trusted path at a best signature time."""
        return standing(ders(path), self.answers, self.times(best))

    def times(self, best: datetime) -> Times:
        """For a best signature time."""
        return Times(best, self.at, self._proven, self._held)

    def _proven(self, end: int) -> datetime:
        proof = self.proof_for(end)
        return proof.at if proof is not None else self.at

    def _held(self, certificate: bytes) -> datetime:
        return self._proven(self.evidence.end_of(certificate, len(self.content)))

    def digest(self, embedded: Any, algorithm: str) -> bytes:
        """Of the bytes a signature covers; computed once for each signature and algorithm."""
        _, first, second, length = embedded.byte_range
        key = (second + length, algorithm)
        if key not in self.digests:
            view = memoryview(self.content)
            try:
                digest = hashlib.new(algorithm.replace("-", "_"), view[:first], usedforsecurity=False)
            except ValueError as error:
                algorithm = algorithms(embedded.signed_data)
                raise Refused(
                    SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "algorithm-unsupported", algorithm=algorithm
                ) from error
            digest.update(view[second : second + length])
            self.digests[key] = digest.digest()
        return self.digests[key]


def hashed(algorithm: str, content: bytes) -> bytes:
    """The digest of bytes at hand."""
    return hashlib.new(algorithm.replace("-", "_"), content, usedforsecurity=False).digest()


def ders(path: Any) -> Sequence[bytes]:
    """The certificates of pyHanko's ``ValidationPath``, from the root down."""
    return [certificate.dump() for certificate in path.iter_certs(include_root=True)]
