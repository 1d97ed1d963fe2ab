"""One file brought to a level of PAdES or renewed, as the office's settings have it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import SYSTEM
from docsvc.db.records import Document, Rendition
from docsvc.errors import DocsvcError
from docsvc.issue.desk import Desk
from docsvc.issue.waits import Made
from signing.errors import RevocationUnavailable, SigningError, Unanswered
from signing.preserve import Extended, Level, extend, renew
from signing.revocation import InTime, RevocationSource, Several
from signing.sign import SignedFile
from signing.verify import FileReport


class Done(StrEnum):
    """What became of one document."""

    EXTENDED = "extended"
    RENEWED = "renewed"
    KEPT = "kept"
    """Nothing was due."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document, and why not."""

    document_id: str
    reference: str
    done: Done
    level: str = ""
    """Of the file as it is now."""
    problem: DocsvcError | SigningError | None = None


def sealed_at_level(desk: Desk, sealed: Made) -> tuple[Made, FileReport | None]:
    """A file just sealed, at the office's level, and the report on it if there is one already.

    Where an authority does not answer, the file stays at the level it has: it goes out so, and is brought up later.

    Raises:
        SigningError: as :func:`signing.preserve.extend` does, where a certificate or the file is at fault.
    """
    if not desk.level.covers(Level.B_LT) or sealed.problem is not None:
        return sealed, None
    try:
        made = extended(desk, sealed.signed.content, desk.level)
    except Unanswered as error:
        return Made(sealed.signed, error), None
    return Made(SignedFile(made.content, sealed.signed.certificate_sha256, made.level)), made.report


def extended(desk: Desk, content: bytes, level: Level) -> Extended:
    """A file brought to a level.

    Raises:
        SigningError: as :func:`signing.preserve.extend` does.
    """
    return extend(
        content,
        trust=desk.trust,
        status=_status(desk, level),
        timestamper=desk.timestamper,
        level=level,
        limits=desk.limits,
        now=desk.clock(),
    )


def renewed(desk: Desk, content: bytes) -> Extended:
    """A file with another timestamp over all of it.

    Raises:
        SigningError: as :func:`signing.preserve.renew` does.
    """
    return renew(
        content,
        trust=desk.trust,
        status=_status(desk, Level.B_LTA),
        timestamper=desk.timestamper,
        limits=desk.limits,
        now=desk.clock(),
    )


def _status(desk: Desk, level: Level) -> RevocationSource:
    """Whom to ask, in bounded time from now on."""
    if desk.revocation is None:
        if level.covers(Level.B_LT):
            raise RevocationUnavailable("nobody to ask")
        return Several(())
    return InTime(desk.revocation, desk.status_seconds)


def put_newer(
    session: Session, desk: Desk, document: Document, current: Rendition, sha256: str, made: Extended
) -> None:
    """Put an extended file in the place of the one before it, in the caller's transaction; its bytes are in the store.

    Made by the service; who issued the document stays the one who answers for its file.
    """
    document.changed_at = desk.clock()
    if sha256 != current.sha256:
        document.renditions.append(
            Rendition(
                role=current.role,
                annex_id=current.annex_id,
                sha256=sha256,
                size_bytes=len(made.content),
                file_name=current.file_name,
                store=desk.store.name,
                created_at=desk.clock(),
                created_by=current.created_by,
            )
        )
    audit.append(
        session,
        actor=SYSTEM.username,
        act="preserved",
        object_kind="document",
        object_id=document.id,
        sha256=sha256,
        earlier=current.sha256,
        level=made.level,
    )
