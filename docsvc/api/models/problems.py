"""Problem details, RFC 9457."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from docsvc.api.models.base import Told

PROBLEM_MEDIA_TYPE = "application/problem+json"


class FieldProblem(Told):
    """What is wrong with one field of a request."""

    where: str = Field(
        description="`path`, `query`, `header`, `form` or `body`.", json_schema_extra={"example": "body"}
    )
    field: str = Field(
        description="The field, with dots and numbers for what lies inside.",
        json_schema_extra={"example": "recipients.0.name"},
    )
    message: str = Field(json_schema_extra={"example": "Thiếu mục bắt buộc."})


class Problem(Told):
    """Something that cannot be done, why, and what to do next; in Vietnamese or English by `Accept-Language`."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "urn:docsvc:problem:wrong-state",
                "title": "The document is not at a step that allows this.",
                "status": 409,
                "detail": "The document is not at a step that allows this. Reload the page to see its state.",
                "code": "wrong-state",
            }
        }
    )

    type: str = Field(description="A URN that names the kind of problem and never changes.")
    title: str
    status: int
    detail: str = Field(description="What happened this time and what to do next.")
    code: str = Field(description="The end of `type`, for programs.")
    errors: tuple[FieldProblem, ...] = Field(default=(), description="The fields that cannot be used.")
