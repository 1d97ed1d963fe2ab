"""Keeping annexes in files of their own provable, as their documents are kept; see :mod:`docsvc.issue.preserving`."""

from __future__ import annotations

from sqlalchemy import select

from docsvc.db.records import Annex, Document
from docsvc.issue.desk import Desk
from docsvc.issue.extending import extended, put_newer, renewed
from docsvc.records.annexes import annex_file, annexes_of
from docsvc.records.terms import REGISTERED
from signing.preserve import Extended, Level


def annexes_below(document: Document, level: Level) -> list[int]:
    """Ids of the annexes whose files have not that level yet."""
    enough = {str(one) for one in Level if one.covers(level)}
    return [annex.id for annex in annexes_of(document) if annex.level not in enough]


def extend_annex(desk: Desk, annex_id: int, level: Level) -> None:
    """Bring an annex to a level.

    Raises:
        SigningError: as :func:`signing.preserve.extend` does.
    """
    sha256 = _file_of(desk, annex_id)
    _keep(desk, annex_id, sha256, extended(desk, desk.store.get(sha256), level))


def renew_annexes(desk: Desk, document_id: str) -> None:
    """Renew every annex of a document, whose timestamps end when its own does.

    Raises:
        SigningError: as :func:`signing.preserve.renew` does.
    """
    with desk.database.read() as session:
        annexes = [annex.id for annex in annexes_of(session.get_one(Document, document_id))]
    for annex_id in annexes:
        sha256 = _file_of(desk, annex_id)
        _keep(desk, annex_id, sha256, renewed(desk, desk.store.get(sha256)))


def _file_of(desk: Desk, annex_id: int) -> str:
    with desk.database.read() as session:
        return annex_file(session.get_one(Annex, annex_id)).sha256


def _keep(desk: Desk, annex_id: int, earlier: str, made: Extended) -> None:
    """Record an annex's newer file, unless somebody was faster."""
    sha256 = desk.store.put(made.content)
    with desk.database.write() as session:
        annex = session.get_one(Annex, annex_id)
        session.execute(select(Document.id).where(Document.id == annex.document_id).with_for_update(key_share=True))
        document = session.get_one(Document, annex.document_id)
        session.refresh(annex)
        current = annex_file(annex)
        if document.state not in REGISTERED or current.sha256 != earlier:
            return
        annex.level = made.level
        put_newer(session, desk, document, current, sha256, made)
