"""A pile as the browser carries it: in forms and addresses, sealed, so that it is the one that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from docsvc.db.records import Document
from docsvc.errors import NotFound
from docsvc.issue.piles import Pile, Pinned, Work
from docsvc.web.guard import actor
from docsvc.web.viewing import Viewed


@dataclass(frozen=True, slots=True)
class Shown:
    """A document of a pile as it is looked at."""

    document: Document
    viewed: Viewed
    ticked: bool = True


def sealed(pile: Pile) -> str:
    """Of a leader: cannot be changed, and is good for this person only."""
    return _seal(Work.SIGN, pile)


def unsealed(text: str) -> Pile:
    """The leader's pile again.

    Raises:
        NotFound: not made by us, or for somebody else.
    """
    return _open(Work.SIGN, text)[0]


def sealed_for_issue(pile: Pile, on: date) -> str:
    """Of a clerk, with the date that its documents get."""
    return _seal(Work.ISSUE, pile, on.isoformat())


def unsealed_for_issue(text: str) -> tuple[Pile, date]:
    """The clerk's pile and date again; raises as :func:`unsealed` does."""
    pile, (on,) = _open(Work.ISSUE, text)
    return pile, date.fromisoformat(on)


def _seal(work: Work, pile: Pile, *more: str) -> str:
    documents = [[one.document_id, one.version] for one in pile]
    return str(_serializer(work).dumps([actor().user_id, documents, *more]))


def _open(work: Work, text: str) -> tuple[Pile, list[Any]]:
    try:
        person, documents, *more = _serializer(work).loads(text)
    except BadSignature as error:
        raise NotFound from error
    if person != actor().user_id:
        raise NotFound
    return tuple(Pinned(document_id, version) for document_id, version in documents), more


def _serializer(work: Work) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"docsvc.pile.{work}")
