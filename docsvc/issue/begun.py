"""What was handed out to be signed elsewhere, and may come back: who may take it up again, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex

from cryptography import x509
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from config.document_types import is_copy
from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import SigningKeyFile, User
from docsvc.db.records import BegunSigning, Document
from docsvc.errors import Forbidden, NotFound
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step
from docsvc.issue.errors import SealedHereOnly, SigningOver
from docsvc.issue.fitness import holder_confirmed, require_fit
from docsvc.issue.keys import key_in_force
from docsvc.issue.steps import require_clerk, require_signatory
from docsvc.records.annexes import annexes_of
from docsvc.records.terms import State

PERSONAL, ORGANISATION = "personal", "organisation"
WAY_DIGEST, WAY_FILE = "digest", "file"
LASTS = {WAY_DIGEST: timedelta(hours=1), WAY_FILE: timedelta(days=7)}
"""A client answers within minutes; a person with another program may take days."""
KEPT = timedelta(days=7)
"""How long a row stays after its end, so that an answer that was lost can be asked for again."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose signature a document waits for, as it stands now."""

    kind: str
    state: State
    version: int
    key: SigningKeyFile
    """On record for the person or the organisation, and in force."""


def turn_of(desk: Desk, document_id: str, *, by: Actor) -> Turn:
    """Whose turn it is; only who may sign gets to know.

    Raises:
        NotFound, WrongState, Forbidden: it waits for no signature of this person.
        NoKey: no certificate in force is on record.
        SealedHereOnly: it has annexes of its own, or is a copy.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SUBMITTED, State.SIGNED, State.NUMBERED)
        return turn(session, document, desk, by=by)


def turn(session: Session, document: Document, desk: Desk, *, by: Actor) -> Turn:
    """As :func:`turn_of`, for a document at hand."""
    if document.state == State.SUBMITTED:
        require_signatory(session, document, by, desk)
        user = session.get(User, by.user_id)
        if user is None or not user.active:
            raise Forbidden
        return Turn(PERSONAL, State.SUBMITTED, document.version, key_in_force(session, user, desk.clock()))
    require_clerk(document, by)
    if is_copy(document.type_key) or annexes_of(document):
        raise SealedHereOnly
    key = key_in_force(session, document.unit, desk.clock())
    return Turn(ORGANISATION, State(document.state), document.version, key)


def require_fit_again(desk: Desk, document_id: str, *, by: Actor) -> dict[str, str]:
    """See that the certificate on record may sign now, as for keys that are opened here; what to tell the event log.

    A key that is kept as a file is looked at when it is opened; only its fingerprint is on record without that.

    Raises:
        NotFound, WrongState, Forbidden, NoKey: as :func:`turn_of`.
        DocsvcError, SigningError: as :func:`docsvc.issue.fitness.require_fit`.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SUBMITTED, State.SIGNED, State.NUMBERED)
        whose = turn(session, document, desk, by=by)
        owner = session.get_one(User, by.user_id) if whose.kind == PERSONAL else document.unit
        confirmed = holder_confirmed(session, owner, whose.key.certificate_sha256)
    kept = whose.key.token_certificates or whose.key.remote_certificates
    if kept is None:
        return {}
    certificate, *chain = x509.load_pem_x509_certificates(kept)
    return require_fit(desk, certificate, tuple(chain), owner, confirmed=confirmed).detail()


def keep(
    desk: Desk,
    document_id: str,
    whose: Turn,
    way: str,
    prepared_sha256: str,
    *,
    container: tuple[int, int] | None = None,
    certificates: bytes | None = None,
    by: Actor,
) -> BegunSigning:
    """Note what is handed out; its bytes lie in the store already. What has expired is cleared away.

    Raises:
        NotFound, WrongState, Forbidden: the document moved on meanwhile.
    """
    now = desk.clock()
    with desk.database.write() as session:
        document = at_step(session, by, document_id, whose.state)
        if document.version != whose.version:
            raise SigningOver
        session.execute(delete(BegunSigning).where(BegunSigning.expires_at < now - KEPT))
        row = BegunSigning(
            id=token_hex(16),
            document_id=document_id,
            kind=whose.kind,
            way=way,
            begun_by=by.user_id,
            document_version=whose.version,
            prepared_sha256=prepared_sha256,
            container_start=container[0] if container else None,
            container_end=container[1] if container else None,
            certificates=certificates,
            begun_at=now,
            expires_at=now + LASTS[way],
        )
        session.add(row)
        audit.append(
            session,
            actor=by.username,
            act="signing-begun",
            object_kind="document",
            object_id=document_id,
            sha256=prepared_sha256,
            way=way,
        )
        return row


def handed_out(
    session: Session, document_id: str, signing_id: str, way: str | None = None, *, by: Actor
) -> BegunSigning:
    """What this person began and may still use; one that was finished too.

    Raises:
        NotFound: there is none of this person's.
        SigningOver: it has expired.
    """
    row = session.get(BegunSigning, signing_id)
    if row is None or row.document_id != document_id or row.begun_by != by.user_id or way not in (None, row.way):
        raise NotFound
    return row


def require_good(desk: Desk, row: BegunSigning) -> None:
    """Refuse what has expired.

    Raises:
        SigningOver: it has.
    """
    if row.finished_at is None and row.expires_at <= desk.clock():
        raise SigningOver


def under_way(session: Session, document: Document, way: str, now: datetime, *, by: Actor) -> BegunSigning | None:
    """What this person began for the document as it is now, if it is still good."""
    return session.scalar(
        select(BegunSigning)
        .where(
            BegunSigning.document_id == document.id,
            BegunSigning.document_version == document.version,
            BegunSigning.begun_by == by.user_id,
            BegunSigning.way == way,
            BegunSigning.finished_at.is_(None),
            BegunSigning.expires_at > now,
        )
        .order_by(BegunSigning.begun_at.desc())
        .limit(1)
    )


def finished(desk: Desk, signing_id: str) -> Callable[[Session], None]:
    """Marks it as done, in the transaction that records the step."""

    def mark(session: Session) -> None:
        session.get_one(BegunSigning, signing_id).finished_at = desk.clock()

    return mark
