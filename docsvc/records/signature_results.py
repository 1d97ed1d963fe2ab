"""What was found of a document's signatures when they were last looked at."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, select

from docsvc.db.inspection import AuditResult
from docsvc.db.records import Document, Signature


class SignatureResult(StrEnum):
    """The worst of a document's signatures at the last check."""

    VALID = "valid"
    INDETERMINATE = "indeterminate"
    INVALID = "invalid"
    NONE = "none"
    """It bears no digital signature."""


_RANKS = {"TOTAL-PASSED": 1, "INDETERMINATE": 2, "TOTAL-FAILED": 3}
_VERDICTS = {
    "VALID": SignatureResult.VALID,
    "INDETERMINATE": SignatureResult.INDETERMINATE,
    "INVALID": SignatureResult.INVALID,
}


def signature_result() -> ColumnElement[str]:
    """The result as an expression on :class:`Document`: of its signatures' last check, or of a later audit.

    An audit that found the file altered counts as invalid, one that missed it as indeterminate.
    """
    of_document = Signature.document_id == Document.id
    worst = (
        select(func.max(case(_RANKS, value=Signature.indication, else_=2)))
        .where(of_document)
        .correlate(Document)
        .scalar_subquery()
    )
    checked_at = select(func.max(Signature.checked_at)).where(of_document).correlate(Document).scalar_subquery()
    audited = (
        select(
            case(
                (AuditResult.stored == "altered", SignatureResult.INVALID.value),
                (AuditResult.stored == "missing", SignatureResult.INDETERMINATE.value),
                else_=case({verdict: result.value for verdict, result in _VERDICTS.items()}, value=AuditResult.verdict),
            )
        )
        .where(
            AuditResult.document_id == Document.id,
            AuditResult.role == "issued",
            AuditResult.verdict.in_(_VERDICTS) | AuditResult.stored.in_(("altered", "missing")),
            AuditResult.checked_at >= checked_at,
        )
        .order_by(AuditResult.rendition_id.desc(), AuditResult.checked_at.desc(), AuditResult.id.desc())
        .limit(1)
        .correlate(Document)
        .scalar_subquery()
    )
    known = case(
        (worst == _RANKS["TOTAL-FAILED"], SignatureResult.INVALID.value),
        (worst == _RANKS["INDETERMINATE"], SignatureResult.INDETERMINATE.value),
        (worst == _RANKS["TOTAL-PASSED"], SignatureResult.VALID.value),
        else_=SignatureResult.NONE.value,
    )
    return func.coalesce(audited, known)
