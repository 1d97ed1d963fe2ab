"""Why a document waits for an authority, in words, and trying again at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, flash, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.db.upkeep import Wait
from docsvc.errors import Forbidden
from docsvc.issue import upkeep, waits
from docsvc.issue.acts import look_at
from docsvc.issue.desk import VIETNAM
from docsvc.issue.extending import Done
from docsvc.problems import DOMAIN_ERRORS, STATUS
from docsvc.records.terms import State
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, pick, told

pages = Blueprint("waiting", __name__)

_WHAT = {
    "timestamp-unavailable": N_("dấu thời gian"),
    "revocation-unavailable": N_("dữ liệu thu hồi (OCSP, CRL)"),
}


def shown_since(moment: datetime) -> str:
    """``09:30``, with the day where it is another one."""
    local, now = moment.astimezone(VIETNAM), datetime.now(UTC).astimezone(VIETNAM)
    return f"{local:%H:%M}" if local.date() == now.date() else f"{local:%H:%M %d/%m/%Y}"


def because(code: str) -> str:
    """What an error's code means; the code itself if nobody knows it."""
    found = next((kind for kind in STATUS if getattr(kind, "code", None) == code), None)
    return pick(getattr(found, "message_vi", code), getattr(found, "message_en", code))


def wait_text(wait: Wait) -> str:
    """One sentence or two: what it waits for, since when, and who tries again."""
    since, what = shown_since(wait.since), _WHAT.get(wait.code)
    if what is None:
        why = gettext("lần thử lúc %(at)s không thành. %(why)s", at=shown_since(wait.tried_at), why=because(wait.code))
        why = why.rstrip(".")
    elif wait.server:
        why = gettext("máy chủ %(server)s không trả lời đúng từ %(since)s", server=wait.server, since=since)
    else:
        why = gettext("không lấy được từ %(since)s", since=since)
    if wait.step == waits.SIGN:
        return gettext(
            "Chờ %(what)s: %(why)s. Văn bản chưa được ký; hãy bấm ký lại khi máy chủ trả lời.",
            what=gettext(what or ""),
            why=why,
        )
    if wait.step == waits.SEAL:
        return gettext(
            "Chờ %(what)s: %(why)s. Số đã cấp được giữ nguyên; hãy bấm thử lại khi máy chủ trả lời.",
            what=gettext(what or ""),
            why=why,
        )
    return gettext("Chờ nâng lên mức %(level)s: %(why)s. Hệ thống sẽ tự thử lại.", level=wait.level, why=why)


def wait_texts(session: Session, documents: Iterable[Document]) -> dict[str, str]:
    """Why these documents wait, by their ids."""
    return {document_id: wait_text(wait) for document_id, wait in waits.waits_of(session, documents).items()}


@pages.post("/documents/<document_id>/preserve")
@needs(Role.CLERK)
def try_again(document_id: str) -> Response:
    """Bring an issued document to the office's level now, instead of waiting for the worker."""
    desk = parts().desk
    with parts().database.read() as session:
        document = look_at(session, actor(), document_id, State.ISSUED, State.WITHDRAWN)
        if not actor().holds(Role.CLERK, [document.unit_id]):
            raise Forbidden
    plan = upkeep.plan_of(desk)
    try:
        outcome = upkeep.one(desk, document_id, plan, by=actor())
        if outcome.done is Done.FAILED and outcome.problem is not None:
            flash(told(outcome.problem))
        else:
            flash(gettext("Chữ ký của văn bản đang ở mức %(level)s.", level=outcome.level))
    except DOMAIN_ERRORS as error:
        flash(told(error))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)
