"""Lists of revoked certificates and OCSP answers of rarer kinds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from asn1crypto import algos, core
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, StreamObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signing.authority import DAY, Holder, updated

_RFC_5019 = hashes.SHA1()  # noqa: S303 - as responders are asked
WHERE = "http://127.0.0.1/danh-sach.crl"


@dataclass(frozen=True, slots=True)
class Roll:
    """How a list is made."""

    by: Holder
    at: datetime
    number: int = 1
    builds_on: int | None = None
    revoked: Sequence[tuple[Holder, datetime, str]] = ()
    """Whose certificates, when, and why; those of other authorities are named with theirs."""
    indirect: bool = False
    reasons: frozenset[x509.ReasonFlags] | None = None
    pss: bool = False

    def der(self) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.by.certificate.subject)
        builder = builder.last_update(self.at).next_update(self.at + 30 * DAY)
        for holder, when, why in self.revoked:
            entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
            entry = entry.revocation_date(when)
            if why:
                entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(why)), critical=False)
            if self.indirect:
                owner = x509.CertificateIssuer([x509.DirectoryName(holder.certificate.issuer)])
                entry = entry.add_extension(owner, critical=True)
            builder = builder.add_revoked_certificate(entry.build())
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.by.key.public_key())
        builder = builder.add_extension(identifier, critical=False)
        builder = builder.add_extension(x509.CRLNumber(self.number), critical=False)
        if self.builds_on is not None:
            builder = builder.add_extension(x509.DeltaCRLIndicator(self.builds_on), critical=True)
        if self.indirect or self.reasons:
            scope = x509.IssuingDistributionPoint(
                full_name=[x509.UniformResourceIdentifier(WHERE)],
                relative_name=None,
                only_contains_user_certs=False,
                only_contains_ca_certs=False,
                only_some_reasons=self.reasons,
                indirect_crl=self.indirect,
                only_contains_attribute_certs=False,
            )
            builder = builder.add_extension(scope, critical=True)
        pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32) if self.pss else None
        return builder.sign(self.by.key, hashes.SHA256(), rsa_padding=pss).public_bytes(Encoding.DER)

    def after(self, hours: int, **details: Any) -> Roll:
        """The changes to it, some hours later."""
        changed = {"revoked": (), **details}
        return replace(
            self, at=self.at + timedelta(hours=hours), number=self.number + 1, builds_on=self.number, **changed
        )


def point(issuer: Holder | None = None) -> x509.CRLDistributionPoints:
    """Where a certificate sends for lists, and whose they are where not its own authority's."""
    names = [x509.DirectoryName(issuer.certificate.subject)] if issuer else None
    where = [x509.UniformResourceIdentifier(WHERE)]
    return x509.CRLDistributionPoints([x509.DistributionPoint(where, None, None, names)])


def answer(
    about: Holder, of: Holder, by: Holder, at: datetime, *, revoked: datetime | None = None, pss: bool = False
) -> bytes:
    """An OCSP answer by a responder; its signature by RSASSA-PSS where that is wanted."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked else ocsp.OCSPCertStatus.GOOD
    builder = ocsp.OCSPResponseBuilder().add_response(
        about.certificate, of.certificate, _RFC_5019, status, at, at + 30 * DAY, revoked, None
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate).certificates([by.certificate])
    digest = hashes.SHA384() if isinstance(by.key, ec.EllipticCurvePrivateKey) else hashes.SHA256()
    der = builder.sign(by.key, digest).public_bytes(Encoding.DER)
    return _by_pss(der, by) if pss else der


def _by_pss(der: bytes, by: Holder) -> bytes:
    response = asn1_ocsp.OCSPResponse.load(der)
    basic = response["response_bytes"]["response"].parsed
    mask = algos.MaskGenAlgorithm({"algorithm": "mgf1", "parameters": {"algorithm": "sha256"}})
    details = algos.RSASSAPSSParams(
        {"hash_algorithm": {"algorithm": "sha256"}, "mask_gen_algorithm": mask, "salt_length": 32}
    )
    algorithm = algos.SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": details})
    told = basic["tbs_response_data"]
    value = by.key.sign(told.dump(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())  # type: ignore[call-arg,arg-type]
    made = asn1_ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": told,
            "signature_algorithm": algorithm,
            "signature": core.OctetBitString(value),
            "certs": [asn1_x509.Certificate.load(by.certificate.public_bytes(Encoding.DER))],
        }
    )
    encoded = asn1_ocsp.ResponseBytes(
        {"response_type": "basic_ocsp_response", "response": core.ParsableOctetString(made.dump())}
    )
    return bytes(asn1_ocsp.OCSPResponse({"response_status": "successful", "response_bytes": encoded}).dump())


def kept(
    content: bytes,
    *,
    lists: Sequence[bytes] = (),
    answers: Sequence[bytes] = (),
    certificates: Sequence[Holder] = (),
) -> bytes:
    """With these in the file's security store, in a revision of its own."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        def held(pieces: Sequence[bytes]) -> ArrayObject:
            return ArrayObject(writer.add_object(StreamObject(stream_data=piece)) for piece in pieces)

        store = DictionaryObject({pdf_name("/CRLs"): held(lists), pdf_name("/OCSPs"): held(answers)})
        ders = [holder.certificate.public_bytes(Encoding.DER) for holder in certificates]
        store[pdf_name("/Certs")] = held(ders)
        writer.root["/DSS"] = writer.add_object(store)
        writer.update_root()

    return updated(content, add)
