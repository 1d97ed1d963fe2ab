"""Who may keep which signing key: administrators within their units, and everybody their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from docsvc import audit
from docsvc.accounts import Actor, Role
from docsvc.db.people import Membership, SigningKeyFile, Unit, User
from docsvc.errors import Invalid, NotFound
from docsvc.issue.desk import Desk
from docsvc.issue.fitness import require_fit
from docsvc.issue.keys import TokenPlace, add_key, add_remote_key, add_token_key, prove_token_key, read_key
from docsvc.issue.remote_keys import RemotePlace, prove_remote_key
from docsvc.records.administration import administered, governs, require_unit, require_whole_user
from docsvc.records.units import subtree


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A key in use and whose it is."""

    id: int
    owner_kind: str
    """``user`` or ``unit``."""
    owner_id: int
    owner_name: str
    holder: str
    """The name in the certificate."""
    certificate_sha256: str
    not_before: datetime
    not_after: datetime
    has_image: bool
    token: str
    """Label or serial number of the token it lies on; empty for others."""
    remote: str
    """Name of the remote service where it lies; empty for others."""
    identifier: str = ""
    """The holder's, as the certificate has it (CCCD, MST)."""
    confirmed_by: str = ""
    """Administrator who has said that a holder of another name is the owner."""


def key_owner(session: Session, *, user_id: int | None = None, unit_id: int | None = None, by: Actor) -> User | Unit:
    """The person or unit to keep a key for, if this person may.

    Raises:
        Invalid: not exactly one of the two was named.
        Forbidden, NotFound: it is neither oneself nor a user or unit that one administers.
    """
    if (user_id is None) == (unit_id is None):
        raise Invalid("Hãy chọn một người hoặc một đơn vị giữ khóa.", "Choose either a person or a unit for the key.")
    if unit_id is not None:
        unit = require_unit(session, unit_id, by)
        if not unit.issues:
            raise Invalid("Đơn vị này không có con dấu riêng.", "This unit has no seal of its own.")
        return unit
    if user_id == by.user_id:
        user = session.get(User, user_id)
        if user is None:
            raise NotFound
        return user
    return require_whole_user(session, int(user_id or 0), by)


def keep_key(
    desk: Desk,
    *,
    user_id: int | None = None,
    unit_id: int | None = None,
    pkcs12: bytes,
    passphrase: str,
    image_png: bytes | None,
    by: Actor,
    holder_confirmed: bool = False,
) -> SigningKeyFile:
    """Keep a key file for a person or a unit; the one before it is retired.

    Raises:
        Invalid, Forbidden, NotFound: see :func:`key_owner`.
        SigningError, OtherHolder, OtherIdentifier: wrong passphrase, no usable key in the file, no usable picture, or a
            certificate that may not sign for the owner; see :func:`docsvc.issue.fitness.require_fit`.
    """
    with desk.database.read() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        confirmed = holder_confirmed and _may_confirm(session, owner, by)
    file = read_key(pkcs12, passphrase, image_png)
    fitness = require_fit(desk, file.key.certificate, file.key.chain, owner, confirmed=confirmed)
    with desk.database.write() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        return add_key(session, file, owner=owner, by=by, fitness=fitness)


def keep_token_key(
    desk: Desk,
    *,
    user_id: int | None = None,
    unit_id: int | None = None,
    place: TokenPlace,
    pin: str,
    image_png: bytes | None,
    by: Actor,
    holder_confirmed: bool = False,
) -> SigningKeyFile:
    """Keep a key on a token for a person or a unit; the one before it is retired.

    The token is asked outside any transaction: some take seconds.

    Raises:
        Invalid, Forbidden, NotFound: see :func:`key_owner`; nothing was asked of the token then.
        SigningError: see :func:`docsvc.issue.keys.prove_token_key`; or no usable picture.
    """
    with desk.database.read() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        confirmed = holder_confirmed and _may_confirm(session, owner, by)
    key = prove_token_key(desk.token_modules, place, pin)
    fitness = require_fit(desk, key.certificate, key.chain, owner, confirmed=confirmed)
    with desk.database.write() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        return add_token_key(session, owner=owner, place=place, key=key, image_png=image_png, by=by, fitness=fitness)


def _may_confirm(session: Session, owner: User | Unit, by: Actor) -> bool:
    """Whether this person may say that a holder of another name is the owner: an administrator, not everybody."""
    if isinstance(owner, Unit):
        return True  # only administrators get here
    return by.has(Role.ADMINISTRATOR) and governs(session, owner, by)


def keep_remote_key(
    desk: Desk,
    *,
    user_id: int | None = None,
    unit_id: int | None = None,
    place: RemotePlace,
    pin: str,
    otp: str = "",
    image_png: bytes | None,
    holder_confirmed: bool = False,
    by: Actor,
) -> SigningKeyFile:
    """Keep a key at a remote service for a person or a unit; the one before it is retired.

    The service is asked outside any transaction.

    Raises:
        Invalid, Forbidden, NotFound: see :func:`key_owner`; nothing was asked of the service then.
        SigningError: see :func:`docsvc.issue.remote_keys.prove_remote_key`; or no usable picture.
    """
    with desk.database.read() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        confirmed = holder_confirmed and _may_confirm(session, owner, by)
    key = prove_remote_key(desk.remote_services, place, pin, otp)
    fitness = require_fit(desk, key.certificate, key.chain, owner, confirmed=confirmed)
    with desk.database.write() as session:
        owner = key_owner(session, user_id=user_id, unit_id=unit_id, by=by)
        return add_remote_key(session, owner=owner, place=place, key=key, image_png=image_png, by=by, fitness=fitness)


def retire_key(session: Session, key_id: int, *, by: Actor) -> None:
    """Take a key out of use; what it signed stays as it is.

    Raises:
        NotFound, Forbidden: it is none of this person's to keep, or out of use already.
    """
    row = session.get(SigningKeyFile, key_id)
    if row is None or row.retired_at is not None:
        raise NotFound
    owner = key_owner(session, user_id=row.user_id, unit_id=row.unit_id, by=by)
    row.retired_at = datetime.now(UTC)
    audit.append(
        session,
        actor=by.username,
        act="key-retired",
        object_kind="user" if isinstance(owner, User) else "unit",
        object_id=owner.id,
        certificate=row.certificate_sha256,
    )


def kept_keys(session: Session, by: Actor) -> tuple[KeptKey, ...]:
    """Keys in use of administered units, of users with a role in them, and one's own; never the key files."""
    within = subtree(by.units(Role.ADMINISTRATOR))
    people = select(Membership.user_id).where(Membership.unit_id.in_(within))
    rows = session.execute(
        select(SigningKeyFile, User.full_name, Unit.name)
        .options(
            defer(SigningKeyFile.pkcs12),
            defer(SigningKeyFile.token_certificates),
            defer(SigningKeyFile.remote_certificates),
            defer(SigningKeyFile.image_png),
        )
        .add_columns(SigningKeyFile.image_png.is_not(None))
        .outerjoin(User, User.id == SigningKeyFile.user_id)
        .outerjoin(Unit, Unit.id == SigningKeyFile.unit_id)
        .where(
            SigningKeyFile.retired_at.is_(None),
            or_(
                SigningKeyFile.unit_id.in_(within),
                SigningKeyFile.user_id.in_(people),
                SigningKeyFile.user_id == by.user_id,
            ),
        )
        .order_by(SigningKeyFile.unit_id.is_(None), Unit.id, User.full_name, SigningKeyFile.id)
    )
    return tuple(
        KeptKey(
            id=key.id,
            owner_kind="unit" if key.user_id is None else "user",
            owner_id=(key.unit_id if key.user_id is None else key.user_id) or 0,
            owner_name=unit_name if key.user_id is None else full_name,
            holder=key.holder,
            certificate_sha256=key.certificate_sha256,
            not_before=key.not_before,
            not_after=key.not_after,
            has_image=has_image,
            token=key.token_label or key.token_serial or "",
            remote=key.remote_service or "",
            identifier=key.holder_identifier or "",
            confirmed_by=key.holder_confirmed_by or "",
        )
        for key, full_name, unit_name, has_image in rows
    )


def sealing_units(session: Session, by: Actor) -> tuple[Unit, ...]:
    """Administered units that have a seal."""
    return tuple(
        session.scalars(select(Unit).where(Unit.issues, Unit.id.in_(administered(session, by))).order_by(Unit.id))
    )
