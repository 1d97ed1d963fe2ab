"""Trust anchors."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

from pydantic import Field

from docsvc.api.models.base import Id, Told
from docsvc.db.trust import TrustAnchor as Row


class TrustAnchor(Told):
    """An authority that signatures, timestamps or both are believed from."""

    id: Id
    sha256: str = Field(description="Of the certificate's DER.")
    certificate: str = Field(description="DER in base64.")
    name: str
    holder: str
    issuer: str
    not_after: datetime = Field(description="End of the certificate.")
    purposes: tuple[str, ...] = Field(json_schema_extra={"example": ["signatures", "timestamps"]})
    since: datetime | None = Field(description="Believed for what was signed from then on; null: from the beginning.")
    until: datetime | None = Field(description="Believed for what is proven to be signed until then; null: no end.")
    source: str = Field(description="`hand` or `list`.")
    added_at: datetime
    removed_at: datetime | None = Field(description="Believed no longer since then.")
    removal_reason: str

    @classmethod
    def of(cls, row: Row) -> TrustAnchor:
        """The row."""
        return cls(
            id=row.id,
            sha256=row.sha256,
            certificate=b64encode(row.certificate).decode(),
            name=row.name,
            holder=row.holder,
            issuer=row.issuer,
            not_after=row.not_after,
            purposes=tuple(row.purposes.split()),
            since=row.since,
            until=row.until,
            source=row.source,
            added_at=row.added_at,
            removed_at=row.removed_at,
            removal_reason=row.removal_reason,
        )


class TrustAnchors(Told):
    """Anchors, those in use first."""

    anchors: tuple[TrustAnchor, ...]
