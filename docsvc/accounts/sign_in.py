"""Signing in with a password, and the browser session that follows."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts.actor import Actor, actor_of
from docsvc.accounts.errors import TooManyTries, WrongSignIn
from docsvc.accounts.users import password_matches
from docsvc.db import Database
from docsvc.db.people import FailedSignIn, SignIn, User
from docsvc.texts import storable

WINDOW = timedelta(minutes=15)
"""Failed tries are counted over this time."""

TRIES_PER_ADDRESS = 5
"""Times as many tries are allowed from one address as for one name: offices share an address."""


def sign_in(database: Database, *, username: str, password: str, address: str, tries: int, lasts: timedelta) -> str:
    """Check the password and open a session; gives the token for the cookie.

    Raises:
        TooManyTries: ``tries`` failed for this name within 15 minutes, or five times as many from the address.
        WrongSignIn: unknown name, wrong password or closed account.
    """
    now = datetime.now(UTC)
    username, address = storable(username).strip().lower()[:60], address[:60]
    subjects = {f"name:{username}": tries, f"address:{address}": tries * TRIES_PER_ADDRESS}
    with database.read() as session:
        counts = {subject: _failures(session, subject, now) for subject in subjects}
        user = session.scalar(select(User).where(User.username == username))
    if any(counts[subject] >= most for subject, most in subjects.items()):
        raise TooManyTries
    if not password_matches(user, password) or user is None:
        with database.write() as session:
            session.add_all(FailedSignIn(subject=subject, failed_at=now) for subject in subjects)
            audit.append(
                session,
                actor=username if user else "unknown",
                act="sign-in-failed",
                object_kind="user",
                object_id=user.id if user else 0,
                address=address,
            )
        raise WrongSignIn
    token = secrets.token_urlsafe(32)
    with database.write() as session:
        unchanged = select(User.id).where(User.id == user.id, User.active, User.password_hash == user.password_hash)
        if session.scalar(unchanged.with_for_update(key_share=True)) is None:
            raise WrongSignIn  # the account was closed, or given a new password, while this one was being checked
        session.execute(delete(FailedSignIn).where(FailedSignIn.subject == f"name:{username}"))
        session.execute(delete(FailedSignIn).where(FailedSignIn.failed_at < now - WINDOW))
        session.execute(delete(SignIn).where(SignIn.expires_at < now))
        session.add(
            SignIn(
                token_sha256=token_digest(token),
                user_id=user.id,
                address=address,
                created_at=now,
                expires_at=now + lasts,
            )
        )
        audit.append(
            session,
            actor=user.username,
            act="signed-in",
            object_kind="user",
            object_id=user.id,
            address=address,
        )
    return token


def signed_in_actor(session: Session, token: str) -> Actor | None:
    """The person whose session this token opens; ``None`` if it has ended or never was."""
    user = session.scalar(
        select(User)
        .join(SignIn, SignIn.user_id == User.id)
        .where(
            SignIn.token_sha256 == token_digest(token),
            SignIn.expires_at > datetime.now(UTC),
            User.active,
        )
    )
    return actor_of(session, user) if user else None


def sign_out(session: Session, token: str, *, by: Actor) -> None:
    """End the session."""
    session.execute(delete(SignIn).where(SignIn.token_sha256 == token_digest(token)))
    audit.append(session, actor=by.username, act="signed-out", object_kind="user", object_id=by.user_id)


def token_digest(token: str) -> str:
    """What is kept of a token: enough to know it again, nothing to sign in with."""
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _failures(session: Session, subject: str, now: datetime) -> int:
    count = session.scalar(
        select(func.count())
        .select_from(FailedSignIn)
        .where(FailedSignIn.subject == subject, FailedSignIn.failed_at > now - WINDOW)
    )
    return count or 0
