"""Documents that are signed with another program: the file goes out, and comes back signed. See decision 010."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from docsvc.accounts import Actor
from docsvc.db.records import BegunSigning, Document
from docsvc.issue import begun, places, steps, waits
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step, current_rendition
from docsvc.issue.errors import SigningOver
from docsvc.issue.local_signing import publish_if_sealed
from docsvc.records.reading import fetch
from docsvc.records.registers import padded
from docsvc.records.terms import State
from signing.elsewhere import hand_out_personal, hand_out_seal, take_back
from signing.sign import SignedFile
from signing.timestamp import Timestamper


@dataclass(frozen=True, slots=True)
class FileOut:
    """A file that waits to come back signed."""

    id: str
    kind: str
    """``personal`` or ``organisation``."""
    sha256: str
    reference: str | None
    certificate_sha256: str
    """With which it must be signed."""
    holder: str
    expires_at: datetime


def hand_out(desk: Desk, document_id: str, on: date | None = None, *, by: Actor) -> FileOut:
    """Lay a document out for the next signature it needs, to be made by another program.

    What was handed out to this person for the document as it is now is handed out again. For the seal the number is
    taken first, unless the document has it, and number and date are filled in.

    Raises:
        NotFound, WrongState, Forbidden: it waits for no signature of this person.
        NoKey: no certificate in force is on record.
        DateNotAllowed, DateNotAsPrinted, SeriesClosed, DateOutOfOrder: no number for that date.
        SigningError: the file resisted.
    """
    whose = begun.turn_of(desk, document_id, by=by)
    if whose.state == State.SIGNED:
        steps.take_number(desk, document_id, on or desk.today(), by=by)
        whose = begun.turn_of(desk, document_id, by=by)
    with desk.database.read() as session:
        document = at_step(session, by, document_id, whose.state)
        if document.version != whose.version:
            raise SigningOver
        row = begun.under_way(session, document, begun.WAY_FILE, desk.clock(), by=by)
        content = None if row else desk.store.get(current_rendition(document).sha256)
        seal_mm = document.unit.seal_mm
    if row is None:
        made = _laid_out(desk, document, whose, content or b"", seal_mm)
        row = begun.keep(desk, document_id, whose, begun.WAY_FILE, desk.store.put(made), by=by)
    return _told(row, document, whose)


def handed_out(desk: Desk, document_id: str, *, by: Actor) -> FileOut | None:
    """What was handed out to this person for the document as it is now.

    Raises:
        NotFound, WrongState, Forbidden, NoKey: as :func:`hand_out`.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SUBMITTED, State.SIGNED, State.NUMBERED)
        whose = begun.turn(session, document, desk, by=by)
        row = begun.under_way(session, document, begun.WAY_FILE, desk.clock(), by=by)
        return _told(row, document, whose) if row else None


def hand_in(desk: Desk, document_id: str, signing_id: str, content: bytes, *, by: Actor) -> None:
    """Take the file back: the document is then signed; or sealed, and published at once.

    Sent again after it was done, it changes nothing; one that was cut off before publishing goes on there.

    Raises:
        NotFound: this person was handed out no such file.
        SigningOver: it has expired, or the document changed since.
        NoKey, Forbidden, WrongState: this person may not sign it any more.
        FileRefused: something else came back, for the reason it names.
        TimestampUnavailable, RevocationUnavailable, BadResult, SigningError: as for signing here.
    """
    with desk.database.read() as session:
        document = fetch(session, by, document_id)
        row = begun.handed_out(session, document_id, signing_id, begun.WAY_FILE, by=by)
        state, version = State(document.state), document.version
    if row.finished_at is not None:
        publish_if_sealed(desk, document_id, row.kind, state, by=by)
        return
    begun.require_good(desk, row)
    if version != row.document_version:
        raise SigningOver
    personal = row.kind == begun.PERSONAL
    handed_out_file = desk.store.get(row.prepared_sha256)
    certificate_sha256 = begun.turn_of(desk, document_id, by=by).key.certificate_sha256

    def made_with(timestamper: Timestamper | None) -> SignedFile:
        return take_back(
            handed_out_file,
            content,
            personal=personal,
            certificate_sha256=certificate_sha256,
            trust=desk.trust,
            timestamper=timestamper,
            limits=desk.limits,
            now=desk.clock(),
        )

    told = begun.require_fit_again(desk, document_id, by=by) | {"way": begun.WAY_FILE}
    made = waits.timestamped(desk, document_id, waits.SIGN if personal else waits.SEAL, made_with)
    record = steps.record_signed if personal else steps.record_sealed
    done = begun.finished(desk, row.id)
    record(desk, document_id, made, seen=row.document_version, by=by, along=done, told=told)
    publish_if_sealed(desk, document_id, row.kind, State.SEALED, by=by)


def _laid_out(desk: Desk, document: Document, whose: begun.Turn, content: bytes, seal_mm: float | None) -> bytes:
    if whose.kind == begun.PERSONAL:
        return hand_out_personal(
            content,
            holder=whose.key.holder,
            places=places.from_json(document.places),
            image_png=whose.key.image_png,
            seal_mm=seal_mm,
            limits=desk.limits,
            now=desk.clock(),
        )
    assert document.number is not None and document.issued_on is not None  # noqa: S101, PT018 - NUMBERED means so
    return hand_out_seal(content, number=padded(document.number), issued_on=document.issued_on, limits=desk.limits)


def _told(row: BegunSigning, document: Document, whose: begun.Turn) -> FileOut:
    return FileOut(
        id=row.id,
        kind=row.kind,
        sha256=row.prepared_sha256,
        reference=document.reference,
        certificate_sha256=whose.key.certificate_sha256,
        holder=whose.key.holder,
        expires_at=row.expires_at,
    )
