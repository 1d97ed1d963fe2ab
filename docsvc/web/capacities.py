"""In what capacity a document is to be signed, as the signing pages tell it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from docsvc.db.authority import Delegation
from docsvc.db.records import Document
from docsvc.records.delegations import require_authority
from docsvc.records.errors import NotAuthorised
from docsvc.web.context import parts
from docsvc.web.i18n import told


@dataclass(frozen=True, slots=True)
class Capacity:
    """What signing now would rest on, or why it would be refused."""

    delegation: Delegation | None = None
    """``None`` where it rests on the signatory's own position."""
    problem: str = ""


def capacity(session: Session, document: Document) -> Capacity:
    """What signing the document at this moment would rest on."""
    try:
        return Capacity(require_authority(session, document, parts().desk.clock()).delegation)
    except NotAuthorised as error:
        return Capacity(problem=told(error))
