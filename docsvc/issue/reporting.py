"""Reports of verifications in the forms that people take away."""

from __future__ import annotations

from enum import StrEnum

from docsvc.issue.desk import Desk
from signing.reports.forms import as_json, as_pdf, as_xml, sign_pdf, signatory_of
from signing.reports.verification import Rerun, VerificationReport, again, read_report, report_on

PROGRAM = "docsvc"


class ReportForm(StrEnum):
    """Forms of one report, all of the same values."""

    PDF = "pdf"
    """For people, signed by the service; the other two are inside."""
    JSON = "json"
    """Complete; the verdict can be come to again from it."""
    XML = "xml"
    """As ETSI TS 119 102-2 has it."""

    @property
    def media_type(self) -> str:
        """As HTTP names it."""
        return {"pdf": "application/pdf", "json": "application/json", "xml": "application/xml"}[self.value]


def report_of(desk: Desk, content: bytes, name: str = "", *, fetch: bool = True) -> VerificationReport:
    """Verify a file and keep what the verdict rests on; whatever the bytes, there is a report.

    With ``fetch``, with what can be fetched where the settings allow it.
    """
    return report_on(
        content,
        trust=desk.trust,
        program=PROGRAM,
        name=name,
        limits=desk.limits,
        fetching=desk.fetching if fetch else None,
    )


def written(desk: Desk, report: VerificationReport, form: ReportForm) -> bytes:
    """The report as a file.

    Raises:
        SigningError: a PDF could not be signed: the key cannot be used, or there was no timestamp.
    """
    if form is ReportForm.JSON:
        return as_json(report)
    key = desk.report_key.key() if desk.report_key else None
    signatory = signatory_of(key, for_trials=desk.report_key.for_trials) if key and desk.report_key else None
    if form is ReportForm.XML:
        return as_xml(report, validator=signatory.certificate if signatory else None)
    pages = as_pdf(report, signatory=signatory)
    if key is None:
        return pages
    return sign_pdf(pages, key=key, timestamper=desk.timestamper, limits=desk.limits).content


def again_from(desk: Desk, content: bytes, report: bytes, name: str = "") -> Rerun:
    """Come to the verdict of a report again.

    Raises:
        NotAReport: ``report`` is none.
        OtherFile: it is about another file.
    """
    listed = read_report(report, limits=desk.limits)
    return again(content, listed, trust=desk.trust, program=PROGRAM, name=name, limits=desk.limits)
