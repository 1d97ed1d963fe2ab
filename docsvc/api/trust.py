"""Whom signatures are believed from."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer
from docsvc.api.blueprint import CHECKING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.trust import TrustAnchor, TrustAnchors
from docsvc.trust import anchors


@api.get(
    "/trust-anchors",
    tags=[CHECKING],
    responses={200: TrustAnchors},
    description="For administrators and auditors. Roots that the settings name are not among them.",
)
def list_trust_anchors() -> Response:
    """List the authorities that signatures and timestamps are believed from, withdrawn ones too."""
    with parts().database.read() as session:
        rows = anchors.visible(session, actor())
    return answer(TrustAnchors(anchors=tuple(TrustAnchor.of(row) for row in rows)))
