"""Annexes in files of their own: added to a draft and taken out of it."""

from __future__ import annotations

from flask import Response
from pydantic import Field

from docsvc.api.answers import document_answer, received
from docsvc.api.blueprint import ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.base import Id
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import AnnexForm, DocumentPath
from docsvc.issue.annexes import add_annex, remove_annex


class AnnexPath(DocumentPath):
    """An annex of a document."""

    annex_id: Id = Field(description="From the document's `annexes`.")


@api.post(
    "/documents/<document_id>/annexes",
    tags=[ISSUING],
    responses={201: Document},
    description="Only the author may, and only while it is a draft. The organisation signs each annex at the top right "
    "of its first page when the document is sealed. A file with signatures or form fields is refused.",
)
def add(path: DocumentPath, form: AnnexForm) -> Response:
    """Add an annex to a draft."""
    add_annex(parts().desk, path.document_id, received(form.file), form.file.filename or "", form.title, by=actor())
    return document_answer(path.document_id, 201)


@api.delete("/documents/<document_id>/annexes/<annex_id>", tags=[ISSUING], responses={200: Document})
def remove(path: AnnexPath) -> Response:
    """Take an annex out of a draft."""
    remove_annex(parts().desk, path.document_id, path.annex_id, by=actor())
    return document_answer(path.document_id)
