"""The keys people and units sign with: PKCS#12 files, opened only with the passphrase typed at signing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.issue.errors import NoKey
from signing.appearance import require_picture
from signing.keys import SigningKey, open_pkcs12


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file that was opened once and can be kept."""

    pkcs12: bytes = field(repr=False)
    image_png: bytes | None = field(repr=False)
    key: SigningKey = field(repr=False)


def read_key(pkcs12: bytes, passphrase: str, image_png: bytes | None) -> KeyFile:
    """Open an untrusted key file, to see that it opens and whose certificate it holds.

    Takes its time, so it is done before any transaction: a slow file must not hold a lock.

    Raises:
        SigningError: wrong passphrase, no usable key in the file, or no usable picture.
    """
    key = open_pkcs12(pkcs12, passphrase)
    if image_png is not None:
        require_picture(image_png)  # a bad one is refused now, not when somebody signs
    return KeyFile(pkcs12, image_png, key)


def add_key(session: Session, file: KeyFile, *, owner: User | Unit, by: Actor) -> SigningKeyFile:
    """Keep a key file for a person or a unit; the one before it is retired."""
    kind = User if isinstance(owner, User) else Unit
    session.execute(select(kind.id).where(kind.id == owner.id).with_for_update(key_share=True))
    now = datetime.now(UTC)
    for old in session.scalars(_keys_of(owner)):
        old.retired_at = now
    row = SigningKeyFile(
        user_id=owner.id if isinstance(owner, User) else None,
        unit_id=owner.id if isinstance(owner, Unit) else None,
        pkcs12=file.pkcs12,
        holder=file.key.holder[:200],
        certificate_sha256=file.key.fingerprint_sha256,
        not_before=file.key.not_before,
        not_after=file.key.not_after,
        image_png=file.image_png,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="key-added",
        object_kind="user" if isinstance(owner, User) else "unit",
        object_id=owner.id,
        certificate=row.certificate_sha256,
        holder=row.holder,
    )
    return row


def key_in_force(session: Session, owner: User | Unit, now: datetime) -> SigningKeyFile:
    """The key file that the person or unit signs with now.

    Raises:
        NoKey: there is none, or its certificate is not in force.
    """
    row = session.scalar(_keys_of(owner))
    if row is None or not row.not_before <= now <= row.not_after:
        raise NoKey
    return row


def open_key(row: SigningKeyFile, passphrase: str) -> SigningKey:
    """The key itself, for one act.

    Raises:
        SigningError: wrong passphrase.
    """
    return open_pkcs12(row.pkcs12, passphrase)


def _keys_of(owner: User | Unit) -> Select[SigningKeyFile]:
    column = SigningKeyFile.user_id if isinstance(owner, User) else SigningKeyFile.unit_id
    return (
        select(SigningKeyFile)
        .where(column == owner.id, SigningKeyFile.retired_at.is_(None))
        .order_by(SigningKeyFile.id.desc())
    )
