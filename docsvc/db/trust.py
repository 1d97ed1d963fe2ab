"""Tables of whom signatures are believed from: trust anchors, and the trusted lists they came from."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from docsvc.db.base import Base, BigId


class TrustedList(Base):
    """A trusted list (ETSI TS 119 612) from which anchors were taken, as last imported."""

    __tablename__ = "trusted_lists"
    __table_args__ = (Index(None, "territory", "scheme", unique=True),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    territory: Mapped[str] = mapped_column(String(10))
    scheme: Mapped[str] = mapped_column(String(300))
    """Scheme name, as the list tells it."""
    operator: Mapped[str] = mapped_column(String(300))
    sequence: Mapped[int]
    issued_at: Mapped[datetime]
    next_update: Mapped[datetime | None]
    """``None``: the scheme has ended, and no further list is issued."""
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the file."""
    signer_sha256: Mapped[str] = mapped_column(String(64))
    """Of the certificate that signed it."""
    imported_at: Mapped[datetime]
    imported_by: Mapped[str] = mapped_column(String(60))


class TrustAnchor(Base):
    """An authority that signatures, timestamps or both are believed from; never deleted, only withdrawn."""

    __tablename__ = "trust_anchors"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    """Of the certificate's DER."""
    in_use: Mapped[str | None] = mapped_column(String(64), index=True, unique=True)
    """The same while it is believed, so that no certificate is there twice; ``None`` once it was withdrawn."""
    certificate: Mapped[bytes] = mapped_column(LargeBinary)
    """DER."""
    name: Mapped[str] = mapped_column(String(300))
    """For people: the holder's, unless somebody gave it another."""
    holder: Mapped[str] = mapped_column(String(300))
    issuer: Mapped[str] = mapped_column(String(300))
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    """Of the certificate."""
    purposes: Mapped[str] = mapped_column(String(40))
    """``signatures``, ``timestamps``, separated by a space."""
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    """Believed for what is proven to be signed between the two."""
    source: Mapped[str] = mapped_column(String(10))
    """``file``, ``hand`` (uploaded) or ``list``."""
    list_id: Mapped[int | None] = mapped_column(ForeignKey("trusted_lists.id"), index=True)
    service: Mapped[str] = mapped_column(String(300), default="")
    """What the list calls it."""
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(60))
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str] = mapped_column(String(60), default="")
    removal_reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)
    """Grows with every change, so that the sum over all rows tells whether anything did."""

    list: Mapped[TrustedList | None] = relationship()
