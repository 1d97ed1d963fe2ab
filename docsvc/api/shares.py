"""Shares per unit and period, and the documents behind each number."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer
from docsvc.api.blueprint import SHARES, api
from docsvc.api.context import actor, parts
from docsvc.api.models.shares import BehindQuery, DocumentsBehind, Share, SharesQuery, SharesReport, UnitShares
from docsvc.records import shares as counting
from docsvc.records.shares import Metric


@api.get("/shares", tags=[SHARES], responses={200: SharesReport})
def get_shares(query: SharesQuery) -> Response:
    """Count the electronic, paperless and personally signed shares."""
    with parts().database.read() as session:
        counted = counting.shares(session, query.start, query.end, query.unit_id)
    return answer(SharesReport(start=query.start, end=query.end, units=tuple(_unit(row) for row in counted)))


@api.get(
    "/shares/documents",
    tags=[SHARES],
    responses={200: DocumentsBehind},
    description="The very conditions that count also list; what this person may not read is told as a number only.",
)
def list_documents_behind(query: BehindQuery) -> Response:
    """List the documents behind one side of a share."""
    with parts().database.read() as session:
        found = counting.documents_behind(
            session,
            actor(),
            unit_id=query.unit_id,
            start=query.start,
            end=query.end,
            metric=query.metric,
            part=query.part,
            page=query.page,
            per_page=query.per_page,
        )
        listed = DocumentsBehind.of(found, page=query.page, per_page=query.per_page)
    return answer(listed)


def _unit(row: counting.UnitShares) -> UnitShares:
    return UnitShares(
        unit_id=row.unit_id,
        name=row.name,
        depth=row.depth,
        documents=row.documents,
        electronic=_share(row.share(Metric.ELECTRONIC)),
        paperless=_share(row.share(Metric.PAPERLESS)),
        personal=_share(row.share(Metric.PERSONAL)),
    )


def _share(share: counting.Share) -> Share:
    return Share(counted=share.counted, total=share.total, percent=share.percent("."))
