"""Signed files whose containers hold what their maker wants: other forms than pyHanko writes."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Callable
from typing import Any

from asn1crypto import cms
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter

from tests.signing.authority import Holder, container, page

_DETACHED = b"/adbe.pkcs7.detached"


def plain(by: Holder, *, kind: bytes = _DETACHED) -> bytes:
    """A plain PDF signature, said to be of a kind."""
    metadata = signers.PdfSignatureMetadata(
        field_name="Sig1", subfilter=SigSeedSubFilter.ADOBE_PKCS7_DETACHED, md_algorithm="sha256"
    )
    writer = IncrementalPdfFileWriter(io.BytesIO(page()))
    made = signers.PdfSigner(metadata, by.signer()).sign_pdf(writer, bytes_reserved=60_000)
    return bytes(made.getvalue()).replace(_DETACHED, kind.ljust(len(_DETACHED)))


def covered(content: bytes) -> bytes:
    """What the last signature covers."""
    start, end = container(content)
    return content[: start - 1] + content[end + 1 :]


def with_container(content: bytes, make: Callable[[bytes], bytes]) -> bytes:
    """With another CMS in the last signature's container, made for what it covers."""
    start, end = container(content)
    digits = make(covered(content)).hex().encode()
    assert len(digits) <= end - start
    return content[:start] + digits.ljust(end - start, b"0") + content[end:]


def enveloping(by: Holder, content: bytes, *, digest: str = "sha256") -> cms.ContentInfo:
    """A CMS that holds its content itself."""
    return asyncio.run(by.signer().async_sign_general_data(content, digest, detached=False))


def of_digest(by: Holder, *, spoilt: bool = False) -> bytes:
    """The oldest form: the container holds the SHA-1 digest of the file, signed."""

    def make(signed: bytes) -> bytes:
        digest = hashlib.sha1(signed + b"x" if spoilt else signed, usedforsecurity=False).digest()
        return bytes(enveloping(by, digest).dump())

    return with_container(plain(by, kind=b"/adbe.pkcs7.sha1"), make)


def altered(content: bytes, change: Callable[[Any], None]) -> bytes:
    """With the last signature's CMS changed."""
    start, end = container(content)
    held = bytes.fromhex(content[start:end].decode())
    message = cms.ContentInfo.load(held)
    copied = cms.ContentInfo({"content_type": "signed_data", "content": message["content"].copy()})
    change(copied["content"])
    digits = bytes(copied.dump(force=True)).hex().encode()
    return content[:start] + digits.ljust(end - start, b"0") + content[end:]
