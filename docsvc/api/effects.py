"""Legal effect: read, recorded and taken back."""

from __future__ import annotations

from datetime import date

from flask import Response

from docsvc.api.answers import answer
from docsvc.api.blueprint import DOCUMENTS, ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.effects import EffectOf, EffectPath, NewEffect, OnDay, Period
from docsvc.api.models.issuing import DocumentPath
from docsvc.records.effect_keeping import record, set_period, take_back
from docsvc.records.effect_panel import panel_of
from docsvc.records.reading import fetch

_WHO = (
    "The drafter of a draft, then a clerk of its unit; it holds from when the document is issued. Recorded again just "
    "the same, it makes nothing new. Only the organ that issued the other document, or one above, may amend, replace "
    "or repeal it."
)


@api.get("/documents/<document_id>/effects", tags=[DOCUMENTS], responses={200: EffectOf})
def get_effects(path: DocumentPath, query: OnDay) -> Response:
    """Read whether a document is in force, and what documents do to each other."""
    return _effects(path.document_id, query.on)


@api.post("/documents/<document_id>/effects", tags=[ISSUING], responses={201: EffectOf}, description=_WHO)
def record_effect(path: DocumentPath, body: NewEffect) -> Response:
    """Record that the document replaces, amends, corrects or repeals another."""
    with parts().database.write() as session:
        record(session, path.document_id, body.target_id, body.kind, by=actor(), from_on=body.from_on)
    return _effects(path.document_id, status=201)


@api.delete(
    "/documents/<document_id>/effects/<effect_id>",
    tags=[ISSUING],
    responses={200: EffectOf},
    description="What was recorded by mistake; that it was taken back stays in the event log.",
)
def take_effect_back(path: EffectPath) -> Response:
    """Take back what was recorded."""
    with parts().database.write() as session:
        take_back(session, path.effect_id, of=path.document_id, by=actor())
    return _effects(path.document_id)


@api.put("/documents/<document_id>/in-force", tags=[ISSUING], responses={200: EffectOf})
def set_in_force(path: DocumentPath, body: Period) -> Response:
    """Record from when to when a document is in force by its own words."""
    with parts().database.write() as session:
        set_period(session, path.document_id, body.start, body.last, by=actor())
    return _effects(path.document_id)


def _effects(document_id: str, on: date | None = None, status: int = 200) -> Response:
    with parts().database.read() as session:
        document = fetch(session, actor(), document_id)
        return answer(EffectOf.of(panel_of(session, actor(), document, on or parts().desk.today())), status)
