"""A throw-away authority, and files signed under it by plain pyHanko: the other side of our verification."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.timestamps import DummyTimeStamper
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore
from reportlab.pdfgen.canvas import Canvas

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@functools.cache
def standard() -> Authority:
    """One for all tests of a run that need no other."""
    return Authority()


def new_key(bits: int | None = None) -> Key:
    return rsa.generate_private_key(65537, bits) if bits else ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody with a key and a certificate."""

    certificate: x509.Certificate
    key: Key
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def asn1(self) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(self.certificate.public_bytes(Encoding.DER))

    @property
    def asn1_key(self) -> asn1_keys.PrivateKeyInfo:
        encoded = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return asn1_keys.PrivateKeyInfo.load(encoded)

    def signer(self, *, pss: bool = False) -> signers.SimpleSigner:
        registry = SimpleCertificateStore()
        registry.register_multiple(asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in self.chain)
        return signers.SimpleSigner(self.asn1, self.asn1_key, registry, prefer_pss=pss)


@dataclass(slots=True)
class Authority:
    """A root, an issuing authority under it, and a timestamp authority."""

    name: str = "Gốc thử"
    root: Holder = field(init=False)
    issuing: Holder = field(init=False)
    stamping: Holder = field(init=False)

    def __post_init__(self) -> None:
        self.root = issue(self.name, use="authority")
        self.issuing = issue(f"CA của {self.name}", use="authority", under=self.root)
        self.stamping = issue("Dấu thời gian thử", use="timestamps", under=self.root, key=new_key(2048))

    def person(self, name: str = "Nguyễn Thị Bình Minh", **details: Any) -> Holder:
        return issue(name, under=self.issuing, **details)

    def timestamper(self, at: datetime | None = None, by: Holder | None = None) -> DummyTimeStamper:
        holder = by or self.stamping
        return DummyTimeStamper(holder.asn1, holder.asn1_key, fixed_dt=at)

    def crls(self, revoked: Sequence[tuple[Holder, datetime]] = (), at: datetime | None = None) -> list[Any]:
        """Fresh revocation lists of both authorities."""
        return [revocation_list(authority, revoked, at or NOW) for authority in (self.root, self.issuing)]

    def context(self, **details: Any) -> ValidationContext:
        others = [self.issuing.asn1, self.stamping.asn1]
        return ValidationContext(trust_roots=[self.root.asn1], other_certs=others, allow_fetching=False, **details)


def issue(
    name: str,
    *,
    under: Holder | None = None,
    use: str = "signing",
    key: Key | None = None,
    since: datetime = NOW - 400 * DAY,
    until: datetime = NOW + 400 * DAY,
    extensions: Sequence[x509.ExtensionType] = (),
) -> Holder:
    """A certificate for a new key; by itself where nobody stands above."""
    key = key or new_key()
    subject = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "UBND xã Thử"), x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    builder = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
    builder = builder.issuer_name(under.certificate.subject if under else subject)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(since).not_valid_after(until)
    builder = builder.add_extension(x509.BasicConstraints(ca=use == "authority", path_length=None), critical=True)
    builder = builder.add_extension(_usage(use), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    issuer_key = under.key if under else key
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(identifier, critical=False)
    purposes = {"timestamps": ExtendedKeyUsageOID.TIME_STAMPING, "web": ExtendedKeyUsageOID.SERVER_AUTH}
    if use in purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purposes[use]]), critical=True)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    chain = (under.certificate, *under.chain) if under else ()
    return Holder(builder.sign(issuer_key, hashes.SHA256()), key, chain)


def _usage(use: str) -> x509.KeyUsage:
    certifying = use == "authority"
    return x509.KeyUsage(
        digital_signature=use in {"signing", "timestamps"},
        content_commitment=use == "signing",
        key_encipherment=use == "web",
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certifying,
        crl_sign=certifying,
        encipher_only=False,
        decipher_only=False,
    )


def revocation_list(by: Holder, revoked: Sequence[tuple[Holder, datetime]], at: datetime) -> Any:
    builder = x509.CertificateRevocationListBuilder().issuer_name(by.certificate.subject)
    builder = builder.last_update(at - DAY).next_update(at + 30 * DAY)
    for holder, when in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(holder.certificate.serial_number)
        builder = builder.add_revoked_certificate(entry.revocation_date(when).build())
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    builder = builder.add_extension(identifier, critical=False).add_extension(x509.CRLNumber(1), critical=False)
    return asn1_crl.CertificateList.load(builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER))


def page(text: str = "Quyet dinh") -> bytes:
    """A small PDF."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(595, 842), invariant=True, pageCompression=0)
    canvas.drawString(85, 700, text)
    canvas.save()
    return written.getvalue()


def sign(
    content: bytes,
    by: Holder,
    *,
    field_name: str = "Sig1",
    timestamper: DummyTimeStamper | None = None,
    pss: bool = False,
    bytes_reserved: int | None = None,
    new_field: fields.SigFieldSpec | None = None,
    style: Any = None,
    **details: Any,
) -> bytes:
    """Signed once more; ``details`` go to pyHanko's metadata."""
    details.setdefault("subfilter", SigSeedSubFilter.PADES)
    details.setdefault("md_algorithm", "sha256")
    metadata = signers.PdfSignatureMetadata(field_name=field_name, **details)
    signer = signers.PdfSigner(
        metadata, by.signer(pss=pss), timestamper=timestamper, new_field_spec=new_field, stamp_style=style
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    return bytes(signer.sign_pdf(writer, bytes_reserved=bytes_reserved).getvalue())


def certify(content: bytes, by: Holder, permitted: fields.MDPPerm, **details: Any) -> bytes:
    return sign(content, by, certify=True, docmdp_permissions=permitted, **details)


def with_text_field(content: bytes, name: str = "number") -> bytes:
    """With an empty text field for later."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        page_reference = writer.root["/Pages"]["/Kids"].raw_get(0)
        text_field = writer.add_object(
            generic.DictionaryObject(
                {
                    pdf_name("/Type"): pdf_name("/Annot"),
                    pdf_name("/Subtype"): pdf_name("/Widget"),
                    pdf_name("/FT"): pdf_name("/Tx"),
                    pdf_name("/T"): generic.TextStringObject(name),
                    pdf_name("/TU"): generic.TextStringObject("Số văn bản"),
                    pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (85, 740, 185, 760))),
                    pdf_name("/DA"): generic.TextStringObject("/Helv 12 Tf 0 g"),
                    pdf_name("/F"): generic.NumberObject(4),
                    pdf_name("/P"): page_reference,
                }
            )
        )
        form = generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject([text_field])})
        writer.root["/AcroForm"] = writer.add_object(form)
        writer.update_root()
        the_page = page_reference.get_object()
        the_page["/Annots"] = generic.ArrayObject([text_field])
        writer.mark_update(page_reference)

    return updated(content, add)


def fill(content: bytes, value: str, index: int = 0) -> bytes:
    """With a value in a text field, in a revision of its own."""

    def put(writer: IncrementalPdfFileWriter) -> None:
        reference = writer.root["/AcroForm"]["/Fields"].raw_get(index)
        reference.get_object()["/V"] = generic.TextStringObject(value)
        writer.mark_update(reference)

    return updated(content, put)


def rewrite_page(content: bytes, text: str) -> bytes:
    """With other words on the page, in a revision of its own."""

    def put(writer: IncrementalPdfFileWriter) -> None:
        reference = writer.root["/Pages"]["/Kids"].raw_get(0)
        stream = generic.StreamObject(stream_data=f"BT /F1 12 Tf 85 700 Td ({text}) Tj ET".encode())
        reference.get_object()["/Contents"] = writer.add_object(stream)
        writer.mark_update(reference)

    return updated(content, put)


def updated(content: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """With one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    change(writer)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def container(content: bytes) -> tuple[int, int]:
    """Half-open span of the digits of the last signature's container."""
    start = content.rindex(b"/Contents <") + len(b"/Contents <")
    return start, content.index(b">", start)
