"""Signing on the official's own machine: the server lays the file out and hands out a digest; a CMS comes back.

The certificate is announced first and must be the one on record, so that nothing is laid out and no number is taken
for somebody who could not sign. Then the file is kept under its SHA-256, and one row says what was handed out. Killed
at any moment, the signing is either under way and can be finished, or is begun again; a number taken is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from docsvc.accounts import Actor
from docsvc.db.records import BegunSigning
from docsvc.errors import NotFound
from docsvc.issue import begun, places, steps, waits
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step, current_rendition
from docsvc.issue.errors import OtherCertificate, SigningOver
from docsvc.records.reading import fetch
from docsvc.records.registers import padded
from docsvc.records.terms import State
from signing.external import Announced, Prepared, announce, complete, lay_out_personal, lay_out_seal, prepared_in
from signing.sign import SignedFile
from signing.timestamp import Timestamper


@dataclass(frozen=True, slots=True)
class HandedOut:
    """What a client needs to sign, and to check that it signs the right thing."""

    id: str
    kind: str
    """``personal`` or ``organisation``."""
    digest: bytes
    """SHA-256 of the file without its container."""
    attributes: bytes
    """What a bare signature is made over."""
    sha256: str
    """Of the file laid out, container empty."""
    size_bytes: int
    container: tuple[int, int]
    base_sha256: str
    """Of the file it was laid out from, which it begins with."""
    reference: str | None
    expires_at: datetime


def begin(desk: Desk, document_id: str, certificates: bytes, on: date | None = None, *, by: Actor) -> HandedOut:
    """Lay a document out for the next signature it needs: the signatory's, or the organisation's.

    1. Find out whose turn it is, and that the certificate announced is on record and could sign now.
    2. For the seal, take the number, unless the document has it.
    3. Lay the file out, keep it, and note that it was handed out.

    Args:
        desk: the collaborators.
        document_id: the document.
        certificates: PEM: the signer's, then those above it.
        on: the document's date, where the number is taken now; today if ``None``.
        by: the signatory, or a clerk.

    Raises:
        NotFound, WrongState, Forbidden: it waits for no signature of this person.
        NoKey, OtherCertificate: no certificate is on record, or another one.
        UnusableKey, CertificateNotUsable: it could not sign now.
        DateNotAllowed, DateNotAsPrinted, SeriesClosed, DateOutOfOrder: no number for that date.
        SigningError: the file resisted.
    """
    whose = begun.turn_of(desk, document_id, by=by)
    signer = announce(certificates)
    _require_on_record(whose, signer)
    signer.require_usable(desk.trust, desk.clock())
    begun.require_fit_again(desk, document_id, by=by)
    if whose.state == State.SIGNED:
        steps.take_number(desk, document_id, on or desk.today(), by=by)
        whose = begun.turn_of(desk, document_id, by=by)
    with desk.database.read() as session:
        document = at_step(session, by, document_id, whose.state)
        if document.version != whose.version:
            raise SigningOver
        base, reference, number = current_rendition(document).sha256, document.reference, document.number
        issued_on, boxes, position = document.issued_on, document.places, document.signatory_position
        seal_mm = document.unit.seal_mm
    timestamped = desk.timestamper is not None
    content, image_png, now = desk.store.get(base), whose.key.image_png, desk.clock()
    if whose.kind == begun.PERSONAL:
        prepared = lay_out_personal(
            content,
            signer=signer,
            places=places.from_json(boxes),
            image_png=image_png,
            timestamped=timestamped,
            position=position,
            seal_mm=seal_mm,
            limits=desk.limits,
            now=now,
        )
    else:
        assert number is not None and issued_on is not None  # noqa: S101, PT018 - state NUMBERED means so
        prepared = lay_out_seal(
            content,
            signer=signer,
            number=padded(number),
            issued_on=issued_on,
            image_png=image_png,
            timestamped=timestamped,
            seal_mm=seal_mm,
            limits=desk.limits,
            now=now,
        )
    sha256 = desk.store.put(prepared.content)
    span = (prepared.container_start, prepared.container_end)
    row = begun.keep(desk, document_id, whose, begun.WAY_DIGEST, sha256, container=span, certificates=signer.pem, by=by)
    return HandedOut(
        id=row.id,
        kind=whose.kind,
        digest=prepared.digest,
        attributes=signer.to_sign(prepared.digest),
        sha256=sha256,
        size_bytes=len(prepared.content),
        container=span,
        base_sha256=base,
        reference=reference,
        expires_at=row.expires_at,
    )


def laid_out(desk: Desk, document_id: str, signing_id: str, *, by: Actor) -> str:
    """SHA-256 of the file that was handed out, for who began it and may still see the document.

    Raises:
        NotFound: there is none for this person.
        SigningOver: it has expired.
    """
    with desk.database.read() as session:
        fetch(session, by, document_id)
        row = begun.handed_out(session, document_id, signing_id, by=by)
        begun.require_good(desk, row)
        return row.prepared_sha256


def finish(desk: Desk, document_id: str, signing_id: str, returned: bytes, *, bare: bool = False, by: Actor) -> None:
    """Take a client's signature: the document is then signed; or sealed, and published at once.

    Sent again after it was done, it changes nothing; one that was cut off before publishing goes on there.

    Args:
        desk: the collaborators.
        document_id: the document.
        signing_id: as it was handed out.
        returned: the CMS; or, if ``bare``, the signature value over the attributes handed out.
        bare: see ``returned``.
        by: who began it.

    Raises:
        NotFound: this person began no such signing.
        SigningOver: it has expired, or the document changed since.
        NoKey, OtherCertificate: the certificate is not on record any more.
        Forbidden, WrongState: this person may not sign it any more.
        CmsRefused: it does not sign exactly what was handed out.
        TimestampUnavailable, RevocationUnavailable, BadResult, SigningError: as for signing here.
    """
    with desk.database.read() as session:
        document = fetch(session, by, document_id)
        row = begun.handed_out(session, document_id, signing_id, begun.WAY_DIGEST, by=by)
        state, done, version = State(document.state), row.finished_at is not None, document.version
    if done:
        publish_if_sealed(desk, document_id, row.kind, state, by=by)
        return
    begun.require_good(desk, row)
    if version != row.document_version:
        raise SigningOver
    signer, prepared = announce(row.certificates or b""), _kept(desk, row.prepared_sha256, row)
    _require_on_record(begun.turn_of(desk, document_id, by=by), signer)

    def made_with(timestamper: Timestamper | None) -> SignedFile:
        return complete(prepared, returned, signer=signer, timestamper=timestamper, bare=bare)

    told = begun.require_fit_again(desk, document_id, by=by) | {"way": begun.WAY_DIGEST}
    step = waits.SIGN if row.kind == begun.PERSONAL else waits.SEAL
    made = waits.timestamped(desk, document_id, step, made_with)
    record = steps.record_signed if row.kind == begun.PERSONAL else steps.record_sealed
    record(
        desk,
        document_id,
        made,
        seen=row.document_version,
        by=by,
        along=begun.finished(desk, row.id),
        told=told,
    )
    publish_if_sealed(desk, document_id, row.kind, State.SEALED, by=by)


def publish_if_sealed(desk: Desk, document_id: str, kind: str, state: State, *, by: Actor) -> None:
    """The last step of issuing, after the organisation's signature."""
    if kind == begun.ORGANISATION and state == State.SEALED:
        steps.publish(desk, document_id, by=by)


def _kept(desk: Desk, sha256: str, row: BegunSigning) -> Prepared:
    if row.container_start is None or row.container_end is None:
        raise NotFound
    return prepared_in(desk.store.get(sha256), row.container_start, row.container_end)


def _require_on_record(whose: begun.Turn, signer: Announced) -> None:
    if signer.fingerprint_sha256 != whose.key.certificate_sha256:
        raise OtherCertificate
