"""What verification tells: plain values that pickle, with words for people in both languages.

Indications and sub-indications are those of ETSI EN 319 102-1, clause 5.1.3 and table 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """On a whole file."""

    VALID = "VALID"
    """There is a signature, and every one is TOTAL-PASSED."""

    INDETERMINATE = "INDETERMINATE"
    """Nothing is broken, but something cannot be known: mostly whether the signer's certificate is to be trusted."""

    INVALID = "INVALID"
    """A signature is TOTAL-FAILED, or the file was changed after signing in a way the signature does not allow."""

    UNSIGNED = "UNSIGNED"
    ENCRYPTED = "ENCRYPTED"
    UNREADABLE = "UNREADABLE"
    """No PDF, or damaged."""

    LIMITS = "LIMITS"
    """Reading took more time or memory than allowed, or the file is too large."""

    CRASHED = "CRASHED"
    """The process that read the file ended without an answer."""


class Indication(StrEnum):
    """On one signature; three-valued, never a bool."""

    TOTAL_PASSED = "TOTAL-PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL-FAILED"


class SubIndication(StrEnum):
    """Why a signature is not TOTAL-PASSED."""

    FORMAT_FAILURE = "FORMAT_FAILURE"
    HASH_FAILURE = "HASH_FAILURE"
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    REVOKED = "REVOKED"
    NOT_YET_VALID = "NOT_YET_VALID"
    EXPIRED = "EXPIRED"
    SIG_CONSTRAINTS_FAILURE = "SIG_CONSTRAINTS_FAILURE"
    CHAIN_CONSTRAINTS_FAILURE = "CHAIN_CONSTRAINTS_FAILURE"
    CERTIFICATE_CHAIN_GENERAL_FAILURE = "CERTIFICATE_CHAIN_GENERAL_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE = "CRYPTO_CONSTRAINTS_FAILURE"
    CRYPTO_CONSTRAINTS_FAILURE_NO_POE = "CRYPTO_CONSTRAINTS_FAILURE_NO_POE"
    POLICY_PROCESSING_ERROR = "POLICY_PROCESSING_ERROR"
    SIGNATURE_POLICY_NOT_AVAILABLE = "SIGNATURE_POLICY_NOT_AVAILABLE"
    TIMESTAMP_ORDER_FAILURE = "TIMESTAMP_ORDER_FAILURE"
    NO_SIGNING_CERTIFICATE_FOUND = "NO_SIGNING_CERTIFICATE_FOUND"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    REVOKED_NO_POE = "REVOKED_NO_POE"
    REVOKED_CA_NO_POE = "REVOKED_CA_NO_POE"
    OUT_OF_BOUNDS_NO_POE = "OUT_OF_BOUNDS_NO_POE"
    OUT_OF_BOUNDS_NOT_REVOKED = "OUT_OF_BOUNDS_NOT_REVOKED"
    REVOCATION_OUT_OF_BOUNDS_NO_POE = "REVOCATION_OUT_OF_BOUNDS_NO_POE"
    NO_POE = "NO_POE"
    TRY_LATER = "TRY_LATER"
    SIGNED_DATA_NOT_FOUND = "SIGNED_DATA_NOT_FOUND"
    GENERIC = "GENERIC"

    @property
    def indication(self) -> Indication:
        """The main status it belongs to."""
        return Indication.TOTAL_FAILED if self in _FAILED else Indication.INDETERMINATE


_FAILED = frozenset(
    {
        SubIndication.FORMAT_FAILURE,
        SubIndication.HASH_FAILURE,
        SubIndication.SIG_CRYPTO_FAILURE,
        SubIndication.REVOKED,
        SubIndication.NOT_YET_VALID,
        SubIndication.EXPIRED,
    }
)


class Revocation(StrEnum):
    """What is known of the signer's certificate and those above it."""

    GOOD = "good"
    """Not revoked, as the embedded data prove, or those that were fetched."""
    REVOKED = "revoked"
    NOT_CHECKED = "not-checked"
    """The file holds no such data, or none that is usable; nothing is fetched."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Something to know about a signature or a file."""

    code: str
    """Stable, for programs and tests."""
    text_vi: str
    text_en: str
    against: bool = True
    """It keeps the signature from being TOTAL-PASSED; otherwise it is only worth knowing."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to the file after a signature."""

    code: str
    text_vi: str
    text_en: str
    allowed: bool = True
    """By this signature."""
    kind: str = ""
    """What it was done to: ``fields``, ``signatures``, ``validation``, ``pages``, ``text``, ``annotations``,
    ``metadata``, ``attachments``, ``actions`` or ``structure``."""
    page: int | None = None
    """Number of the page in the file as it is now, from 1; ``None``: the file as a whole, or a page no longer there."""
    page_then: int | None = None
    """Number of that page in the revision that was signed."""
    field: str = ""
    """Full name of the form field."""
    before: str = ""
    """The value, or words on the page, in the revision that was signed; shortened."""
    after: str = ""
    """As it is now."""


@dataclass(frozen=True, slots=True)
class Link:
    """A certificate on a trusted path with the one above it, whose status somebody may want to ask for."""

    certificate: bytes
    """DER."""
    issuer: bytes
    """DER."""
    moment: datetime
    """The latest that it was judged for: it must not have been revoked until then."""


@dataclass(frozen=True, slots=True)
class ProofOfExistence:
    """What proves since when something exists (EN 319 102-1, 5.6.2.3)."""

    kind: str
    """``signature-timestamp``: over the signature's value; ``document-timestamp``: over the file up to a place;
    ``crl``, ``ocsp``: an answer about a certificate on the path."""

    at: datetime
    """UTC; of an answer, when it was issued."""

    authority: str
    """Whose it is: the timestamp authority's or the answerer's name."""

    field_name: str
    """Of the field that holds it; empty for an answer."""

    covered_bytes: tuple[int, int] = (0, 0)
    """Half-open span of the file that it proves; (0, 0) where that is no span of the file."""


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The verdict on one signature, at one moment."""

    field_name: str
    """Of the signature's field in the form."""

    holder: str
    """Who signed, as the certificate says (common name); empty if the certificate cannot be read."""

    organisation: str
    """Of the holder, as the certificate says; may be empty."""

    issuer: str
    """Who issued the certificate (common name)."""

    certificate_sha256: str
    """Of the certificate's DER, hexadecimal; empty if there is none."""

    certificate_serial: str
    """Hexadecimal."""

    certificate_from: datetime | None
    certificate_until: datetime | None

    indication: Indication
    sub_indication: SubIndication | None
    """``None`` if TOTAL-PASSED."""

    level: str | None
    """``B-B``, ``B-T``, ``B-LT`` or ``B-LTA`` as really present (ETSI EN 319 142-1); ``None``: no PAdES signature."""

    signed_at: datetime | None
    """As the signer claims; UTC."""

    timestamped_at: datetime | None
    """As a trusted timestamp proves; UTC."""

    timestamp_authority: str
    """Whose timestamp it is; empty without one."""

    validation_time: datetime
    """Moment the certificate was judged for: the timestamp's if there is one; UTC."""

    intact: bool | None
    """The covered bytes are those that were signed; ``None``: cannot be known."""

    trusted: bool
    """The certificate leads to a trusted root and was in force at ``validation_time``."""

    revocation: Revocation

    covered_bytes: tuple[int, int]
    """Half-open span [start, end) of the file, signature gap included; (0, 0) if the signature does not say."""

    covers_whole_file: bool

    certification: int | None
    """What a certifying signature allows later: 1 nothing, 2 filling in and signing, 3 annotations too."""

    digest_algorithm: str
    signature_algorithm: str

    reason: str
    """For signing, as the signer gave it."""

    changes: tuple[Change, ...]
    """After this signature, oldest kind first."""

    reasons: tuple[Reason, ...]

    claimed_level: str | None = None
    """The level its parts were made for, whether they hold or not; ``None``: no PAdES signature."""

    best_signature_time: datetime | None = None
    """The earliest that believed timestamps prove it to exist (EN 319 102-1, 5.5.4); UTC."""

    proofs: tuple[ProofOfExistence, ...] = ()
    """What that rests on, earliest first, and the answers about revocation that were relied on."""

    timestamps: tuple[TimestampReport, ...] = ()
    """Its own timestamps, each with its own indication: over its content, then over its value."""


@dataclass(frozen=True, slots=True)
class TimestampReport:
    """A timestamp, over the whole document so far (ETSI EN 319 142-1, 5.4.3) or of one signature."""

    field_name: str
    authority: str
    certificate_until: datetime | None
    """End of the authority's certificate: until then the timestamp proves what it covers without a newer one."""
    at: datetime | None
    indication: Indication
    sub_indication: SubIndication | None
    covered_bytes: tuple[int, int]
    covers_whole_file: bool
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    algorithms: tuple[str, ...] = ()
    """What it relies on, as in ``("sha256", "rsa-2048")``; empty if unreadable."""
    kind: str = "document-timestamp"
    """``document-timestamp``, ``signature-timestamp`` or ``content-timestamp``."""
    judged_for: datetime | None = None
    """Moment its certificate was judged for: that of the next proof over it, or of the check; UTC."""
    revocation: Revocation = Revocation.NOT_CHECKED
    """Of its authority's certificate."""
    proofs: tuple[ProofOfExistence, ...] = ()
    """The newer timestamps that prove this one, earliest first."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """Something that was asked for beyond the file, where that is allowed."""

    kind: str
    """``certificate``, ``ocsp`` or ``crl``."""
    url: str
    """As a certificate named it."""
    about: str
    """Whose certificate it was asked for."""
    at: datetime
    """When it was had from there, which may be before this verification; UTC."""
    size_bytes: int = 0
    sha256: str = ""
    """Of the answer."""
    problem: str = ""
    """Why there was none that is usable, in English; empty if there was."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """The verdict on a file."""

    verdict: Verdict
    message_vi: str
    """One plain sentence."""
    message_en: str
    signatures: tuple[SignatureReport, ...]
    """In the order they were made."""
    document_timestamps: tuple[TimestampReport, ...]
    notes: tuple[Reason, ...]
    """On the file as a whole."""
    sha256: str
    size_bytes: int
    checked_at: datetime
    """The moment verification was asked for; UTC."""
    detail: str = ""
    """For the log, in English; never shown to people."""
    fetched: tuple[Fetched, ...] = ()
    """What was asked for beyond the file; empty where verification stayed offline."""
    attacks: tuple[Reason, ...] = ()
    """Recognised by name: whatever was done to the file, in words for people."""
