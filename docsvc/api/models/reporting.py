"""Reports of verifications, and verdicts come to again."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.checking import Words
from docsvc.api.models.issuing import UploadedFile
from docsvc.issue.reporting import ReportForm
from signing.reports.verification import Rerun


class CheckQuery(Asked):
    """What to answer with."""

    report: ReportForm | None = Field(
        default=None, description="A report as a file instead: signed PDF, complete JSON, or XML (ETSI TS 119 102-2)."
    )


class AgainForm(Asked):
    """A file, and an earlier report about it."""

    file: UploadedFile = Field(description="The very file that the report is about.")
    report: UploadedFile = Field(description="PDF or JSON.")


class ChangedLine(Told):
    """A line of the verdict that is not what it was."""

    line: str = Field(json_schema_extra={"example": "signatures.1.indication"})
    then: str
    now: str


class CheckedAgain(Told):
    """The outcome of a verification that was done again as a report lists."""

    same: bool
    differences: tuple[ChangedLine, ...] = Field(description="None if it is the same.")
    strange_anchors: tuple[str, ...] = Field(
        description="Authorities that the report trusts and this service does not trust now."
    )
    verdict: str
    message: Words
    judged_for: datetime = Field(description="As in the report.")
    program_then: str
    program_now: str

    @classmethod
    def of(cls, rerun: Rerun) -> CheckedAgain:
        """From the library's outcome."""
        file, program = rerun.report.file, rerun.report.program
        return cls(
            same=rerun.same,
            differences=tuple(ChangedLine(line=one.line, then=one.then, now=one.now) for one in rerun.differences),
            strange_anchors=rerun.strange_anchors,
            verdict=file.verdict,
            message=Words(vi=file.message_vi, en=file.message_en),
            judged_for=rerun.listed.judged_for,
            program_then=rerun.listed.program,
            program_now=f"{program.name} {program.version}",
        )
