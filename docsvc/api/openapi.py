"""The API's description of itself, OpenAPI 3.1."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response, current_app
from flask_openapi3 import Info, OpenAPI

from docsvc import __version__
from docsvc.api.blueprint import api
from docsvc.api.models.problems import Problem

_DESCRIPTION = (
    "Issue, sign, store, find and verify official records.\n\n"
    "Send a token in `Authorization: Bearer docsvc_…`; people make them on their account page. A token opens exactly "
    "what its owner may do. Problems are told as `application/problem+json` (RFC 9457), in Vietnamese or English by "
    "`Accept-Language`. Times are UTC; dates are those of Vietnam. Texts are put into Unicode NFC."
)


@cache
def openapi_json() -> str:
    """The document, made once: the routes do not change while the service runs."""
    application = OpenAPI(
        "docsvc.api",
        info=Info(title="docsvc", version=__version__, description=_DESCRIPTION),
        security_schemes={"token": {"type": "http", "scheme": "bearer"}},
        validation_error_model=Problem,
        doc_ui=False,
    )
    application.register_api(api)
    document: dict[str, Any] = application.api_doc
    return current_app.json.dumps(document)


@api.get("/openapi.json", doc_ui=False)
def openapi_document() -> Response:
    """Describe the API."""
    return Response(openapi_json(), content_type="application/json", headers={"Cache-Control": "public, max-age=300"})
