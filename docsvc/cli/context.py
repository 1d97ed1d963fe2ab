"""What every command shares: the settings, and the service opened on first use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from config.settings import Settings
from docsvc.accounts import Actor, actor_of
from docsvc.db.people import Unit, User
from docsvc.wiring import Service, open_service


@dataclass(frozen=True, slots=True)
class CliContext:
    """Handed to commands by ``@click.pass_obj``."""

    settings: Settings

    @contextmanager
    def service(self) -> Iterator[Service]:
        """The opened service, closed again at the end."""
        service = open_service(self.settings)
        try:
            yield service
        finally:
            service.close()


def user_named(session: Session, username: str) -> User:
    """The user, or a clear end of the command."""
    user = session.scalar(select(User).where(User.username == username))
    if user is None:
        raise click.ClickException(f"there is no user {username!r}")
    return user


def unit_coded(session: Session, code: str) -> Unit:
    """The unit, or a clear end of the command."""
    unit = session.scalar(select(Unit).where(Unit.code == code))
    if unit is None:
        raise click.ClickException(f"there is no unit with code {code!r}")
    return unit


def actor_named(session: Session, username: str) -> Actor:
    """The user as somebody who acts, with the roles held now; nobody acts by a closed account."""
    user = user_named(session, username)
    if not user.active:
        raise click.ClickException(f"the account of {username!r} is closed")
    return actor_of(session, user)
