"""Whether a certificate may sign now: its time, use, strength, authority and revocation, before anything is written."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from signing._path import questions_up
from signing._status import require_good
from signing.anchors import Purpose
from signing.errors import RevocationUnavailable
from signing.keys import require_in_force, require_signing_use, require_strong_signature, strong_public_key
from signing.questions import Question
from signing.revocation import RevocationSource
from signing.sandbox import Limits, run
from signing.verify import Trust

LIMITS = Limits(seconds=10, memory_bytes=256 * 1024 * 1024)
RECENT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A certificate that may sign."""

    revocation_problem: str = ""
    """Why its revocation status could not be had; empty where it is known to be good."""

    @property
    def status_known(self) -> bool:
        """Whether somebody said that it is not revoked."""
        return not self.revocation_problem


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose certificate it is, as its own words say."""

    common_name: str
    organisation: str
    identifiers: tuple[str, ...]
    """Values of serialNumber, UID and organizationIdentifier: ``CCCD:…``, ``MST:…``."""


@dataclass(slots=True)
class Recent:
    """Answers of the last half minute, for a pile: what was good for one document is good for the next."""

    seconds: float = RECENT_SECONDS
    _kept: dict[str, tuple[float, Fit]] = field(default_factory=dict)

    def get(self, fingerprint: str) -> Fit | None:
        """What was found out, if lately."""
        told = self._kept.get(fingerprint)
        return told[1] if told is not None and time.monotonic() - told[0] < self.seconds else None

    def keep(self, fingerprint: str, fit: Fit) -> None:
        """Remember."""
        self._kept[fingerprint] = (time.monotonic(), fit)


def require_certificate(
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    trust: Trust,
    status: RevocationSource | None,
    at: datetime,
    seconds: float = 10,
    recent: Recent | None = None,
) -> Fit:
    """See whether a certificate may sign at a moment.

    1. In force, meant for signatures, of a strong key, and not itself signed with a broken digest.
    2. Under a trusted root.
    3. Neither it nor an authority above it revoked, as far as that can be had in the time.

    Args:
        certificate: the holder's.
        chain: authorities above it that came with the key.
        trust: whom to believe.
        status: whom to ask about revocation; ``None`` for nobody.
        at: the moment.
        seconds: longest wait for all answers together.
        recent: where answers of a moment ago are, for the third step.

    Raises:
        CertificateNotYetValid, CertificateExpired, WrongKeyUsage, UnusableKey, WeakCertificate, UntrustedCertificate,
            CertificateRevoked: as named. A status that cannot be had is no error, but told in the answer.
    """
    require_in_force(certificate, at)
    require_signing_use(certificate)
    strong_public_key(certificate)
    for one in (certificate, *chain):
        require_strong_signature(one)
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    known = recent.get(fingerprint) if recent is not None else None
    if known is not None:
        return known
    others = tuple(map(_der, (*chain, *trust.intermediates)))
    try:
        asked = run(
            questions_up,
            _der(certificate),
            others,
            tuple(map(_der, trust.roots_for(Purpose.SIGNATURES, at))),
            at.astimezone(UTC),
            limits=LIMITS,
        )
        _require_not_revoked(asked, status, at, seconds)
        fit = Fit()
    except RevocationUnavailable as error:
        fit = Fit(error.detail[:300] or "unknown")
    if recent is not None:
        recent.keep(fingerprint, fit)
    return fit


def subject_of(certificate: x509.Certificate) -> Subject:
    """Whose certificate it is. Read with asn1crypto, as :mod:`signing.keys` does."""
    parts: dict[str, list[str]] = {}
    for part in asn1_x509.Certificate.load(_der(certificate)).subject.chosen:
        for attribute in part:
            text = unicodedata.normalize("NFC", str(attribute["value"].native))
            parts.setdefault(attribute["type"].native, []).append(" ".join(text.split())[:200])
    kinds = ("serial_number", "user_id", "organization_identifier")
    return Subject(
        common_name=parts.get("common_name", [""])[0],
        organisation=parts.get("organization_name", [""])[0],
        identifiers=tuple(value for kind in kinds for value in parts.get(kind, [])),
    )


def _require_not_revoked(
    asked: tuple[Question, ...], status: RevocationSource | None, at: datetime, seconds: float
) -> None:
    """On a thread of its own, which is left alone when the time is over."""
    if status is None:
        raise RevocationUnavailable("nobody to ask")
    outcome: Future[None] = Future()

    def work() -> None:
        try:
            for question in asked:
                _require_answered(question, status, at)
            outcome.set_result(None)
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            outcome.set_exception(error)

    threading.Thread(target=work, name="revocation status", daemon=True).start()
    try:
        outcome.result(seconds)
    except TimeoutError as error:
        raise RevocationUnavailable(f"no answer within {seconds:g} s") from error


def _require_answered(question: Question, status: RevocationSource, at: datetime) -> None:
    problems: list[str] = []
    for kind, ask in (("ocsp", status.ocsp), ("crl", status.crl)):
        try:
            answer = ask(question)
            if answer is not None:
                run(require_good, question, answer, kind, at, limits=LIMITS)
                return
        except RevocationUnavailable as error:
            problems.append(error.detail)
    raise RevocationUnavailable(f"{question.holder}: {'; '.join(problems) or 'nobody to ask'}")


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)
