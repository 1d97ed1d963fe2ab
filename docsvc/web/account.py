"""One's own account: password, API tokens, signing key."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role, change_password, create_token, own_tokens, revoke_token
from docsvc.db.people import Unit
from docsvc.errors import Invalid
from docsvc.issue.key_keeping import kept_keys, retire_key
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.web import words
from docsvc.web.context import parts
from docsvc.web.document_form import whole_number
from docsvc.web.guard import actor, close_sign_in
from docsvc.web.i18n import gettext, told
from docsvc.web.key_form import keep_from_form
from docsvc.web.tries import Secret, count_try

pages = Blueprint("account", __name__, url_prefix="/account")

TOKEN_DAYS = (30, 90, 365)


@pages.get("")
def overview() -> str:
    """The page of the account."""
    return _page()


@pages.post("/password")
def set_password() -> Response | tuple[str, HTTPStatus]:
    """Change the password; one signs in again with the new one."""
    try:
        if request.form.get("new") != request.form.get("again"):
            raise Invalid("Hai lần gõ mật khẩu mới không giống nhau.", "The new password was not typed alike twice.")
        count_try(Secret.PASSWORD)
        with parts().database.write() as session:
            change_password(session, request.form.get("current", ""), request.form.get("new", ""), by=actor())
    except DOMAIN_ERRORS as error:
        return _page(error), status_of(error)
    response = redirect(url_for("sign_in.form"), code=HTTPStatus.SEE_OTHER)
    close_sign_in(response)
    flash(gettext("Đã đổi mật khẩu. Hãy đăng nhập lại bằng mật khẩu mới."))
    return response


@pages.post("/tokens")
def add_token() -> str | tuple[str, HTTPStatus]:
    """Make a token and show it, this once: the page is not kept anywhere."""
    name = request.form.get("name", "").strip()
    try:
        if not name:
            raise Invalid("Hãy đặt tên cho mã truy cập để sau này nhận ra.", "Give the token a name to know it by.")
        days = whole_number(request.form.get("days", ""), gettext("Thời hạn"))
        if days not in TOKEN_DAYS:
            raise Invalid("Hãy chọn thời hạn của mã.", "Choose how long the token lasts.")
        with parts().database.write() as session:
            token = create_token(session, user_id=actor().user_id, name=name, lasts=timedelta(days=days), by=actor())
    except DOMAIN_ERRORS as error:
        return _page(error), status_of(error)
    return _page(token=token)


@pages.post("/tokens/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    """End a token at once."""
    with parts().database.write() as session:
        revoke_token(session, token_id, by=actor())
    flash(gettext("Mã truy cập đã bị hủy."))
    return redirect(url_for("account.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/key")
def add_key() -> Response | tuple[str, HTTPStatus]:
    """Keep one's own key file, or make oneself a test certificate."""
    try:
        kept = keep_from_form(f"user:{actor().user_id}")
    except DOMAIN_ERRORS as error:
        return _page(error), status_of(error)
    flash(gettext("Đã nạp khóa ký của %(holder)s.", holder=kept.holder))
    return redirect(url_for("account.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/key/<int:key_id>/retire")
def retire_own_key(key_id: int) -> Response:
    """Take one's own key out of use."""
    with parts().database.write() as session:
        retire_key(session, key_id, by=actor())
    flash(gettext("Khóa đã ngừng dùng. Văn bản đã ký bằng khóa này không thay đổi."))
    return redirect(url_for("account.overview"), code=HTTPStatus.SEE_OTHER)


def _page(error: DomainError | None = None, *, token: str | None = None) -> str:
    person = actor()
    with parts().database.read() as session:
        names = {unit: session.get_one(Unit, unit).name for unit in person.units()}
        return render_template(
            "account.html",
            roles=sorted((names[unit], words.word(role, "role")) for role, unit in person.roles),
            tokens=own_tokens(session, person),
            token=token,
            days=[(days, gettext("%(days)s ngày", days=days)) for days in TOKEN_DAYS],
            keys=[
                key for key in kept_keys(session, person) if (key.owner_kind, key.owner_id) == ("user", person.user_id)
            ],
            signs=person.has(Role.LEADER),
            now=datetime.now(UTC),
            test_pki=parts().pki is not None,
            api_description=url_for("api.openapi_document"),
            problem=told(error) if error else None,
        )
