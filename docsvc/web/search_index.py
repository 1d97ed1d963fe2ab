"""The search index: what is in it, what waits, and having it built anew."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from docsvc.accounts import Role
from docsvc.errors import Forbidden
from docsvc.records import rebuilding
from docsvc.records.index_health import standing
from docsvc.records.units import covers_all
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import gettext, told

pages = Blueprint("search_index", __name__)


@pages.get("/search-index")
@needs(Role.ADMINISTRATOR)
def overview() -> str:
    """Figures over the whole index; only who administers every unit may have it built anew."""
    found = standing(parts().database, parts().engine)
    now = datetime.now(UTC)
    build = found.last
    is_open = build is not None and build.ended_at is None
    rate, left = 0.0, None
    if build is not None and is_open and build.started_at and build.moved_at and build.done:
        rate = build.done / max((build.moved_at - build.started_at).total_seconds(), 1.0)
        left = max(build.due - build.done, 0) / rate
    with parts().database.read() as session:
        may = covers_all(session, actor().units(Role.ADMINISTRATOR))
    return render_template(
        "admin/search_index.html",
        standing=found,
        engine=getattr(parts().settings, "search_engine", "whoosh"),
        build=build,
        is_open=is_open,
        at_work=build is not None and rebuilding.at_work(build, now),
        percent=min(100 * build.done // build.due, 99) if build is not None and build.due else 0,
        rate=round(rate),
        minutes=None if left is None else round(left / 60) or 1,
        may=may,
        trouble=told(found.problem) if found.problem else "",
        can_build=hasattr(parts().engine, "beside"),
    )


@pages.post("/search-index")
@needs(Role.ADMINISTRATOR)
def build_anew() -> Response:
    """Have the worker build the index anew beside the one in use."""
    with parts().database.write() as session:
        _only_of_all(covers=covers_all(session, actor().units(Role.ADMINISTRATOR)))
        rebuilding.ask(session, by=actor().username)
    flash(gettext("Tiến trình nền sẽ lập lại chỉ mục; trong lúc đó vẫn tìm kiếm như thường."))
    return redirect(url_for("admin.search_index.overview"), HTTPStatus.SEE_OTHER)


@pages.post("/search-index/<int:build_id>/give-up")
@needs(Role.ADMINISTRATOR)
def give_up(build_id: int) -> Response:
    """End a rebuild; the index in use stays."""
    with parts().database.write() as session:
        _only_of_all(covers=covers_all(session, actor().units(Role.ADMINISTRATOR)))
        rebuilding.give_up(session, build_id, by=actor().username)
    flash(gettext("Đã thôi lập lại; chỉ mục đang dùng giữ nguyên."))
    return redirect(url_for("admin.search_index.overview"), HTTPStatus.SEE_OTHER)


def _only_of_all(*, covers: bool) -> None:
    if not covers:
        raise Forbidden(
            "Chỉ mục dùng chung cho mọi đơn vị: chỉ quản trị viên của toàn hệ thống được lập lại.",
            "The index serves every unit: only administrators of the whole tree may have it built anew.",
        )
