"""Signing with a key on the official's own machine: a digest goes out, a CMS comes back."""

from __future__ import annotations

import base64
import binascii

from flask import Response

from docsvc.api.answers import answer, document_answer, received
from docsvc.api.blueprint import ISSUING, PREFIX, api
from docsvc.api.context import actor, parts
from docsvc.api.models.documents import Document
from docsvc.api.models.issuing import DocumentPath, NumberDate
from docsvc.api.models.own_machine import (
    FileHandedOut,
    SignedFileForm,
    SigningBegin,
    SigningBegun,
    SigningPath,
    SigningReturned,
)
from docsvc.errors import Invalid
from docsvc.issue import elsewhere, local_signing

PDF = "application/pdf"


@api.post(
    "/documents/<document_id>/signing",
    tags=[ISSUING],
    responses={201: SigningBegun},
    description="Lays the document out for the next signature it needs and hands out the digest: the signatory's, or "
    "the organisation's, for which a clerk takes the number first. The certificate must be the one on record and is "
    "checked before that. Good for an hour; may be begun again at any time.",
)
def begin_signing(path: DocumentPath, body: SigningBegin) -> Response:
    """Begin signing with a key that is elsewhere."""
    out = local_signing.begin(parts().desk, path.document_id, body.certificates.encode("utf-8"), body.on, by=actor())
    headers = {"Location": f"{PREFIX}/documents/{path.document_id}/signing/{out.id}"}
    return answer(SigningBegun.of(out), 201, headers)


@api.get(
    "/documents/<document_id>/signing/<signing_id>/file",
    tags=[ISSUING],
    responses={200: {"description": "The PDF.", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}}},
    description="The very bytes whose digest was handed out: a client should look at them before it signs.",
)
def signing_file(path: SigningPath) -> Response:
    """Download what is to be signed."""
    sha256 = local_signing.laid_out(parts().desk, path.document_id, path.signing_id, by=actor())
    return Response(parts().store.get(sha256), content_type=PDF)


@api.post(
    "/documents/<document_id>/signing/<signing_id>",
    tags=[ISSUING],
    responses={200: Document},
    description="Takes the signature if it signs exactly what was handed out, adds the timestamp, and moves the "
    "document on as signing here does; after the organisation's signature it is published. Give either `cms` or "
    "`signature`. Sent again after it was done, it changes nothing and is answered like the first time.",
)
def finish_signing(path: SigningPath, body: SigningReturned) -> Response:
    """Hand in the signature."""
    if (body.cms is None) == (body.signature is None):
        raise Invalid("Hãy gửi một trong hai: cms hoặc signature.", "Send one of the two: cms or signature.")
    returned = _decoded(body.cms if body.cms is not None else str(body.signature))
    local_signing.finish(parts().desk, path.document_id, path.signing_id, returned, bare=body.cms is None, by=actor())
    return document_answer(path.document_id)


@api.post(
    "/documents/<document_id>/signing-elsewhere",
    tags=[ISSUING],
    responses={201: FileHandedOut},
    description="Lays the document out for the next signature it needs, to be made with another program: the fields "
    "for number, date and signatures are in the file already. For the organisation's, a clerk takes the number first. "
    "Download it from `…/signing/{id}/file`. Good for seven days; asked for again, it is the same file.",
)
def hand_out_file(path: DocumentPath, body: NumberDate) -> Response:
    """Have a file to be signed with another program."""
    out = elsewhere.hand_out(parts().desk, path.document_id, body.on, by=actor())
    headers = {"Location": f"{PREFIX}/documents/{path.document_id}/signing/{out.id}/file"}
    return answer(FileHandedOut.of(out), 201, headers)


@api.post(
    "/documents/<document_id>/signing-elsewhere/<signing_id>",
    tags=[ISSUING],
    responses={200: Document},
    description="Takes the file if it is the one handed out, byte for byte, with exactly one signature added in its "
    "field by the certificate on record; otherwise the answer says why not. A timestamp is added where there is none. "
    "Sent again after it was done, it changes nothing and is answered like the first time.",
)
def hand_in_file(path: SigningPath, form: SignedFileForm) -> Response:
    """Hand in a file that was signed with another program."""
    elsewhere.hand_in(parts().desk, path.document_id, path.signing_id, received(form.file), by=actor())
    return document_answer(path.document_id)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid("Dữ liệu base64 không đúng.", "This is not base64.") from error
