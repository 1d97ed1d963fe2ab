"""Registering what was signed by hand, and numbers of secret documents."""

from __future__ import annotations

from flask import Response

from docsvc.api.answers import answer, document_answer, received
from docsvc.api.blueprint import REGISTERING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import PaperForm, RepeatHeader, SecretNumber
from docsvc.api.models.office import SecretNumberTaken
from docsvc.db.people import Unit
from docsvc.errors import Forbidden
from docsvc.issue import paper
from docsvc.records.registers import register_secret


@api.post(
    "/paper-documents",
    tags=[REGISTERING],
    responses={201: Document},
    description="It takes its number from the same register as electronic documents, and makes the shares' "
    "denominators true.",
)
def register_paper(header: RepeatHeader, form: PaperForm) -> Response:
    """Register a paper document."""
    identifier = paper.register_paper(
        parts().desk,
        form.facts.form(),
        form.facts.issued_on,
        scan=received(form.scan) if form.scan else None,
        file_name=(form.scan.filename or "") if form.scan else "",
        by=actor(),
        request_key=header.idempotency_key,
    )
    return document_answer(identifier, 201)


@api.post(
    "/secret-numbers",
    tags=[REGISTERING],
    responses={201: SecretNumberTaken},
    description="Law on State Secrets 2018: neither file nor abstract may be kept on a network. Give `after` to be "
    "able to repeat the request.",
)
def take_secret_number(body: SecretNumber) -> Response:
    """Note that a number of the secret series was used."""
    on = body.on or parts().desk.today()
    with parts().database.write() as session:
        unit = session.get(Unit, body.unit_id)
        if unit is None:
            raise Forbidden
        number = register_secret(session, unit, type_key=body.type, on=on, by=actor(), after=body.after)
        taken = SecretNumberTaken(number=number.number, on=number.taken_on)
    return answer(taken, 201)
