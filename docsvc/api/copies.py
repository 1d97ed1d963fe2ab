"""Copies: sao y, trích sao, sao lục."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from flask import Response
from pydantic import Field

from docsvc.api.answers import document_answer, received
from docsvc.api.blueprint import ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.base import Asked, Id, Text
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import DocumentPath, Recipient, RepeatHeader, UploadedFile
from docsvc.issue import copying
from docsvc.issue.copying import CopyRequest, OutsideSource
from docsvc.issue.form import RecipientEntry
from docsvc.records.terms import Access

_THEN = (
    " It then waits for its number: `/number`, `/seal`, `/publish` or `/issue` as for every document. It bears the "
    "organisation's signature alone."
)


class CopyFacts(Asked):
    """What the clerk fills in about a copy."""

    form: Literal["sy", "trs", "sl"] = Field(description="`sy` sao y, `trs` trích sao, `sl` sao lục.")
    unit_id: Id = Field(description="The organisation that makes the copy.")
    signatory_id: Id = Field(description="The leader who certifies it.")
    authority: Annotated[Text, Field(max_length=10)] = Field(
        default="", description="TM., Q., KT., TL., TUQ. or empty."
    )
    pages: Annotated[Text, Field(max_length=500)] = Field(
        default="", description="Of an excerpt.", json_schema_extra={"example": "1-3, 5"}
    )
    recipients: Annotated[tuple[Recipient, ...], Field(max_length=200)] = ()
    access: Access = Field(default=Access.PUBLIC, description="No wider than the source's.")
    copies: Annotated[int, Field(ge=0, le=100_000)] = Field(default=0, description="Paper copies made.")
    check_mark: bool = Field(
        default=True, description="Draw the QR code of the public check, where the service does so."
    )

    def request(self) -> CopyRequest:
        """As the use case takes it."""
        return CopyRequest(
            form=self.form,
            unit_id=self.unit_id,
            signatory_id=self.signatory_id,
            authority=self.authority,
            pages=self.pages,
            recipients=tuple(RecipientEntry(entry.name, entry.channel, entry.unit_id) for entry in self.recipients),
            access=self.access,
            copies=self.copies,
            check_mark=self.check_mark,
        )


class OutsideFacts(CopyFacts):
    """About a copy of a document from outside, also what is read on it."""

    reference: Annotated[Text, Field(min_length=1, max_length=45)] = Field(
        json_schema_extra={"example": "221/SNV-TCCB"}
    )
    agency: Annotated[Text, Field(min_length=1, max_length=200)] = Field(description="Who issued it.")
    abstract: Annotated[Text, Field(min_length=1, max_length=500)] = Field(description="Trích yếu.")
    issued_on: date | None = None


class OutsideForm(Asked):
    """The source's file and the facts."""

    file: UploadedFile = Field(description="PDF; kept unchanged with the copy.")
    facts: OutsideFacts = Field(description="The facts, as JSON.")


@api.post(
    "/documents/<document_id>/copies",
    tags=[ISSUING],
    responses={201: Document},
    description="Any issued document that this person may read; sao lục of a sao y only." + _THEN,
)
def make_copy(path: DocumentPath, header: RepeatHeader, body: CopyFacts) -> Response:
    """Make a copy of a document here."""
    made = copying.make_copy(
        parts().desk, body.request(), path.document_id, by=actor(), request_key=header.idempotency_key
    )
    return document_answer(made, 201)


@api.post("/copies", tags=[ISSUING], responses={201: Document}, description="Of an uploaded PDF." + _THEN)
def make_copy_from_outside(header: RepeatHeader, form: OutsideForm) -> Response:
    """Make a copy of a document from outside."""
    facts = form.facts
    source = OutsideSource(
        content=received(form.file),
        file_name=form.file.filename or "",
        reference=facts.reference,
        agency=facts.agency,
        abstract=facts.abstract,
        issued_on=facts.issued_on,
    )
    made = copying.make_copy(parts().desk, facts.request(), source, by=actor(), request_key=header.idempotency_key)
    return document_answer(made, 201)


@api.post(
    "/documents/<document_id>/discard",
    tags=[ISSUING],
    responses={204: None},
    description="Only while it has no number; that it was made stays in the event log.",
)
def discard_copy(path: DocumentPath) -> Response:
    """Throw a copy away."""
    copying.discard_copy(parts().desk, path.document_id, by=actor())
    return Response(status=204)
