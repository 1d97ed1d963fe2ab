"""The steps after submission: the leader signs; the clerk numbers, seals and publishes.

Each step reads, works outside any transaction, puts its bytes into the store, and then records everything in
one transaction that first checks the document is still where it was. Killed at any instant, a step has either
happened wholly or can be done again; at worst an unreferenced object stays in the store, which scrubbing finds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from sqlalchemy.orm import Session

from config.document_types import is_copy
from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.people import User
from docsvc.db.records import Document, Signature
from docsvc.errors import Forbidden
from docsvc.issue import places, waits
from docsvc.issue.acts import Act, open_acts
from docsvc.issue.annexes import seal_annexes
from docsvc.issue.corners import corner_lines, corner_reason
from docsvc.issue.desk import Desk, vietnam_date
from docsvc.issue.drafting import add_rendition, at_step, current_rendition
from docsvc.issue.errors import BadResult, ChangedMeanwhile, DateNotAllowed, DateNotAsPrinted
from docsvc.issue.extending import sealed_at_level
from docsvc.issue.fitness import Fitness, holder_confirmed, require_fit
from docsvc.issue.keys import key_in_force, open_key
from docsvc.issue.preserving import note_proof
from docsvc.issue.waits import Made
from docsvc.records.delegations import Basis, authority_detail, require_authority
from docsvc.records.effects import begin_to_act, lock_with_targets
from docsvc.records.errors import WrongState
from docsvc.records.folding import reference_key
from docsvc.records.registers import allocate, padded, reference_of, series_for
from docsvc.records.terms import Channel, RenditionRole, State
from signing.fitness import Recent
from signing.keys import SigningKey
from signing.preserve import Level, level_of
from signing.sign import SignedFile, seal, sign_corner, sign_personal
from signing.timestamp import Timestamper
from signing.verify import FileReport, Indication, SignatureReport, Verdict, verify

Along = Callable[[Session], None]
"""More to write in the transaction that records a step."""


def _nothing(_: Session) -> None:
    """Nothing more to write."""


def sign(desk: Desk, document_id: str, passphrase: str, *, by: Actor, otp: str = "") -> None:
    """The signatory signs with a personal key; the file then allows only number, date and seal to be added.

    Raises:
        Forbidden: this person is not the signatory, or is no leader of the unit any more.
        NotAuthorised: not in the capacity that the document names, today; see :func:`require_authority`.
        WrongState, NotFound: it does not wait for a signature, or was changed meanwhile.
        NoKey, SigningError: no key, wrong passphrase, or the timestamp could not be had.
        BadResult: the result does not verify.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        require_signatory(session, document, by, desk)
        row = key_in_force(session, _user(session, by), desk.clock())
    key = open_key(row, passphrase, desk.token_modules, desk.remote_services, otp=otp)
    sign_with(desk, document_id, key, row.image_png, by=by)


def sign_with(
    desk: Desk, document_id: str, key: SigningKey, image_png: bytes | None, *, by: Actor, version: int | None = None
) -> None:
    """As :func:`sign`, with a key that is open already; with ``version``, only what was looked at then.

    Raises:
        ChangedMeanwhile: the document is not in that version any more.
        Forbidden, WrongState, NotFound, SigningError, BadResult: as :func:`sign`.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        require_signatory(session, document, by, desk)
        draft, seen = current_rendition(document).sha256, document.version
        boxes, position, seal_mm = document.places, document.signatory_position, document.unit.seal_mm
        user = _user(session, by)
        confirmed = holder_confirmed(session, user, key.fingerprint_sha256)
    if version not in (None, seen):
        raise ChangedMeanwhile
    fitness = require_fit(desk, key.certificate, key.chain, user, confirmed=confirmed)
    content = desk.store.get(draft)

    def made_with(timestamper: Timestamper | None) -> SignedFile:
        return sign_personal(
            content,
            key=key,
            places=places.from_json(boxes),
            image_png=image_png,
            timestamper=timestamper,
            position=position,
            seal_mm=seal_mm,
            now=desk.clock(),
        )

    made = waits.timestamped(desk, document_id, waits.SIGN, made_with)
    record_signed(desk, document_id, made, seen=seen, by=by, told=fitness.detail())


def record_signed(
    desk: Desk,
    document_id: str,
    made: Made,
    *,
    seen: int,
    by: Actor,
    along: Along = _nothing,
    told: Mapping[str, str] | None = None,
) -> None:
    """Verify a file that the signatory has signed, keep it and move the document on.

    Args:
        desk: the collaborators.
        document_id: the document.
        made: the file, and what kept it from a timestamp.
        seen: the document's version that was signed.
        by: the signatory.
        along: done in the same transaction.
        told: more for the event log.

    Raises:
        Forbidden, WrongState, NotFound: as :func:`sign`.
        BadResult: the file does not verify.
    """
    signed = made.signed
    report = _checked(desk, signed, signatures=1)
    sha256 = desk.store.put(signed.content)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        basis = require_signatory(session, document, by, desk)
        if document.version != seen:
            raise WrongState  # sent back and submitted anew: this is no longer what was signed
        document.state = State.SIGNED
        document.signed_at = document.changed_at = desk.clock()
        _add_rendition(document, desk, RenditionRole.SIGNED, sha256, len(signed.content), by)
        document.signatures = [_signature("personal", report.signatures[0], desk)]
        waits.settle(session, desk, document.id, level_of(report) or Level.B_B, made.problem)
        audit.append(
            session,
            actor=by.username,
            act="signed",
            object_kind="document",
            object_id=document.id,
            sha256=sha256,
            certificate=signed.certificate_sha256,
            level=signed.level,
            **authority_detail(document, basis),
            **(told or {}),
        )
        along(session)


def take_number(desk: Desk, document_id: str, on: date, *, by: Actor) -> str:
    """The clerk takes the next number of the register for the date; gives the reference.

    Raises:
        Forbidden: this person is no clerk of the issuing unit.
        WrongState, NotFound: it was not signed, or has its number already.
        DateNotAllowed: the date lies before the signature or after today.
        DateNotAsPrinted: the page shows another month or year.
        SeriesClosed, DateOutOfOrder: see :func:`docsvc.records.registers.allocate`.
    """
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SIGNED)
        require_clerk(document, by)
        if not vietnam_date(document.signed_at or document.created_at) <= on <= desk.today():
            raise DateNotAllowed  # a copy is signed by the organisation alone
        if not places.agrees(document.places, on):
            raise DateNotAsPrinted
        number_document(session, document, on, by=by)
        document.state = State.NUMBERED
        document.numbered_at = document.changed_at = desk.clock()
        return str(document.reference)


def number_document(session: Session, document: Document, on: date, *, by: Actor) -> None:
    """Take a number for the document in the caller's transaction and write it on the record."""
    series = series_for(session, document.unit, document.type_key, on.year)
    number = allocate(session, series, on, type_key=document.type_key, document=document, by=by)
    document.number, document.year, document.issued_on = number.number, on.year, on
    document.reference = reference_of(number.number, document.symbol)
    document.reference_key = reference_key(document.reference)
    audit.append(
        session,
        actor=by.username,
        act="number-taken",
        object_kind="document",
        object_id=document.id,
        reference=document.reference,
        on=on.isoformat(),
    )


def seal_document(desk: Desk, document_id: str, passphrase: str, *, by: Actor, otp: str = "") -> None:
    """The clerk fills number and date in and seals with the organisation's key, which locks the document.

    Annexes in files of their own come first; a copy bears the organisation's signature in its corner instead.

    Raises:
        Forbidden: this person is no clerk of the issuing unit.
        WrongState, NotFound: it has no number yet, or is sealed already.
        NoKey, SigningError: no key, wrong passphrase, or a timestamp or revocation data could not be had.
        BadResult: the two signatures do not both verify.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        require_clerk(document, by)
        row = key_in_force(session, document.unit, desk.clock())
    key = open_key(row, passphrase, desk.token_modules, desk.remote_services, otp=otp)
    _seal(desk, document_id, key, row.image_png, by=by)


def _seal(desk: Desk, document_id: str, key: SigningKey, image_png: bytes | None, *, by: Actor) -> None:
    fitness = require_seal_fit(desk, document_id, key.certificate, key.chain)
    seal_annexes(desk, document_id, key, _checked, by=by)
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        require_clerk(document, by)
        signed_sha256, seen = current_rendition(document).sha256, document.version
        number, issued_on, seal_mm = document.number, document.issued_on, document.unit.seal_mm
        lines, reason = corner_lines(document), corner_reason(document)
        copied = is_copy(document.type_key)
    assert number is not None and issued_on is not None  # noqa: S101, PT018 - state NUMBERED means so
    content = desk.store.get(signed_sha256)

    def made_with(timestamper: Timestamper | None) -> SignedFile:
        if copied:
            return sign_corner(content, key=key, lines=lines, reason=reason, timestamper=timestamper, now=desk.clock())
        return seal(
            content,
            key=key,
            number=padded(number),
            issued_on=issued_on,
            image_png=image_png,
            timestamper=timestamper,
            seal_mm=seal_mm,
            now=desk.clock(),
        )

    made = waits.timestamped(desk, document_id, waits.SEAL, made_with)
    record_sealed(desk, document_id, made, copied=copied, seen=seen, by=by, told=fitness.detail())


def record_sealed(
    desk: Desk,
    document_id: str,
    made: Made,
    *,
    seen: int,
    by: Actor,
    copied: bool = False,
    along: Along = _nothing,
    told: Mapping[str, str] | None = None,
) -> None:
    """Bring a file that was sealed to the office's level, verify it, keep it and move the document on.

    A copy bears the organisation's signature alone. The other arguments are those of :func:`record_signed`.

    Raises:
        Forbidden, WrongState, NotFound, SigningError, BadResult: as :func:`seal_document`.
    """
    kinds = ("organisation",) if copied else ("personal", "organisation")
    made, verified = sealed_at_level(desk, made)
    sealed = made.signed
    report = _checked(desk, sealed, signatures=len(kinds), verified=verified)
    sha256 = desk.store.put(sealed.content)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        require_clerk(document, by)
        if document.version != seen:
            raise WrongState
        document.state = State.SEALED
        document.sealed_at = document.changed_at = desk.clock()
        _add_rendition(document, desk, RenditionRole.ISSUED, sha256, len(sealed.content), by)
        document.signatures = [
            _signature(kind, signature, desk) for kind, signature in zip(kinds, report.signatures, strict=True)
        ]
        waits.settle(session, desk, document.id, level_of(report) or Level.B_B, made.problem)
        note_proof(session, document.id, report)
        audit.append(
            session,
            actor=by.username,
            act="sealed",
            object_kind="document",
            object_id=document.id,
            sha256=sha256,
            certificate=sealed.certificate_sha256,
            level=str(level_of(report) or ""),
            **(told or {}),
        )
        along(session)


def publish(desk: Desk, document_id: str, *, by: Actor) -> None:
    """Send the sealed document to its electronic recipients and let it be found.

    Raises:
        Forbidden, WrongState, NotFound: this person is no clerk of the unit, or it is not sealed.
    """
    with desk.database.write() as session:
        lock_with_targets(session, document_id)
        document = at_step(session, by, document_id, State.SEALED)
        require_clerk(document, by)
        make_public(session, document, desk, by=by)


def make_public(session: Session, document: Document, desk: Desk, *, by: Actor) -> None:
    """Mark as issued, sent and to be indexed, in the caller's transaction."""
    now = desk.clock()
    document.state = State.ISSUED
    document.published_at = document.changed_at = now
    for delivery in document.deliveries:
        if delivery.channel != Channel.PAPER or document.medium == "paper":
            delivery.sent_at = now
    begin_to_act(session, document, now, by=by)
    audit.append(
        session,
        actor=by.username,
        act="published",
        object_kind="document",
        object_id=document.id,
        reference=document.reference,
    )


def issue(desk: Desk, document_id: str, on: date, passphrase: str, *, by: Actor, otp: str = "") -> str:
    """Number, seal and publish in one go, going on from wherever an earlier try stopped; gives the reference.

    1. Open the organisation's key: a wrong passphrase must not cost a number. (A one-time code is good for one
       signature, so it cannot be tried: if it is wrong, the document waits with its number.)
    2. Take the number, unless the document has it.
    3. Seal, unless it is sealed.
    4. Publish.

    Raises:
        as the steps do.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SIGNED, State.NUMBERED, State.SEALED)
        require_clerk(document, by)
        row = key_in_force(session, document.unit, desk.clock()) if document.state != State.SEALED else None
    key = None
    if row is not None:
        key = open_key(row, passphrase, desk.token_modules, desk.remote_services, otp=otp)
    return issue_with(desk, document_id, on, key, row.image_png if row is not None else None, by=by)


def issue_with(
    desk: Desk, document_id: str, on: date, key: SigningKey | None, image_png: bytes | None, *, by: Actor
) -> str:
    """As :func:`issue`, with the organisation's key open already; ``None`` is enough where only publishing is left."""
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SIGNED, State.NUMBERED, State.SEALED)
        require_clerk(document, by)
        state, reference = State(document.state), document.reference
    desk = replace(desk, recent=desk.recent or Recent())
    if key is not None and state != State.SEALED:
        require_seal_fit(desk, document_id, key.certificate, key.chain)  # it must not cost a number
    if state == State.SIGNED:
        reference = take_number(desk, document_id, on, by=by)
    if state != State.SEALED and key is not None:
        _seal(desk, document_id, key, image_png, by=by)
    publish(desk, document_id, by=by)
    return str(reference)


def require_seal_fit(
    desk: Desk, document_id: str, certificate: x509.Certificate, chain: tuple[x509.Certificate, ...]
) -> Fitness:
    """See whether a certificate may seal the document; see :func:`docsvc.issue.fitness.require_fit`."""
    with desk.database.read() as session:
        unit = session.get_one(Document, document_id).unit
        confirmed = holder_confirmed(session, unit, certificate.fingerprint(hashes.SHA256()).hex())
    return require_fit(desk, certificate, chain, unit, confirmed=confirmed)


def _checked(desk: Desk, made: SignedFile, *, signatures: int, verified: FileReport | None = None) -> FileReport:
    """Verify our own work before it is recorded, as strictly as an auditor will.

    A report there is already will do, if it is of these very bytes.
    """
    report = verified
    if report is None or report.sha256 != hashlib.sha256(made.content).hexdigest():
        report = verify(made.content, trust=desk.trust, at=desk.clock() + timedelta(seconds=1), limits=desk.limits)
    if report.verdict != Verdict.VALID or len(report.signatures) != signatures:
        raise BadResult(f"{BadResult.message_vi} {report.message_vi}", f"{BadResult.message_en} {report.message_en}")
    return report


def _signature(kind: str, report: SignatureReport, desk: Desk) -> Signature:
    if report.indication != Indication.TOTAL_PASSED:
        raise BadResult
    return Signature(
        kind=kind,
        holder=report.holder[:200],
        certificate_sha256=report.certificate_sha256,
        level=str(report.level or ""),
        signed_at=report.timestamped_at or report.signed_at or desk.clock(),
        indication=report.indication,
        checked_at=desk.clock(),
    )


def _add_rendition(
    document: Document, desk: Desk, role: RenditionRole, sha256: str, size_bytes: int, by: Actor
) -> None:
    add_rendition(desk, document, role, sha256, size_bytes, current_rendition(document).file_name, by=by)


def require_signatory(session: Session, document: Document, by: Actor, desk: Desk) -> Basis:
    """Refuse who may not sign it, or may not any more.

    Raises:
        Forbidden, NotAuthorised: see :func:`docsvc.records.delegations.require_authority`.
    """
    if Act.SIGN not in open_acts(by, document):
        raise Forbidden
    return require_authority(session, document, desk.clock())


def require_clerk(document: Document, by: Actor) -> None:
    """Refuse who may not number and seal it."""
    if not by.holds(Role.CLERK, [document.unit_id]):
        raise Forbidden


def _user(session: Session, by: Actor) -> User:
    user = session.get(User, by.user_id)
    if user is None:
        raise Forbidden
    return user
