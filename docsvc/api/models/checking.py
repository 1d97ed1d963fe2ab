"""What verification tells of a file."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.documents import TypeRef
from docsvc.api.models.issuing import UploadedFile
from docsvc.records import checking
from docsvc.records.checking import Standing
from signing.verify import (
    Change,
    Fetched,
    FileReport,
    ProofOfExistence,
    Reason,
    Revocation,
    SignatureReport,
    TimestampReport,
)


class CheckForm(Asked):
    """The file to verify."""

    file: UploadedFile = Field(description="Any file; what is no PDF gets a verdict of its own.")


class Words(Told):
    """The same in both languages."""

    vi: str
    en: str


class CheckReason(Words):
    """Something to know about a signature or a file."""

    code: str
    against: bool = Field(description="It keeps the signature from being TOTAL-PASSED.")

    @classmethod
    def of(cls, reason: Reason) -> CheckReason:
        """From the library's report."""
        return cls(code=reason.code, vi=reason.text_vi, en=reason.text_en, against=reason.against)


class CheckChange(Words):
    """Something done to the file after a signature."""

    code: str
    allowed: bool = Field(description="By this signature.")
    kind: str = Field(description="What it was done to.", json_schema_extra={"example": "text"})
    page: int | None = Field(description="Number of the page in the file as it is now; unknown if of no page there.")
    page_then: int | None = Field(description="Number of that page in the revision that was signed.")
    field: str = Field(description="Full name of the form field; empty if of none.")
    before: str = Field(description="The value, or words on the page, as signed; shortened.")
    after: str = Field(description="As it is now.")

    @classmethod
    def of(cls, change: Change) -> CheckChange:
        """From the library's report."""
        return cls(
            code=change.code,
            vi=change.text_vi,
            en=change.text_en,
            allowed=change.allowed,
            kind=change.kind,
            page=change.page,
            page_then=change.page_then,
            field=change.field,
            before=change.before,
            after=change.after,
        )


class CheckedTimestamp(Told):
    """The verdict on a timestamp."""

    authority: str
    at: datetime | None
    indication: str
    sub_indication: str | None
    covers_whole_file: bool
    changes: tuple[CheckChange, ...]
    reasons: tuple[CheckReason, ...]

    @classmethod
    def of(cls, report: TimestampReport) -> CheckedTimestamp:
        """From the library's report."""
        return cls(
            authority=report.authority,
            at=report.at,
            indication=report.indication,
            sub_indication=report.sub_indication,
            covers_whole_file=report.covers_whole_file,
            changes=tuple(CheckChange.of(change) for change in report.changes),
            reasons=tuple(CheckReason.of(reason) for reason in report.reasons),
        )


class CheckedProof(Told):
    """What proves since when something exists, or that a certificate was good."""

    kind: str = Field(description="signature-timestamp, document-timestamp, crl or ocsp.")
    at: datetime
    authority: str
    covered_bytes: tuple[int, int] = Field(description="Span of the file that it proves; 0, 0 where that is none.")

    @classmethod
    def of(cls, proof: ProofOfExistence) -> CheckedProof:
        """From the library's report."""
        return cls(kind=proof.kind, at=proof.at, authority=proof.authority, covered_bytes=proof.covered_bytes)


class CheckedSignature(Told):
    """The verdict on one signature."""

    holder: str
    organisation: str
    issuer: str
    certificate_sha256: str
    certificate_from: datetime | None
    certificate_until: datetime | None
    indication: str = Field(description="ETSI EN 319 102-1.", json_schema_extra={"example": "TOTAL-PASSED"})
    sub_indication: str | None
    level: str | None = Field(json_schema_extra={"example": "B-T"})
    signed_at: datetime | None = Field(description="As the signer claims.")
    timestamped_at: datetime | None = Field(description="As a trusted timestamp proves.")
    timestamp_authority: str
    intact: bool | None = Field(description="The signed bytes are as they were; unknown if it cannot be told.")
    trusted: bool = Field(description="The certificate leads to a trusted root and was in force.")
    revocation: Revocation
    covers_whole_file: bool
    changes: tuple[CheckChange, ...] = Field(description="What was done to the file after this signature.")
    reasons: tuple[CheckReason, ...]
    claimed_level: str | None = Field(description="The level that its parts were made for, whether they hold or not.")
    best_signature_time: datetime | None = Field(description="The earliest that it is proven to exist.")
    proofs: tuple[CheckedProof, ...] = Field(description="What the verdict rests on, timestamps first.")
    timestamps: tuple[CheckedTimestamp, ...] = Field(description="The signature's own timestamps, each by itself.")

    @classmethod
    def of(cls, report: SignatureReport) -> CheckedSignature:
        """From the library's report."""
        return cls(
            holder=report.holder,
            organisation=report.organisation,
            issuer=report.issuer,
            certificate_sha256=report.certificate_sha256,
            certificate_from=report.certificate_from,
            certificate_until=report.certificate_until,
            indication=report.indication,
            sub_indication=report.sub_indication,
            level=report.level,
            signed_at=report.signed_at,
            timestamped_at=report.timestamped_at,
            timestamp_authority=report.timestamp_authority,
            intact=report.intact,
            trusted=report.trusted,
            revocation=report.revocation,
            covers_whole_file=report.covers_whole_file,
            changes=tuple(CheckChange.of(change) for change in report.changes),
            reasons=tuple(CheckReason.of(reason) for reason in report.reasons),
            claimed_level=report.claimed_level,
            best_signature_time=report.best_signature_time,
            proofs=tuple(CheckedProof.of(proof) for proof in report.proofs),
            timestamps=tuple(CheckedTimestamp.of(stamp) for stamp in report.timestamps),
        )


class ArchiveMatch(Told):
    """The record that this very file belongs to."""

    standing: Standing
    document_id: str | None = Field(description="Only if this person may open the document.")
    reference: str
    issued_on: date | None
    type: TypeRef
    abstract: str
    unit_name: str
    signatory_name: str
    signatory_position: str
    withdrawn_at: datetime | None
    annex: str = Field(description="Label and title of the annex whose file it is; empty for the document's own.")

    @classmethod
    def of(cls, match: checking.Match) -> ArchiveMatch:
        """From the archive's record."""
        return cls(
            standing=match.standing,
            document_id=match.document_id if match.may_open else None,
            reference=match.reference,
            issued_on=match.issued_on,
            type=TypeRef.of(match.type_key),
            abstract=match.abstract,
            unit_name=match.unit_name,
            signatory_name=match.signatory_name,
            signatory_position=match.signatory_position,
            withdrawn_at=match.withdrawn_at,
            annex=match.annex,
        )


class CheckFetched(Told):
    """Something that was asked for beyond the file."""

    kind: str = Field(description="`certificate`, `ocsp` or `crl`.")
    url: str = Field(description="As a certificate named it; empty: the service's own authority.")
    about: str
    at: datetime
    size_bytes: int
    sha256: str
    problem: str = Field(description="Why there was no usable answer; empty if there was.")

    @classmethod
    def of(cls, one: Fetched) -> CheckFetched:
        """From the library's report."""
        return cls(
            kind=one.kind,
            url=one.url,
            about=one.about,
            at=one.at,
            size_bytes=one.size_bytes,
            sha256=one.sha256,
            problem=one.problem,
        )


class Checked(Told):
    """The verdict on a file, and whether it is a file of this archive."""

    verdict: str = Field(json_schema_extra={"example": "VALID"})
    message: Words
    sha256: str
    size_bytes: int
    checked_at: datetime
    signatures: tuple[CheckedSignature, ...] = Field(description="In the order they were made.")
    document_timestamps: tuple[CheckedTimestamp, ...]
    notes: tuple[CheckReason, ...] = Field(description="On the file as a whole.")
    archive: ArchiveMatch | None = Field(
        description="Unknown where the file is none of this archive, and also where it is none for this person."
    )
    fetched: tuple[CheckFetched, ...] = Field(
        default=(), description="What was asked for beyond the file; empty where verification stays offline."
    )

    @classmethod
    def of(cls, report: FileReport, match: checking.Match | None) -> Checked:
        """From the library's report and the archive's record."""
        return cls(
            verdict=report.verdict,
            message=Words(vi=report.message_vi, en=report.message_en),
            sha256=report.sha256,
            size_bytes=report.size_bytes,
            checked_at=report.checked_at,
            signatures=tuple(CheckedSignature.of(signature) for signature in report.signatures),
            document_timestamps=tuple(CheckedTimestamp.of(stamp) for stamp in report.document_timestamps),
            notes=tuple(CheckReason.of(note) for note in report.notes),
            archive=ArchiveMatch.of(match) if match else None,
            fetched=tuple(CheckFetched.of(one) for one in report.fetched),
        )
