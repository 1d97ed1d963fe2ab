"""The drafter's pages: own documents, a new draft, changing and submitting one."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.db.records import Document
from docsvc.issue import drafting
from docsvc.issue.acts import look_at
from docsvc.issue.annex_files import MOST_ANNEXES, UploadedAnnex, take_in_annex
from docsvc.issue.desk import Desk
from docsvc.problems import DOMAIN_ERRORS, status_of
from docsvc.records.queues import newest_changed, own_drafts, own_finished, own_underway, waiting_for
from docsvc.records.terms import State
from docsvc.web.context import parts
from docsvc.web.document_form import (
    Typed,
    choices,
    form_of,
    typed_from,
    typed_of,
    units_drafted_for,
    uploaded,
    whole_number,
)
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.paging import page_number

pages = Blueprint("drafts", __name__)

LISTS = {"drafts": own_drafts, "underway": own_underway, "finished": own_finished}


@pages.get("/drafts")
@needs(Role.DRAFTER)
def mine() -> str:
    """The person's own documents: drafts, under way, finished."""
    shown = request.args.get("list", "drafts")
    if shown not in LISTS:
        shown = "drafts"
    with parts().database.read() as session:
        return render_template(
            "drafts/mine.html",
            shown=shown,
            waiting=waiting_for(session, actor()),
            listing=newest_changed(session, LISTS[shown](actor()), page=page_number()),
        )


@pages.get("/drafts/new")
@needs(Role.DRAFTER)
def new() -> str:
    """An empty form."""
    units = actor().units(Role.DRAFTER)
    return _form(Typed(drafting_unit_id=str(min(units))))


@pages.post("/drafts/new")
@needs(Role.DRAFTER)
def create() -> Response | tuple[str, HTTPStatus]:
    """Keep the draft; submit it at once if that button was pressed."""
    typed = typed_from(request.form)
    content, file_name = uploaded(request.files.get("file"))
    desk = parts().desk
    try:
        with desk.database.read() as session:
            form = form_of(session, typed, desk.today())
        document_id = drafting.create_draft(desk, form, content, file_name, annexes=_annexes_sent(desk), by=actor())
    except DOMAIN_ERRORS as error:
        return _form(typed, problem=told(error)), status_of(error)
    return _kept(document_id)


@pages.get("/documents/<document_id>/edit")
@needs(Role.DRAFTER)
def edit(document_id: str) -> str:
    """The draft's form."""
    with parts().database.read() as session:
        document = look_at(session, actor(), document_id, State.DRAFT)
        typed = typed_of(session, document, parts().desk.today())
    return _form(typed, document=document)


@pages.post("/documents/<document_id>/edit")
@needs(Role.DRAFTER)
def revise(document_id: str) -> Response | tuple[str, HTTPStatus]:
    """Keep what was changed."""
    typed = typed_from(request.form)
    content, file_name = uploaded(request.files.get("file"))
    desk = parts().desk
    with desk.database.read() as session:
        document = look_at(session, actor(), document_id, State.DRAFT)
        kept = tuple(document.deliveries)
    try:
        with desk.database.read() as session:
            form = form_of(session, typed, desk.today(), kept=kept)
        drafting.revise_draft(
            desk,
            document_id,
            form,
            content or None,
            file_name,
            annexes=_annexes_sent(desk),
            removed={whole_number(text, "remove_annex") for text in request.form.getlist("remove_annex")},
            by=actor(),
        )
    except DOMAIN_ERRORS as error:
        return _form(typed, document=document, problem=told(error)), status_of(error)
    return _kept(document_id)


@pages.post("/documents/<document_id>/submit")
@needs(Role.DRAFTER)
def submit(document_id: str) -> Response:
    """Hand the draft to its signatory; what stands in the way is told on its page."""
    try:
        drafting.submit(parts().desk, document_id, by=actor())
    except DOMAIN_ERRORS as error:
        flash(told(error), "error")
    else:
        flash(gettext("Đã trình ký."))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


@pages.post("/documents/<document_id>/take-back")
@needs(Role.DRAFTER)
def take_back(document_id: str) -> Response:
    """Take a submitted draft back."""
    try:
        drafting.take_back(parts().desk, document_id, by=actor())
    except DOMAIN_ERRORS as error:
        flash(told(error), "error")
    else:
        flash(gettext("Đã rút lại dự thảo."))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


def _kept(document_id: str) -> Response:
    """Go on after saving: submit as well, or only say that it is kept."""
    if request.form.get("then") == "submit":
        return submit(document_id)
    flash(gettext("Đã lưu dự thảo."))
    return redirect(url_for("documents.show", document_id=document_id), code=HTTPStatus.SEE_OTHER)


def _annexes_sent(desk: Desk) -> tuple[UploadedAnnex, ...]:
    """The annexes chosen on the form, read and kept; an unusable one refuses the form."""
    sent = [uploaded(file) for file in request.files.getlist("annex")[:MOST_ANNEXES]]
    return tuple(take_in_annex(desk, content, name) for content, name in sent if content or name)


def _form(typed: Typed, *, document: Document | None = None, problem: str | None = None) -> str:
    with parts().database.read() as session:
        offered = choices(session, units_drafted_for(session, actor()), parts().desk.today())
        if document is not None:
            document = session.get_one(Document, document.id)  # its annexes are read while the form is written
        return render_template(
            "drafts/form.html",
            typed=typed,
            choices=offered,
            document=document,
            problem=problem,
            marks=bool(parts().desk.check_address),
        )
