"""Verifying a signed file."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer, received
from docsvc.api.blueprint import CHECKING, api
from docsvc.api.context import actor, parts, surroundings
from docsvc.api.models.checking import Checked, CheckForm
from docsvc.records.checking import match


@api.post(
    "/verifications",
    tags=[CHECKING],
    responses={200: Checked},
    description="Always answered with a verdict, whatever the file: broken, unsigned, encrypted and hostile ones have "
    "verdicts of their own. Nothing is kept of the file.",
)
def verify_file(form: CheckForm) -> Response:
    """Verify the signatures of a file, and look for it in the archive."""
    content = received(form.file)
    with surroundings().checks.one():
        report = parts().desk.verified(content)
    with parts().database.read() as session:
        found = match(session, report.sha256, actor())
    return answer(Checked.of(report, found))
