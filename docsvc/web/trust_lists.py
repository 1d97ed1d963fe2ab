"""Importing trusted lists (ETSI TS 119 612): uploaded, checked, chosen from by ticking."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.errors import NotFound
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.store import NotStored
from docsvc.trust import lists
from docsvc.trust.anchors import fingerprint_of, require_keeper
from docsvc.web.context import parts
from docsvc.web.document_form import uploaded
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told
from docsvc.web.trust import PURPOSES
from signing.errors import TooLarge
from signing.trusted_lists import MOST_BYTES, TrustedList, read_trusted_list

pages = Blueprint("trust_lists", __name__)

Page = str | tuple[str, HTTPStatus] | Response


@pages.get("/trust/lists")
@needs(Role.ADMINISTRATOR)
def form() -> str:
    """Ask for a list and for who must have signed it."""
    return _form()


@pages.post("/trust/lists")
@needs(Role.ADMINISTRATOR)
def upload() -> Page:
    """Keep the file and go on to what it says; a list that is not rightly signed is not kept."""
    content, _ = uploaded(request.files.get("list"))
    try:
        _require_keeper()
        if len(content) > MOST_BYTES:
            raise TooLarge
        signer = fingerprint_of(request.form.get("signer", ""))
        read_trusted_list(content, signer_sha256=signer, at=parts().desk.clock())
        sha256 = parts().store.put(content)
    except DOMAIN_ERRORS as error:
        return _form(error), status_of(error)
    address = url_for("admin.trust_lists.choose", sha256=sha256, signer=signer)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


@pages.get("/trust/lists/<sha256>")
@needs(Role.ADMINISTRATOR)
def choose(sha256: str) -> Page:
    """What the list offers, and what following it would change."""
    _require_keeper()
    return _choices(_kept(sha256, request.args.get("signer", "")))


@pages.post("/trust/lists/<sha256>")
@needs(Role.ADMINISTRATOR)
def take(sha256: str) -> Page:
    """Follow the list, and believe what was ticked."""
    _require_keeper()
    read = _kept(sha256, request.form.get("signer", ""))
    try:
        with parts().database.write() as session:
            taken = lists.take(session, read, request.form.getlist("chosen"), by=actor())
    except DOMAIN_ERRORS as error:
        return _choices(read, error), status_of(error)
    flash(
        gettext(
            "Đã nạp danh sách: thêm %(added)s, đổi %(changed)s, thôi tin cậy %(withdrawn)s, giữ nguyên %(kept)s.",
            added=len(taken.added),
            changed=len(taken.changed),
            withdrawn=len(taken.withdrawn),
            kept=taken.kept,
        )
    )
    return redirect(url_for("admin.trust.overview"), code=HTTPStatus.SEE_OTHER)


def _kept(sha256: str, signer: str) -> TrustedList:
    """The uploaded list, read and checked again."""
    try:
        content = parts().store.get(sha256)
    except NotStored as error:
        raise NotFound from error
    return read_trusted_list(content, signer_sha256=fingerprint_of(signer), at=parts().desk.clock())


def _require_keeper() -> None:
    with parts().database.read() as session:
        require_keeper(session, actor())


def _form(error: DomainError | None = None) -> str:
    with parts().database.read() as session:
        rows = lists.lists(session)
    return render_template(
        "admin/trust_list_form.html",
        rows=rows,
        overdue=lists.overdue,
        now=parts().desk.clock(),
        typed=request.form,
        problem=told(error) if error else None,
    )


def _choices(read: TrustedList, error: DomainError | None = None) -> str:
    with parts().database.read() as session:
        return render_template(
            "admin/trust_list.html",
            read=read,
            known=lists.known_list(session, read),
            offers=lists.offers(session, read),
            changes=lists.foreseen(session, read),
            chosen=request.form.getlist("chosen"),
            purpose_names={purpose.value: gettext(name) for purpose, name in PURPOSES.items()},
            now=parts().desk.clock(),
            problem=told(error) if error else None,
        )
