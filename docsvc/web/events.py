"""The event log for auditors, and the check that it is what was written."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from docsvc import audit
from docsvc.accounts import Role
from docsvc.audit import anchoring, checks
from docsvc.audit.portable import written_file, written_zip
from docsvc.db.people import Unit, User
from docsvc.db.records import Document, Event, Series
from docsvc.db.trust import TrustAnchor, TrustedList
from docsvc.errors import NotFound
from docsvc.records.event_reading import EventFilters, events
from docsvc.web import words
from docsvc.web.context import parts
from docsvc.web.event_words import ACTORS, DETAILS, value_words
from docsvc.web.files import attachment
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, pick
from docsvc.web.paging import page_number

pages = Blueprint("events", __name__)

KINDS = {
    "document": N_("Văn bản"),
    "user": N_("Người dùng"),
    "unit": N_("Đơn vị"),
    "series": N_("Sổ"),
    "anchor": N_("Gốc tin cậy"),
    "trusted-list": N_("Danh sách tin cậy"),
    "audit": N_("Lượt kiểm tra"),
    "log": N_("Nhật ký"),
    "search-index": N_("Chỉ mục tìm kiếm"),
    "example": N_("Cơ quan mẫu"),
}
FORMS = {"zip": "application/zip", "json": "application/json"}
LONGEST = 64
SHOWN_OF_A_HASH = 16


@dataclass(frozen=True, slots=True)
class Detail:
    """One detail of an entry, as shown."""

    name: str
    text: str
    whole: str
    """Not shortened."""


@pages.get("/events")
@needs(Role.AUDITOR)
def log() -> str:
    """The log, newest first, and what proves it."""
    typed = {name: request.args.get(name, "").strip()[:LONGEST] for name in ("actor", "act", "kind", "object")}
    filters = EventFilters(actor=typed["actor"], act=typed["act"], object_kind=typed["kind"], object_id=typed["object"])
    with parts().database.read() as session:
        found = events(session, actor(), filters, page=page_number())
        units = {row.id: row.name for row in session.execute(select(Unit.id, Unit.name))}
        return render_template(
            "admin/events.html",
            found=found,
            named=_named(session, found.events),
            details={event.id: _details(event, units) for event in found.events},
            typed=typed,
            acts=[(act, gettext(name)) for act, name in words.ACTS.items()],
            kinds=[(kind, gettext(name)) for kind, name in KINDS.items()],
            actors={name: gettext(words_of) for name, words_of in ACTORS.items()},
            kind_names={kind: gettext(name) for kind, name in KINDS.items()},
            anchored=anchoring.standing(session),
            waiting_check=checks.waiting(session),
            last_check=checks.newest(session),
            told_line=lambda line: pick(*line),
        )


@pages.post("/events/check")
@needs(Role.AUDITOR)
def check() -> BaseResponse:
    """Check the log now if it is short; a long one is left to the worker."""
    with parts().database.write() as session:
        checks.ask(session, by=actor().username)
        short = checks.is_short(session)
    if short:
        checks.run(parts().desk, whole_store=False)
    else:
        flash(gettext("Nhật ký dài nên được kiểm tra trong nền; kết quả sẽ hiện ở trang này."))
    return redirect(url_for("admin.events.log") + "#proof", code=HTTPStatus.SEE_OTHER)


@pages.get("/events/anchors.<form>")
@needs(Role.AUDITOR)
def anchors(form: str) -> Response:
    """Every anchor, to be kept elsewhere: ``zip`` with files for OpenSSL, or ``json`` alone."""
    if form not in FORMS:
        raise NotFound
    desk = parts().desk
    with parts().database.read() as session:
        content = (
            written_zip(session, desk.trust, desk.clock()) if form == "zip" else written_file(session, desk.clock())
        )
    with parts().database.write() as session:
        audit.append(
            session, actor=actor().username, act="log-anchors-downloaded", object_kind="log", object_id="0", form=form
        )
    answer = Response(content, mimetype=FORMS[form])
    answer.headers["Content-Disposition"] = attachment(f"moc-nhat-ky-{desk.today():%Y-%m-%d}.{form}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _details(event: Event, units: dict[int, str]) -> list[Detail]:
    shown = []
    for name, value in json.loads(event.detail).items():
        whole = str(value)
        if name == "unit" and isinstance(value, int):
            text = units.get(value, whole)
        elif name in ("sha256", "certificate", "earlier"):
            text = f"{whole[:SHOWN_OF_A_HASH]}…"
        else:
            text = value_words(name, whole)
        shown.append(Detail(gettext(DETAILS.get(name, name)), text, whole))
    return shown


def _named(session: Session, shown: tuple[Event, ...]) -> dict[tuple[str, str], str]:
    """What the objects are called; only those of entries that this person sees."""
    ids = {kind: {event.object_id for event in shown if event.object_kind == kind} for kind in KINDS}
    numbers = {kind: [int(one) for one in ids[kind] if one.isdigit()] for kind in KINDS}
    names: dict[tuple[str, str], str] = {}
    for document_id, reference in session.execute(
        select(Document.id, Document.reference).where(Document.id.in_(ids["document"]))
    ):
        names["document", document_id] = reference or gettext("(chưa có số)")
    for user_id, username in session.execute(select(User.id, User.username).where(User.id.in_(numbers["user"]))):
        names["user", str(user_id)] = username
    for unit_id, name in session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(numbers["unit"]))):
        names["unit", str(unit_id)] = name
    for anchor_id, name in session.execute(
        select(TrustAnchor.id, TrustAnchor.name).where(TrustAnchor.id.in_(numbers["anchor"]))
    ):
        names["anchor", str(anchor_id)] = name
    for list_id, territory, scheme in session.execute(
        select(TrustedList.id, TrustedList.territory, TrustedList.scheme).where(
            TrustedList.id.in_(numbers["trusted-list"])
        )
    ):
        names["trusted-list", str(list_id)] = f"{territory}: {scheme}"
    for series_id, code, year in session.execute(
        select(Series.id, Series.code, Series.year).where(Series.id.in_(numbers["series"]))
    ):
        names["series", str(series_id)] = f"{code} {year}"
    return names
