"""Verifying a signed file, and coming to a report's verdict again."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer, received
from docsvc.api.blueprint import CHECKING, api
from docsvc.api.context import actor, parts, surroundings
from docsvc.api.models.checking import Checked, CheckForm
from docsvc.api.models.issuing import RenditionPath
from docsvc.api.models.reporting import AgainForm, CheckedAgain, CheckQuery
from docsvc.issue.reporting import again_from, report_of, written
from docsvc.records.checking import match
from docsvc.records.handling import fetch_file


@api.post(
    "/verifications",
    tags=[CHECKING],
    responses={200: Checked},
    description="Always answered with a verdict, whatever the file: broken, unsigned, encrypted and hostile ones have "
    "verdicts of their own. Nothing is kept of the file. With `report`, the answer is a report to keep: "
    "`application/pdf`, `application/json` (`docsvc-verification-report/1`) or `application/xml`.",
)
def verify_file(form: CheckForm, query: CheckQuery) -> Response:
    """Verify the signatures of a file, and look for it in the archive."""
    content = received(form.file)
    desk = parts().desk
    with surroundings().checks.one():
        if query.report is not None:
            made = written(desk, report_of(desk, content, _name(form.file.filename)), query.report)
            return Response(made, mimetype=query.report.media_type)
        report = desk.verified(content)
    with parts().database.read() as session:
        found = match(session, report.sha256, actor())
    return answer(Checked.of(report, found))


@api.post(
    "/verifications/again",
    tags=[CHECKING],
    responses={200: CheckedAgain},
    description="Verifies with the trust anchors, settings and moment that the report lists. A file with another "
    "SHA-256 than the report's is refused (409).",
)
def verify_again(form: AgainForm) -> Response:
    """Come to the verdict of a report again, and say what differs."""
    content, report = received(form.file), received(form.report)
    with surroundings().checks.one():
        return answer(CheckedAgain.of(again_from(parts().desk, content, report, _name(form.file.filename))))


@api.get(
    "/documents/<document_id>/renditions/<rendition_id>/verification",
    tags=[CHECKING],
    responses={200: Checked},
    description="As of now, with attacks and warnings by name; the indications kept with the document are of the "
    "last check.",
)
def verify_rendition(path: RenditionPath) -> Response:
    """Verify the signatures of a stored file again."""
    desk = parts().desk
    with parts().database.read() as session:
        _, rendition = fetch_file(session, actor(), path.document_id, path.rendition_id)
    with surroundings().checks.one():
        report = desk.verified(desk.store.get(rendition.sha256))
    with parts().database.read() as session:
        return answer(Checked.of(report, match(session, report.sha256, actor())))


def _name(name: str | None) -> str:
    return (name or "").replace("\\", "/").rsplit("/", 1)[-1][-100:]
