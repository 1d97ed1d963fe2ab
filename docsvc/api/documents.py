"""Documents: find, list what waits, read, download."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

from docsvc.api.answers import answer, document_answer
from docsvc.api.blueprint import DOCUMENTS, api
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document, DocumentSummary
from docsvc.api.models.finding import (
    DocumentPage,
    FacetChoice,
    FacetFound,
    Found,
    FoundPage,
    PassageFound,
    Piece,
    SearchQuery,
    Understood,
    WaitingQuery,
)
from docsvc.api.models.issuing import DocumentPath, RenditionPath
from docsvc.records import queues
from docsvc.records.facets import FACETS
from docsvc.records.finder import Filters, ResultPage, find
from docsvc.records.handling import fetch_file, note_download
from docsvc.records.marking import PassagePlace
from docsvc.records.terms import Medium, State
from search.highlight import Passage


@api.get(
    "/documents",
    tags=[DOCUMENTS],
    responses={200: FoundPage},
    description="Only documents that this person may read are found and counted.",
)
def search_documents(query: SearchQuery) -> Response:
    """Find registered documents."""
    found = find(
        parts().database,
        parts().engine,
        actor(),
        query.q,
        filters=Filters(
            unit_id=query.unit_id,
            type_keys=(query.type,) if query.type else (),
            start=query.start,
            end=query.end,
            signatory=query.signatory,
            medium=Medium(query.medium) if query.medium else None,
            state=State(query.state) if query.state else None,
            effect=query.effect,
            signed=query.signed,
            predecessors=query.predecessors,
        ),
        order=query.order,
        page=query.page,
        per_page=query.per_page,
        counted=FACETS if query.facets else (),
    )
    return answer(_found_page(found))


@api.get("/waiting", tags=[DOCUMENTS], responses={200: DocumentPage})
def list_waiting(query: WaitingQuery) -> Response:
    """List what waits for this person."""
    condition = {
        "drafts": queues.own_drafts,
        "underway": queues.own_underway,
        "to-sign": queues.to_sign,
        "to-issue": queues.to_issue,
    }[query.work](actor())
    with parts().database.read() as session:
        page = queues.queue(session, condition, page=query.page, per_page=query.per_page)
        listed = DocumentPage(
            total=page.total,
            page=page.page,
            pages=page.pages,
            documents=tuple(DocumentSummary.of(document) for document in page.documents),
        )
    return answer(listed)


@api.get("/documents/<document_id>", tags=[DOCUMENTS], responses={200: Document})
def get_document(path: DocumentPath) -> Response:
    """Read one document's facts, files, signatures and deliveries."""
    return document_answer(path.document_id)


@api.get(
    "/documents/<document_id>/renditions/<rendition_id>",
    tags=[DOCUMENTS],
    responses={
        200: {
            "description": "The very bytes that were stored.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    description="Checked against its SHA-256 on the way out. Earlier files are only for those who handle the document.",
)
def download_rendition(path: RenditionPath) -> Response:
    """Download one file of a document."""
    with parts().database.read() as session:
        document, rendition = fetch_file(session, actor(), path.document_id, path.rendition_id)
    content = parts().store.get(rendition.sha256)
    with parts().database.write() as session:
        note_download(session, actor(), document, rendition)
    return Response(
        content,
        content_type=rendition.media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(rendition.file_name, safe='')}",
            "ETag": f'"{rendition.sha256}"',
        },
    )


def _found_page(found: ResultPage) -> FoundPage:
    return FoundPage(
        total=found.total,
        page=found.page,
        pages=found.pages,
        order=found.order,
        exact=found.exact,
        facets=tuple(
            FacetFound(
                name=facet.name,
                choices=tuple(
                    FacetChoice(value=choice.value, count=choice.count, chosen=choice.chosen)
                    for choice in facet.choices
                ),
            )
            for facet in found.facets
        ),
        understood=tuple(
            Understood(
                kind=chip.kind,
                text=chip.text,
                label=chip.label,
                start=chip.start,
                end=chip.end,
                preferred=chip.preferred,
            )
            for chip in found.chips
        ),
        results=tuple(
            Found(
                document=DocumentSummary.of(result.document),
                abstract=_passage(result.abstract),
                passages=tuple(map(_passage, result.passages, result.places)),
            )
            for result in found.results
        ),
    )


def _passage(passage: Passage, place: PassagePlace | None = None) -> PassageFound:
    return PassageFound(
        page=place.page if place else passage.page,
        pieces=tuple(Piece(text=text, marked=marked) for text, marked in passage.pieces),
        annex_id=place.annex_id if place else None,
    )
