"""Annexes in files of their own: added to a draft, taken out of it, and sealed with the document."""

from __future__ import annotations

from typing import Protocol

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.records import Document
from docsvc.errors import Forbidden
from docsvc.issue import waits
from docsvc.issue.annex_files import (
    UploadedAnnex,
    attach_annexes,
    name_annex_file,
    remove_annexes,
    take_in_annex,
)
from docsvc.issue.corners import corner_lines
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step
from docsvc.issue.extending import sealed_at_level
from docsvc.records.annexes import annex_file, annexes_of, is_sealed
from docsvc.records.terms import RenditionRole, State
from signing.keys import SigningKey
from signing.sign import SignedFile, sign_corner
from signing.timestamp import Timestamper
from signing.verify import FileReport


class Check(Protocol):
    """Verifies our own work before it is recorded."""

    def __call__(self, desk: Desk, made: SignedFile, *, signatures: int, verified: FileReport | None = None) -> object:
        """Raise an error where it does not verify."""


def add_annex(desk: Desk, document_id: str, content: bytes, file_name: str, title: str = "", *, by: Actor) -> None:
    """Add an annex to a draft, behind those it has.

    Raises:
        WrongState, Forbidden, NotFound: it is no draft, or not this person's.
        Invalid, NotAPdf, TooManyPages, SigningError: see :func:`take_in_annex`.
    """
    with desk.database.read() as session:
        _require_author(at_step(session, by, document_id, State.DRAFT), by)
    uploaded = take_in_annex(desk, content, file_name, title)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        attach_annexes(session, desk, document, (uploaded,), by=by)


def remove_annex(desk: Desk, document_id: str, annex_id: int, *, by: Actor) -> None:
    """Take an annex out of a draft.

    Raises:
        WrongState, Forbidden, NotFound: it is no draft, not this person's, or has no such annex.
    """
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.DRAFT)
        _require_author(document, by)
        remove_annexes(session, desk, document, (annex_id,), by=by)


def seal_annexes(desk: Desk, document_id: str, key: SigningKey, check: Check, *, by: Actor) -> None:
    """Sign every annex of a numbered document as the organisation, before the document itself is sealed.

    One after the other, each recorded as soon as it is signed: broken off, the next try goes on with the rest.

    Raises:
        as sealing the document does.
    """
    while (waiting := _first_unsealed(desk, document_id, by)) is not None:
        annex_id, sha256, lines = waiting

        def made_with(
            timestamper: Timestamper | None, content: bytes = desk.store.get(sha256), lines: tuple[str, ...] = lines
        ) -> SignedFile:
            return sign_corner(
                content, key=key, lines=lines, timestamper=timestamper, limits=desk.limits, now=desk.clock()
            )

        made, verified = sealed_at_level(desk, waits.timestamped(desk, document_id, waits.SEAL, made_with))
        check(desk, made.signed, signatures=1, verified=verified)
        _record(desk, document_id, annex_id, made.signed, by)


def _first_unsealed(desk: Desk, document_id: str, by: Actor) -> tuple[int, str, tuple[str, ...]] | None:
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        if not by.holds(Role.CLERK, [document.unit_id]):
            raise Forbidden
        for annex in annexes_of(document):
            if not is_sealed(annex):
                return annex.id, annex_file(annex).sha256, corner_lines(document)
    return None


def _record(desk: Desk, document_id: str, annex_id: int, made: SignedFile, by: Actor) -> None:
    sha256 = desk.store.put(made.content)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        annex = next(one for one in annexes_of(document) if one.id == annex_id)
        if is_sealed(annex):
            return  # somebody was faster
        file = UploadedAnnex(sha256, len(made.content), annex_file(annex).file_name, annex.title, ())
        name_annex_file(desk, document, annex, RenditionRole.ANNEX, file, by=by)
        annex.level = made.level
        document.changed_at = desk.clock()
        audit.append(
            session,
            actor=by.username,
            act="annex-sealed",
            object_kind="document",
            object_id=document.id,
            annex=annex.id,
            title=annex.title,
            sha256=sha256,
            certificate=made.certificate_sha256,
            level=made.level,
        )


def _require_author(document: Document, by: Actor) -> None:
    if document.created_by != by.user_id or not by.holds(Role.DRAFTER, [document.drafting_unit_id]):
        raise Forbidden
