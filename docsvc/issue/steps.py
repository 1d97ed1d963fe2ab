"""The steps after submission: the leader signs; the clerk numbers, seals and publishes.

Each step reads, works outside any transaction, puts its bytes into the store, and then records everything in
one transaction that first checks the document is still where it was. Killed at any instant, a step has either
happened wholly or can be done again; at worst an unreferenced object stays in the store, which scrubbing finds.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.people import User
from docsvc.db.records import Document, Job, Signature
from docsvc.errors import Forbidden
from docsvc.issue import places
from docsvc.issue.acts import Act, open_acts
from docsvc.issue.desk import Desk, vietnam_date
from docsvc.issue.drafting import add_rendition, at_step, current_rendition
from docsvc.issue.errors import BadResult, ChangedMeanwhile, DateNotAllowed, DateNotAsPrinted
from docsvc.issue.fitness import Fitness, holder_confirmed, require_fit
from docsvc.issue.keys import key_in_force, open_key
from docsvc.issue.preserving import sealed_at_level
from docsvc.records.delegations import Basis, authority_detail, require_authority
from docsvc.records.errors import WrongState
from docsvc.records.folding import reference_key
from docsvc.records.registers import allocate, padded, reference_of, series_for
from docsvc.records.terms import Channel, RenditionRole, State
from signing.fitness import Recent
from signing.keys import SigningKey
from signing.sign import SignedFile, seal, sign_personal
from signing.verify import FileReport, Indication, SignatureReport, Verdict, verify


def sign(desk: Desk, document_id: str, passphrase: str, *, by: Actor) -> None:
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
        _require_signatory(session, document, by, desk)
        row = key_in_force(session, _user(session, by), desk.clock())
    sign_with(desk, document_id, open_key(row, passphrase, desk.token_modules), row.image_png, by=by)


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
        _require_signatory(session, document, by, desk)
        draft, seen = current_rendition(document).sha256, document.version
        boxes, position = document.places, document.signatory_position
        user = _user(session, by)
        confirmed = holder_confirmed(session, user, key.fingerprint_sha256)
    if version not in (None, seen):
        raise ChangedMeanwhile
    fitness = require_fit(desk, key.certificate, key.chain, user, confirmed=confirmed)
    signed = sign_personal(
        desk.store.get(draft),
        key=key,
        places=places.from_json(boxes),
        image_png=image_png,
        timestamper=desk.timestamper,
        position=position,
        now=desk.clock(),
    )
    report = _checked(desk, signed, signatures=1)
    sha256 = desk.store.put(signed.content)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SUBMITTED)
        basis = _require_signatory(session, document, by, desk)
        if document.version != seen:
            raise WrongState  # sent back and submitted anew: this is no longer what was signed
        document.state = State.SIGNED
        document.signed_at = document.changed_at = desk.clock()
        _add_rendition(document, desk, RenditionRole.SIGNED, sha256, len(signed.content), by)
        document.signatures = [_signature("personal", report.signatures[0], desk)]
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
            **fitness.detail(),
        )


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
        _require_clerk(document, by)
        if document.signed_at is not None and not vietnam_date(document.signed_at) <= on <= desk.today():
            raise DateNotAllowed
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


def seal_document(desk: Desk, document_id: str, passphrase: str, *, by: Actor) -> None:
    """The clerk fills number and date in and seals with the organisation's key, which locks the document.

    Raises:
        Forbidden: this person is no clerk of the issuing unit.
        WrongState, NotFound: it has no number yet, or is sealed already.
        NoKey, SigningError: no key, wrong passphrase, or a timestamp or revocation data could not be had.
        BadResult: the two signatures do not both verify.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        _require_clerk(document, by)
        row = key_in_force(session, document.unit, desk.clock())
    _seal(desk, document_id, open_key(row, passphrase, desk.token_modules), row.image_png, by=by)


def _seal(desk: Desk, document_id: str, key: SigningKey, image_png: bytes | None, *, by: Actor) -> None:
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        _require_clerk(document, by)
        signed_sha256, seen = current_rendition(document).sha256, document.version
        number, issued_on = document.number, document.issued_on
    fitness = _require_seal_fit(desk, document_id, key)
    assert number is not None and issued_on is not None  # noqa: S101, PT018 - state NUMBERED means so
    sealed = sealed_at_level(
        desk,
        seal(
            desk.store.get(signed_sha256),
            key=key,
            number=padded(number),
            issued_on=issued_on,
            image_png=image_png,
            timestamper=desk.timestamper,
            now=desk.clock(),
        ),
    )
    report = _checked(desk, sealed, signatures=2)
    sha256 = desk.store.put(sealed.content)
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.NUMBERED)
        _require_clerk(document, by)
        if document.version != seen:
            raise WrongState
        document.state = State.SEALED
        document.sealed_at = document.changed_at = desk.clock()
        _add_rendition(document, desk, RenditionRole.ISSUED, sha256, len(sealed.content), by)
        document.signatures = [
            _signature(kind, signature, desk)
            for kind, signature in zip(("personal", "organisation"), report.signatures, strict=True)
        ]
        audit.append(
            session,
            actor=by.username,
            act="sealed",
            object_kind="document",
            object_id=document.id,
            sha256=sha256,
            certificate=sealed.certificate_sha256,
            level=sealed.level,
            **fitness.detail(),
        )


def publish(desk: Desk, document_id: str, *, by: Actor) -> None:
    """Send the sealed document to its electronic recipients and let it be found.

    Raises:
        Forbidden, WrongState, NotFound: this person is no clerk of the unit, or it is not sealed.
    """
    with desk.database.write() as session:
        document = at_step(session, by, document_id, State.SEALED)
        _require_clerk(document, by)
        make_public(session, document, desk, by=by)


def make_public(session: Session, document: Document, desk: Desk, *, by: Actor) -> None:
    """Mark as issued, sent and to be indexed, in the caller's transaction."""
    now = desk.clock()
    document.state = State.ISSUED
    document.published_at = document.changed_at = now
    for delivery in document.deliveries:
        if delivery.channel != Channel.PAPER or document.medium == "paper":
            delivery.sent_at = now
    session.add(Job(kind="index", document_id=document.id, due_at=now))
    audit.append(
        session,
        actor=by.username,
        act="published",
        object_kind="document",
        object_id=document.id,
        reference=document.reference,
    )


def issue(desk: Desk, document_id: str, on: date, passphrase: str, *, by: Actor) -> str:
    """Number, seal and publish in one go, going on from wherever an earlier try stopped; gives the reference.

    1. Open the organisation's key: a wrong passphrase must not cost a number.
    2. Take the number, unless the document has it.
    3. Seal, unless it is sealed.
    4. Publish.

    Raises:
        as the steps do.
    """
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SIGNED, State.NUMBERED, State.SEALED)
        _require_clerk(document, by)
        row = key_in_force(session, document.unit, desk.clock()) if document.state != State.SEALED else None
    key = open_key(row, passphrase, desk.token_modules) if row is not None else None
    return issue_with(desk, document_id, on, key, row.image_png if row is not None else None, by=by)


def issue_with(
    desk: Desk, document_id: str, on: date, key: SigningKey | None, image_png: bytes | None, *, by: Actor
) -> str:
    """As :func:`issue`, with the organisation's key open already; ``None`` is enough where only publishing is left."""
    with desk.database.read() as session:
        document = at_step(session, by, document_id, State.SIGNED, State.NUMBERED, State.SEALED)
        _require_clerk(document, by)
        state, reference = State(document.state), document.reference
    desk = replace(desk, recent=desk.recent or Recent())
    if key is not None and state != State.SEALED:
        _require_seal_fit(desk, document_id, key)  # it must not cost a number
    if state == State.SIGNED:
        reference = take_number(desk, document_id, on, by=by)
    if state != State.SEALED and key is not None:
        _seal(desk, document_id, key, image_png, by=by)
    publish(desk, document_id, by=by)
    return str(reference)


def _require_seal_fit(desk: Desk, document_id: str, key: SigningKey) -> Fitness:
    with desk.database.read() as session:
        unit = session.get_one(Document, document_id).unit
        confirmed = holder_confirmed(session, unit, key.fingerprint_sha256)
    return require_fit(desk, key.certificate, key.chain, unit, confirmed=confirmed)


def _checked(desk: Desk, made: SignedFile, *, signatures: int) -> FileReport:
    """Verify our own work before it is recorded, as strictly as an auditor will."""
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


def _require_signatory(session: Session, document: Document, by: Actor, desk: Desk) -> Basis:
    if Act.SIGN not in open_acts(by, document):
        raise Forbidden
    return require_authority(session, document, desk.clock())


def _require_clerk(document: Document, by: Actor) -> None:
    if not by.holds(Role.CLERK, [document.unit_id]):
        raise Forbidden


def _user(session: Session, by: Actor) -> User:
    user = session.get(User, by.user_id)
    if user is None:
        raise Forbidden
    return user
