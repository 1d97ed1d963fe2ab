"""One signature or document timestamp of a file, judged and told. Runs in the sandbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from asn1crypto import core
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfStrictReadError
from pyhanko.sign.validation import generic_cms

from signing.verify import _words
from signing.verify._case import Case, ders, hashed
from signing.verify._change_words import change
from signing.verify._changes import changes_after
from signing.verify._clock import OutOfTime
from signing.verify._container import covered_span, foreign_bytes_at_end, require_untouched
from signing.verify._findings import Findings, Refused, Signed
from signing.verify._past import Standing, good_until_its_end
from signing.verify._report import (
    Change,
    ProofOfExistence,
    Revocation,
    SignatureReport,
    SubIndication,
    TimestampReport,
)
from signing.verify._stamps import (
    Stamped,
    of_content,
    of_document,
    of_signature,
    proof,
    require_sound,
    stamp_algorithms,
    told,
)
from signing.verify._trust import Judged, Stamp, algorithm_names, judge, name_of, path_at, utc, validity

_PADES = ("/ETSI.CAdES.detached", "/ETSI.CAdES.Detached")
_OF_DIGEST = "/adbe.pkcs7.sha1"
_SUPPORTED = (*_PADES, "/adbe.pkcs7.detached", _OF_DIGEST, "/PBAD.PAdES")


@dataclass(slots=True)
class Course:
    """What the process has found out about one signature so far."""

    best: datetime
    """Best signature time (EN 319 102-1, 5.5.4)."""
    findings: Findings = field(default_factory=Findings)
    judged: Judged | None = None
    contents: list[Stamped] = field(default_factory=list)
    """Timestamps over its content from before it was made."""
    stamps: list[Stamped] = field(default_factory=list)
    """Over its value."""
    proven: Stamp | None = None
    """The earliest believed proof that it exists."""
    standing: Standing = field(default_factory=lambda: Standing(Revocation.NOT_CHECKED))


async def report_signature(case: Case, one: Signed) -> SignatureReport:
    """Judge a signature of a person or an organisation (EN 319 102-1, 5.5 and 5.6).

    1. Its place in the file, and what may lie there.
    2. Its timestamps, each by itself; the earliest believed proof gives the best signature time.
    3. Its value, and its certificate at that time.
    4. Revocation, as the kept answers tell it.
    5. What was done to the file after it.
    """
    course = Course(case.at)
    findings = course.findings
    try:
        _look_at_place(case, one, findings)
        embedded = one.embedded
        if one.kind not in _SUPPORTED:  # it may still be told whether its value holds
            findings.refuse(Refused(SubIndication.GENERIC, "unknown-signature-kind", kind=one.kind or "?"))
        of_stamps = await _timed(case, one, course)
        digest = _digest(case, one, course)
        course.judged = await judge(embedded.signed_data, digest, case.trusted, course.best, findings)
        if course.judged is not None:
            await _lived(case, course, course.judged)
        findings.add(of_stamps)
        _look_behind(case, one, findings)
    except Refused as refused:
        findings.refuse(refused)
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:  # noqa: BLE001 - one hostile signature must not hide the others
        case.details.append(_detail(one, error))
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    if one.problem is None and findings.sub_indication is None and course.judged is None:
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    return _told(case, one, course)


async def report_timestamp(case: Case, one: Signed) -> TimestampReport:
    """Judge a timestamp over the document; if it is to be believed, what it covers is proven to be that old."""
    findings, stamped = Findings(), None
    try:
        _look_at_place(case, one, findings)
        stamped = await of_document(case, one, findings.covered_bytes)
        if stamped.against is not None and stamped.findings.sub_indication is not None:
            findings.refuse(Refused(stamped.findings.sub_indication, stamped.against.reason.code))
        if findings.sub_indication is None:
            case.proofs.append(proof(stamped, one, "document-timestamp", findings.covered_bytes))
        _look_behind(case, one, findings)
    except Refused as refused:
        findings.refuse(refused)
    except (MemoryError, PdfStrictReadError):
        raise
    except Exception as error:  # noqa: BLE001 - as above
        case.details.append(_detail(one, error))
        findings.refuse(Refused(SubIndication.GENERIC, "not-processed"))
    certificate = _certificate(one.embedded)
    return TimestampReport(
        field_name=one.field_names[0],
        authority=name_of(certificate.subject) if certificate else "",
        certificate_until=validity(certificate)[1],
        at=stamped.at if stamped is not None and stamped.believed else None,
        indication=findings.indication,
        sub_indication=findings.sub_indication,
        covered_bytes=findings.covered_bytes,
        covers_whole_file=findings.covered_bytes[1] == len(case.content),
        changes=findings.changes,
        reasons=tuple(findings.reasons),
        algorithms=stamp_algorithms(one.embedded.signed_data) if one.embedded else (),
        judged_for=stamped.moment if stamped is not None else None,
        revocation=stamped.revocation if stamped is not None else Revocation.NOT_CHECKED,
        proofs=tuple(case.proofs_for(findings.covered_bytes[1])) if stamped is not None else (),
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
        with case.clocks.comparing.within():
            findings.changes = changes_after(
                one.embedded, covered_end=end, foreign_bytes=foreign, later=later, budget=case.budget
            )
    except (MemoryError, PdfStrictReadError):
        raise
    except OutOfTime as late:
        raise Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "changes-not-compared") from late
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


def _digest(case: Case, one: Signed, course: Course) -> bytes | None:
    """Of what was signed from outside; ``None`` where the CMS holds the digest of the file as its content.

    The latter is the oldest form, always with SHA-1 (ISO 32000-1, 12.8.3.3.1).
    """
    embedded = one.embedded
    if one.kind != _OF_DIGEST:
        digest = case.digest(embedded, embedded.md_algorithm)
        if not _copied(embedded, digest):
            return digest
        # ISO 32000-2, 12.8.3.3: no content shall be inside; a faithful copy of it breaks nothing.
        course.findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "content-copied"))
        return None
    held = embedded.signed_data["encap_content_info"]["content"].native
    if held != case.digest(embedded, "sha1"):
        course.findings.intact = False
        raise Refused(SubIndication.HASH_FAILURE, "content-changed")
    try:
        require_sound(case.trusted, "sha1", course.best)
    except Refused as refused:
        course.findings.refuse(refused)
    return None


def _copied(embedded: Any, digest: bytes) -> bool:
    """The CMS holds the very bytes of the file that it signs."""
    content = embedded.signed_data["encap_content_info"]["content"]
    held = content.native if isinstance(content, core.OctetString) else None
    return isinstance(held, bytes) and bool(held) and hashed(embedded.md_algorithm, held) == digest


async def _timed(case: Case, one: Signed, course: Course) -> Findings:
    """Settle the best signature time; a timestamp that does not hold counts against the signature, behind its own."""
    against = Findings()
    document = case.proof_for(course.findings.covered_bytes[1])
    moment = document.at if document is not None else case.at
    course.stamps = await of_signature(case, one.embedded, moment)
    believed = [Stamp(one.at, one.authority) for one in course.stamps if one.believed and one.at is not None]
    if document is not None:
        believed.append(document)
    course.proven = min(believed, key=lambda stamp: stamp.at, default=None)
    course.best = course.proven.at if course.proven is not None else case.at
    course.contents = await of_content(case, one.embedded, course.best)
    for stamped in (*course.contents, *course.stamps):
        if stamped.against is not None:
            against.refuse(stamped.against)
    late = SubIndication.TIMESTAMP_ORDER_FAILURE
    if any(stamped.findings.sub_indication is late for stamped in course.contents):
        against.refuse(Refused(late, "timestamps-out-of-order"))
    return against


async def _lived(case: Case, course: Course, judged: Judged) -> None:
    """Whether the certificate was good when it was used, and what is certain of a time when it was not.

    A signature made over a timestamp is younger than it. Where that lies after the certificate's end or revocation, the
    signature has failed (5.3.4); otherwise it may be older than anything proves.
    """
    findings, certificate = course.findings, judged.certificate
    holder, made_after = (
        name_of(certificate.subject),
        max((stamped.at for stamped in course.contents if stamped.believed and stamped.at is not None), default=None),
    )
    ended = validity(certificate)[1]
    if findings.sub_indication is SubIndication.OUT_OF_BOUNDS_NO_POE and ended is not None and ended < course.best:
        if made_after is not None and made_after > ended:
            findings.replace(Refused(SubIndication.EXPIRED, "signed-after-expiry", holder=holder))
            return
        path = await path_at(certificate, judged.others, case.trusted.context(ended))
        if path is not None and good_until_its_end(ders(path), case.answers, case.times(course.best), ended):
            unrevoked = SubIndication.OUT_OF_BOUNDS_NOT_REVOKED
            findings.replace(Refused(unrevoked, "expired-not-revoked", holder=holder))
    if judged.path is None:
        return
    course.standing = standing = case.standing(judged.path, course.best)
    if standing.sub_indication is not None:
        after = standing.revoked_at is not None and made_after is not None and made_after >= standing.revoked_at
        if after and standing.sub_indication is SubIndication.REVOKED_NO_POE:
            findings.refuse(Refused(SubIndication.REVOKED, "signed-after-revocation", holder=holder))
        else:
            own = standing.sub_indication is SubIndication.REVOKED_NO_POE
            findings.refuse(Refused(standing.sub_indication, "revoked" if own else "authority-revoked", holder=holder))
    elif standing.revocation is Revocation.NOT_CHECKED:
        if case.revocation_required:
            findings.refuse(Refused(SubIndication.TRY_LATER, "revocation-missing", holder=holder))
        else:
            findings.reasons.append(_words.note("revocation-not-checked"))


def _told(case: Case, one: Signed, course: Course) -> SignatureReport:
    embedded, findings, judged = one.embedded, course.findings, course.judged
    certificate = judged.certificate if judged else _certificate(embedded)
    if course.proven is None and embedded is not None:
        findings.reasons.append(_words.note("no-timestamp"))
    level = _level(case, one, course) if judged else None
    if judged and level is None:
        findings.reasons.append(_words.note("not-pades"))
    since, until = validity(certificate)
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
        indication=findings.indication,
        sub_indication=findings.sub_indication,
        level=level,
        signed_at=_claimed(embedded),
        timestamped_at=course.proven.at if course.proven else None,
        timestamp_authority=course.proven.authority if course.proven else "",
        validation_time=course.best,
        intact=findings.intact,
        trusted=judged is not None and judged.path is not None,
        revocation=course.standing.revocation,
        covered_bytes=findings.covered_bytes,
        covers_whole_file=findings.covered_bytes[1] == len(case.content),
        certification=_certification(case, embedded),
        digest_algorithm=digest_algorithm,
        signature_algorithm=signature_algorithm,
        reason=_stated(embedded, "/Reason"),
        changes=findings.changes,
        reasons=tuple(findings.reasons),
        claimed_level=_claimed_level(case, one, course) if embedded is not None else None,
        best_signature_time=course.proven.at if course.proven else None,
        proofs=_proofs(case, one, course),
        timestamps=(
            *(told(stamped, one, "content-timestamp") for stamped in course.contents),
            *(told(stamped, one, "signature-timestamp") for stamped in course.stamps),
        ),
    )


def _proofs(case: Case, one: Signed, course: Course) -> tuple[ProofOfExistence, ...]:
    """What the best signature time and the certificate's standing rest on."""
    end = course.findings.covered_bytes[1]
    stamps = [proof(stamped, one, "signature-timestamp") for stamped in course.stamps if stamped.believed]
    found = sorted((*stamps, *(case.proofs_for(end) if end else ())), key=lambda found: found.at)
    used = (ProofOfExistence(status.kind, status.issued_at, status.answerer, "") for status in course.standing.used)
    return (*found, *used)


def _level(case: Case, one: Signed, course: Course) -> str | None:
    """The PAdES baseline level that is really there (ETSI EN 319 142-1, clause 6)."""
    if not _pades(one):
        return None
    if course.proven is None:
        return "B-B"
    if course.standing.revocation is not Revocation.GOOD or "/DSS" not in case.reader.root:
        return "B-T"
    return "B-LTA" if case.proof_for(course.findings.covered_bytes[1]) is not None else "B-LT"


def _claimed_level(case: Case, one: Signed, course: Course) -> str | None:
    """The level that its parts speak of, whether they hold or not."""
    if not _pades(one):
        return None
    later = [other for other in case.signed if other.is_timestamp and other.covered_end > one.covered_end]
    if not course.stamps and not later:
        return "B-B"
    if not case.answers.pieces or "/DSS" not in case.reader.root:
        return "B-T"
    return "B-LTA" if later else "B-LT"


def _pades(one: Signed) -> bool:
    try:
        referenced = generic_cms.get_signing_cert_attr(one.embedded.signer_info["signed_attrs"]) is not None
        carried = bool(one.embedded.signed_data["certificates"])
    except Exception:  # noqa: BLE001 - then it is there in a wrong form
        return False
    return referenced and carried and one.kind in _PADES


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
