"""What a client sends on the way from draft to issued document."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from flask_openapi3 import FileStorage
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from werkzeug.datastructures import FileStorage as ReceivedFile

from docsvc.api.models.base import Asked, Id, Text
from docsvc.issue.form import DocumentForm, RecipientEntry
from docsvc.records.terms import Access, Channel, Urgency

DOCUMENT_ID = r"^[0-9a-f]{32}$"
_FACTS: JsonDict = {
    "drafting_unit_id": 2,
    "type": "qd",
    "abstract": "Về việc phê duyệt kế hoạch sử dụng đất năm 2026",
    "signatory_id": 5,
    "authority": "TM.",
    "access": "public",
    "urgency": "normal",
    "recipients": [{"name": "Sở Nội vụ", "channel": "electronic"}, {"unit_id": 3, "channel": "both"}],
}


class UploadedFile(FileStorage):
    """A file in a multipart form; text under its name is refused."""

    @classmethod
    def validate(cls, value: Any, *_: Any, **__: Any) -> ReceivedFile:
        """Take real files only."""
        if not isinstance(value, ReceivedFile):
            raise ValueError("a file is needed, not text")  # noqa: TRY004 - Pydantic wants ValueError
        return value


class Recipient(Asked):
    """One line of «Nơi nhận»."""

    name: Annotated[Text, Field(max_length=200)] = Field(
        default="", description="May be left out if `unit_id` is given."
    )
    unit_id: Id | None = Field(default=None, description="A unit of the tree, which then finds it among its own.")
    channel: Channel = Channel.ELECTRONIC


class _Facts(Asked):
    """The facts that electronic and paper documents share."""

    drafting_unit_id: Id
    type: Annotated[Text, Field(max_length=10)] = Field(
        description="Key of a document type.", json_schema_extra={"example": "qd"}
    )
    abstract: Annotated[Text, Field(min_length=1, max_length=500)] = Field(description="Trích yếu.")
    authority: Annotated[Text, Field(max_length=10)] = Field(
        default="", description="In whose place the signatory signs: TM., Q., KT., TL., TUQ. or empty."
    )
    access: Access = Access.PUBLIC
    urgency: Urgency = Urgency.NORMAL
    recipients: Annotated[tuple[Recipient, ...], Field(max_length=200)] = ()
    copies: Annotated[int, Field(ge=0, le=100_000)] = Field(default=0, description="Paper copies made.")
    language: Annotated[Text, Field(min_length=1, max_length=30)] = "vi"

    def _form(self, **more: Any) -> DocumentForm:
        return DocumentForm(
            drafting_unit_id=self.drafting_unit_id,
            type_key=self.type,
            abstract=self.abstract,
            authority=self.authority,
            access=self.access,
            urgency=self.urgency,
            recipients=tuple(RecipientEntry(entry.name, entry.channel, entry.unit_id) for entry in self.recipients),
            copies=self.copies,
            language=self.language,
            **more,
        )


class DraftFacts(_Facts):
    """What the drafter fills in."""

    model_config = ConfigDict(json_schema_extra={"example": _FACTS})

    signatory_id: Id = Field(description="A leader of the issuing unit, who will sign.")
    check_mark: bool = Field(
        default=True, description="Draw the QR code of the public check into its files, where the service does so."
    )

    def form(self) -> DocumentForm:
        """As the use case takes it."""
        return self._form(signatory_id=self.signatory_id, check_mark=self.check_mark)


class PaperFacts(_Facts):
    """What the clerk fills in about a document that was signed by hand."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": _FACTS
            | {"signatory_id": None, "signatory_name": "Nguyễn Văn An", "signatory_position": "Chủ tịch"}
            | {"issued_on": "2026-11-23", "copies": 3}
        }
    )

    issued_on: date = Field(description="The date on the paper.")
    signatory_id: Id | None = Field(default=None, description="A leader of the issuing unit; or name somebody instead.")
    signatory_name: Annotated[Text, Field(max_length=50)] = ""
    signatory_position: Annotated[Text, Field(max_length=100)] = ""

    def form(self) -> DocumentForm:
        """As the use case takes it."""
        return self._form(
            signatory_id=self.signatory_id,
            signatory_name=self.signatory_name,
            signatory_position=self.signatory_position,
        )


class DraftForm(Asked):
    """A draft: its file and its facts."""

    file: UploadedFile = Field(description="The PDF, unsigned and laid out as Decree 30/2020 asks.")
    facts: DraftFacts = Field(description="The facts, as JSON.")


class AnnexForm(Asked):
    """An annex and its title."""

    file: UploadedFile = Field(description="PDF without signatures.")
    title: Annotated[Text, Field(max_length=200)] = Field(default="", description="The file's name if left out.")


class RevisionForm(Asked):
    """A draft's new facts and, if it changed, its new file."""

    facts: DraftFacts = Field(description="All facts, as JSON: what is left out becomes its default.")
    file: UploadedFile | None = Field(default=None, description="Left out: the file stays as it is.")


class PaperForm(Asked):
    """A paper document's facts and, if there is one, its scan."""

    facts: PaperFacts = Field(description="The facts, as JSON.")
    scan: UploadedFile | None = Field(default=None, description="A PDF; kept as it is, never an electronic document.")


class DocumentPath(Asked):
    """Names a document."""

    document_id: Annotated[str, Field(pattern=DOCUMENT_ID)] = Field(
        json_schema_extra={"example": "0f8fad5bd9cb469fa16570867728950e"}
    )


class RenditionPath(DocumentPath):
    """Names one file of a document."""

    rendition_id: Id


class RepeatHeader(Asked):
    """Makes a request safe to repeat."""

    model_config = ConfigDict(extra="ignore")

    idempotency_key: Annotated[Text, Field(max_length=200)] = Field(
        default="",
        alias="Idempotency-Key",
        description="Any text that you use for this one document only. Repeated with the same key, the request makes "
        "nothing new and answers with the document made the first time.",
        json_schema_extra={"example": "7d0c2a1e-import-2026-000123"},
    )


class Reason(Asked):
    """Why a document goes back or is withdrawn."""

    reason: Annotated[Text, Field(min_length=1, max_length=2000)] = Field(
        json_schema_extra={"example": "Đề nghị bổ sung căn cứ pháp lý."}
    )


OneTimeCode = Annotated[
    Text,
    Field(
        max_length=100, description="Where the key lies at a remote service that asks for a code at every signature."
    ),
]


class Passphrase(Asked):
    """Opens a signing key for this one act; it is not kept."""

    passphrase: Annotated[Text, Field(max_length=500)] = Field(json_schema_extra={"example": "mật khẩu của tệp khóa"})
    otp: OneTimeCode = ""


class NumberDate(Asked):
    """The date of the document."""

    on: date | None = Field(
        default=None, description="Today in Vietnam if left out.", json_schema_extra={"example": "2026-11-24"}
    )


class Issue(NumberDate):
    """The date of the document and the passphrase of the organisation's key, or its token's PIN."""

    passphrase: Annotated[Text, Field(max_length=500)] = Field(
        json_schema_extra={"example": "mật khẩu của khóa cơ quan"}
    )
    otp: OneTimeCode = ""


class SecretNumber(Asked):
    """A number of the secret series; nothing else is kept of such a document."""

    unit_id: Id
    type: Annotated[Text, Field(max_length=10)] = Field(json_schema_extra={"example": "bc"})
    on: date | None = Field(default=None, description="Today in Vietnam if left out.")
    after: Annotated[int, Field(ge=0, le=10_000_000)] | None = Field(
        default=None,
        description="The register's last number as you know it. If it has moved on meanwhile, no number is taken and "
        "the answer is 409: so a repeated request takes no second number.",
        json_schema_extra={"example": 11},
    )
