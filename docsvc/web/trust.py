"""Trust anchors: whom signatures and timestamps are believed from; adding, limiting and withdrawing them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from http import HTTPStatus

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from docsvc.accounts import Role
from docsvc.db.trust import TrustAnchor
from docsvc.errors import NotFound
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.trust import anchors, lists
from docsvc.web.context import parts
from docsvc.web.document_form import read_date, uploaded
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, told
from signing.anchors import Purpose
from signing.authorities import named_in, pem_of, read_authority

pages = Blueprint("trust", __name__)

PURPOSES = {
    Purpose.SIGNATURES: N_("Chữ ký"),
    Purpose.TIMESTAMPS: N_("Dấu thời gian"),
}
SOURCES = {
    anchors.HAND: N_("Nạp tay"),
    anchors.LIST: N_("Danh sách tin cậy"),
}

Page = str | tuple[str, HTTPStatus] | BaseResponse


@dataclass(frozen=True, slots=True)
class Fixed:
    """A root that the settings name: it can only be changed there."""

    holder: str
    issuer: str
    not_after: datetime
    sha256: str
    source: str


@pages.get("/trust")
@needs(Role.ADMINISTRATOR, Role.AUDITOR)
def overview() -> str:
    """Every anchor, and for administrators of the whole tree a form for a new one."""
    with parts().database.read() as session:
        return _page(session)


@pages.post("/trust")
@needs(Role.ADMINISTRATOR)
def add() -> Page:
    """Believe an uploaded authority, if its fingerprint is the one that was typed."""
    content, _ = uploaded(request.files.get("certificate"))
    try:
        terms = _terms()
        authority = read_authority(content, parts().desk.clock())
        with parts().database.write() as session:
            row = anchors.add(
                session,
                authority,
                terms,
                fingerprint=request.form.get("fingerprint", ""),
                doubts_accepted=request.form.get("doubts") == "1",
                by=actor(),
            )
    except DOMAIN_ERRORS as error:
        with parts().database.read() as session:
            return _page(session, error), status_of(error)
    flash(gettext("Đã tin cậy %(name)s.", name=row.name))
    return redirect(url_for("admin.trust.show", anchor_id=row.id), code=HTTPStatus.SEE_OTHER)


@pages.get("/trust/<int:anchor_id>")
@needs(Role.ADMINISTRATOR, Role.AUDITOR)
def show(anchor_id: int) -> str:
    """One anchor with its history."""
    with parts().database.read() as session:
        return _anchor_page(session, anchor_id)


@pages.get("/trust/<int:anchor_id>/certificate")
@needs(Role.ADMINISTRATOR, Role.AUDITOR)
def certificate(anchor_id: int) -> Response:
    """Its certificate as PEM."""
    with parts().database.read() as session:
        row = _found(session, anchor_id)
    headers = {"Content-Disposition": f'attachment; filename="{row.sha256[:16]}.pem"'}
    return Response(pem_of(row.certificate), content_type="application/x-pem-file", headers=headers)


@pages.post("/trust/<int:anchor_id>/change")
@needs(Role.ADMINISTRATOR)
def change(anchor_id: int) -> Page:
    """Believe it for another purpose or time."""
    try:
        with parts().database.write() as session:
            anchors.change(session, anchor_id, _terms(), by=actor())
    except DOMAIN_ERRORS as error:
        with parts().database.read() as session:
            return _anchor_page(session, anchor_id, error), status_of(error)
    flash(gettext("Đã ghi mục đích và thời gian tin cậy."))
    return redirect(url_for("admin.trust.show", anchor_id=anchor_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/trust/<int:anchor_id>/withdraw")
@needs(Role.ADMINISTRATOR)
def withdraw(anchor_id: int) -> Page:
    """Believe it no longer."""
    try:
        with parts().database.write() as session:
            row = anchors.withdraw(session, anchor_id, request.form.get("reason", ""), by=actor())
    except DOMAIN_ERRORS as error:
        with parts().database.read() as session:
            return _anchor_page(session, anchor_id, error), status_of(error)
    flash(gettext("Đã thôi tin cậy %(name)s.", name=row.name))
    return redirect(url_for("admin.trust.overview"), code=HTTPStatus.SEE_OTHER)


def _terms() -> anchors.Terms:
    form = request.form
    return anchors.Terms(
        purposes=frozenset(purpose for purpose in Purpose if purpose in form.getlist("purposes")),
        since_on=_day(form.get("since", "")),
        until_on=_day(form.get("until", "")),
        name=form.get("name", ""),
    )


def _day(text: str) -> date | None:
    return read_date(text) if text.strip() else None


def _page(session: Session, error: DomainError | None = None) -> str:
    rows = anchors.visible(session, actor())
    return render_template(
        "admin/trust.html",
        rows=[row for row in rows if row.in_use],
        withdrawn=[row for row in rows if not row.in_use],
        fixed=_fixed(),
        lists=lists.lists(session),
        overdue=lists.overdue,
        may_change=anchors.may_change(session, actor()),
        now=parts().desk.clock(),
        typed=request.form,
        chosen=request.form.getlist("purposes") or list(Purpose),
        problem=told(error) if error else None,
        **_words(),
    )


def _anchor_page(session: Session, anchor_id: int, error: DomainError | None = None) -> str:
    row = _found(session, anchor_id)
    typed = request.form if request.method == "POST" else None
    return render_template(
        "admin/trust_anchor.html",
        row=row,
        may_change=row.in_use is not None and anchors.may_change(session, actor()),
        now=parts().desk.clock(),
        typed=typed,
        chosen=typed.getlist("purposes") if typed else row.purposes.split(),
        problem=told(error) if error else None,
        **_words(),
    )


def _words() -> dict[str, object]:
    return {
        "purposes": [(purpose.value, gettext(name)) for purpose, name in PURPOSES.items()],
        "purpose_names": {purpose.value: gettext(name) for purpose, name in PURPOSES.items()},
        "source_names": {source: gettext(name) for source, name in SOURCES.items()},
        "first_day": anchors.first_day,
        "last_day": anchors.last_day,
    }


def _found(session: Session, anchor_id: int) -> TrustAnchor:
    found = next((row for row in anchors.visible(session, actor()) if row.id == anchor_id), None)
    if found is None:
        raise NotFound
    return found


def _fixed() -> list[Fixed]:
    pki = parts().pki
    embedded = pki.roots() if pki else ()
    return [
        _described(root, gettext("PKI thử trong hệ thống") if root in embedded else gettext("Thư mục trust_dir"))
        for root in parts().desk.trust.roots
    ]


def _described(root: x509.Certificate, source: str) -> Fixed:
    holder, issuer = named_in(root)
    return Fixed(
        holder=holder,
        issuer=issuer,
        not_after=root.not_valid_after_utc.astimezone(UTC),
        sha256=root.fingerprint(hashes.SHA256()).hex(),
        source=source,
    )
