"""Searches that a person keeps, and what was published since that they find."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc.problems import DOMAIN_ERRORS
from docsvc.records import saved_searches
from docsvc.web.asked import kept_values, read_kept
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import gettext, told

pages = Blueprint("saved_searches", __name__)


@pages.get("/search/saved")
def overview() -> str:
    """The person's searches, and how much is new in each."""
    with parts().database.read() as session:
        own = saved_searches.own(session, actor())
        return render_template(
            "finding/saved.html",
            searches=[(one, _address(one.asked), read_kept(one.asked).get("q", "")) for one in own],
            unseen=saved_searches.unseen(session, actor()),
        )


@pages.post("/search/saved")
def save() -> Response:
    """Keep the search that the page shows."""
    values = read_kept(request.form.get("asked", ""))
    try:
        with parts().database.write() as session:
            saved_searches.save(
                session,
                request.form.get("name", ""),
                kept_values(values),
                alert="alert" in request.form,
                by=actor(),
            )
    except DOMAIN_ERRORS as error:
        flash(told(error), "bad")
        return redirect(_address(kept_values(values)), code=HTTPStatus.SEE_OTHER)
    flash(gettext("Đã lưu tìm kiếm."))
    return redirect(url_for("saved_searches.overview"), code=HTTPStatus.SEE_OTHER)


@pages.get("/search/saved/<int:search_id>")
def news(search_id: int) -> str:
    """What is new in one of them."""
    with parts().database.read() as session:
        kept = saved_searches.fetch(session, search_id, by=actor())
        return render_template(
            "finding/news.html",
            search=kept,
            address=_address(kept.asked),
            news=saved_searches.news(session, search_id, by=actor()),
        )


@pages.post("/search/saved/<int:search_id>/seen")
def seen(search_id: int) -> Response:
    """Take note that the new ones were looked at."""
    with parts().database.write() as session:
        saved_searches.mark_seen(session, search_id, by=actor())
    return redirect(url_for("saved_searches.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/search/saved/<int:search_id>/alert")
def alert(search_id: int) -> Response:
    """Begin or cease to tell of new ones."""
    with parts().database.write() as session:
        saved_searches.set_alert(session, search_id, alert=request.form.get("alert") == "on", by=actor())
    return redirect(url_for("saved_searches.overview"), code=HTTPStatus.SEE_OTHER)


@pages.post("/search/saved/<int:search_id>/remove")
def remove(search_id: int) -> Response:
    """Forget it."""
    with parts().database.write() as session:
        saved_searches.remove(session, search_id, by=actor())
    flash(gettext("Đã xóa tìm kiếm đã lưu."))
    return redirect(url_for("saved_searches.overview"), code=HTTPStatus.SEE_OTHER)


def _address(asked: str) -> str:
    query = f"?{asked}" if asked else ""
    return url_for("finding.search") + query
