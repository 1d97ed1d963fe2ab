"""A document's own page, and its withdrawal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from config.document_types import is_copy
from docsvc.accounts import Role
from docsvc.db.records import Document, Rendition
from docsvc.issue import places
from docsvc.issue.acts import Act, look_at, open_acts
from docsvc.issue.paper import withdraw
from docsvc.issue.waits import PRESERVE, wait_for
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.copies import copies_for, source_for
from docsvc.records.effect_panel import panel_of
from docsvc.records.handling import files_of, handles, history
from docsvc.records.reading import fetch
from docsvc.records.terms import REGISTERED, Medium, State
from docsvc.web.check_sheets import panel
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, pick, told
from docsvc.web.marking import Search, marked, search_of
from docsvc.web.paging import page_number
from docsvc.web.reading_words import readings_told
from docsvc.web.viewing import view
from docsvc.web.waiting import wait_text

pages = Blueprint("documents", __name__)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a document's life on its timeline."""

    text: str
    done_at: datetime | None
    is_next: bool = False


@pages.get("/documents/<document_id>")
def show(document_id: str) -> str:
    """Facts, files, pages, signatures, deliveries, history, and what this person may do next."""
    with parts().database.read() as session:
        document = fetch(session, actor(), document_id)
        files = files_of(session, actor(), document)
        acts = open_acts(actor(), document)
        search = search_of(session, document, files)
        chosen = _chosen(files, search)
        viewed = view(document, chosen, first=_first(search)) if chosen is not None else None
        return render_template(
            "documents/show.html",
            document=document,
            files=files,
            viewed=viewed,
            marking=marked(session, document, viewed.rendition, viewed.first, search) if viewed and search else None,
            page_address=partial(_page_address, document, chosen),
            acts=acts,
            Act=Act,
            missing=_missing(document) if Act.PLACE in acts else (),
            steps=_steps(document),
            history=history(session, actor(), document),
            **_wait(session, document),
            **panel(session, document),
            source=source_for(session, actor(), document),
            copies=copies_for(session, actor(), document),
            effect=panel_of(session, actor(), document, parts().desk.today()),
            readings=readings_told(session, document) if handles(session, actor(), document) else (),
        )


@pages.get("/documents/<document_id>/withdraw")
@needs(Role.CLERK)
def withdrawal(document_id: str) -> str:
    """Ask for the grounds."""
    return _withdrawal(document_id)


@pages.post("/documents/<document_id>/withdraw")
@needs(Role.CLERK)
def withdraw_it(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Withdraw the document: it keeps its number and stays in the register."""
    reason = request.form.get("reason", "")
    try:
        withdraw(parts().desk, document_id, reason, by=actor())
    except DOMAIN_ERRORS as error:
        return _withdrawal(document_id, reason, problem=told(error)), status_of(error)
    flash(gettext("Đã thu hồi văn bản."))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


def _chosen(files: Sequence[Rendition], search: Search | None) -> Rendition | None:
    """The file asked for, that with the mark asked for, or the newest of the document itself."""
    if search is not None and search.target is not None:
        return next(file for file in files if file.annex_id == search.target.annex_id)
    wanted, annex = request.args.get("file", type=int), request.args.get("annex", type=int)
    asked_for = (file for file in files if file.id == wanted or (annex is not None and file.annex_id == annex))
    return next(asked_for, files[0] if files else None)


def _first(search: Search | None) -> int:
    """The page asked for, or that with the mark asked for."""
    return search.target.page if search is not None and search.target is not None else page_number()


def _page_address(document: Document, file: Rendition | None, page: int) -> str:
    """The same file at another page, with the same words marked."""
    kept: dict[str, Any] = {name: request.args[name] for name in ("q", "file") if name in request.args}
    if file is not None and file.annex_id is not None:
        kept["file"] = str(file.id)
    return url_for("documents.show", document_id=document.id, page=page, **kept)


def _wait(session: Session, document: Document) -> dict[str, object]:
    """Why it waits for an authority, for those who handle it."""
    clerk = actor().holds(Role.CLERK, [document.unit_id])
    wait = wait_for(session, actor(), document)
    return {
        "wait": wait_text(wait) if wait else None,
        "may_try_again": clerk and wait is not None and wait.step == PRESERVE and document.state in REGISTERED,
    }


def _withdrawal(document_id: str, reason: str = "", problem: str | None = None) -> str:
    with parts().database.read() as session:
        document = look_at(session, actor(), document_id, State.ISSUED)
        return render_template("documents/withdraw.html", document=document, reason=reason, problem=problem)


def _missing(document: Document) -> tuple[str, ...]:
    return tuple(pick(*places.NAMES[name]) for name in places.missing(document.places))


def _steps(document: Document) -> tuple[Step, ...]:
    if document.medium == Medium.PAPER:
        passed = [(N_("Đăng ký vào sổ"), document.numbered_at)]
    elif is_copy(document.type_key):
        passed = [
            (N_("Lập bản sao"), document.created_at),
            (N_("Cấp số"), document.numbered_at),
            (N_("Ký số của cơ quan"), document.sealed_at),
            (N_("Phát hành"), document.published_at),
        ]
    else:
        passed = [
            (N_("Soạn thảo"), document.created_at if document.state != State.DRAFT else None),
            (N_("Trình ký"), document.submitted_at if document.state != State.DRAFT else None),
            (N_("Ký số"), document.signed_at),
            (N_("Cấp số"), document.numbered_at),
            (N_("Đóng dấu"), document.sealed_at),
            (N_("Phát hành"), document.published_at),
        ]
    if document.withdrawn_at:
        passed.append((N_("Thu hồi"), document.withdrawn_at))
    following = next((index for index, (_, done_at) in enumerate(passed) if done_at is None), len(passed))
    return tuple(
        Step(gettext(text), done_at, is_next=index == following) for index, (text, done_at) in enumerate(passed)
    )
