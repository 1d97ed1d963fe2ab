"""Legal effect: whether a document is in force, and what documents do to each other."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from docsvc.api.models.base import Asked, Id, Told
from docsvc.api.models.documents import DocumentSummary
from docsvc.api.models.issuing import DOCUMENT_ID, DocumentPath
from docsvc.records import effect_panel
from docsvc.records.terms import EffectKind, LegalEffect


class EffectPath(DocumentPath):
    """One thing that a document does to another."""

    effect_id: Id = Field(description="From the document's `acts` or `acted_on`.")


class NewEffect(Asked):
    """What the document does to another."""

    kind: EffectKind
    target_id: str = Field(pattern=DOCUMENT_ID, description="The document acted on.")
    from_on: date | None = Field(
        default=None, description="From which day; left out: from the day on which the acting document is in force."
    )


class Period(Asked):
    """From when to when a document is in force by its own words."""

    start: date | None = Field(default=None, description="Null: from its date.")
    last: date | None = Field(default=None, description="Its last day; null: without end.")


class Relation(Told):
    """One thing that one document does to another."""

    id: Id
    kind: EffectKind
    from_on: date | None = Field(description="Unknown while the acting document has no date.")
    begun: bool = Field(description="That day has come, and the acting document is issued.")
    other: DocumentSummary | None = Field(description="The other document; null if it is not for this person.")

    @classmethod
    def of(cls, relation: effect_panel.Relation) -> Relation:
        """From the database; the session that read it must still be open."""
        return cls(
            id=relation.id,
            kind=relation.kind,
            from_on=relation.from_on,
            begun=relation.begun,
            other=DocumentSummary.of(relation.other) if relation.other is not None else None,
        )


class EffectOf(Told):
    """A document's legal effect on a day."""

    state: LegalEffect | None = Field(description="Null while the document does not stand in the register.")
    start: date | None = Field(description="First day in force.")
    last: date | None = Field(description="Its last day by its own words.")
    ended_on: date | None = Field(description="First day not in force any more, come or to come.")
    acted_on: tuple[Relation, ...] = Field(description="What issued documents do to it.")
    acts: tuple[Relation, ...] = Field(description="What it does to others, or will when it is issued.")

    @classmethod
    def of(cls, panel: effect_panel.EffectPanel) -> EffectOf:
        """From the database; the session that read it must still be open."""
        return cls(
            state=panel.state,
            start=panel.start,
            last=panel.last,
            ended_on=panel.ended_on,
            acted_on=tuple(Relation.of(relation) for relation in panel.acted_on),
            acts=tuple(Relation.of(relation) for relation in panel.acts),
        )


class OnDay(Asked):
    """The day asked about."""

    on: date | None = Field(default=None, description="Today if left out.")
