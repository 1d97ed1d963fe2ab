"""The JSON report, format ``docsvc-verification-report/1``: its parts, and its JSON schema.

The schema that stands in ``docs/verification-report-1.schema.json`` is made of these classes. Within one version of
the format fields may be added and never change their meaning; a reader passes over what it does not know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

FORMAT = "docsvc-verification-report/1"
MEDIA_TYPE = "application/json"
FILE_NAME = "docsvc-verification-report.json"
"""Of the report inside a PDF report."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Hex = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]*$")]
Base64 = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]*={0,2}$")]


class Part(BaseModel):
    """Fields that are not known are kept: a later program may have added them."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Words(Part):
    """The same in both languages."""

    vi: str
    en: str


class Reason(Words):
    """Something to know about a signature or the file."""

    code: str
    against: bool = Field(description="It keeps the signature from being TOTAL-PASSED.")


class Change(Words):
    """Something done to the file after a signature."""

    code: str
    allowed: bool = Field(description="By that signature.")


class Digest(Part):
    """A digest with its algorithm."""

    algorithm: str
    value: Hex


class Library(Part):
    """A program of others that took part in the verdict."""

    name: str
    version: str


class Program(Library):
    """What came to the verdict."""

    libraries: tuple[Library, ...]


class CheckedFile(Part):
    """The file that was verified."""

    name: str = Field(description="As whoever had it checked calls it; may be empty.")
    sha256: Sha256
    size_bytes: int = Field(ge=0)


class Certificate(Part):
    """A certificate, whole."""

    sha256: Sha256 = Field(description="Of the DER.")
    subject: str
    issuer: str
    serial: Hex
    not_before: datetime
    not_after: datetime
    der: Base64


class Trust(Part):
    """Who was believed always. Whoever was believed within limits stands in the settings."""

    anchors: tuple[Certificate, ...]
    intermediates: tuple[Certificate, ...] = Field(
        description="Further authorities that signatures may leave out; believed only under an anchor."
    )


class Settings(Part):
    """What the verification was told; each further setting of the program by its name."""

    revocation_required: bool = Field(description="A signature passes only with proof that nobody was revoked.")


class Algorithms(Part):
    """What was too weak to be believed."""

    refused_digests: tuple[str, ...]
    least_rsa_bits: int
    least_dsa_bits: int


class Timestamp(Part):
    """A timestamp token (RFC 3161) in the file."""

    id: str
    field_name: str = Field(description="The signature field it stands in.")
    over: Literal["signature", "document"]
    at: datetime = Field(description="As the token says; whether it is believed, the signature's report tells.")
    sha256: Sha256 = Field(description="Of the token's DER.")
    imprint_algorithm: str
    digest_algorithm: str
    path: tuple[Sha256, ...] = Field(description="From its authority's certificate to the anchor.")


class StatusAnswer(Part):
    """An OCSP answer or a CRL."""

    id: str
    kind: Literal["ocsp", "crl"]
    issuer: str
    at: datetime | None
    until: datetime | None
    sha256: Sha256
    size_bytes: int
    in_file: bool = Field(description="Otherwise it stands whole in the settings, as `crls` or `ocsps`.")


class Judged(Part):
    """What signatures and timestamps over the document have in common."""

    field_name: str
    indication: Literal["TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"] = Field(description="ETSI EN 319 102-1.")
    sub_indication: str | None
    covered_bytes: tuple[int, int] = Field(description="Half-open span of the file.")
    covers_whole_file: bool
    changes: tuple[Change, ...]
    reasons: tuple[Reason, ...]
    tokens: tuple[str, ...] = Field(description="Ids of the timestamps in it, as under `timestamps` of the report.")
    path: tuple[Sha256, ...] = Field(description="From its certificate to the anchor; alone if it was not believed.")
    cms_sha256: Sha256 | None = Field(description="Of the CMS; unknown if it cannot be read.")


class Signature(Judged):
    """The verdict on one signature."""

    holder: str
    organisation: str
    issuer: str
    certificate_sha256: str
    certificate_serial: str
    certificate_from: datetime | None
    certificate_until: datetime | None
    level: str | None = Field(description="PAdES level that is really there.")
    signed_at: datetime | None = Field(description="As the signer claims.")
    timestamped_at: datetime | None = Field(description="As a trusted timestamp proves.")
    timestamp_authority: str
    validation_time: datetime = Field(description="Moment the certificate was judged for.")
    intact: bool | None
    trusted: bool
    revocation: str
    certification: int | None
    digest_algorithm: str
    signature_algorithm: str
    reason: str = Field(description="For signing, as the signer gave it.")
    kind: str = Field(description="The signature dictionary's SubFilter; empty if it cannot be read.")
    document_digest: Digest | None = Field(description="Of the covered bytes, as signed.")
    to_be_signed_digest: Digest | None = Field(description="Of the signed attributes in DER.")
    signature_value: Base64


class DocumentTimestamp(Judged):
    """The verdict on a timestamp over the document."""

    authority: str
    certificate_until: datetime | None
    at: datetime | None
    algorithms: tuple[str, ...]


class Report(Part):
    """A verification, with all that a second one needs beside the file itself."""

    format: Literal["docsvc-verification-report/1"]
    program: Program
    made_at: datetime
    judged_for: datetime = Field(description="Moment the verdict holds for, where no timestamp proves an earlier one.")
    file: CheckedFile
    verdict: str
    message: Words
    signatures: tuple[Signature, ...]
    document_timestamps: tuple[DocumentTimestamp, ...]
    notes: tuple[Reason, ...] = Field(description="On the file as a whole.")
    trust: Trust
    settings: Settings
    algorithms: Algorithms
    timestamps: tuple[Timestamp, ...]
    certificates: tuple[Certificate, ...] = Field(description="All that the verdict rests on.")
    revocation_data: tuple[StatusAnswer, ...] = Field(description="All in the file, or given with it.")
    fetched: tuple[dict[str, Any], ...] = Field(description="What was asked for beyond the file, where it was allowed.")
