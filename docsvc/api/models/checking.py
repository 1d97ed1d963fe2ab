"""What verification tells of a file."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.documents import TypeRef
from docsvc.api.models.issuing import UploadedFile
from docsvc.records import checking
from docsvc.records.checking import Standing
from signing.verify import Change, FileReport, Reason, Revocation, SignatureReport, TimestampReport


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

    @classmethod
    def of(cls, change: Change) -> CheckChange:
        """From the library's report."""
        return cls(code=change.code, vi=change.text_vi, en=change.text_en, allowed=change.allowed)


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
        )


class CheckedTimestamp(Told):
    """The verdict on a timestamp over the whole document."""

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
    attacks: tuple[CheckReason, ...] = Field((), description="Recognised by name: what was done to the file.")
    archive: ArchiveMatch | None = Field(
        description="Unknown where the file is none of this archive, and also where it is none for this person."
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
            attacks=tuple(CheckReason.of(attack) for attack in report.attacks),
            archive=ArchiveMatch.of(match) if match else None,
        )
