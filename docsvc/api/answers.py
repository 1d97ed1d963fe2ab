"""Turning plain results into answers, and received files into bytes."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response
from pydantic import BaseModel
from werkzeug.datastructures import FileStorage

from docsvc.api.blueprint import PREFIX
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document
from docsvc.issue.waits import wait_for
from docsvc.records.handling import files_of
from docsvc.records.reading import fetch
from signing.errors import TooLarge


def answer(model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The model as JSON, in UTF-8 and not escaped: people read it too."""
    text = model.model_dump_json(by_alias=True)
    return Response(text, status=status, content_type="application/json", headers=dict(headers or {}))


def document_answer(document_id: str, status: int = 200) -> Response:
    """The document as it stands now, after a step."""
    with parts().database.read() as session:
        found = fetch(session, actor(), document_id)
        document = Document.with_files(found, files_of(session, actor(), found), wait_for(session, actor(), found))
    headers = {"Location": f"{PREFIX}/documents/{document_id}"} if status == 201 else None  # noqa: PLR2004 - Created
    return answer(document, status, headers)


def received(file: FileStorage) -> bytes:
    """The bytes of a received file.

    Raises:
        TooLarge: more than the service takes.
    """
    limit = parts().settings.upload_limit_bytes
    content = file.stream.read(limit + 1)
    if len(content) > limit:
        raise TooLarge
    return content
