"""One signature or document timestamp of a file, judged and told. Runs in the sandbox."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import generic_cms

from signing.verify import _words
from signing.verify._change_words import change
from signing.verify._changes import changes_after
from signing.verify._container import covered_span, foreign_bytes_at_end, require_untouched
from signing.verify._findings import Findings, Refused, Signed, require
from signing.verify._report import (
    Change,
    Indication,
    Revocation,
    SignatureReport,
    SubIndication,
    TimestampReport,
)
from signing.verify._same import Budget
from signing.verify._trust import (
    Judged,
    Stamp,
    Trusted,
    algorithm_names,
    algorithms,
    judge,
    judge_timestamp,
    name_of,
    revocation,
    stamp_algorithms,
    utc,
)

_PADES = ("/ETSI.CAdES.detached", "/ETSI.CAdES.Detached")
_SUPPORTED = (*_PADES, "/adbe.pkcs7.detached", "/PBAD.PAdES")


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
    proofs: list[tuple[int, Stamp]] = field(default_factory=list)
    """Believed document timestamps: end of what each covers, and the stamp."""
    details: list[str] = field(default_factory=list)
    """Failures that nobody foresaw, for the log."""
    digests: dict[tuple[int, str], bytes] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    """For comparing revisions, all signatures together."""

    def proof_for(self, covered_end: int) -> Stamp | None:
        """The earliest document timestamp over the file up to there."""
        covering = [stamp for end, stamp in self.proofs if end > covered_end]
        return min(covering, key=lambda stamp: stamp.at, default=None)

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


async def report_signature(case: Case, one: Signed) -> SignatureReport:
    """Judge a signature of a person or an organisation."""
    findings, judged, stamp, known = Findings(), None, None, Revocation.NOT_CHECKED
    moment = case.at
    try:
        _look_at_place(case, one, findings)
        embedded = one.embedded
        require(one.kind in _SUPPORTED, SubIndication.GENERIC, "unknown-signature-kind", kind=one.kind or "?")
        proof = case.proof_for(findings.covered_bytes[1])
        of_stamp = Findings()
        stamp = await _signature_stamp(case, embedded, proof.at if proof else case.at, of_stamp) or proof
        moment = stamp.at if stamp else case.at
        judged = await judge(
            embedded.signed_data, case.digest(embedded, embedded.md_algorithm), case.trusted, moment, findings
        )
        if judged is not None and judged.path is not None:
            known = await _revocation(case, judged, moment, findings)
        findings.add(of_stamp)
        _look_behind(case, one, findings)
    except Refused as refused:
        findings.refuse(refused)
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:  # noqa: BLE001 - one hostile signature must not hide the others
        case.details.append(_detail(one, error))
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    if one.problem is None and findings.sub_indication is None and judged is None:
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    return _told(case, one, findings, judged, stamp, moment, known)


async def report_timestamp(case: Case, one: Signed) -> TimestampReport:
    """Judge a timestamp over the document; if it is to be believed, what it covers is proven to be that old."""
    findings, stamp = Findings(), None
    try:
        _look_at_place(case, one, findings)
        embedded = one.embedded
        proof = case.proof_for(findings.covered_bytes[1])
        stamp = await judge_timestamp(
            embedded.signed_data,
            lambda algorithm: case.digest(embedded, algorithm),
            case.trusted,
            proof.at if proof else case.at,
            findings,
        )
        _look_behind(case, one, findings)
    except Refused as refused:
        findings.refuse(refused)
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        case.details.append(_detail(one, error))
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    if stamp is not None and findings.sub_indication is None:
        case.proofs.append((findings.covered_bytes[1], stamp))
    certificate = _certificate(one.embedded)
    return TimestampReport(
        field_name=one.field_names[0],
        authority=name_of(certificate.subject) if certificate else "",
        certificate_until=_validity(certificate)[1],
        at=stamp.at if stamp else None,
        indication=_indication(findings),
        sub_indication=findings.sub_indication,
        covered_bytes=findings.covered_bytes,
        covers_whole_file=findings.covered_bytes[1] == len(case.content),
        changes=findings.changes,
        reasons=tuple(findings.reasons),
        algorithms=stamp_algorithms(one.embedded.signed_data) if one.embedded else (),
    )


def _look_at_place(case: Case, one: Signed, findings: Findings) -> None:
    if one.problem is not None:
        raise one.problem
    findings.covered_bytes = covered_span(case.content, one.embedded)
    try:
        require_untouched(case.content, one.embedded)
    except Refused as refused:
        findings.refuse(refused)
    if len(one.field_names) > 1:
        findings.reasons.append(_words.note("several-fields"))


def _look_behind(case: Case, one: Signed, findings: Findings) -> None:
    """At what follows the signature in the file."""
    end = findings.covered_bytes[1]
    if end == len(case.content):
        return
    references = case.reader.xrefs
    last = references.get_xref_container_info(references.total_revisions - 1)
    later_revisions = last.end_location > end
    foreign = foreign_bytes_at_end(case.content, end, case.readable_end, later_revisions=later_revisions)
    later = [(name, _added(other)) for other in case.signed if other.covered_end > end for name in other.field_names]
    try:
        findings.changes = changes_after(
            one.embedded, covered_end=end, foreign_bytes=foreign, later=later, budget=case.budget
        )
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:
        case.details.append(_detail(one, error))
        raise Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "changes-unknown") from error
    codes = {change.code for change in findings.changes}
    if any(not change.allowed for change in findings.changes):
        findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "changes-not-allowed"))
    if "blanks-appended" in codes:
        findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "blanks-appended"))
    all_signed = any(other.covered_end == len(case.content) and other.problem is None for other in case.signed)
    if not case.reader.strict and not all_signed:
        findings.refuse(Refused(SubIndication.GENERIC, "structure-faulty"))


def _added(other: Signed) -> Change:
    if other.is_timestamp:
        return change("timestamp-added")
    certificate = _certificate(other.embedded)
    holder = name_of(certificate.subject) if certificate else ""
    return change("signature-added", field=other.field_names[0], holder=holder or other.field_names[0])


def _detail(one: Signed, error: Exception) -> str:
    return f"{one.field_names[0]}: {type(error).__name__}: {error}"[:500]


async def _signature_stamp(case: Case, embedded: Any, moment: datetime, findings: Findings) -> Stamp | None:
    """The earliest of a signature's own timestamps; one that does not hold counts against the signature."""
    signer = embedded.signer_info
    imprint: Callable[[str], bytes] = generic_cms.message_imprint_checker(signer)
    tokens = list(generic_cms.extract_tst_data_iter(signer, signed=False))
    stamps = [await judge_timestamp(token, imprint, case.trusted, moment, findings) for token in tokens]
    held = [stamp for stamp in stamps if stamp is not None]
    return min(held, key=lambda stamp: stamp.at, default=None)


async def _revocation(case: Case, judged: Judged, moment: datetime, findings: Findings) -> Revocation:
    known, refused = await revocation(judged, case.trusted, moment)
    if refused is not None:
        findings.refuse(refused)
    elif known is Revocation.NOT_CHECKED:
        if case.revocation_required:
            holder = name_of(judged.certificate.subject)
            findings.refuse(Refused(SubIndication.TRY_LATER, "revocation-missing", holder=holder))
        else:
            findings.reasons.append(_words.note("revocation-not-checked"))
    return known


def _told(
    case: Case,
    one: Signed,
    findings: Findings,
    judged: Judged | None,
    stamp: Stamp | None,
    moment: datetime,
    known: Revocation,
) -> SignatureReport:
    embedded = one.embedded
    certificate = judged.certificate if judged else _certificate(embedded)
    if stamp is None and embedded is not None:
        findings.reasons.append(_words.note("no-timestamp"))
    level = _level(case, one, findings, stamp, known) if judged else None
    if judged and level is None:
        findings.reasons.append(_words.note("not-pades"))
    since, until = _validity(certificate)
    digest_algorithm, signature_algorithm = algorithm_names(embedded.signed_data) if embedded else ("", "")
    return SignatureReport(
        field_name=one.field_names[0],
        holder=name_of(certificate.subject) if certificate else "",
        organisation=name_of(certificate.subject, "organization_name") if certificate else "",
        issuer=name_of(certificate.issuer) if certificate else "",
        certificate_sha256=certificate.sha256.hex() if certificate else "",
        certificate_serial=f"{certificate.serial_number:x}" if certificate else "",
        certificate_from=since,
        certificate_until=until,
        indication=_indication(findings),
        sub_indication=findings.sub_indication,
        level=level,
        signed_at=_claimed(embedded),
        timestamped_at=stamp.at if stamp else None,
        timestamp_authority=stamp.authority if stamp else "",
        validation_time=moment,
        intact=findings.intact,
        trusted=judged is not None and judged.path is not None,
        revocation=known,
        covered_bytes=findings.covered_bytes,
        covers_whole_file=findings.covered_bytes[1] == len(case.content),
        certification=_certification(case, embedded),
        digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm,
        reason=_stated(embedded, "/Reason"),
        changes=findings.changes,
        reasons=tuple(findings.reasons),
    )


def _indication(findings: Findings) -> Indication:
    return findings.sub_indication.indication if findings.sub_indication else Indication.TOTAL_PASSED


def _level(case: Case, one: Signed, findings: Findings, stamp: Stamp | None, known: Revocation) -> str | None:
    """The PAdES baseline level that is really there (ETSI EN 319 142-1, clause 6)."""
    try:
        referenced = generic_cms.get_signing_cert_attr(one.embedded.signer_info["signed_attrs"]) is not None
    except Exception:  # noqa: BLE001 - then it is there in a wrong form
        referenced = False
    if one.kind not in _PADES or not referenced:
        return None
    if stamp is None:
        return "B-B"
    if known is not Revocation.GOOD or "/DSS" not in case.reader.root:
        return "B-T"
    return "B-LTA" if case.proof_for(findings.covered_bytes[1]) is not None else "B-LT"


def _certification(case: Case, embedded: Any) -> int | None:
    try:
        certifying = case.reader.root["/Perms"].raw_get("/DocMDP")
        if certifying.reference == embedded.sig_field.raw_get("/V").reference:
            return int(embedded.docmdp_level.value)
    except Exception:  # noqa: BLE001 - no certification, or one of a wrong kind
        return None
    return None


def _claimed(embedded: Any) -> datetime | None:
    try:
        claimed = embedded.self_reported_timestamp
        return utc(claimed) if claimed else None
    except Exception:  # noqa: BLE001 - whatever stands there is no time
        return None


def _stated(embedded: Any, key: str) -> str:
    try:
        value = embedded.sig_object.get(key)
    except Exception:  # noqa: BLE001 - or no text
        return ""
    return str(value)[:500] if isinstance(value, generic.TextStringObject) else ""


def _certificate(embedded: Any) -> Any:
    try:
        return embedded.signer_cert
    except Exception:  # noqa: BLE001 - then nobody is named
        return None


def _validity(certificate: Any) -> tuple[datetime | None, datetime | None]:
    try:
        return utc(certificate.not_valid_before), utc(certificate.not_valid_after)
    except Exception:  # noqa: BLE001 - no certificate, or dates that are none
        return None, None
