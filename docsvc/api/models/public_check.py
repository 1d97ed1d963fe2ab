"""What the register tells of a document by its check code."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Told
from docsvc.api.models.documents import TypeRef
from docsvc.records import public_check
from docsvc.records.terms import EffectKind, LegalEffect


class CodePath(Asked):
    """A check code."""

    code: str = Field(
        max_length=100,
        description="As printed; small letters, hyphens and letters that look alike do not matter.",
        json_schema_extra={"example": "7K3M-Q9XA-2HTV4"},
    )


class PublicAnnex(Told):
    """An annex in a file of its own."""

    label: str
    title: str
    pages: int


class CopySource(Told):
    """What a copy was made from."""

    reference: str
    issued_on: date | None
    agency: str
    pages: str = Field(description="Of an excerpt; empty where all of it was copied.")
    withdrawn_at: datetime | None
    effect: LegalEffect | None = Field(description="Of the source, today; null where that is not for everybody.")

    @classmethod
    def of(cls, source: public_check.CopyOf) -> CopySource:
        """From the register."""
        return cls(
            reference=source.reference,
            issued_on=source.issued_on,
            agency=source.agency,
            pages=source.pages,
            withdrawn_at=source.withdrawn_at,
            effect=source.effect,
        )


class NewerDocument(Told):
    """A public document that acts on the one looked up."""

    kind: EffectKind
    from_on: date | None
    type: TypeRef
    reference: str
    issued_on: date | None
    unit_name: str

    @classmethod
    def of(cls, newer: public_check.NewerDocument) -> NewerDocument:
        """From the register."""
        return cls(
            kind=newer.kind,
            from_on=newer.from_on,
            type=TypeRef.of(newer.type_key),
            reference=newer.reference,
            issued_on=newer.issued_on,
            unit_name=newer.unit_name,
        )


class PublicRecord(Told):
    """A public document as it stands in the register."""

    code: str
    reference: str
    issued_on: date | None
    type: TypeRef
    abstract: str
    unit_name: str
    signatory_name: str
    signatory_position: str
    signatory_authority: str
    state: str = Field(description="`issued` or `withdrawn`.")
    withdrawn_at: datetime | None
    medium: str
    pages: int
    annexes: tuple[PublicAnnex, ...]
    copy_of: CopySource | None = Field(description="None for a document that is no copy.")
    effect: LegalEffect = Field(description="Whether it is in force today.")
    effect_from: date | None = Field(description="First day in force.")
    effect_ends: date | None = Field(description="First day not in force any more, come or to come.")
    newer: tuple[NewerDocument, ...] = Field(
        description="Public documents that replace, amend, correct or repeal it; others are never named."
    )

    @classmethod
    def of(cls, record: public_check.PublicRecord) -> PublicRecord:
        """From the register."""
        return cls(
            code=record.code,
            reference=record.reference,
            issued_on=record.issued_on,
            type=TypeRef.of(record.type_key),
            abstract=record.abstract,
            unit_name=record.unit_name,
            signatory_name=record.signatory_name,
            signatory_position=record.signatory_position,
            signatory_authority=record.signatory_authority,
            state=record.state,
            withdrawn_at=record.withdrawn_at,
            medium=record.medium,
            pages=record.pages,
            annexes=tuple(PublicAnnex(label=one.label, title=one.title, pages=one.pages) for one in record.annexes),
            copy_of=CopySource.of(record.copy_of) if record.copy_of else None,
            effect=record.effect,
            effect_from=record.effect_from,
            effect_ends=record.effect_ends,
            newer=tuple(NewerDocument.of(one) for one in record.newer),
        )
