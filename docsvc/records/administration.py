"""Keeping units, users and roles: an administrator's word counts in the unit of that role and in those below it.

The functions of :mod:`docsvc.accounts` and :mod:`docsvc.records.units` do what they are told, for the command line
and the example office; pages and programs come through here.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import Session, selectinload

from docsvc.accounts import (
    Actor,
    NewUser,
    Role,
    create_user,
    deactivate_user,
    grant_role,
    set_password,
    withdraw_role,
)
from docsvc.db.people import Membership, Unit, User
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.records.units import NewUnit, covers_all, create_unit, subtree
from docsvc.texts import one_line

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of the users that an administrator sees."""

    users: tuple[User, ...]
    total: int
    page: int
    pages: int


def administered(session: Session, by: Actor) -> frozenset[int]:
    """Ids of the units this person administers: those of the role, and every unit below them."""
    return frozenset(session.scalars(subtree(by.units(Role.ADMINISTRATOR))))


def require_unit(session: Session, unit_id: int | None, by: Actor) -> Unit:
    """The unit, if this person administers it.

    Raises:
        Forbidden: it lies outside, or there is none.
    """
    unit = session.get(Unit, unit_id) if unit_id is not None else None
    if unit is None or unit.id not in administered(session, by):
        raise Forbidden
    return unit


def add_unit(session: Session, new: NewUnit, *, by: Actor) -> Unit:
    """Add a unit below one that this person administers.

    Raises:
        Forbidden: the superior unit lies outside, or none was named.
        Invalid: see :func:`docsvc.records.units.create_unit`.
    """
    require_unit(session, new.parent_id, by)
    return create_unit(session, new, by=by)


def add_user(session: Session, new: NewUser, *, unit_id: int, role: Role, by: Actor) -> User:
    """Add a user together with a first role, so that somebody always answers for the account.

    Raises:
        Forbidden: the unit lies outside.
        Invalid, WeakPassword: see :func:`docsvc.accounts.create_user`.
    """
    require_unit(session, unit_id, by)
    user = create_user(session, new, by=by)
    grant_role(session, user.id, unit_id, role, by=by)
    return user


def give_role(session: Session, username: str, *, unit_id: int, role: Role, by: Actor) -> User:
    """Give a role in an administered unit to any open account, also to that of another office's user.

    Raises:
        Forbidden: the unit lies outside.
        NotFound: there is no open account of that name.
    """
    require_unit(session, unit_id, by)
    user = session.scalar(select(User).where(User.username == one_line(username).lower(), User.active))
    if user is None:
        raise NotFound(
            "Không có tài khoản đang mở nào mang tên đăng nhập này.", "There is no open account of that user name."
        )
    grant_role(session, user.id, unit_id, role, by=by)
    return user


def take_role(session: Session, user_id: int, *, unit_id: int, role: Role, by: Actor) -> None:
    """Take back a role held in an administered unit.

    Raises:
        Forbidden: the unit lies outside.
        Invalid: it is one's own administrator role: the office must not lock itself out.
        NotFound: there is no such user.
    """
    require_unit(session, unit_id, by)
    if user_id == by.user_id and role == Role.ADMINISTRATOR:
        raise Invalid(
            "Không tự thu hồi vai trò quản trị của chính mình được. Hãy nhờ quản trị viên khác.",
            "You cannot withdraw your own administrator role. Ask another administrator.",
        )
    withdraw_role(session, user_id, unit_id, role, by=by)


def reset_password(session: Session, user_id: int, password: str, *, by: Actor) -> None:
    """Give a user who works nowhere else a new password.

    Raises:
        Forbidden: see :func:`require_whole_user`.
        WeakPassword: see :func:`docsvc.accounts.set_password`.
    """
    require_whole_user(session, user_id, by)
    set_password(session, user_id, password, by=by)


def close_user(session: Session, user_id: int, *, by: Actor) -> None:
    """Close the account of a user who works nowhere else.

    Raises:
        Forbidden: see :func:`require_whole_user`.
        Invalid: it is one's own.
    """
    require_whole_user(session, user_id, by)
    if user_id == by.user_id:
        raise Invalid("Không tự đóng tài khoản của mình được.", "You cannot close your own account.")
    deactivate_user(session, user_id, by=by)


def require_whole_user(session: Session, user_id: int, by: Actor) -> User:
    """The user, if everything the account opens lies within what this person administers.

    Who may set a password or close an account could act as its owner. So every role must lie within, and no
    document that the owner drafted or is to sign may lie outside: a role given in one's own unit must not make
    somebody else's account one's own. An account without roles is for the administrators of the whole tree.

    Raises:
        Forbidden: something lies outside.
        NotFound: this person does not see the user at all.
    """
    user = visible_user(session, user_id, by)
    if not governs(session, user, by):
        raise Forbidden(
            "Người này còn vai trò hoặc văn bản ở đơn vị ngoài phạm vi quản trị của bạn.",
            "This person has roles or documents in units that you do not administer.",
        )
    return user


def governs(session: Session, user: User, by: Actor) -> bool:
    """Whether everything the account opens lies within; see :func:`require_whole_user`."""
    within = administered(session, by)
    held = {membership.unit_id for membership in user.memberships}
    if not held <= within or (not held and not _administers_all(session, by)):
        return False
    elsewhere = or_(
        and_(Document.created_by == user.id, Document.drafting_unit_id.not_in(within)),
        and_(Document.signatory_id == user.id, Document.unit_id.not_in(within)),
    )
    return session.scalar(select(Document.id).where(elsewhere).limit(1)) is None


def visible_user(session: Session, user_id: int, by: Actor) -> User:
    """A user who holds a role in an administered unit.

    Raises:
        NotFound: there is none for this person.
    """
    user = session.scalar(
        select(User)
        .where(User.id == user_id, _visible(session, by))
        .options(selectinload(User.memberships).joinedload(Membership.unit))
    )
    if user is None:
        raise NotFound
    return user


def users(session: Session, by: Actor, *, text: str = "", page: int = 1, per_page: int = PER_PAGE) -> UserPage:
    """Users with a role in an administered unit, by name; ``text`` narrows by name or user name."""
    condition = _visible(session, by)
    text = one_line(text)
    if text:
        condition = and_(
            condition,
            or_(
                User.username.contains(text.lower(), autoescape=True),
                User.full_name.icontains(text, autoescape=True),
            ),
        )
    total = session.scalar(select(func.count()).select_from(User).where(condition)) or 0
    pages = max(1, -(-total // per_page))
    page = min(max(page, 1), pages)
    found = session.scalars(
        select(User)
        .where(condition)
        .order_by(User.active.desc(), User.username)
        .options(selectinload(User.memberships).joinedload(Membership.unit))
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return UserPage(tuple(found), total, page, pages)


def _visible(session: Session, by: Actor) -> ColumnElement[bool]:
    within = subtree(by.units(Role.ADMINISTRATOR))
    roleless = ~select(Membership.id).where(Membership.user_id == User.id).correlate(User).exists()
    return or_(
        select(Membership.id)
        .where(Membership.user_id == User.id, Membership.unit_id.in_(within))
        .correlate(User)
        .exists(),
        roleless if _administers_all(session, by) else false(),
    )


def _administers_all(session: Session, by: Actor) -> bool:
    return covers_all(session, by.units(Role.ADMINISTRATOR))
