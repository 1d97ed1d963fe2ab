"""Signed files of kinds that other people's tests have and that pyHanko does not write."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asn1crypto import algos, cms, core, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.crypt import StandardSecurityHandler
from pyhanko.pdf_utils.crypt.standard import StandardSecuritySettingsRevision
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers

from tests.signing.attacks.forging import attribute, chain, signing_certificate
from tests.signing.authority import Holder, page, updated
from tests.signing.forms import plain, with_container

Sign = Callable[[Any, bytes], bytes]
PLAIN_ECDSA = "0.4.0.127.0.7.1.1.4.1.3"
"""ecdsa-plain-SHA256 (BSI TR-03111, 5.2.1.1): the two numbers of a signature side by side."""


def by_ecdsa(key: Any, attributes: bytes) -> bytes:
    return bytes(key.sign(attributes, ec.ECDSA(hashes.SHA256())))


def by_plain_ecdsa(key: Any, attributes: bytes) -> bytes:
    size = (key.curve.key_size + 7) // 8
    return b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(by_ecdsa(key, attributes)))


def by_rsa(key: Any, attributes: bytes) -> bytes:
    return bytes(key.sign(attributes, padding.PKCS1v15(), hashes.SHA256()))


def by_rsa_of_sha3(key: Any, attributes: bytes) -> bytes:
    return bytes(key.sign(attributes, padding.PKCS1v15(), hashes.SHA3_256()))


@dataclass(slots=True)
class Kind:
    """How a container is made by hand."""

    algorithm: str = "sha256_ecdsa"
    digest: str = "sha256"
    signs: Sign = by_ecdsa
    attributes: bool = True
    in_order: bool = True
    """The attributes stand as DER sorts them; otherwise turned round, and signed as sorted (RFC 5652, 5.4)."""
    certificates: bool = True
    content: bytes | None = None
    """Held inside, instead of what lies around."""


def made(by: Holder, covered: bytes, kind: Kind) -> bytes:
    """A CMS of a kind over these bytes."""
    held = covered if kind.content is None else kind.content
    told = [
        attribute("content_type", "data"),
        attribute("message_digest", hashlib.new(kind.digest, held).digest()),
        signing_certificate(by.asn1),
    ]
    signed = cms.CMSAttributes(told)
    to_sign = signed.dump() if kind.attributes else held
    identifier = cms.IssuerAndSerialNumber({"issuer": by.asn1.issuer, "serial_number": by.asn1.serial_number})
    signer: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier("issuer_and_serial_number", identifier),
        "digest_algorithm": algos.DigestAlgorithm({"algorithm": kind.digest}),
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": kind.algorithm}),
        "signature": kind.signs(by.key, to_sign),
    }
    if kind.attributes:
        signer["signed_attrs"] = signed
    inside: dict[str, Any] = {"content_type": "data"}
    if kind.content is not None:
        inside["content"] = core.OctetString(kind.content)
    signed_data: dict[str, Any] = {
        "version": "v1",
        "digest_algorithms": [algos.DigestAlgorithm({"algorithm": kind.digest})],
        "encap_content_info": inside,
        "signer_infos": [cms.SignerInfo(signer)],
    }
    if kind.certificates:
        signed_data["certificates"] = [by.asn1, *(x509.Certificate.load(one) for one in chain(by))]
    encoded = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed_data)}).dump(force=True)
    if kind.in_order:
        return bytes(encoded)
    contents = signed.contents
    return bytes(encoded).replace(contents, b"".join(one.dump() for one in reversed(list(signed))))


def of_kind(by: Holder, kind: Kind, *, said: bytes = b"/ETSI.CAdES.detached") -> bytes:
    """A file signed by such a container, said to be of a kind."""
    return with_container(plain(by, kind=said), lambda covered: made(by, covered, kind))


def in_ber(encoded: bytes) -> bytes:
    """With indefinite lengths in the outer three layers (X.690, 8.1.3.6)."""
    message = cms.ContentInfo.load(encoded)
    inside = message["content"].untag().contents
    ends = b"\0\0" * 3
    return bytes(b"\x30\x80" + message["content_type"].dump() + b"\xa0\x80\x30\x80" + inside + ends)


def encrypted(by: Holder, *, strength: str, user: str = "") -> bytes:
    """Encrypted with a password of the owner's, and one to open it where that is not empty; then signed."""
    copied = writer.copy_into_new_writer(PdfFileReader(io.BytesIO(page())))
    if strength == "rc4":
        handler = StandardSecurityHandler.build_from_pw_legacy(
            rev=StandardSecuritySettingsRevision.RC4_EXTENDED,
            id1=copied._document_id[0].original_bytes,
            desired_owner_pass="chu",
            desired_user_pass=user,
            keylen_bytes=16,
        )
        copied.security_handler = handler
        copied._encrypt = copied.add_object(handler.as_pdf_object())
    else:
        copied.encrypt(owner_pass="chu", user_pass=user)
    written = io.BytesIO()
    copied.write(written)
    opened = IncrementalPdfFileWriter(io.BytesIO(written.getvalue()))
    opened.encrypt(user)
    metadata = signers.PdfSignatureMetadata(field_name="Sig1", md_algorithm="sha256")
    return bytes(signers.PdfSigner(metadata, by.signer()).sign_pdf(opened).getvalue())


def with_store(content: bytes, certificates: list[bytes]) -> bytes:
    """With a document security store of these certificates, in a revision of its own."""

    def add(opened: IncrementalPdfFileWriter) -> None:
        streams = [opened.add_object(generic.StreamObject(stream_data=der)) for der in certificates]
        store = generic.DictionaryObject({pdf_name("/Certs"): generic.ArrayObject(streams)})
        opened.root["/DSS"] = opened.add_object(store)
        opened.update_root()

    return updated(content, add)


def signed_again(content: bytes, by: Holder) -> bytes:
    """An encrypted file with one more signature."""
    opened = IncrementalPdfFileWriter(io.BytesIO(content))
    opened.encrypt("")
    metadata = signers.PdfSignatureMetadata(field_name="Sig2", md_algorithm="sha256")
    return bytes(signers.PdfSigner(metadata, by.signer()).sign_pdf(opened).getvalue())
