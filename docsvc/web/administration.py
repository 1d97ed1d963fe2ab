"""Administration: units, users and their roles, within what an administrator administers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import NewUser, Role
from docsvc.audit import anchoring, checks
from docsvc.errors import Invalid
from docsvc.issue.key_keeping import kept_keys
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records import administration as administering
from docsvc.records.identifiers import identify_user
from docsvc.records.seal_sizes import USUAL_SEAL_MM, say_seal_mm
from docsvc.records.suggestions import unit_tree
from docsvc.records.units import NewUnit
from docsvc.web import archive, delegations, events, keys, search_index, trust, trust_lists, words
from docsvc.web.context import parts
from docsvc.web.document_form import whole_number
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import LANGUAGES, N_, gettext, told
from docsvc.web.paging import page_number
from docsvc.web.unit_options import unit_options

pages = Blueprint("admin", __name__, url_prefix="/admin")

EXPIRES_SOON = timedelta(days=30)
UNIT_KINDS = {
    "province": N_("Tỉnh, thành phố"),
    "commune": N_("Xã, phường, đặc khu"),
    "agency": N_("Cơ quan"),
    "department": N_("Phòng, ban"),
}
pages.register_blueprint(keys.pages)
pages.register_blueprint(events.pages)
pages.register_blueprint(archive.pages)
pages.register_blueprint(search_index.pages)
pages.register_blueprint(delegations.pages)
pages.register_blueprint(trust.pages)
pages.register_blueprint(trust_lists.pages)

Page = str | tuple[str, HTTPStatus] | Response


@pages.get("")
@needs(Role.ADMINISTRATOR, Role.AUDITOR)
def overview() -> Page:
    """What there is to administer, or to audit."""
    if not actor().has(Role.ADMINISTRATOR):
        return redirect(url_for("admin.events.log"))
    soon = datetime.now(UTC) + EXPIRES_SOON
    with parts().database.read() as session:
        units = administering.administered(session, actor())
        kept = kept_keys(session, actor())
        return render_template(
            "admin/overview.html",
            log_standing=anchoring.standing(session),
            log_check=checks.newest(session),
            now=datetime.now(UTC),
            units=len(units),
            users=administering.users(session, actor(), per_page=1).total,
            keys=len(kept),
            expiring=[key for key in kept if key.not_after < soon],
        )


@pages.get("/units")
@needs(Role.ADMINISTRATOR)
def units() -> Page:
    """The tree of units and a form for a new one."""
    return _units_page({})


@pages.post("/units")
@needs(Role.ADMINISTRATOR)
def add_unit() -> Page:
    """Add a unit below an administered one."""
    typed = {name: request.form.get(name, "") for name in ("code", "name", "abbreviation", "kind", "place", "parent")}
    typed["issues"] = request.form.get("issues", "")
    try:
        if typed["kind"] not in UNIT_KINDS:
            raise _choose(N_("Loại đơn vị"))
        with parts().database.write() as session:
            unit = administering.add_unit(
                session,
                NewUnit(
                    code=typed["code"],
                    name=typed["name"],
                    abbreviation=typed["abbreviation"],
                    kind=typed["kind"],
                    parent_id=whole_number(typed["parent"], gettext("Đơn vị cấp trên")) or None,
                    place=typed["place"].strip()[:100],
                    issues=typed["issues"] == "1",
                ),
                by=actor(),
            )
    except DOMAIN_ERRORS as error:
        return _units_page(typed, error)
    flash(gettext("Đã lập đơn vị %(name)s.", name=unit.name))
    return redirect(url_for("admin.units"), code=HTTPStatus.SEE_OTHER)


@pages.post("/units/<int:unit_id>/seal")
@needs(Role.ADMINISTRATOR)
def set_seal_size(unit_id: int) -> Page:
    """Say how wide the unit's seal is."""
    try:
        with parts().database.write() as session:
            millimetres = whole_number(request.form.get("seal_mm", ""), gettext("Đường kính con dấu"))
            unit = say_seal_mm(session, unit_id, millimetres, by=actor())
    except DOMAIN_ERRORS as error:
        return _units_page({}, error)
    flash(gettext("Con dấu của %(name)s: %(mm)s mm.", name=unit.name, mm=millimetres))
    return redirect(url_for("admin.units"), code=HTTPStatus.SEE_OTHER)


@pages.get("/users")
@needs(Role.ADMINISTRATOR)
def users() -> Page:
    """Users of the administered units and a form for a new one."""
    return _users_page({})


@pages.post("/users")
@needs(Role.ADMINISTRATOR)
def add_user() -> Page:
    """Add a user with a first role."""
    names = ("username", "full_name", "position", "language", "unit", "role")
    typed = {name: request.form.get(name, "") for name in names}
    try:
        with parts().database.write() as session:
            user = administering.add_user(
                session,
                NewUser(
                    username=typed["username"].strip().lower(),
                    full_name=typed["full_name"],
                    password=request.form.get("password", ""),
                    position=typed["position"],
                    language=typed["language"] if typed["language"] in LANGUAGES else "vi",
                ),
                unit_id=whole_number(typed["unit"], gettext("Đơn vị")),
                role=_role(typed["role"]),
                by=actor(),
            )
    except DOMAIN_ERRORS as error:
        return _users_page(typed, error)
    flash(gettext("Đã tạo người dùng %(name)s.", name=user.full_name))
    return redirect(url_for("admin.user", user_id=user.id), code=HTTPStatus.SEE_OTHER)


@pages.get("/users/<int:user_id>")
@needs(Role.ADMINISTRATOR)
def user(user_id: int) -> Page:
    """One user: roles, password, account."""
    return _user_page(user_id)


@pages.post("/users/<int:user_id>/roles")
@needs(Role.ADMINISTRATOR)
def give_role(user_id: int) -> Page:
    """Give this user a role in an administered unit."""
    try:
        with parts().database.write() as session:
            found = administering.visible_user(session, user_id, actor())
            administering.give_role(session, found.username, by=actor(), **_role_asked())
    except DOMAIN_ERRORS as error:
        return _user_page(user_id, error)
    flash(gettext("Đã giao vai trò."))
    return redirect(url_for("admin.user", user_id=user_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/users/invite")
@needs(Role.ADMINISTRATOR)
def invite() -> Page:
    """Give a role to somebody who works elsewhere, by user name."""
    try:
        with parts().database.write() as session:
            found = administering.give_role(
                session, request.form.get("known_username", ""), by=actor(), **_role_asked("known_")
            )
    except DOMAIN_ERRORS as error:
        return _users_page({}, error)
    flash(gettext("Đã giao vai trò cho %(name)s.", name=found.full_name))
    return redirect(url_for("admin.user", user_id=found.id), code=HTTPStatus.SEE_OTHER)


@pages.post("/users/<int:user_id>/roles/withdraw")
@needs(Role.ADMINISTRATOR)
def take_role(user_id: int) -> Page:
    """Take a role back."""
    try:
        with parts().database.write() as session:
            administering.take_role(session, user_id, by=actor(), **_role_asked())
    except DOMAIN_ERRORS as error:
        return _user_page(user_id, error)
    flash(gettext("Đã thu hồi vai trò."))
    return redirect(_user_or_list(user_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/users/<int:user_id>/password")
@needs(Role.ADMINISTRATOR)
def set_password(user_id: int) -> Page:
    """Give a new password; the user's sign-ins end."""
    try:
        with parts().database.write() as session:
            administering.reset_password(session, user_id, request.form.get("password", ""), by=actor())
    except DOMAIN_ERRORS as error:
        return _user_page(user_id, error)
    flash(gettext("Đã đặt mật khẩu mới; mọi phiên đăng nhập của người này đã kết thúc."))
    return redirect(url_for("admin.user", user_id=user_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/users/<int:user_id>/identifier")
@needs(Role.ADMINISTRATOR)
def identify(user_id: int) -> Page:
    """Record the identifier that this person's certificates must carry."""
    try:
        with parts().database.write() as session:
            identify_user(session, user_id, request.form.get("identifier", ""), by=actor())
    except DOMAIN_ERRORS as error:
        return _user_page(user_id, error)
    flash(gettext("Đã ghi số định danh."))
    return redirect(url_for("admin.user", user_id=user_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/users/<int:user_id>/close")
@needs(Role.ADMINISTRATOR)
def close(user_id: int) -> Page:
    """Close the account."""
    try:
        with parts().database.write() as session:
            administering.close_user(session, user_id, by=actor())
    except DOMAIN_ERRORS as error:
        return _user_page(user_id, error)
    flash(gettext("Đã đóng tài khoản."))
    return redirect(url_for("admin.user", user_id=user_id), code=HTTPStatus.SEE_OTHER)


def _units_page(typed: dict[str, str], error: DomainError | None = None) -> Page:
    with parts().database.read() as session:
        page = render_template(
            "admin/units.html",
            usual_seal_mm=USUAL_SEAL_MM,
            tree=unit_tree(session, administering.administered(session, actor())),
            options=_own_units(session),
            kinds=[(kind, gettext(name)) for kind, name in UNIT_KINDS.items()],
            kind_names={kind: gettext(name) for kind, name in UNIT_KINDS.items()},
            typed=typed,
            problem=told(error) if error else None,
        )
    return (page, status_of(error)) if error else page


def _users_page(typed: dict[str, str], error: DomainError | None = None) -> Page:
    text = request.args.get("q", "")[:60]
    with parts().database.read() as session:
        page = render_template(
            "admin/users.html",
            found=administering.users(session, actor(), text=text, page=page_number()),
            text=text,
            options=_own_units(session),
            roles=_roles(),
            languages_offered=list(LANGUAGES.items()),
            typed=typed,
            known=request.form.get("known_username", ""),
            problem=told(error) if error else None,
        )
    return (page, status_of(error)) if error else page


def _user_page(user_id: int, error: DomainError | None = None) -> Page:
    with parts().database.read() as session:
        found = administering.visible_user(session, user_id, actor())
        page = render_template(
            "admin/user.html",
            user=found,
            within=administering.administered(session, actor()),
            governs=administering.governs(session, found, actor()),
            keys=[key for key in kept_keys(session, actor()) if key.owner_kind == "user" and key.owner_id == user_id],
            options=_own_units(session),
            roles=_roles(),
            problem=told(error) if error else None,
        )
    return (page, status_of(error)) if error else page


def _own_units(session: Session) -> tuple[tuple[int, str], ...]:
    return unit_options(unit_tree(session, administering.administered(session, actor())))


def _roles() -> list[tuple[str, str]]:
    return [(role.value, words.word(role, "role")) for role in Role]


def _role_asked(prefix: str = "") -> dict[str, Any]:
    return {
        "unit_id": whole_number(request.form.get(f"{prefix}unit", ""), gettext("Đơn vị")),
        "role": _role(request.form.get(f"{prefix}role", "")),
    }


def _role(value: str) -> Role:
    for role in Role:
        if role == value:
            return role
    raise _choose(N_("Vai trò"))


def _choose(name: str) -> Invalid:
    return Invalid(f"Hãy chọn mục «{name}».", f"Choose a value for «{name}».")


def _user_or_list(user_id: int) -> str:
    """The user's page, unless the last role in the administered units has just been taken."""
    with parts().database.read() as session:
        try:
            administering.visible_user(session, user_id, actor())
        except DOMAIN_ERRORS:
            return url_for("admin.users")
    return url_for("admin.user", user_id=user_id)
