"""Authority to sign: who signs in whose place, for what and until when; giving and ending it."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.document_types import document_types
from docsvc.accounts import Role
from docsvc.db.authority import Delegation
from docsvc.db.people import Membership, Unit, User
from docsvc.issue.key_keeping import sealing_units
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.records import delegations
from docsvc.records.units import subtree
from docsvc.web.context import parts
from docsvc.web.document_form import AUTHORITY_NAMES, read_date, whole_number
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, pick, told

pages = Blueprint("delegations", __name__)

STANDINGS = {
    delegations.Standing.IN_FORCE: (N_("Đang hiệu lực"), "good"),
    delegations.Standing.NOT_YET: (N_("Chưa hiệu lực"), "unsure"),
    delegations.Standing.RAN_OUT: (N_("Hết hạn"), "bad"),
    delegations.Standing.ENDED: (N_("Đã chấm dứt"), "bad"),
}


@pages.get("/delegations")
@needs(Role.ADMINISTRATOR, Role.AUDITOR)
def overview() -> str:
    """Every record that this person may see and, for administrators, a form for a new one."""
    with parts().database.read() as session:
        return _page(session)


@pages.post("/delegations")
@needs(Role.ADMINISTRATOR)
def give() -> str | tuple[str, HTTPStatus] | Response:
    """Record an authority."""
    try:
        new = _typed()
        with parts().database.write() as session:
            delegations.grant(session, new, by=actor())
    except DOMAIN_ERRORS as error:
        with parts().database.read() as session:
            return _page(session, error), status_of(error)
    flash(gettext("Đã ghi nhận việc giao ký."))
    return redirect(url_for("admin.delegations.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/delegations/<int:delegation_id>/end")
@needs(Role.ADMINISTRATOR)
def end(delegation_id: int) -> Response:
    """End an authority now."""
    try:
        with parts().database.write() as session:
            delegations.end(session, delegation_id, request.form.get("reason", ""), by=actor())
    except DOMAIN_ERRORS as error:
        if status_of(error) != HTTPStatus.UNPROCESSABLE_ENTITY:
            raise
        flash(told(error), "error")
    else:
        flash(gettext("Đã chấm dứt việc giao ký. Văn bản đã ký không thay đổi."))
    return redirect(url_for("admin.delegations.overview"), code=HTTPStatus.SEE_OTHER)


def _typed() -> delegations.NewDelegation:
    form = request.form
    last = form.get("valid_to", "").strip()
    return delegations.NewDelegation(
        unit_id=whole_number(form.get("unit", ""), gettext("Cơ quan ban hành")),
        user_id=whole_number(form.get("user", ""), gettext("Người được giao ký")),
        authority=form.get("authority", ""),
        giver_id=whole_number(form.get("giver", ""), gettext("Người giao ký")) or None,
        giver_position=form.get("giver_position", ""),
        type_keys=tuple(form.getlist("types")),
        basis=form.get("basis", ""),
        valid_from=read_date(form.get("valid_from", "")),
        valid_to=read_date(last) if last else None,
    )


def _page(session: Session, error: DomainError | None = None) -> str:
    now = parts().desk.clock()
    units = sealing_units(session, actor())
    people = _leaders(session, units)
    rows = delegations.visible(session, actor())
    return render_template(
        "admin/delegations.html",
        rows=[(row, *_standing(row, delegations.standing(row, now))) for row in rows],
        mine={unit.id for unit in units},
        units=[(unit.id, unit.name) for unit in units],
        people=[(user.id, f"{user.full_name} – {user.position}") for user in people],
        heads=[(user.id, f"{user.full_name} – {user.position}") for user in people if delegations.is_head(user)],
        authorities=[(code, gettext(AUTHORITY_NAMES[code])) for code in delegations.DELEGABLE],
        types=[(kind.key, pick(kind.name, kind.name_en)) for kind in document_types().values()],
        chosen=request.form.getlist("types"),
        type_names={kind.key: pick(kind.name, kind.name_en) for kind in document_types().values()},
        typed=request.form,
        today=parts().desk.today(),
        problem=told(error) if error else None,
    )


def _standing(row: Delegation, where: delegations.Standing) -> tuple[str, str, bool]:
    """Its name, its colour, and whether it can still be ended."""
    name, colour = STANDINGS[where]
    return gettext(name), colour, row.ended_at is None and where is not delegations.Standing.RAN_OUT


def _leaders(session: Session, units: tuple[Unit, ...]) -> tuple[User, ...]:
    """Leaders of the units and of those below."""
    leading = select(Membership.user_id).where(
        Membership.role == Role.LEADER, Membership.unit_id.in_(subtree(unit.id for unit in units))
    )
    return tuple(session.scalars(select(User).where(User.id.in_(leading), User.active).order_by(User.full_name)))
