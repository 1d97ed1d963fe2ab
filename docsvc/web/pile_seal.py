"""A pile as the browser carries it: in forms and addresses, sealed, so that it is the one that was shown."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from docsvc.errors import NotFound
from docsvc.issue.piles import Pile, Pinned
from docsvc.web.guard import actor


def sealed(pile: Pile) -> str:
    """Cannot be changed, and is good for this person only."""
    return str(_serializer().dumps([actor().user_id, [[one.document_id, one.version] for one in pile]]))


def unsealed(text: str) -> Pile:
    """The pile again.

    Raises:
        NotFound: not made by us, or for somebody else.
    """
    try:
        person, documents = _serializer().loads(text)
    except BadSignature as error:
        raise NotFound from error
    if person != actor().user_id:
        raise NotFound
    return tuple(Pinned(document_id, version) for document_id, version in documents)


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt="docsvc.pile")
