"""Places of number, date, signature and seal: set by hand, or found again by text."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer, document_answer
from docsvc.api.blueprint import ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.failures import language
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import DocumentPath
from docsvc.api.models.places import AskedPlaces, ConcernTold, PlacesKept
from docsvc.issue.placing import find_again, place
from docsvc.issue.waits import wait_for
from docsvc.records.handling import files_of
from docsvc.records.reading import fetch


@api.put(
    "/documents/<document_id>/places",
    tags=[ISSUING],
    responses={200: PlacesKept},
    description="The author may while it is a draft, the signatory while it waits to be signed. All places are set "
    "together; what is left out has none.",
)
def set_places(path: DocumentPath, body: AskedPlaces) -> Response:
    """Set the places by hand."""
    concerns = place(parts().desk, path.document_id, body.places(), by=actor())
    with parts().database.read() as session:
        found = fetch(session, actor(), path.document_id)
        kept = PlacesKept(
            document=Document.with_files(found, files_of(session, actor(), found), wait_for(session, actor(), found)),
            concerns=tuple(ConcernTold.of(concern, language()) for concern in concerns),
        )
    return answer(kept)


@api.delete("/documents/<document_id>/places", tags=[ISSUING], responses={200: Document})
def find_places_again(path: DocumentPath) -> Response:
    """Forget what was set by hand, and find the places by the text on the pages."""
    find_again(parts().desk, path.document_id, by=actor())
    return document_answer(path.document_id)
