"""Signing keys: whose they are, until when they last, and new ones."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.issue.key_keeping import kept_keys, retire_key, sealing_units
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records import administration as administering
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.key_form import keep_from_form

pages = Blueprint("keys", __name__)

MOST_USERS = 500


@pages.get("/keys")
@needs(Role.ADMINISTRATOR)
def overview() -> str:
    """Keys in use and forms for new ones."""
    with parts().database.read() as session:
        return _page(session)


@pages.post("/keys")
@needs(Role.ADMINISTRATOR)
def add() -> str | tuple[str, HTTPStatus] | Response:
    """Keep an uploaded key file, or make a test certificate, for a person or a unit."""
    try:
        kept = keep_from_form(request.form.get("owner", ""), tokens=True)
    except DOMAIN_ERRORS as error:
        with parts().database.read() as session:
            return _page(session, error), status_of(error)
    flash(gettext("Đã nạp khóa ký của %(holder)s.", holder=kept.holder))
    return redirect(url_for("admin.keys.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/keys/<int:key_id>/retire")
@needs(Role.ADMINISTRATOR)
def retire(key_id: int) -> Response:
    """Take a key out of use."""
    with parts().database.write() as session:
        retire_key(session, key_id, by=actor())
    flash(gettext("Khóa đã ngừng dùng. Văn bản đã ký bằng khóa này không thay đổi."))
    return redirect(url_for("admin.keys.overview"), code=HTTPStatus.SEE_OTHER)


def _page(session: Session, error: DomainError | None = None) -> str:
    users = administering.users(session, actor(), per_page=MOST_USERS).users
    return render_template(
        "admin/keys.html",
        keys=kept_keys(session, actor()),
        now=datetime.now(UTC),
        owners=[
            (gettext("Đơn vị"), [(f"unit:{unit.id}", unit.name) for unit in sealing_units(session, actor())]),
            (
                gettext("Người dùng"),
                [(f"user:{user.id}", f"{user.full_name} ({user.username})") for user in users if user.active],
            ),
        ],
        owner=request.values.get("owner", ""),
        test_pki=parts().pki is not None,
        modules=[(name, name) for name in sorted(parts().desk.token_modules)],
        services=[(name, name) for name in sorted(parts().desk.remote_services)],
        typed=request.form,
        problem=told(error) if error else None,
    )
