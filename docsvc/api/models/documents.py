"""Documents as the API tells of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from pydantic import Field

from config.document_types import document_types, is_copy
from docsvc.api.models.base import Id, Told
from docsvc.db import records, upkeep
from docsvc.db.people import Unit
from docsvc.issue import places
from docsvc.issue.desk import vietnam_date
from docsvc.records.annexes import annexes_of
from docsvc.records.effects import state_on
from docsvc.records.terms import Access, Channel, LegalEffect, Medium, RenditionRole, State, Urgency
from signing.places import Box


class UnitRef(Told):
    """A unit, briefly."""

    id: Id
    code: str = Field(json_schema_extra={"example": "H05.11"})
    name: str = Field(json_schema_extra={"example": "Ủy ban nhân dân xã Ea Kly"})
    abbreviation: str = Field(json_schema_extra={"example": "UBND"})

    @classmethod
    def of(cls, unit: Unit) -> UnitRef:
        """From the database."""
        return cls(id=unit.id, code=unit.code, name=unit.name, abbreviation=unit.abbreviation)


class TypeRef(Told):
    """A type of document (NĐ 30, appendix III)."""

    key: str = Field(json_schema_extra={"example": "qd"})
    code: str = Field(
        description="As in the symbol; empty for types that have none.", json_schema_extra={"example": "QĐ"}
    )
    name: str = Field(json_schema_extra={"example": "Quyết định"})
    name_en: str = Field(json_schema_extra={"example": "Decision"})
    is_copy: bool = Field(description="Of copies: made from another document, never drafted.")

    @classmethod
    def of(cls, key: str) -> TypeRef:
        """The type of that key."""
        kind = document_types()[key]
        return cls(key=kind.key, code=kind.code, name=kind.name, name_en=kind.name_en, is_copy=kind.copy)


class Signatory(Told):
    """Who signs, or signed by hand."""

    user_id: Id | None = Field(description="Unknown for who signed on paper and is no user here.")
    name: str = Field(json_schema_extra={"example": "Nguyễn Văn An"})
    position: str = Field(json_schema_extra={"example": "Chủ tịch"})
    authority: str = Field(description="TM., Q., KT., TL., TUQ. or empty.", json_schema_extra={"example": "TM."})


class Rendition(Told):
    """One file of a document."""

    id: Id
    role: RenditionRole
    sha256: str = Field(
        json_schema_extra={"example": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
    )
    size_bytes: int
    media_type: str
    file_name: str
    created_at: datetime
    annex_id: Id | None = Field(description="The annex whose file it is; none for the document's own files.")

    @classmethod
    def of(cls, rendition: records.Rendition) -> Rendition:
        """From the database."""
        return cls(
            id=rendition.id,
            role=RenditionRole(rendition.role),
            sha256=rendition.sha256,
            size_bytes=rendition.size_bytes,
            media_type=rendition.media_type,
            file_name=rendition.file_name,
            created_at=rendition.created_at,
            annex_id=rendition.annex_id,
        )


class Annex(Told):
    """An annex in a file of its own."""

    id: Id
    title: str = Field(json_schema_extra={"example": "Danh sách thành viên"})
    pages: int
    level: str = Field(description="PAdES level of the signature on it; empty until it is sealed.")

    @classmethod
    def of(cls, annex: records.Annex) -> Annex:
        """From the database."""
        return cls(id=annex.id, title=annex.title, pages=annex.pages, level=annex.level)


class Signature(Told):
    """A digital signature on the newest file, as verified when it was made."""

    kind: str = Field(description="`personal` or `organisation`.")
    holder: str
    certificate_sha256: str
    level: str = Field(json_schema_extra={"example": "B-T"})
    signed_at: datetime
    indication: str = Field(description="ETSI EN 319 102-1.", json_schema_extra={"example": "TOTAL-PASSED"})
    checked_at: datetime

    @classmethod
    def of(cls, signature: records.Signature) -> Signature:
        """From the database."""
        return cls(
            kind=signature.kind,
            holder=signature.holder,
            certificate_sha256=signature.certificate_sha256,
            level=signature.level,
            signed_at=signature.signed_at,
            indication=signature.indication,
            checked_at=signature.checked_at,
        )


class Delivery(Told):
    """A recipient, the channel, and when it was sent."""

    recipient: str
    unit_id: Id | None
    channel: Channel
    sent_at: datetime | None

    @classmethod
    def of(cls, delivery: records.Delivery) -> Delivery:
        """From the database."""
        return cls(
            recipient=delivery.recipient,
            unit_id=delivery.unit_id,
            channel=Channel(delivery.channel),
            sent_at=delivery.sent_at,
        )


class PlaceBox(Told):
    """A rectangle on a page as it is shown, in points (1/72 inch) from its lower left corner."""

    page: int = Field(json_schema_extra={"example": 1})
    left: float
    bottom: float
    width: float
    height: float

    @classmethod
    def of(cls, box: Box | None) -> PlaceBox | None:
        """From the database."""
        if box is None:
            return None
        width, height = round(box.width, 2), round(box.height, 2)
        return cls(page=box.page + 1, left=box.left, bottom=box.bottom, width=width, height=height)


class Places(Told):
    """Where number, date, signature and seal go on the pages; unknown ones are null."""

    number: PlaceBox | None
    day: PlaceBox | None
    month: PlaceBox | None
    year: PlaceBox | None
    personal_signature: PlaceBox | None
    organisation_signature: PlaceBox | None = Field(
        description="Null unless set by hand: it covers a third of the signature at its left."
    )
    printed_month: int | None
    printed_year: int | None
    by_hand: tuple[str, ...] = Field(description="Names of those that a person set otherwise than they were found.")

    @classmethod
    def of(cls, kept: dict[str, Any] | None) -> Places:
        """From the database."""
        found = places.from_json(kept)
        return cls(
            number=PlaceBox.of(found.number),
            day=PlaceBox.of(found.day),
            month=PlaceBox.of(found.month),
            year=PlaceBox.of(found.year),
            personal_signature=PlaceBox.of(found.personal_signature),
            organisation_signature=PlaceBox.of(found.organisation_signature),
            printed_month=found.printed_month,
            printed_year=found.printed_year,
            by_hand=places.by_hand(kept),
        )


class Wait(Told):
    """Why a document waits for an authority that does not answer, or for a higher signature level."""

    step: str = Field(description="`sign`, `seal`, or `preserve` for one that went out at a lower level.")
    level: str = Field(description="What it waits to be brought to.", json_schema_extra={"example": "B-LT"})
    code: str = Field(json_schema_extra={"example": "timestamp-unavailable"})
    server: str
    since: datetime
    tried_at: datetime
    attempts: int

    @classmethod
    def of(cls, wait: upkeep.Wait) -> Wait:
        """From the database."""
        return cls(
            step=wait.step,
            level=wait.level,
            code=wait.code,
            server=wait.server,
            since=wait.since,
            tried_at=wait.tried_at,
            attempts=wait.attempts,
        )


class CopiedFrom(Told):
    """What a copy was made from."""

    sha256: str = Field(description="Of the very file that was copied.")
    reference: str
    issued_on: date | None
    agency: str
    pages: str = Field(description="Of an excerpt; empty where all of it was copied.")

    @classmethod
    def of(cls, source: records.CopySource) -> CopiedFrom:
        """From the database."""
        return cls(
            sha256=source.sha256,
            reference=source.reference,
            issued_on=source.issued_on,
            agency=source.agency,
            pages=source.pages,
        )


class DocumentSummary(Told):
    """A document in a list."""

    id: str = Field(json_schema_extra={"example": "0f8fad5bd9cb469fa16570867728950e"})
    state: State
    medium: Medium
    access: Access
    urgency: Urgency
    type: TypeRef
    reference: str | None = Field(
        description="Number and symbol; unknown until the clerk has taken the number.",
        json_schema_extra={"example": "138/QĐ-UBND"},
    )
    issued_on: date | None
    abstract: str = Field(json_schema_extra={"example": "Về việc phê duyệt kế hoạch sử dụng đất năm 2026"})
    unit: UnitRef = Field(description="Who issues it.")
    drafting_unit: UnitRef
    signatory: Signatory
    pages: int
    effect: LegalEffect | None = Field(
        description="Whether it is in force today; null for copies, and while it does not stand in the register."
    )

    @classmethod
    def of(cls, document: records.Document) -> DocumentSummary:
        """From the database; the session that read it must still be open."""
        return cls(**_summary(document))


class Document(DocumentSummary):
    """A document with all that is known of it."""

    symbol: str = Field(json_schema_extra={"example": "QĐ-UBND"})
    number: int | None
    year: int | None
    language: str
    copies: int = Field(description="Paper copies made.")
    note: str = Field(description="Why it was sent back or withdrawn.")
    places_missing: tuple[str, ...] = Field(
        description="Places that were not found on the pages and without which it cannot be submitted: "
        "`number`, `day`, `month`, `personal_signature`."
    )
    places: Places | None = Field(description="Null for paper documents.")
    created_at: datetime
    changed_at: datetime
    submitted_at: datetime | None
    signed_at: datetime | None
    numbered_at: datetime | None
    sealed_at: datetime | None
    published_at: datetime | None
    withdrawn_at: datetime | None
    renditions: tuple[Rendition, ...] = Field(
        description="Newest first; earlier files only for those who handle the document."
    )
    copied_from: CopiedFrom | None = Field(description="Of a copy only.")
    annexes: tuple[Annex, ...] = Field(description="In files of their own, in their order.")
    signatures: tuple[Signature, ...]
    deliveries: tuple[Delivery, ...]
    wait: Wait | None = Field(description="Only for those who handle the document.")

    @classmethod
    def with_files(
        cls, document: records.Document, files: Iterable[records.Rendition], wait: upkeep.Wait | None
    ) -> Document:
        """From the database; the session that read it must still be open."""
        return cls(
            **_summary(document),
            symbol=document.symbol,
            number=document.number,
            year=document.year,
            language=document.language,
            copies=document.copies,
            note=document.note,
            places_missing=places.missing(document.places) if _has_places(document) else (),
            places=Places.of(document.places) if _has_places(document) else None,
            created_at=document.created_at,
            changed_at=document.changed_at,
            submitted_at=document.submitted_at,
            signed_at=document.signed_at,
            numbered_at=document.numbered_at,
            sealed_at=document.sealed_at,
            published_at=document.published_at,
            withdrawn_at=document.withdrawn_at,
            renditions=tuple(Rendition.of(rendition) for rendition in files),
            copied_from=CopiedFrom.of(document.copied_from) if document.copied_from else None,
            annexes=tuple(Annex.of(annex) for annex in annexes_of(document)),
            signatures=tuple(Signature.of(signature) for signature in document.signatures),
            deliveries=tuple(Delivery.of(delivery) for delivery in document.deliveries),
            wait=Wait.of(wait) if wait is not None else None,
        )


def _has_places(document: records.Document) -> bool:
    """Paper has none, and a copy is signed in its corner."""
    return document.medium == Medium.ELECTRONIC and not is_copy(document.type_key)


def _summary(document: records.Document) -> dict[str, Any]:
    return {
        "id": document.id,
        "state": State(document.state),
        "medium": Medium(document.medium),
        "access": Access(document.access),
        "urgency": Urgency(document.urgency),
        "type": TypeRef.of(document.type_key),
        "reference": document.reference,
        "issued_on": document.issued_on,
        "abstract": document.abstract,
        "unit": UnitRef.of(document.unit),
        "drafting_unit": UnitRef.of(document.drafting_unit),
        "signatory": Signatory(
            user_id=document.signatory_id,
            name=document.signatory_name,
            position=document.signatory_position,
            authority=document.signatory_authority,
        ),
        "pages": document.pages,
        "effect": None if is_copy(document.type_key) else state_on(document, vietnam_date(datetime.now(UTC))),
    }
