"""Signatures and timestamps against their certificates, and certificates against trusted roots. Offline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asn1crypto import cms, x509
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
from signing.verify._algorithms import Algorithms
from signing.verify._container import require_consistent
from signing.verify._findings import Findings, Refused, require
from signing.verify._report import SubIndication
from signing.verify._values import Values

SIGNING_USE = KeyUsageConstraints(key_usage={"non_repudiation", "digital_signature"})
"""Public authorities in Viet Nam set one or both on certificates for documents."""
TIMESTAMP_USE = KeyUsageConstraints(key_usage=set(), extd_key_usage={"time_stamping"})


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


@dataclass(slots=True)
class Trusted:
    """Certificates and revocation data at hand, for the whole file."""

    roots: list[x509.Certificate]
    intermediates: list[x509.Certificate] = field(default_factory=list)
    algorithms: Algorithms = field(default_factory=Algorithms)
    paths: list[tuple[Any, datetime]] = field(default_factory=list)
    """pyHanko's ``ValidationPath`` of everybody who was believed, and the moment."""
    anchors: tuple[Believed, ...] = ()
    """Further roots, each for a purpose and a time."""

    def context(
        self, moment: datetime, purpose: Purpose = Purpose.SIGNATURES, values: Values | None = None
    ) -> ValidationContext:
        """A validation of paths at a moment; revocation is looked at apart."""
        return ValidationContext(
            trust_roots=[*self.roots, *self.anchored(purpose, moment)],
            other_certs=list(self.intermediates),
            moment=moment,
            allow_fetching=False,
            revocation_mode="soft-fail",
            algorithm_usage_policy=self.algorithms,
            signature_validator=values or Values(),
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
    purpose, values = Purpose.TIMESTAMPS if use is TIMESTAMP_USE else Purpose.SIGNATURES, Values()
    try:
        signed_data, added = _with_signer(signed_data, trusted)
        certificate, others = _certificates(signed_data)
        status = await generic_cms.cms_basic_validation(
            signed_data, digest, trusted.context(moment, purpose=purpose, values=values), key_usage_settings=use
        )
        intact, valid = bool(status["intact"]), bool(status["valid"])
        findings.intact = None if intact and not valid else intact  # the digest itself is then nobody's word
        require(intact, SubIndication.HASH_FAILURE, "content-changed")
        require(valid, SubIndication.SIG_CRYPTO_FAILURE, "signature-wrong")
        require_consistent(signed_data, certificate)
        if added:  # ISO 32000-2, 12.8.3.3 wants it in the container; what is signed is the same wherever it lies
            findings.refuse(Refused(SubIndication.SIG_CONSTRAINTS_FAILURE, "certificate-elsewhere"))
        require(not values.rearranged, SubIndication.SIG_CONSTRAINTS_FAILURE, "cms-inconsistent")
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
        ended = status.get("error_time_horizon")
        findings.refuse(_distrusted(SubIndication(problem.standard_name), certificate, signed_data, moment, ended))
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


async def path_at(certificate: x509.Certificate, others: Iterable[x509.Certificate], context: Any) -> Any:
    """The ``ValidationPath`` of a certificate at the context's moment; ``None`` if there is none."""
    context.certificate_registry.register_multiple(others)
    outcome = await generic_cms.validate_cert_usage(
        certificate,
        context,
        key_usage_settings=KeyUsageConstraints(key_usage=set()),
        paths=context.path_builder.async_build_paths_lazy(certificate),
    )
    return outcome.success_result


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


def _with_signer(signed_data: cms.SignedData, trusted: Trusted) -> tuple[cms.SignedData, bool]:
    """The container with the signer's certificate from elsewhere in the file where it holds none (5.2.3)."""
    try:
        extract_certificate_info(signed_data)
    except Exception:  # noqa: BLE001 - the certificate is missing, or something that is told later
        signer = signed_data["signer_infos"][0]
        for one in trusted.intermediates:
            if _is_meant(signer["sid"], one):
                completed = signed_data.copy()
                completed["certificates"] = [one, *(choice.chosen for choice in signed_data["certificates"] or ())]
                return completed, True
    return signed_data, False


def _is_meant(identifier: cms.SignerIdentifier, certificate: x509.Certificate) -> bool:
    if identifier.name == "subject_key_identifier":
        return bool(certificate.key_identifier == identifier.chosen.native)
    named = identifier.chosen
    same = named["serial_number"].native == certificate.serial_number
    return same and bool(named["issuer"].dump() == certificate.issuer.dump())


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


_CODES = {
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
    sub_indication: SubIndication,
    certificate: x509.Certificate,
    signed_data: cms.SignedData,
    moment: datetime,
    ended: datetime | None,
) -> Refused:
    if sub_indication is SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE and moment < utc(certificate.not_valid_before):
        return Refused(SubIndication.NOT_YET_VALID, "not-yet-valid", holder=name_of(certificate.subject))
    if ended is not None and utc(certificate.not_valid_before) > ended:  # no proof can be older than the certificate
        sub_indication = SubIndication.CRYPTO_CONSTRAINTS_FAILURE
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


def validity(certificate: Any) -> tuple[datetime | None, datetime | None]:
    """From when until when a certificate is in force; ``None`` where that cannot be read."""
    try:
        return utc(certificate.not_valid_before), utc(certificate.not_valid_after)
    except Exception:  # noqa: BLE001 - no certificate, or dates that are none
        return None, None
