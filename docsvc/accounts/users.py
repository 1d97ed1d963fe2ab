"""Making users, their passwords and their roles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.accounts.actor import Actor, Role
from docsvc.accounts.errors import WeakPassword, WrongPassword
from docsvc.db.people import ApiToken, Membership, SignIn, Unit, User
from docsvc.errors import Invalid, NotFound
from docsvc.texts import one_line, storable

MIN_PASSWORD = 10
FEWEST_LETTERS = 5
"""Different letters in a password: fewer are a pattern, such as ``1212121212``."""
_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,58}")
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's argon2id floor
_UNKNOWN_USER_HASH = _hasher.hash("no such user")


@dataclass(frozen=True, slots=True)
class NewUser:
    """What an administrator types to make a user."""

    username: str
    full_name: str
    password: str
    position: str = ""
    language: str = "vi"


def create_user(session: Session, new: NewUser, *, by: Actor) -> User:
    """Add a user without roles.

    Raises:
        Invalid: the user name is taken or not of the form ``a-z 0-9 . _ -``, or the full name is empty.
        WeakPassword: it is short, a pattern, among the common ones, or the user name.
    """
    full_name = one_line(new.full_name)
    if not _USERNAME.fullmatch(new.username):
        raise Invalid(
            "Tên đăng nhập chỉ gồm chữ thường không dấu, số, dấu chấm, gạch.",
            "A user name has lower-case letters, digits, dots and dashes only.",
        )
    if not full_name or len(full_name) > 50:  # noqa: PLR2004 - FullName, NĐ 30 appendix VI
        raise Invalid("Họ và tên cần từ 1 đến 50 ký tự.", "A full name needs 1 to 50 characters.")
    user = User(
        username=new.username,
        full_name=full_name,
        position=one_line(new.position)[:100],
        password_hash=_hash(new.username, new.password),
        language=new.language[:5],
        active=True,
        created_at=datetime.now(UTC),
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError as error:  # asked of the database itself: two may add it at once
        raise Invalid("Tên đăng nhập đã có người dùng.", "The user name is taken.") from error
    audit.append(
        session,
        actor=by.username,
        act="user-created",
        object_kind="user",
        object_id=user.id,
        username=user.username,
    )
    return user


def set_password(session: Session, user_id: int, password: str, *, by: Actor) -> None:
    """Give a user a new password and end every sign-in of that user.

    Raises:
        NotFound: no such user.
        WeakPassword: see :func:`create_user`.
    """
    user = _user(session, user_id)
    user.password_hash = _hash(user.username, password)
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))
    audit.append(session, actor=by.username, act="password-set", object_kind="user", object_id=user_id)


def set_language(session: Session, user_id: int, language: str) -> None:
    """Remember the language a person reads the pages in.

    Raises:
        NotFound: no such user.
    """
    _user(session, user_id).language = language[:5]


def change_password(session: Session, current: str, new: str, *, by: Actor) -> None:
    """Change one's own password and end all of one's sign-ins.

    Raises:
        WrongPassword: the current one is not right.
        WeakPassword: see :func:`create_user`.
    """
    if not password_matches(session.get(User, by.user_id), current):
        raise WrongPassword
    set_password(session, by.user_id, new, by=by)


def deactivate_user(session: Session, user_id: int, *, by: Actor) -> None:
    """Close an account: its sign-ins and tokens end at once; its acts stay in the records."""
    user = _user(session, user_id)
    user.active = False
    session.execute(delete(SignIn).where(SignIn.user_id == user_id))
    for token in session.scalars(select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))):
        token.revoked_at = datetime.now(UTC)
    audit.append(session, actor=by.username, act="user-closed", object_kind="user", object_id=user_id)


def grant_role(session: Session, user_id: int, unit_id: int, role: Role, *, by: Actor) -> None:
    """Give a role in a unit; giving it twice changes nothing."""
    user = _user(session, user_id)
    if session.get(Unit, unit_id) is None:
        raise NotFound
    if any(held.unit_id == unit_id and held.role == role for held in user.memberships):
        return
    user.memberships.append(Membership(unit_id=unit_id, role=role))
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="role-granted",
        object_kind="user",
        object_id=user_id,
        unit=unit_id,
        role=role,
    )


def withdraw_role(session: Session, user_id: int, unit_id: int, role: Role, *, by: Actor) -> None:
    """Take a role back; it counts from the person's next request on."""
    user = _user(session, user_id)
    for held in [held for held in user.memberships if held.unit_id == unit_id and held.role == role]:
        user.memberships.remove(held)
    session.flush()
    audit.append(
        session,
        actor=by.username,
        act="role-withdrawn",
        object_kind="user",
        object_id=user_id,
        unit=unit_id,
        role=role,
    )


def password_matches(user: User | None, password: str) -> bool:
    """Check a password; takes as long for an unknown user as for a known one."""
    try:
        _hasher.verify(user.password_hash if user else _UNKNOWN_USER_HASH, storable(password))
    except (Argon2Error, InvalidHashError):
        return False
    return user is not None and user.active


def _hash(username: str, password: str) -> str:
    """Hash it composed: keyboards differ in how they send ``ế``."""
    password = storable(password)
    letters = password.lower()
    if len(password) < MIN_PASSWORD or letters == username.lower():
        raise WeakPassword
    if len(set(letters)) < FEWEST_LETTERS or letters in _common_passwords():
        raise WeakPassword
    return _hasher.hash(password)


@cache
def _common_passwords() -> frozenset[str]:
    """Long enough, and still among the first that are tried."""
    return frozenset((resources.files("config") / "common_passwords.txt").read_text("utf-8").split())


def _user(session: Session, user_id: int) -> User:
    """The user, held until the transaction ends: of two changes at once, the second sees the first."""
    user = session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
    if user is None:
        raise NotFound
    return user
