"""What is offered around the search box: ways to go on while typing, and other readings of what found too little."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from docsvc.records.did_you_mean import Meant, meant
from docsvc.records.finder import Filters, ResultPage, find
from docsvc.records.suggesting import Suggestion, suggest
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import N_, gettext

pages = Blueprint("suggesting", __name__)

KINDS = {
    "document": N_("Văn bản"),
    "type": N_("Loại văn bản"),
    "unit": N_("Đơn vị"),
    "signatory": N_("Người ký"),
    "word": N_("Từ"),
}


@pages.get("/search/suggestions")
def suggestions() -> Response:
    """Ways to go on from what is typed so far, as JSON for the search box."""
    with parts().database.read() as session:
        found = suggest(session, actor(), request.args.get("q", ""))
    answer = jsonify([_shown(one) for one in found])
    answer.headers["Cache-Control"] = "private, max-age=30"
    return answer


def _shown(one: Suggestion) -> dict[str, str]:
    address = url_for("documents.show", document_id=one.document_id) if one.document_id else ""
    return {"kind": gettext(KINDS[one.kind]), "text": one.text, "label": one.label, "address": address}


def other_readings(text: str, filters: Filters, found: ResultPage) -> tuple[Meant, ...]:
    """What may have been meant, where the query found too little."""
    service = parts()

    def total_of(other: str) -> int:
        return find(service.database, service.engine, actor(), other, filters=filters, per_page=1).total

    with service.database.read() as session:
        return meant(session, text, found.query, found.total, total_of)
