"""Authority to sign."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import Field

from docsvc.api.models.base import Asked, Id, Told
from docsvc.db.authority import Delegation as Row
from docsvc.records.delegations import Standing, standing


class DelegationQuery(Asked):
    """Whose."""

    unit_id: Id | None = Field(default=None, description="Only of this issuing unit.")


class Delegation(Told):
    """Who may sign a unit's documents in another's place (NĐ 30, art. 13)."""

    id: Id
    unit_id: Id
    user_id: Id = Field(description="Who may sign.")
    full_name: str
    authority: str = Field(description="TM., Q., KT., TL. or TUQ.", json_schema_extra={"example": "KT."})
    giver_id: Id | None = Field(description="In whose place; null where the head does not sign in here.")
    giver_position: str = Field(json_schema_extra={"example": "Chủ tịch"})
    types: tuple[str, ...] = Field(description="Keys of document types; empty: all.")
    basis: str
    valid_from: date
    valid_to: date | None = Field(description="Last day; null: until it is ended.")
    ended_at: datetime | None
    end_reason: str
    standing: Standing

    @classmethod
    def of(cls, row: Row, now: datetime) -> Delegation:
        """The record as it stands now."""
        return cls(
            id=row.id,
            unit_id=row.unit_id,
            user_id=row.user_id,
            full_name=row.user.full_name,
            authority=row.authority,
            giver_id=row.giver_id,
            giver_position=row.giver_position,
            types=tuple(row.type_keys.split()),
            basis=row.basis,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            ended_at=row.ended_at,
            end_reason=row.end_reason,
            standing=standing(row, now),
        )


class Delegations(Told):
    """Authorities, those in force first."""

    delegations: tuple[Delegation, ...]
