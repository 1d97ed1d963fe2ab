"""Who is acting, and what roles in which units that person holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.db.people import Membership, User


class Role(StrEnum):
    """What a person may do in a unit."""

    DRAFTER = "drafter"
    """Uploads drafts and submits them."""
    LEADER = "leader"
    """Signs with a personal certificate."""
    CLERK = "clerk"
    """Takes numbers, seals, registers (văn thư)."""
    AUDITOR = "auditor"
    """Reads every registered document of the unit and those below, the log and the checks."""
    ADMINISTRATOR = "administrator"
    """Keeps units, users and keys; sees no documents by that role."""
    READER = "reader"
    """Finds and reads issued documents."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person; ``roles`` are pairs of role and unit id."""

    user_id: int
    username: str
    full_name: str
    language: str = "vi"
    roles: frozenset[tuple[Role, int]] = frozenset()

    def units(self, *roles: Role) -> frozenset[int]:
        """Units in which this person holds any of the roles; all units of the person if none is named."""
        return frozenset(unit for role, unit in self.roles if not roles or role in roles)

    def holds(self, role: Role, units: Iterable[int]) -> bool:
        """Whether the role is held in one of the units."""
        return not self.units(role).isdisjoint(units)

    def has(self, role: Role) -> bool:
        """Whether the role is held anywhere."""
        return any(held == role for held, _ in self.roles)


SYSTEM = Actor(user_id=0, username="system", full_name="Hệ thống")
"""Acts for the service itself: the worker and the command line. Holds no role."""


def actor_of(session: Session, user: User) -> Actor:
    """The person with every role held now."""
    held = session.execute(select(Membership.role, Membership.unit_id).where(Membership.user_id == user.id)).all()
    return Actor(
        user_id=user.id,
        username=user.username,
        full_name=user.full_name,
        language=user.language,
        roles=frozenset((Role(role), unit) for role, unit in held),
    )
