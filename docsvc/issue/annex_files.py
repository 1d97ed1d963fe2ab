"""Annexes in files of their own (NĐ 30, appendix I, part I, III.1): reading and keeping what is uploaded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.records import Annex, Document, Rendition
from docsvc.errors import Invalid, NotFound
from docsvc.issue.desk import Desk
from docsvc.issue.errors import NotAPdf, TooManyPages
from docsvc.records.annexes import annexes_of
from docsvc.records.readings import text_columns
from docsvc.records.terms import RenditionRole
from docsvc.texts import one_line
from signing.annexes import require_annex
from signing.texts import PageText, read_text

MOST_ANNEXES = 50
LONGEST_TITLE = 200


@dataclass(frozen=True, slots=True)
class UploadedAnnex:
    """An annex's file after it was read within limits, its bytes already in the store."""

    sha256: str
    size_bytes: int
    file_name: str
    title: str
    pages: tuple[PageText, ...]
    """The text of each page."""


def take_in_annex(desk: Desk, content: bytes, file_name: str, title: str = "") -> UploadedAnnex:
    """Read an untrusted PDF in the sandbox and put its bytes into the store; before any transaction.

    Raises:
        NotAPdf, TooManyPages: as for drafts.
        AlreadySigned: it has signatures or form fields; the organisation's signature would not stand on it.
        SigningError: damaged, encrypted, or it took more time or memory than allowed.
    """
    if not content.startswith(b"%PDF-"):
        raise NotAPdf
    pages = read_text(content, limits=desk.limits)
    if len(pages) > desk.page_limit:
        raise TooManyPages(
            f"Phụ lục có {len(pages)} trang, nhiều hơn mức cho phép là {desk.page_limit}.",
            f"The annex has {len(pages)} pages, more than the {desk.page_limit} allowed.",
        )
    require_annex(content, limits=desk.limits)
    name = one_line(file_name.replace("\\", "/").rsplit("/", 1)[-1])[-200:] or "phu-luc.pdf"
    return UploadedAnnex(
        sha256=desk.store.put(content),
        size_bytes=len(content),
        file_name=name,
        title=(one_line(title) or name.removesuffix(".pdf"))[:LONGEST_TITLE],
        pages=pages,
    )


def attach_annexes(
    session: Session, desk: Desk, document: Document, uploaded: Iterable[UploadedAnnex], *, by: Actor
) -> None:
    """Name annexes behind those that the document has, in the caller's transaction.

    Raises:
        Invalid: these are too many.
    """
    for one in uploaded:
        if len(annexes_of(document)) >= MOST_ANNEXES:
            raise Invalid(
                f"Một văn bản có nhiều nhất {MOST_ANNEXES} phụ lục.", f"A document has at most {MOST_ANNEXES} annexes."
            )
        annex = Annex(
            position=max((known.position for known in document.annexes), default=0) + 1,
            title=one.title,
            pages=len(one.pages),
            level="",
            **text_columns(one.pages, desk.clock()),
        )
        document.annexes.append(annex)
        session.flush()
        name_annex_file(desk, document, annex, RenditionRole.ANNEX_DRAFT, one, by=by)
        document.changed_at = desk.clock()
        _note(session, document, annex, "annex-added", by, sha256=one.sha256)


def remove_annexes(session: Session, desk: Desk, document: Document, removed: Collection[int], *, by: Actor) -> None:
    """Take annexes out of a draft, in the caller's transaction; their files stay in its history.

    Raises:
        NotFound: the document has no such annex.
    """
    known = {annex.id: annex for annex in annexes_of(document)}
    if not known.keys() >= set(removed):
        raise NotFound
    for annex_id in sorted(removed):
        known[annex_id].removed_at = document.changed_at = desk.clock()
        _note(session, document, known[annex_id], "annex-removed", by)


def name_annex_file(
    desk: Desk, document: Document, annex: Annex, role: RenditionRole, file: UploadedAnnex | Rendition, *, by: Actor
) -> None:
    """Name one more file of the annex; its bytes lie in the store already."""
    document.renditions.append(
        Rendition(
            role=role,
            annex_id=annex.id,
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            file_name=file.file_name,
            store=desk.store.name,
            created_at=desk.clock(),
            created_by=by.user_id,
        )
    )


def _note(session: Session, document: Document, annex: Annex, act: str, by: Actor, **more: str) -> None:
    audit.append(
        session,
        actor=by.username,
        act=act,
        object_kind="document",
        object_id=document.id,
        annex=annex.id,
        title=annex.title,
        **more,
    )
