"""The keys people and units sign with: PKCS#12 files, keys on tokens (PKCS#11), and keys at remote services (CSC).

Each is opened only with the secret typed at signing: the file's passphrase, or the token's or the service's PIN. Of a
key that stays on its owner's machine only the certificate is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.people import SigningKeyFile, Unit, User
from docsvc.errors import Invalid
from docsvc.issue.errors import KeyElsewhere, KeyExpired, KeyNotYetValid, NoKey
from docsvc.issue.fitness import Fitness
from docsvc.issue.remote_keys import KIND_REMOTE, RemotePlace, open_remote_key
from signing.appearance import require_picture
from signing.errors import TokenModuleMissing
from signing.external import Announced
from signing.fitness import subject_of
from signing.keys import SigningKey, open_pkcs12
from signing.remote import RemoteService
from signing.tokens import open_pkcs11

KIND_FILE, KIND_TOKEN, KIND_OWN = "pkcs12", "pkcs11", "own"
_LONGEST = {"module": 60, "label": 32, "serial": 16, "key_label": 100, "key_id": 64}
_PROOF = b"docsvc: is this the certificate's key?"


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """Where a key on a token is found."""

    module: str
    """Name of a PKCS#11 module in the settings."""
    label: str = ""
    """The token's; or its serial number is known."""
    serial: str = ""
    key_label: str = ""
    """The key's; or its identifier is known."""
    key_id: str = ""
    """CKA_ID, hexadecimal."""

    def __post_init__(self) -> None:
        """Refuse what cannot name a key."""
        if not (self.label or self.serial) or not (self.key_label or self.key_id):
            raise Invalid(
                "Hãy ghi tên thiết bị (token) và tên khóa trên thiết bị.", "Name the token and the key on the token."
            )
        if any(len(getattr(self, name)) > most for name, most in _LONGEST.items()) or not _is_hex(self.key_id):
            raise Invalid(
                "Tên thiết bị hoặc tên khóa không dùng được.", "The token or the key cannot have such a name."
            )


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


def add_key(
    session: Session, file: KeyFile, *, owner: User | Unit, by: Actor, fitness: Fitness | None = None
) -> SigningKeyFile:
    """Keep a key file for a person or a unit; the one before it is retired.

    ``fitness`` is what :func:`docsvc.issue.fitness.require_fit` said of its certificate.
    """
    row = SigningKeyFile(kind=KIND_FILE, pkcs12=file.pkcs12)
    return _keep(session, row, file.key, owner=owner, image_png=file.image_png, by=by, fitness=fitness)


def prove_token_key(
    modules: Mapping[str, Path], place: TokenPlace, pin: str, certificates: Sequence[x509.Certificate] = ()
) -> SigningKey:
    """Open a key on a token and let it sign once, before it is kept. Takes as long as the token does.

    Raises:
        SigningError: wrong PIN; module, token, key or certificate are missing; or the certificate is for another key.
    """
    key = _on_token(modules, place, pin, certificates)
    key.sign(_PROOF, "sha256")
    return key


def add_token_key(
    session: Session,
    *,
    owner: User | Unit,
    place: TokenPlace,
    key: SigningKey,
    image_png: bytes | None,
    by: Actor,
    fitness: Fitness | None = None,
) -> SigningKeyFile:
    """Keep the place and the certificates of a proven key on a token; the key before it is retired.

    Raises:
        SigningError: no usable picture.
    """
    if image_png is not None:
        require_picture(image_png)
    row = SigningKeyFile(
        kind=KIND_TOKEN,
        token_module=place.module,
        token_label=place.label,
        token_serial=place.serial,
        token_key_label=place.key_label,
        token_key_id=place.key_id,
        token_certificates=_pem(key),
    )
    return _keep(session, row, key, owner=owner, image_png=image_png, by=by, fitness=fitness)


def add_remote_key(
    session: Session,
    *,
    owner: User | Unit,
    place: RemotePlace,
    key: SigningKey,
    image_png: bytes | None,
    by: Actor,
    fitness: Fitness | None = None,
) -> SigningKeyFile:
    """Keep the place and the certificates of a proven key at a remote service; the key before it is retired.

    Raises:
        SigningError: no usable picture.
    """
    if image_png is not None:
        require_picture(image_png)
    row = SigningKeyFile(
        kind=KIND_REMOTE,
        remote_service=place.service,
        remote_credential=place.credential,
        remote_otp=key.signer.signs_once,
        remote_certificates=_pem(key),
    )
    return _keep(session, row, key, owner=owner, image_png=image_png, by=by, fitness=fitness)


def add_own_key(
    session: Session,
    *,
    owner: User | Unit,
    certificates: Announced,
    image_png: bytes | None,
    by: Actor,
    fitness: Fitness | None = None,
) -> SigningKeyFile:
    """Keep only the certificates of a key that stays on its owner's machine; the key before it is retired.

    Raises:
        SigningError: no usable picture.
    """
    if image_png is not None:
        require_picture(image_png)
    row = SigningKeyFile(kind=KIND_OWN, token_certificates=certificates.pem)
    return _keep(session, row, certificates, owner=owner, image_png=image_png, by=by, fitness=fitness)


def _pem(key: SigningKey) -> bytes:
    """The holder's certificate, then those above it."""
    return b"".join(one.public_bytes(Encoding.PEM) for one in (key.certificate, *key.chain))


def _keep(
    session: Session,
    row: SigningKeyFile,
    key: SigningKey | Announced,
    *,
    owner: User | Unit,
    image_png: bytes | None,
    by: Actor,
    fitness: Fitness | None,
) -> SigningKeyFile:
    kind = User if isinstance(owner, User) else Unit
    session.execute(select(kind.id).where(kind.id == owner.id).with_for_update(key_share=True))
    now = datetime.now(UTC)
    for old in session.scalars(_keys_of(owner)):
        old.retired_at = now
    row.user_id = owner.id if isinstance(owner, User) else None
    row.unit_id = owner.id if isinstance(owner, Unit) else None
    row.holder, row.certificate_sha256 = key.holder[:200], key.fingerprint_sha256
    row.holder_identifier = " ".join(subject_of(key.certificate).identifiers)[:100] or None
    row.holder_confirmed_by = by.username if fitness is not None and fitness.holder_confirmed else None
    row.not_before = key.certificate.not_valid_before_utc
    row.not_after = key.certificate.not_valid_after_utc
    row.image_png, row.created_at = image_png, now
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
        kind=row.kind,
        **(fitness.detail() if fitness is not None else {}),
    )
    return row


def key_in_force(session: Session, owner: User | Unit, now: datetime) -> SigningKeyFile:
    """The key that the person or unit signs with now.

    Raises:
        NoKey, KeyExpired, KeyNotYetValid: there is none, or its certificate is not in force.
    """
    row = session.scalar(_keys_of(owner))
    if row is None:
        raise NoKey
    if now < row.not_before:
        raise KeyNotYetValid
    if now > row.not_after:
        raise KeyExpired
    return row


def open_key(
    row: SigningKeyFile,
    secret: str,
    modules: Mapping[str, Path],
    services: Mapping[str, RemoteService],
    *,
    otp: str = "",
) -> SigningKey:
    """The key itself, for one act, with its passphrase or PIN, and a one-time code where it asks for one.

    Raises:
        KeyElsewhere: it lies on its owner's machine.
        SigningError: wrong passphrase, PIN or code; or module, token, service or key are missing.
    """
    if row.kind == KIND_OWN:
        raise KeyElsewhere
    if row.kind == KIND_FILE:
        return open_pkcs12(row.pkcs12 or b"", secret)
    if row.kind == KIND_REMOTE:
        return open_remote_key(services, row, secret, otp)
    place = TokenPlace(
        module=row.token_module or "",
        label=row.token_label or "",
        serial=row.token_serial or "",
        key_label=row.token_key_label or "",
        key_id=row.token_key_id or "",
    )
    return _on_token(modules, place, secret, x509.load_pem_x509_certificates(row.token_certificates or b""))


def _on_token(
    modules: Mapping[str, Path], place: TokenPlace, pin: str, certificates: Sequence[x509.Certificate]
) -> SigningKey:
    if place.module not in modules:
        raise TokenModuleMissing(f"no module {place.module!r} in the settings")
    return open_pkcs11(
        modules[place.module],
        pin,
        token_label=place.label,
        token_serial=place.serial,
        key_label=place.key_label,
        key_id=bytes.fromhex(place.key_id),
        certificates=certificates,
    )


def _is_hex(text: str) -> bool:
    try:
        bytes.fromhex(text)
    except ValueError:
        return False
    return True


def _keys_of(owner: User | Unit) -> Select[SigningKeyFile]:
    column = SigningKeyFile.user_id if isinstance(owner, User) else SigningKeyFile.unit_id
    return (
        select(SigningKeyFile)
        .where(column == owner.id, SigningKeyFile.retired_at.is_(None))
        .order_by(SigningKeyFile.id.desc())
    )
