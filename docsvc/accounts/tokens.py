"""Tokens for the REST API."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts.actor import Actor, actor_of
from docsvc.accounts.errors import BadToken
from docsvc.accounts.sign_in import token_digest
from docsvc.db.people import ApiToken, User
from docsvc.errors import NotFound

PREFIX = "docsvc_"
"""Lets a leaked token be recognised by people and by scanners."""


def create_token(session: Session, *, user_id: int, name: str, lasts: timedelta | None, by: Actor) -> str:
    """Make a token with the user's own rights; it is shown this once and kept only as a hash."""
    token = PREFIX + secrets.token_urlsafe(32)
    now = datetime.now(UTC)
    row = ApiToken(
        user_id=user_id,
        name=name.strip()[:100],
        token_sha256=token_digest(token),
        created_at=now,
        expires_at=now + lasts if lasts else None,
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


def revoke_token(session: Session, token_id: int, *, by: Actor) -> None:
    """End one of one's own tokens.

    Raises:
        NotFound: there is no such token of this person.
    """
    row = session.get(ApiToken, token_id)
    if row is None or row.user_id != by.user_id:
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
