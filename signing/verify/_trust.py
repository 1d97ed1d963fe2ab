"""Signatures and timestamps against their certificates, and certificates against trusted roots. Offline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import cms, core, crl, ocsp, tsp, x509
from cryptography import x509 as certificates
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import generic_cms
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import AlgorithmNotSupported

from signing.anchors import Anchor, Purpose, holds
from signing.verify._container import require_consistent
from signing.verify._findings import Findings, Refused, require
from signing.verify._report import Indication, Revocation, SubIndication

SIGNING_USE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
"""Public authorities in Viet Nam set one or both on certificates for documents."""
_TIMESTAMP_USE = KeyUsageConstraints(key_usage=set(), extd_key_usage={"time_stamping"})
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Believed:
    """A trust anchor as it crosses into the sandbox."""

    certificate: bytes
    """DER."""
    purposes: frozenset[Purpose]
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, anchor: Anchor) -> Believed:
        """The anchor, as plain values."""
        der = anchor.certificate.public_bytes(Encoding.DER)
        return cls(der, anchor.purposes, anchor.since, anchor.until)


@dataclass(frozen=True, slots=True)
class Given:
    """What verification is given beside the file and the roots, as it crosses into the sandbox."""

    anchors: tuple[Believed, ...] = ()
    crls: tuple[bytes, ...] = ()
    """DER; checked already."""
    ocsps: tuple[bytes, ...] = ()
    """OCSPResponse, DER; checked already."""


@dataclass(slots=True)
class Trusted:
    """Certificates and revocation data at hand, for the whole file."""

    roots: list[x509.Certificate]
    intermediates: list[x509.Certificate] = field(default_factory=list)
    crls: list[crl.CertificateList] = field(default_factory=list)
    ocsps: list[ocsp.OCSPResponse] = field(default_factory=list)
    paths: list[tuple[Any, datetime]] = field(default_factory=list)
    """pyHanko's ``ValidationPath`` of everybody who was believed, and the moment."""
    anchors: tuple[Believed, ...] = ()
    """Further roots, each for a purpose and a time."""

    def context(
        self, moment: datetime, *, revocation: bool = False, purpose: Purpose = Purpose.SIGNATURES
    ) -> ValidationContext:
        """A validation at a moment; with ``revocation``, every certificate below the root must be proven good."""
        return ValidationContext(
            trust_roots=[*self.roots, *self.anchored(purpose, moment)],
            other_certs=list(self.intermediates),
            moment=moment,
            allow_fetching=False,
            crls=self.crls if revocation else [],
            ocsps=self.ocsps if revocation else [],
            revocation_mode="require" if revocation else "soft-fail",
            retroactive_revinfo=True,
        )

    def anchored(self, purpose: Purpose, moment: datetime) -> list[x509.Certificate]:
        """The anchors that are believed for a purpose at a moment."""
        found = (one for one in self.anchors if holds(one.purposes, one.since, one.until, purpose, moment))
        return [x509.Certificate.load(one.certificate) for one in found]


@dataclass(frozen=True, slots=True)
class Judged:
    """A CMS signature whose value holds."""

    certificate: x509.Certificate
    path: Any
    """pyHanko's ``ValidationPath``; ``None`` if the certificate is not trusted."""
    others: tuple[x509.Certificate, ...]


@dataclass(frozen=True, slots=True)
class Stamp:
    """A timestamp that is to be believed."""

    at: datetime
    authority: str


async def judge(
    signed_data: cms.SignedData,
    digest: bytes | None,
    trusted: Trusted,
    moment: datetime,
    findings: Findings,
    *,
    use: KeyUsageConstraints = SIGNING_USE,
) -> Judged | None:
    """Check a CMS signature and its chain at a moment (EN 319 102-1, 5.2.6 to 5.2.8); failures go to ``findings``.

    ``digest`` is of the bytes signed from outside, and ``None`` where the CMS holds its content itself.
    """
    purpose = Purpose.TIMESTAMPS if use is _TIMESTAMP_USE else Purpose.SIGNATURES
    try:
        certificate, others = _certificates(signed_data)
        status = await generic_cms.cms_basic_validation(
            signed_data, digest, trusted.context(moment, purpose=purpose), key_usage_settings=use
        )
        intact, valid = bool(status["intact"]), bool(status["valid"])
        findings.intact = None if intact and not valid else intact  # the digest itself is then nobody's word
        require(intact, SubIndication.HASH_FAILURE, "content-changed")
        require(valid, SubIndication.SIG_CRYPTO_FAILURE, "signature-wrong")
        require_consistent(signed_data, certificate)
    except Refused as refused:
        findings.refuse(refused)
        return None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - parsers and verifiers raise nearly anything on hostile bytes
        findings.refuse(_named(error, signed_data))
        return None
    problem = status["trust_problem_indic"]
    if problem is not None:
        findings.refuse(_distrusted(SubIndication(problem.standard_name), certificate, signed_data, moment))
        return Judged(certificate, None, others)
    path = status["validation_path"]
    if path is not None:
        trusted.paths.append((path, moment))
    if path is None:
        holder = name_of(certificate.subject)
        findings.refuse(Refused(SubIndication.NO_CERTIFICATE_CHAIN_FOUND, "untrusted", holder=holder))
    elif not _accounted(others, path, trusted):
        findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "stray-certificate"))
    return Judged(certificate, path, others)


async def judge_timestamp(
    token: cms.SignedData,
    imprint: Callable[[str], bytes],
    trusted: Trusted,
    moment: datetime,
    findings: Findings,
) -> Stamp | None:
    """Check a timestamp token (RFC 3161) at a moment; ``imprint`` digests what it must be about."""
    found = Findings()
    stamp = await _stamp(token, imprint, trusted, moment, found)
    if found.sub_indication is None:
        return stamp
    # A timestamp that fails does not make the signature fail: the sub-indication is one that leaves it open.
    failed = found.sub_indication.indication is Indication.TOTAL_FAILED
    code = _TIMESTAMP_CODES.get(found.sub_indication, "timestamp-broken" if failed else "timestamp-untrusted")
    findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE if failed else found.sub_indication, code))
    return None


async def _stamp(
    token: cms.SignedData, imprint: Callable[[str], bytes], trusted: Trusted, moment: datetime, found: Findings
) -> Stamp | None:
    try:
        content = token["encap_content_info"]["content"]
        stamped: Any = content.parsed if isinstance(content, core.ParsableOctetString) else None
        require(isinstance(stamped, tsp.TSTInfo), SubIndication.FORMAT_FAILURE, "timestamp-broken")
        asked = stamped["message_imprint"]
        about = imprint(asked["hash_algorithm"]["algorithm"].native)
        require(about == asked["hashed_message"].native, SubIndication.HASH_FAILURE, "timestamp-broken")
        at = utc(stamped["gen_time"].native)
        timely = at <= moment + _CLOCKS_DIFFER
        require(timely, SubIndication.TIMESTAMP_ORDER_FAILURE, "timestamp-in-future")
    except Refused as refused:
        found.refuse(refused)
        return None
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - as above
        found.refuse(Refused(SubIndication.FORMAT_FAILURE, "timestamp-broken"))
        return None
    judged = await judge(token, None, trusted, moment, found, use=_TIMESTAMP_USE)
    return Stamp(at, name_of(judged.certificate.subject)) if judged is not None else None


async def revocation(judged: Judged, trusted: Trusted, moment: datetime) -> tuple[Revocation, Refused | None]:
    """What the data in the file say of a trusted certificate and those above it, as of a moment."""
    if not trusted.crls and not trusted.ocsps:
        return Revocation.NOT_CHECKED, None
    context = trusted.context(moment, revocation=True)
    context.certificate_registry.register_multiple(judged.others)
    outcome = await generic_cms.validate_cert_usage(
        judged.certificate,
        context,
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
        paths=context.path_builder.async_build_paths_lazy(judged.certificate),
    )
    if outcome.success_result is not None:
        return Revocation.GOOD, None
    if outcome.revo_details is not None:
        of_authority = outcome.revo_details.ca_revoked
        return Revocation.REVOKED, Refused(
            SubIndication.REVOKED_CA_NO_POE if of_authority else SubIndication.REVOKED_NO_POE,
            "authority-revoked" if of_authority else "revoked",
            holder=name_of(judged.certificate.subject),
        )
    return Revocation.NOT_CHECKED, None


def name_of(subject: x509.Name, kind: str = "common_name") -> str:
    """A part of a distinguished name; the common name falls back to the organisation's."""
    try:
        parts = subject.native
        found = parts.get(kind) or (parts.get("organization_name") if kind == "common_name" else "")
    except (ValueError, TypeError, AttributeError):
        return ""
    if isinstance(found, list):
        found = found[0] if found else ""
    return str(found or "").strip()[:500]


def utc(moment: datetime) -> datetime:
    """Aware, in UTC; a time without zone is taken as UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _certificates(signed_data: cms.SignedData) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    try:
        found = extract_certificate_info(signed_data)
    except Exception as error:
        raise Refused(SubIndication.NO_SIGNING_CERTIFICATE_FOUND, "no-certificate") from error
    return found.signer_cert, tuple(found.other_certs)


def _named(error: Exception, signed_data: cms.SignedData) -> Refused:
    if isinstance(error, SignatureValidationError):
        sub_indication = SubIndication(error.ades_subindication.standard_name)
        if sub_indication is SubIndication.NO_SIGNING_CERTIFICATE_FOUND:
            return Refused(sub_indication, "no-certificate")
        if "encapsulated" in str(error):
            return Refused(sub_indication, "encapsulated-content")
        if sub_indication is SubIndication.FORMAT_FAILURE:
            return Refused(sub_indication, "cms-inconsistent")
        return Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "cms-inconsistent")
    if isinstance(error, (AlgorithmNotSupported, UnsupportedAlgorithm, AttributeError, NotImplementedError, KeyError)):
        return Refused(
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE, "algorithm-unsupported", algorithm=algorithms(signed_data)
        )
    if isinstance(error, RecursionError):
        return Refused(SubIndication.GENERIC, "not-processed")
    return Refused(SubIndication.FORMAT_FAILURE, "signature-unreadable")


def algorithms(signed_data: cms.SignedData) -> str:
    """Digest and signature algorithm of a CMS, and the key's length, for people."""
    names = list(filter(None, algorithm_names(signed_data)))
    try:
        names.append(f"{extract_certificate_info(signed_data).signer_cert.public_key.bit_size} bit")
    except Exception:  # noqa: BLE001 - an unknown kind of key
        names.append("?")
    return ", ".join(names)


def algorithm_names(signed_data: cms.SignedData) -> tuple[str, str]:
    """Names, or numbers where there is no name, of digest and signature algorithm; empty if unreadable."""
    try:
        signer = signed_data["signer_infos"][0]
        return (
            str(signer["digest_algorithm"]["algorithm"].native)[:100],
            str(signer["signature_algorithm"]["algorithm"].native)[:100],
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return "", ""


def stamp_algorithms(token: cms.SignedData) -> tuple[str, ...]:
    """Digests and key a timestamp relies on, each as ``sha256``, ``rsa-2048``, ``ec-256``; empty if unreadable."""
    try:
        imprint = token["encap_content_info"]["content"].parsed["message_imprint"]["hash_algorithm"]["algorithm"]
        key = extract_certificate_info(token).signer_cert.public_key
        kind = f"{key.algorithm.replace('_', '-')}-{key.bit_size}"
        return tuple(dict.fromkeys((str(imprint.native), algorithm_names(token)[0], kind)))
    except Exception:  # noqa: BLE001 - a token may lie about anything
        return ()


_TIMESTAMP_CODES = {
    SubIndication.TIMESTAMP_ORDER_FAILURE: "timestamp-in-future",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "timestamp-expired",
    SubIndication.SIG_CONSTRAINTS_FAILURE: "timestamp-broken",
}
_CODES = {
    SubIndication.NO_CERTIFICATE_CHAIN_FOUND: "untrusted",
    SubIndication.OUT_OF_BOUNDS_NO_POE: "expired",
    SubIndication.CHAIN_CONSTRAINTS_FAILURE: "certificate-purpose",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE: "algorithm-weak",
    SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE: "algorithm-weak",
}


def _distrusted(
    sub_indication: SubIndication, certificate: x509.Certificate, signed_data: cms.SignedData, moment: datetime
) -> Refused:
    if sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE and moment < utc(certificate.not_valid_before):
        return Refused(SubIndication.NOT_YET_VALID, "not-yet-valid", holder=name_of(certificate.subject))
    return Refused(
        sub_indication,
        _CODES.get(sub_indication, "chain-broken"),
        holder=name_of(certificate.subject),
        algorithm=algorithms(signed_data),
    )


def _accounted(others: Iterable[x509.Certificate], path: Any, trusted: Trusted) -> bool:
    """Every certificate that comes with the signature is on its path, or rightly signed by one at hand.

    Nothing else protects them: a byte changed there would go unnoticed.
    """
    known = list(path.iter_certs(include_root=True))
    dumps = {certificate.dump() for certificate in (*known, *trusted.roots)}
    stray = [certificate for certificate in others if certificate.dump() not in dumps]
    return all(_signed_by_one_of(certificate, (*known, *stray, *trusted.roots)) for certificate in stray)


def _signed_by_one_of(certificate: x509.Certificate, authorities: Sequence[x509.Certificate]) -> bool:
    try:
        subject = certificates.load_der_x509_certificate(certificate.dump())
    except ValueError:
        return False
    for authority in authorities:
        if authority.subject != certificate.issuer:
            continue
        try:
            subject.verify_directly_issued_by(certificates.load_der_x509_certificate(authority.dump()))
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            continue
        return True
    return False
