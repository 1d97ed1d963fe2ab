"""Tables of units and people: the tree of units, users and their roles, sign-ins, tokens, keys."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId


class Unit(Base):
    """An agency or a department of one, for the time it exists."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(35), unique=True)
    """Identifier of the organisation (OrganId, NĐ 30 appendix VI; 35 characters under newer rules)."""
    name: Mapped[str] = mapped_column(String(200))
    abbreviation: Mapped[str] = mapped_column(String(30))
    """As it stands in symbols: UBND, VP."""
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    place: Mapped[str] = mapped_column(String(100), default="")
    """Địa danh written before the date (NĐ 30 appendix I)."""
    issues: Mapped[bool] = mapped_column(default=False)
    """Has registers and a seal of its own; a department without them issues through the nearest unit above."""
    seal_mm: Mapped[int | None]
    """Diameter of its seal; ``None``: as the seal's picture says, else the usual one."""
    tax_code: Mapped[str | None] = mapped_column(String(20))
    """Mã số thuế, as certificates name it; unknown until recorded."""
    active_from: Mapped[date | None]
    active_to: Mapped[date | None]

    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")


class UnitSuccession(Base):
    """One unit took over from another: by merger, division or renaming; several may on either side."""

    __tablename__ = "unit_successions"
    __table_args__ = (UniqueConstraint("predecessor_id", "successor_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    predecessor_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    successor_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    from_on: Mapped[date]
    """First day of the successor in this role."""
    legal_basis: Mapped[str] = mapped_column(String(300))
    """The document that ordered it, as printed."""

    predecessor: Mapped[Unit] = relationship(foreign_keys=[predecessor_id])
    successor: Mapped[Unit] = relationship(foreign_keys=[successor_id])


class User(Base):
    """A person who signs in."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    username: Mapped[str] = mapped_column(String(60), unique=True)
    full_name: Mapped[str] = mapped_column(String(50))
    position: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(5), default="vi")
    active: Mapped[bool] = mapped_column(default=True)
    identifier: Mapped[str | None] = mapped_column(String(60))
    """Number of the citizen's identity card (CCCD), as certificates name it; unknown until recorded."""
    created_at: Mapped[datetime]

    memberships: Mapped[list[Membership]] = relationship(back_populates="user", cascade="all, delete-orphan")


class Membership(Base):
    """A role that a person holds in a unit."""

    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("user_id", "unit_id", "role"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))

    user: Mapped[User] = relationship(back_populates="memberships")
    unit: Mapped[Unit] = relationship()


class SignIn(Base):
    """A session in a browser, found by the hash of its token; the token itself is only in the cookie."""

    __tablename__ = "sign_ins"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    address: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ApiToken(Base):
    """A token for the REST API, found by its hash."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class FailedSignIn(Base):
    """One failed try, counted per name and per address to slow guessing down."""

    __tablename__ = "failed_sign_ins"
    __table_args__ = (Index(None, "subject", "failed_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject: Mapped[str] = mapped_column(String(100))
    """``name:<username>`` or ``address:<IP>``."""
    failed_at: Mapped[datetime]


class SigningKeyFile(Base):
    """A key of a person or of a unit: a PKCS#12 file, or where on a token (PKCS#11) or remote service (CSC) it lies.

    Its passphrase or PIN is never kept.
    """

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10), default="pkcs12")
    """``pkcs12``, ``pkcs11``, ``csc``, or ``own``: on the owner's machine, and only its certificates are known here.

    The columns named after tokens and remote services are theirs alone.
    """
    pkcs12: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Encrypted by its passphrase."""
    token_module: Mapped[str | None] = mapped_column(String(60))
    """Name of a PKCS#11 module in the settings."""
    token_label: Mapped[str | None] = mapped_column(String(32))
    token_serial: Mapped[str | None] = mapped_column(String(16))
    token_key_label: Mapped[str | None] = mapped_column(String(100))
    token_key_id: Mapped[str | None] = mapped_column(String(64))
    """CKA_ID, hexadecimal."""
    token_certificates: Mapped[bytes | None] = mapped_column(LargeBinary)
    """PEM: the holder's, then those above it, as found when the key was kept; also of keys of kind ``own``."""
    remote_service: Mapped[str | None] = mapped_column(String(60))
    """Name of a remote signing service in the settings."""
    remote_credential: Mapped[str | None] = mapped_column(String(255))
    """The service's own name of the key (credentialID)."""
    remote_otp: Mapped[bool | None]
    """Whether every signature takes a one-time code."""
    remote_certificates: Mapped[bytes | None] = mapped_column(LargeBinary)
    """PEM, as for tokens."""
    holder: Mapped[str] = mapped_column(String(200))
    holder_identifier: Mapped[str | None] = mapped_column(String(100))
    """The subject's serialNumber or UID, if it has one (CCCD:…, MST:…)."""
    holder_confirmed_by: Mapped[str | None] = mapped_column(String(60))
    """Administrator who has said that a holder of another name is the owner."""
    certificate_sha256: Mapped[str] = mapped_column(String(64))
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    image_png: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The handwritten signature or the seal, shown in the visible signature."""
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
