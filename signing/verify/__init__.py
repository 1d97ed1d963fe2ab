"""Verify the signatures of any file: who signed, when, whether it is unchanged, and whether to believe it.

Follows ETSI EN 319 102-1 (the words of the answer and the order of its questions), EN 319 142-1 (PAdES) and
ISO 32000-2, 12.8. It stays offline and reads the file in the sandbox. Decisions beyond the standards:

* Revocation is judged by data in the file. Where there is none, a signature can still be TOTAL-PASSED, and its report
  says that revocation was not checked; with ``Trust(revocation_required=True)`` it is INDETERMINATE/TRY_LATER, as
  the standard has it.
* What timestamps and kept answers prove carries over the ends of certificates, keys and algorithms
  (docs/decisions/015).
* A timestamp that is there must hold and be trusted, or the signature is not TOTAL-PASSED; the same goes for
  timestamps over the document and the file's verdict.
* The parts of a signature that it cannot protect itself (its container, the frame of its CMS, certificates that came
  with it) must be as every right signer writes them, so that a byte changed anywhere is noticed.
* Changes after signing that a signature does not allow leave it INDETERMINATE/SIG_CONSTRAINTS_FAILURE, the standard's
  words for it; the file is INVALID.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from signing.anchors import Anchor, Purpose
from signing.errors import Crashed, EncryptedPdf, SigningError, UnreadablePdf
from signing.sandbox import Limits, run
from signing.verify import _reading, _words
from signing.verify._algorithms import instants
from signing.verify._attack_bytes import MOST_BYTES, of_structure
from signing.verify._attack_words import Suspicion, named
from signing.verify._page_words import with_words
from signing.verify._report import (
    Change,
    Fetched,
    FileReport,
    Indication,
    Link,
    ProofOfExistence,
    Reason,
    Revocation,
    SignatureReport,
    SubIndication,
    TimestampReport,
    Verdict,
)
from signing.verify._stamps import stamp_algorithms
from signing.verify._trust import Believed

__all__ = [
    "MOST_SECONDS",
    "Change",
    "Fetched",
    "FileReport",
    "Indication",
    "Link",
    "ProofOfExistence",
    "Reason",
    "Revocation",
    "SignatureReport",
    "SubIndication",
    "TimestampReport",
    "Trust",
    "Verdict",
    "examine",
    "stamp_algorithms",
    "verify",
]

MOST_SECONDS = 9.0
"""For all that is done to one file, whatever is allowed for others: a verdict is there within ten, the file's way into
other processes included."""
_READING_SHARE = 0.85
"""Of that time; what is left is for a look at what resisted."""
_LONG_BYTES = 1024 * 1024
"""From this size on, a file is digested beside its reading: hashing needs no lock of Python's."""
_LOOK_SECONDS = 4.0
"""For a look at the bytes of a file that could not be read, or says nothing good."""
_LOOK_BYTES = 2_000_000
"""How large a file that could be read may be for that look."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe."""

    roots: tuple[x509.Certificate, ...]
    """Certificates of authorities that are believed always, for signatures and for timestamps."""

    intermediates: tuple[x509.Certificate, ...] = ()
    """Further authorities that signatures may leave out; trusted only under a root."""

    revocation_required: bool = False
    """A signature passes only with proof in the file that no certificate on its path was revoked."""

    algorithm_ends: Mapping[str, date] = field(default_factory=dict)
    """Until when algorithms and key lengths are relied upon, by names such as ``sha1`` and ``rsa-2048``."""

    anchors: Sequence[Anchor] = ()
    """Further authorities, each for a purpose and a time; read once for each file, for the keeper may change them."""

    crls: tuple[bytes, ...] = ()
    """Revocation lists (DER) beside those in the file, checked already: see :mod:`signing.fetching`."""

    ocsps: tuple[bytes, ...] = ()
    """OCSP answers (DER), likewise."""

    def roots_for(self, purpose: Purpose, at: datetime) -> tuple[x509.Certificate, ...]:
        """Whom to believe for a purpose at a moment."""
        return (*self.roots, *(one.certificate for one in self.anchors if one.holds(purpose, at)))

    def all_roots(self) -> tuple[x509.Certificate, ...]:
        """Whom to believe for anything at any time."""
        return (*self.roots, *(one.certificate for one in self.anchors))


def verify(content: bytes, *, trust: Trust, at: datetime | None = None, limits: Limits | None = None) -> FileReport:
    """Verify the signatures of a file; whatever the bytes, the answer is a report.

    Args:
        content: any bytes.
        trust: whom to believe.
        at: the moment to judge for, where no timestamp proves an earlier one; now if ``None``.
        limits: for reading the file; of its time, no more than :data:`MOST_SECONDS`.
    """
    return examine(content, trust=trust, at=at, limits=limits)[0]


def examine(
    content: bytes, *, trust: Trust, at: datetime | None = None, limits: Limits | None = None
) -> tuple[FileReport, tuple[Link, ...]]:
    """As :func:`verify`, with the certificates whose status proves the signatures for longer."""
    moment = (at or datetime.now(UTC)).astimezone(UTC)
    limits, started = _bounded(limits or Limits()), time.monotonic()
    digest = _Digest(content)
    try:
        found = run(
            _reading.read,
            content,
            tuple(root.public_bytes(Encoding.DER) for root in trust.roots),
            tuple(one.public_bytes(Encoding.DER) for one in trust.intermediates),
            moment,
            trust.revocation_required,
            instants(trust.algorithm_ends),
            tuple(Believed.of(anchor) for anchor in trust.anchors),
            (*(("crl", der) for der in trust.crls), *(("ocsp", der) for der in trust.ocsps)),
            limits=replace(limits, seconds=limits.seconds * _READING_SHARE),
        )
    except SigningError as error:
        verdict, suspected = _without_answer(error), _suspected(content, limits, started)
        return _report(digest, moment, verdict, error=error, suspected=suspected), ()
    signatures, timestamps = with_words(
        content, found.signatures, found.document_timestamps, limits=limits, started=started
    )
    found = replace(found, signatures=signatures, document_timestamps=timestamps)
    verdict = _verdict(found)
    suspected = ()
    if verdict in {Verdict.INVALID, Verdict.UNSIGNED} and len(content) <= _LOOK_BYTES:
        suspected = _suspected(content, limits, started)
    return _report(digest, moment, verdict, found=found, suspected=suspected), found.links


class _Digest:
    """The SHA-256 of a file, by which a report names it: told by no reader, and made while one reads."""

    def __init__(self, content: bytes) -> None:
        self.size_bytes = len(content)
        self._made = hashlib.sha256() if len(content) >= _LONG_BYTES else hashlib.sha256(content)
        self._work: threading.Thread | None = None
        if len(content) >= _LONG_BYTES:
            self._work = threading.Thread(target=self._made.update, args=(content,), daemon=True)
            self._work.start()

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        if self._work is not None:
            self._work.join()
        return self._made.hexdigest()


def _report(
    digest: _Digest,
    moment: datetime,
    verdict: Verdict,
    *,
    found: _reading.Read | None = None,
    error: SigningError | None = None,
    suspected: tuple[Reason, ...] = (),
) -> FileReport:
    signatures = found.signatures if found else ()
    timestamps = found.document_timestamps if found else ()
    notes = found.notes if found else ()
    if error is not None and verdict in {Verdict.LIMITS, Verdict.CRASHED}:
        message_vi, message_en = error.message_vi, error.message_en
    else:
        message_vi, message_en = _words.sentence(verdict, signatures, timestamps, removed=bool(notes))
    return FileReport(
        verdict=verdict,
        message_vi=message_vi,
        message_en=message_en,
        signatures=signatures,
        document_timestamps=timestamps,
        notes=notes,
        sha256=digest.sha256,
        size_bytes=digest.size_bytes,
        checked_at=moment,
        attacks=named((*(found.attacks if found else ()), *suspected)),
        detail=f"{error.code}: {error.detail}" if error else found.detail if found else "",
    )


def _bounded(limits: Limits) -> Limits:
    return replace(limits, seconds=min(limits.seconds, MOST_SECONDS))


def _suspected(content: bytes, limits: Limits, started: float) -> tuple[Reason, ...]:
    """What may have kept the file from being read, as far as that shows in what is left of the time."""
    seconds = min(limits.seconds - (time.monotonic() - started), _LOOK_SECONDS)
    if seconds <= 0:
        return ()
    try:
        codes = run(of_structure, content[:MOST_BYTES], limits=replace(limits, seconds=seconds))
    except SigningError:
        return ()
    return tuple(Suspicion(code).reason for code in codes)


def _without_answer(error: SigningError) -> Verdict:
    if isinstance(error, EncryptedPdf):
        return Verdict.ENCRYPTED
    if isinstance(error, UnreadablePdf):
        return Verdict.UNREADABLE
    return Verdict.CRASHED if isinstance(error, Crashed) else Verdict.LIMITS


def _verdict(found: _reading.Read) -> Verdict:
    if not found.signatures:
        # Somebody made it look signed.
        return Verdict.INVALID if found.attacks else Verdict.UNSIGNED
    if any(_breaks(signature) for signature in found.signatures):
        return Verdict.INVALID
    indications = [one.indication for one in found.signatures] + [one.indication for one in found.document_timestamps]
    return Verdict.VALID if set(indications) == {Indication.TOTAL_PASSED} else Verdict.INDETERMINATE


def _breaks(signature: SignatureReport) -> bool:
    changed = any(not change.allowed for change in signature.changes)
    return changed or signature.indication is Indication.TOTAL_FAILED
