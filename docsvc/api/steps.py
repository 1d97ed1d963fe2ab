"""The steps after submission: sign, number, seal, publish, or the last three in one go; and withdrawal."""

from __future__ import annotations

from flask import Response

from docsvc.api.access import count_passphrase
from docsvc.api.answers import document_answer
from docsvc.api.blueprint import ISSUING, api
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import DocumentPath, Issue, NumberDate, Passphrase, Reason
from docsvc.api.repeats import by_clerk, by_signatory, repeatable
from docsvc.issue import paper
from docsvc.issue import steps as issuing
from docsvc.records.terms import State

_AGAIN = " Sent again after it was done, it changes nothing and is answered like the first time."


@api.post(
    "/documents/<document_id>/sign",
    tags=[ISSUING],
    responses={200: Document},
    description="The signatory signs with a personal key; after this only number, date and seal can be added." + _AGAIN,
)
def sign(path: DocumentPath, body: Passphrase) -> Response:
    """Sign a submitted document."""
    count_passphrase()
    with repeatable(path.document_id, State.SIGNED, by_signatory):
        issuing.sign(parts().desk, path.document_id, body.passphrase, by=actor(), otp=body.otp)
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/number",
    tags=[ISSUING],
    responses={200: Document},
    description="Numbers have no gap and are never given twice." + _AGAIN,
)
def take_number(path: DocumentPath, body: NumberDate) -> Response:
    """Take the register's next number for a signed document."""
    on = body.on or parts().desk.today()
    with repeatable(path.document_id, State.NUMBERED, by_clerk, same=lambda document: document.issued_on == on):
        issuing.take_number(parts().desk, path.document_id, on, by=actor())
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/seal",
    tags=[ISSUING],
    responses={200: Document},
    description="Number and date are filled in and the organisation's signature locks the document." + _AGAIN,
)
def seal(path: DocumentPath, body: Passphrase) -> Response:
    """Seal a numbered document with the organisation's key."""
    count_passphrase()
    with repeatable(path.document_id, State.SEALED, by_clerk):
        issuing.seal_document(parts().desk, path.document_id, body.passphrase, by=actor(), otp=body.otp)
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/publish",
    tags=[ISSUING],
    responses={200: Document},
    description="It is sent to its electronic recipients and can be found." + _AGAIN,
)
def publish(path: DocumentPath) -> Response:
    """Publish a sealed document."""
    with repeatable(path.document_id, State.ISSUED, by_clerk):
        issuing.publish(parts().desk, path.document_id, by=actor())
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/issue",
    tags=[ISSUING],
    responses={200: Document},
    description="Goes on from wherever an earlier try stopped: a number once taken is kept." + _AGAIN,
)
def issue(path: DocumentPath, body: Issue) -> Response:
    """Number, seal and publish in one go."""
    count_passphrase()
    on = body.on or parts().desk.today()
    with repeatable(path.document_id, State.ISSUED, by_clerk):
        issuing.issue(parts().desk, path.document_id, on, body.passphrase, by=actor(), otp=body.otp)
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/withdraw",
    tags=[ISSUING],
    responses={200: Document},
    description="It keeps its number and its files and stays in the register." + _AGAIN,
)
def withdraw(path: DocumentPath, body: Reason) -> Response:
    """Withdraw an issued document."""
    with repeatable(path.document_id, State.WITHDRAWN, by_clerk):
        paper.withdraw(parts().desk, path.document_id, body.reason, by=actor())
    return document_answer(path.document_id)
