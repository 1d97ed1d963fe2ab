"""What verification tells of a file."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.documents import TypeRef
from docsvc.api.models.issuing import UploadedFile
from docsvc.records import checking
from docsvc.records.checking import Standing
from signing.verify import FileReport, SignatureReport


class CheckForm(Asked):
    """The file to verify."""

    file: UploadedFile = Field(description="Any file; what is no PDF gets a verdict of its own.")


class Words(Told):
    """The same in both languages."""

    vi: str
    en: str


class CheckReason(Words):
    """Why a signature got its indication."""

    code: str


class CheckedSignature(Told):
    """The verdict on one signature."""

    holder: str
    issuer: str
    certificate_sha256: str
    indication: str = Field(description="ETSI EN 319 102-1.", json_schema_extra={"example": "TOTAL-PASSED"})
    sub_indication: str | None
    level: str | None = Field(json_schema_extra={"example": "B-T"})
    signed_at: datetime | None = Field(description="As the signer claims.")
    timestamped_at: datetime | None = Field(description="As a trusted timestamp proves.")
    covers_whole_file: bool
    changes: tuple[Words, ...] = Field(description="What was changed after this signature.")
    reasons: tuple[CheckReason, ...]

    @classmethod
    def of(cls, report: SignatureReport) -> CheckedSignature:
        """From the library's report."""
        return cls(
            holder=report.holder,
            issuer=report.issuer,
            certificate_sha256=report.certificate_sha256,
            indication=report.indication,
            sub_indication=report.sub_indication,
            level=report.level,
            signed_at=report.signed_at,
            timestamped_at=report.timestamped_at,
            covers_whole_file=report.covers_whole_file,
            changes=tuple(Words(vi=change.text_vi, en=change.text_en) for change in report.changes),
            reasons=tuple(
                CheckReason(code=reason.code, vi=reason.text_vi, en=reason.text_en) for reason in report.reasons
            ),
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
        )


class Checked(Told):
    """The verdict on a file, and whether it is a file of this archive."""

    verdict: str = Field(json_schema_extra={"example": "VALID"})
    message: Words
    sha256: str
    size_bytes: int
    signatures: tuple[CheckedSignature, ...]
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
            signatures=tuple(CheckedSignature.of(signature) for signature in report.signatures),
            archive=ArchiveMatch.of(match) if match else None,
        )
