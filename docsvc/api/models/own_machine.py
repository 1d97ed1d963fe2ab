"""What a client sends and gets when the key lies on the official's own machine."""

from __future__ import annotations

import base64
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from docsvc.api.models.base import Asked, Text, Told
from docsvc.api.models.issuing import DOCUMENT_ID, DocumentPath, UploadedFile
from docsvc.issue.elsewhere import FileOut
from docsvc.issue.local_signing import HandedOut

_MOST_PEM = 64 * 1024
_MOST_BASE64 = 256 * 1024


class SigningPath(DocumentPath):
    """Names one signing of a document."""

    signing_id: Annotated[str, Field(pattern=DOCUMENT_ID)] = Field(
        json_schema_extra={"example": "5f0c4a1e9bd9cb469fa1657086772895"}
    )


class SigningBegin(Asked):
    """Who is going to sign."""

    certificates: Annotated[Text, Field(min_length=1, max_length=_MOST_PEM)] = Field(
        description="PEM: the signer's certificate, which must be the one on record, then those above it.",
        json_schema_extra={"example": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n"},
    )
    on: date | None = Field(
        default=None,
        description="For a clerk: the document's date, where its number is taken now. Today in Vietnam if left out.",
    )


class SigningBegun(Told):
    """What is to be signed."""

    id: str
    kind: Literal["personal", "organisation"]
    digest: str = Field(description="Base64. SHA-256 of the file laid out, without the bytes of its container.")
    digest_algorithm: Literal["SHA-256"] = "SHA-256"
    signed_attributes: str = Field(
        description="Base64. The CMS attributes (SET, DER) that a bare signature is made over: for clients that build "
        "no CMS of their own."
    )
    sha256: str = Field(description="Of the file laid out, hexadecimal.")
    size_bytes: int
    container: tuple[int, int] = Field(
        description="Half-open span of the empty container, its angle brackets included."
    )
    base_sha256: str = Field(description="Of the file shown so far: the file laid out begins with its bytes.")
    reference: str | None = Field(description="Number and symbol, for the organisation's signature.")
    expires_at: datetime

    @classmethod
    def of(cls, out: HandedOut) -> SigningBegun:
        """As the use case gives it."""
        return cls(
            id=out.id,
            kind="personal" if out.kind == "personal" else "organisation",
            digest=base64.b64encode(out.digest).decode("ascii"),
            signed_attributes=base64.b64encode(out.attributes).decode("ascii"),
            sha256=out.sha256,
            size_bytes=out.size_bytes,
            container=out.container,
            base_sha256=out.base_sha256,
            reference=out.reference,
            expires_at=out.expires_at,
        )


class FileHandedOut(Told):
    """A file to be signed with another program."""

    id: str
    kind: Literal["personal", "organisation"]
    sha256: str = Field(description="Of the file, hexadecimal; what comes back must begin with its bytes.")
    field: str = Field(description="Name of the signature field to sign in.")
    holder: str
    certificate_sha256: str = Field(description="Of the certificate on record: sign with this one.")
    reference: str | None
    expires_at: datetime

    @classmethod
    def of(cls, out: FileOut) -> FileHandedOut:
        """As the use case gives it."""
        kind: Literal["personal", "organisation"] = "personal" if out.kind == "personal" else "organisation"
        return cls(
            id=out.id,
            kind=kind,
            sha256=out.sha256,
            field=f"{kind}_signature",
            holder=out.holder,
            certificate_sha256=out.certificate_sha256,
            reference=out.reference,
            expires_at=out.expires_at,
        )


class SignedFileForm(Asked):
    """The file as another program has signed it."""

    file: UploadedFile = Field(description="The PDF.")


class SigningReturned(Asked):
    """The signature: one of the two."""

    cms: Annotated[str, Field(max_length=_MOST_BASE64)] | None = Field(
        default=None,
        description="Base64 of a detached CMS SignedData (DER) over the digest, with the signed attributes "
        "content-type, message-digest and signing-certificate-v2.",
    )
    signature: Annotated[str, Field(max_length=_MOST_BASE64)] | None = Field(
        default=None,
        description="Base64 of the bare signature over `signed_attributes`: RSA PKCS#1 v1.5 or ECDSA, with SHA-256.",
    )
