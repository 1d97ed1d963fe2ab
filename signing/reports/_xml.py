"""A verification as a signature validation report after ETSI TS 119 102-2, version 1.4.1.

What the standard has no URI for is named under ``urn:docsvc``. The report is not signed by itself; its signed form is
the PDF. Certificates and timestamps stand in it whole, revocation data too where they are small.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from signing.reports._evidence import Container, StatusAnswer, Token
from signing.reports._report import VerificationReport, fingerprint
from signing.verify import Change, Indication, Reason, SignatureReport, TimestampReport, Verdict

VR = "http://uri.etsi.org/19102/v1.4.1#"
_DS = "http://www.w3.org/2000/09/xmldsig#"
_XADES = "http://uri.etsi.org/01903/v1.3.2#"
_TSL = "http://uri.etsi.org/02231/v2#"
for _prefix, _namespace in (("vr", VR), ("ds", _DS), ("xades", _XADES), ("tsl", _TSL)):
    register_namespace(_prefix, _namespace)

_ETSI = "urn:etsi:019102"
_OURS = "urn:docsvc"
_MORE = "http://www.w3.org/2001/04/xmldsig-more"
_DIGESTS = {
    "md5": f"{_MORE}#md5",
    "sha1": "http://www.w3.org/2000/09/xmldsig#sha1",
    "sha224": f"{_MORE}#sha224",
    "sha256": "http://www.w3.org/2001/04/xmlenc#sha256",
    "sha384": f"{_MORE}#sha384",
    "sha512": "http://www.w3.org/2001/04/xmlenc#sha512",
    "sha3_256": "http://www.w3.org/2007/05/xmldsig-more#sha3-256",
    "sha3_384": "http://www.w3.org/2007/05/xmldsig-more#sha3-384",
    "sha3_512": "http://www.w3.org/2007/05/xmldsig-more#sha3-512",
}
_WHOLE_BYTES = 64 * 1024
"""Longer revocation data are named by their digest; they are in the file."""
_NO_CHARACTER = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_xml(report: VerificationReport, *, validator: bytes | None = None) -> bytes:
    """The report as a file; ``validator`` is the certificate of whoever answers for it, DER."""
    root = Element(_q(VR, "ValidationReport"))
    for number, one in enumerate(report.file.signatures, 1):
        _signature(_add(root, "SignatureValidationReport"), report, one, number)
    if not report.file.signatures:
        _without_signature(_add(root, "SignatureValidationReport"), report)
    objects = list(_objects(report))
    if objects:
        _add(root, "SignatureValidationObjects").extend(objects)
    identity = _add(_add(root, "SignatureValidator"), "DigitalId")
    if validator is not None:
        SubElement(identity, _q(_TSL, "X509Certificate")).text = _encoded(validator)
    else:
        SubElement(identity, _q(_TSL, "Other")).text = _text(f"{report.program.name} {report.program.version}")
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _signature(place: Element, report: VerificationReport, one: SignatureReport, number: int) -> None:
    container = report.container_of(one.field_name)
    name = f"S-{number}"
    if container is not None:
        identifier = _add(place, "SignatureIdentifier", id=name)
        _digest(identifier, container.digest_algorithm, container.to_be_signed)
        if container.signature_value:
            SubElement(identifier, _q(_DS, "SignatureValue")).text = _encoded(container.signature_value)
        _add(identifier, "HashOnly", "false")
        _add(identifier, "DocHashOnly", "false")
    _constraints(place, report)
    _times(place, report, _best_time(one), _proof(report, one, container))
    if container is not None:
        document = _add(place, "SignersDocument")
        _digest(document, container.digest_algorithm, container.document_digest)
        if len(document) == 0:
            place.remove(document)
        _attributes(place, report, one, container)
        if container.certificate is not None:
            person = _add(place, "SignerInformation")
            _refer(person, "SignerCertificate", _certificate_id(container.certificate))
            if one.holder:
                _add(person, "Signer", one.holder)
    if one.level:
        _add(_add(place, "SignatureQuality"), "SignatureQualityInformation", f"{_OURS}:pades-level:{one.level}")
    _add(_add(place, "SignatureValidationProcess"), "SignatureValidationProcessID", f"{_ETSI}:validationprocess:LTA")
    _status(place, report, one, container.certificate if container else None, name if container else None)


def _constraints(place: Element, report: VerificationReport) -> None:
    constraint = _add(_add(place, "ValidationConstraintsEvaluationReport"), "ValidationConstraint")
    _add(constraint, "ValidationConstraintIdentifier", f"{_OURS}:constraint:revocation-required")
    required = "applied" if report.trust.revocation_required else "disabled"
    _add(_add(constraint, "ConstraintStatus"), "Status", f"{_ETSI}:constraintStatus:{required}")


def _times(place: Element, report: VerificationReport, proven: datetime | None, proof: Token | None) -> None:
    times = _add(place, "ValidationTimeInfo")
    _add(times, "ValidationTime", _time(report.file.checked_at))
    best = _add(times, "BestSignatureTime")
    _poe(best, proven or report.file.checked_at, proof)


def _poe(place: Element, at: datetime, proof: Token | None) -> None:
    _add(place, "POETime", _time(at))
    _add(place, "TypeOfProof", f"{_ETSI}:poetype:validation")
    if proof is not None:
        _refer(place, "POEObject", _token_id(proof))


def _best_time(one: SignatureReport) -> datetime | None:
    """The earliest that the signature is proven to exist (EN 319 102-1, 5.5.4)."""
    return one.best_signature_time or one.timestamped_at


def _proof(report: VerificationReport, one: SignatureReport, container: Container | None) -> Token | None:
    """The token that proves the time: the signature's own, or one over the document."""
    own = container.tokens if container else ()
    every = (*own, *(token for _, token in _document_tokens(report)))
    return next((token for token in every if token.at == _best_time(one)), None)


def _document_tokens(report: VerificationReport) -> Iterator[tuple[TimestampReport, Token]]:
    for stamp in report.file.document_timestamps:
        container = report.container_of(stamp.field_name)
        for token in container.tokens if container else ():
            yield stamp, token


def _attributes(place: Element, report: VerificationReport, one: SignatureReport, container: Container) -> None:
    attributes = _add(place, "SignatureAttributes")
    if one.signed_at is not None:
        _add(_add(attributes, "SigningTime", Signed="true"), "Time", _time(one.signed_at))
    if one.level and container.certificate is not None:
        signed = _add(attributes, "SigningCertificate", Signed="true")
        _refer(signed, "AttributeObject", _certificate_id(container.certificate))
    for token in container.tokens:
        _stamped(attributes, "SignatureTimeStamp", token)
    if container.document_digest:
        digest = _add(attributes, "MessageDigest", Signed="true")
        _add(digest, "Digest", _encoded(container.document_digest))
    for stamp, token in _document_tokens(report):
        if stamp.covered_bytes[1] > one.covered_bytes[1]:
            _stamped(attributes, "DocTimeStamp", token)
    if one.reason:
        _add(_add(attributes, "Reason", Signed="true"), "ReasonElement", one.reason)
    if container.kind:
        _add(_add(attributes, "SubFilter", Signed="true"), "SubFilterElement", container.kind.removeprefix("/"))
    if container.byte_range:
        _add(attributes, "ByteRange", " ".join(map(str, container.byte_range)))


def _stamped(place: Element, kind: str, token: Token) -> None:
    stamp = _add(place, kind, Signed="false")
    _refer(stamp, "AttributeObject", _token_id(token))
    _add(stamp, "TimeStampValue", _time(token.at))


def _status(
    place: Element,
    report: VerificationReport,
    one: SignatureReport | TimestampReport,
    signer: bytes | None,
    name: str | None = None,
) -> None:
    status = _add(place, "SignatureValidationStatus")
    _add(status, "MainIndication", f"{_ETSI}:mainindication:{one.indication.lower()}")
    if one.indication is not Indication.TOTAL_PASSED and one.sub_indication is not None:
        _add(status, "SubIndication", f"{_ETSI}:subindication:{one.sub_indication}")
    further = _add(status, "AssociatedValidationReportData")
    _chain(further, report, signer)
    if isinstance(one, SignatureReport) and name is not None:
        crypto = _add(further, "CryptoInformation")
        _refer(crypto, "ValidationObjectId", name)
        _add(crypto, "Algorithm", _algorithm(one.signature_algorithm, one.digest_algorithm))
        weak = str(one.sub_indication or "").startswith("CRYPTO_CONSTRAINTS_FAILURE")
        _add(crypto, "SecureAlgorithm", "false" if weak else "true")
    _words(further, (*one.reasons, *one.changes))
    if len(further) == 0:
        status.remove(further)


def _chain(place: Element, report: VerificationReport, signer: bytes | None) -> None:
    path = report.path_from(signer)
    if not path:
        return
    anchored = path[-1] in report.anchors
    if anchored:
        _refer(place, "TrustAnchor", _certificate_id(path[-1]))
    chain = _add(place, "CertificateChain")
    _refer(chain, "SigningCertificate", _certificate_id(path[0]))
    for der in path[1:-1] if anchored else path[1:]:
        _refer(chain, "IntermediateCertificate", _certificate_id(der))
    if anchored:
        _refer(chain, "TrustAnchor", _certificate_id(path[-1]))


def _words(place: Element, told: tuple[Reason | Change, ...]) -> None:
    if not told:
        return
    further = _add(place, "AdditionalValidationReportData")
    for one in told:
        entry = _add(further, "ReportData")
        kind = "change" if isinstance(one, Change) else "reason"
        _add(entry, "Type", f"{_OURS}:{kind}:{one.code}")
        _add(entry, "Value", f"{one.text_vi} / {one.text_en}")


def _without_signature(place: Element, report: VerificationReport) -> None:
    """The standard wants one report at least; of a file without signatures it tells that there is none."""
    file = report.file
    _constraints(place, report)
    _times(place, report, None, None)
    document = _add(place, "SignersDocument")
    _digest(document, "sha256", bytes.fromhex(file.sha256))
    status = _add(place, "SignatureValidationStatus")
    if file.verdict in {Verdict.UNSIGNED, Verdict.UNREADABLE}:
        _add(status, "MainIndication", f"{_OURS}:mainindication:no-signature-found")
    else:
        _add(status, "MainIndication", f"{_ETSI}:mainindication:indeterminate")
        _add(status, "SubIndication", f"{_ETSI}:subindication:GENERIC")
    verdict = Reason(str(file.verdict).lower(), file.message_vi, file.message_en)
    _words(_add(status, "AssociatedValidationReportData"), (verdict, *file.notes))


def _objects(report: VerificationReport) -> Iterator[Element]:
    """What the reports refer to, each once."""
    checked, seen = report.file.checked_at, set[str]()
    # An anchor of the service that no path leads to has no part in the verdict; the JSON report lists it.
    for der in report.certificates:
        yield _object(_certificate_id(der), "certificate", der, checked)
    for container in report.evidence.containers:
        for token in container.tokens:
            stamp = _judged(report, container, token)
            if _token_id(token) in seen:
                continue
            seen.add(_token_id(token))
            made = _object(_token_id(token), "timestamp", token.der, checked)
            provisioning = _add(made, "POEProvisioning")
            _add(provisioning, "POETime", _time(token.at))
            about = _add(provisioning, "SignatureReference")
            _add(about, "PAdESFieldName", container.field_name)
            if stamp is not None:
                _status(_add(made, "ValidationReport"), report, stamp, token.certificate)
            yield made
    for answer in report.evidence.answers:
        yield _object(_answer_id(answer), {"crl": "CRL"}.get(answer.kind, "OCSPResponse"), answer.der, checked)


def _judged(report: VerificationReport, container: Container, token: Token) -> TimestampReport | None:
    """The verdict on a timestamp."""
    of_signatures = (stamp for one in report.file.signatures for stamp in one.timestamps)
    every = (*report.file.document_timestamps, *of_signatures)
    return next((one for one in every if one.field_name == container.field_name and one.at == token.at), None)


def _object(name: str, kind: str, der: bytes, checked: datetime) -> Element:
    made = Element(_q(VR, "ValidationObject"), {"id": name})
    _add(made, "ObjectType", f"{_ETSI}:validationObject:{kind}")
    representation = _add(made, "ValidationObjectRepresentation")
    if len(der) <= _WHOLE_BYTES:
        _add(representation, "base64", _encoded(der))
    else:
        _digest(representation, "sha256", bytes.fromhex(fingerprint(der)))
    _poe(_add(made, "POE"), checked, None)
    return made


def _digest(place: Element, algorithm: str, value: bytes) -> None:
    if not value:
        return
    digest = _add(place, "DigestAlgAndValue")
    known = _DIGESTS.get(algorithm, f"{_OURS}:algorithm:{_named(algorithm)}")
    SubElement(digest, _q(_DS, "DigestMethod"), {"Algorithm": known})
    SubElement(digest, _q(_DS, "DigestValue")).text = _encoded(value)


def _algorithm(signature: str, digest: str) -> str:
    """RFC 9231's URIs, as far as they are usual."""
    kind = signature.lower()
    if "ed25519" in kind or "ed448" in kind:
        return f"http://www.w3.org/2021/04/xmldsig-more#eddsa-{'ed25519' if '25519' in kind else 'ed448'}"
    if "pss" in kind:
        return f"http://www.w3.org/2007/05/xmldsig-more#{_named(digest)}-rsa-MGF1"
    for family in ("rsa", "ecdsa"):
        if family in kind.replace("rsassa_pkcs1v15", "rsa").split("_"):
            return f"{_MORE}#{family}-{_named(digest)}"
    return f"{_OURS}:algorithm:{_named(signature)}"


def _named(algorithm: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", algorithm) or "unknown"


def _certificate_id(der: bytes) -> str:
    return f"C-{fingerprint(der)}"


def _token_id(token: Token) -> str:
    return f"T-{fingerprint(token.der)}"


def _answer_id(answer: StatusAnswer) -> str:
    return f"R-{fingerprint(answer.der)}"


def _q(namespace: str, name: str) -> str:
    return f"{{{namespace}}}{name}"


def _refer(place: Element, name: str, target: str) -> None:
    _add(place, name, VOReference=target)


def _add(place: Element, name: str, text: str | None = None, **attributes: str) -> Element:
    made = SubElement(place, _q(VR, name), attributes)
    if text is not None:
        made.text = _text(text)
    return made


def _text(text: str) -> str:
    """Without what XML 1.0 cannot hold: names in certificates may."""
    return _NO_CHARACTER.sub("\ufffd", text)


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()
