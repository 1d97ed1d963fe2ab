"""The API's one blueprint, to which every module of routes adds its own."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint, Tag

from docsvc.api.models.problems import PROBLEM_MEDIA_TYPE

PREFIX = "/api/v1"
_MEANINGS = {
    401: "The token is missing, wrong, expired or revoked.",
    403: "The person may see the thing but not do this to it.",
    404: "There is no such thing, or it is not for this person to know of.",
    409: "The thing is not in a state that allows this.",
    413: "The file is larger than allowed.",
    422: "The request cannot be used; `errors` names the fields.",
    429: "Too many requests; `Retry-After` says when to come back.",
    503: "A part of the service does not answer; try again later.",
}


def problem(meaning: str) -> dict[str, object]:
    """An answer of the document: problem details, RFC 9457."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": meaning, "content": {PROBLEM_MEDIA_TYPE: {"schema": schema}}}


DOCUMENTS = Tag(name="documents", description="Finding, reading and downloading documents.")
ISSUING = Tag(name="issuing", description="From draft to issued document, step by step.")
REGISTERING = Tag(name="registering", description="Paper documents and numbers of secret ones.")
CHECKING = Tag(name="checking", description="Verifying signed files.")
SHARES = Tag(name="shares", description="Electronic, paperless and personally signed shares.")
AUDITS = Tag(name="audits", description="Audits of the stored files, alarms, and how units sign.")
OFFICE = Tag(name="office", description="Units, document types, registers and oneself.")

api = APIBlueprint(
    "api",
    __name__,
    url_prefix=PREFIX,
    abp_security=[{"token": []}],
    abp_responses={status: problem(meaning) for status, meaning in _MEANINGS.items()},
    # The function's own name is the operation's: short, unique within the API, and what generated clients call it.
    operation_id_callback=lambda *, name, path, method: name,  # noqa: ARG005 - the library's signature
)
