"""Drafts: upload, change, submit, take back, send back."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import document_answer, received
from docsvc.api.blueprint import ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import DocumentPath, DraftForm, Reason, RepeatHeader, RevisionForm
from docsvc.api.repeats import by_author, by_signatory, repeatable
from docsvc.issue import drafting
from docsvc.records.terms import State


@api.post(
    "/documents",
    tags=[ISSUING],
    responses={201: Document},
    description="Uploads a PDF with its facts. The answer names the places that were not found on its pages; without "
    "them it cannot be submitted; they can be set by hand.",
)
def create_draft(header: RepeatHeader, form: DraftForm) -> Response:
    """Create a draft."""
    identifier = drafting.create_draft(
        parts().desk,
        form.facts.form(),
        received(form.file),
        form.file.filename or "",
        by=actor(),
        request_key=header.idempotency_key,
    )
    return document_answer(identifier, 201)


@api.put(
    "/documents/<document_id>",
    tags=[ISSUING],
    responses={200: Document},
    description="Only the author may, and only while it is a draft. Earlier files stay in its history.",
)
def revise_draft(path: DocumentPath, form: RevisionForm) -> Response:
    """Change a draft."""
    drafting.revise_draft(
        parts().desk,
        path.document_id,
        form.facts.form(),
        received(form.file) if form.file else None,
        (form.file.filename or "") if form.file else "",
        by=actor(),
    )
    return document_answer(path.document_id)


@api.post("/documents/<document_id>/submit", tags=[ISSUING], responses={200: Document})
def submit(path: DocumentPath) -> Response:
    """Hand a draft to its signatory."""
    with repeatable(path.document_id, State.SUBMITTED, by_author):
        drafting.submit(parts().desk, path.document_id, by=actor())
    return document_answer(path.document_id)


@api.post("/documents/<document_id>/take-back", tags=[ISSUING], responses={200: Document})
def take_back(path: DocumentPath) -> Response:
    """Take one's own submitted draft back while it is not signed."""
    with repeatable(path.document_id, State.DRAFT, by_author):
        drafting.take_back(parts().desk, path.document_id, by=actor())
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/send-back",
    tags=[ISSUING],
    responses={204: None},
    description="From now on it is its author's alone again, so the answer is empty.",
)
def send_back(path: DocumentPath, body: Reason) -> Response:
    """Return a submitted draft to its author, with a reason."""
    with repeatable(path.document_id, State.DRAFT, by_signatory):
        drafting.send_back(parts().desk, path.document_id, body.reason, by=actor())
    return Response(status=204)
