"""Tokens for the REST API."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts.actor import Actor, actor_of
from docsvc.accounts.errors import BadToken
from docsvc.accounts.sign_in import token_digest
from docsvc.db import Database
from docsvc.db.people import ApiToken, User
from docsvc.errors import NotFound
from docsvc.texts import one_line

PREFIX = "docsvc_"
"""Lets a leaked token be recognised by people and by scanners."""

USE_NOTED_EVERY = timedelta(hours=1)


def create_token(session: Session, *, user_id: int, name: str, lasts: timedelta | None, by: Actor) -> str:
    """Make a token with the user's own rights; it is shown this once and kept only as a hash.

    Raises:
        NotFound: there is no open account of that number.
    """
    user = session.get(User, user_id)
    if user is None or not user.active:
        raise NotFound
    token = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    row = ApiToken(
        user_id=user_id,
        name=one_line(name)[:100],
        token_sha256=token_digest(token),
        created_at=now,
        expires_at=now + lasts if lasts is not None else None,
    )
    session.add(row)
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="token-created",
        object_kind="user",
        object_id=user_id,
        token=row.id,
    )
    return token


def token_actor(session: Session, token: str) -> Actor:
    """The person whose token this is.

    Raises:
        BadToken: unknown, expired or revoked, or the account is closed.
    """
    row = session.scalar(select(ApiToken).where(ApiToken.token_sha256 == token_digest(token)))
    now = datetime.now(UTC)
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        raise BadToken
    user = session.get(User, row.user_id)
    if user is None or not user.active:
        raise BadToken
    return actor_of(session, user)


def own_tokens(session: Session, by: Actor) -> tuple[ApiToken, ...]:
    """One's own tokens that still open something, newest first."""
    now = datetime.now(UTC)
    return tuple(
        session.scalars(
            select(ApiToken)
            .where(
                ApiToken.user_id == by.user_id,
                ApiToken.revoked_at.is_(None),
                or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > now),
            )
            .order_by(ApiToken.id.desc())
        )
    )


def note_use(database: Database, token: str) -> None:
    """Keep when a token was last used, to the hour: a write for every request would slow every other one."""
    now = datetime.now(UTC)
    seldom = or_(ApiToken.used_at.is_(None), ApiToken.used_at < now - USE_NOTED_EVERY)
    this = and_(ApiToken.token_sha256 == token_digest(token), seldom)
    with database.read() as session:
        due = session.scalar(select(ApiToken.id).where(this)) is not None
    if due:
        with database.write() as session:
            session.execute(update(ApiToken).where(this).values(used_at=now))


def revoke_token(session: Session, token_id: int, *, by: Actor) -> None:
    """End one of one's own tokens.

    Raises:
        NotFound: there is no such token of this person.
    """
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != by.user_id or row.revoked_at is not None:
        raise NotFound
    row.revoked_at = datetime.now(UTC)
    audit.append(
        session,
        actor=by.username,
        act="token-revoked",
        object_kind="user",
        object_id=by.user_id,
        token=token_id,
    )
