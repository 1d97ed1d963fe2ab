"""The register's entry behind a check code; open to everybody, as the page behind the QR code is."""

from __future__ import annotations

from flask import Response, request

from docsvc.api.answers import answer
from docsvc.api.blueprint import CHECKING, api
from docsvc.api.context import parts, surroundings
from docsvc.api.models.public_check import CodePath, PublicRecord
from docsvc.pace import neighbourhood
from docsvc.records.public_check import look_up


@api.get(
    "/check/<code>",
    tags=[CHECKING],
    responses={200: PublicRecord},
    security=[{}],
    description="Needs no token. Tells of public documents that stand in the register; every other code gets the same "
    "404, whether it was never given or leads to a document that is not public or not issued.",
)
def check_code(path: CodePath) -> Response:
    """Look a document up by the code printed on it."""
    surroundings().look_ups.take(neighbourhood(request.remote_addr or ""))
    with parts().database.read() as session:
        return answer(PublicRecord.of(look_up(session, path.code, today=parts().desk.today())))
