"""The start page: what waits for this person, and what was issued lately."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, url_for
from sqlalchemy.orm import Session

from docsvc.accounts import Actor, Role
from docsvc.db.saved_searches import SavedSearch
from docsvc.inspection import alarms
from docsvc.records import saved_searches
from docsvc.records.queues import Waiting, recently_issued, waiting_for
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import gettext

pages = Blueprint("home", __name__)

ALARMS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Tile:
    """A queue with what waits in it."""

    text: str
    count: int
    address: str
    urgent: bool = False
    """Others wait for this person."""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """Something this person often begins."""

    text: str
    address: str


@pages.get("/")
def start() -> str:
    """Show the person's queues."""
    with parts().database.read() as session:
        return render_template(
            "home.html",
            today=parts().desk.today(),
            tiles=_tiles(actor(), waiting_for(session, actor())),
            shortcuts=_shortcuts(actor()),
            news=_news(session),
            recent=recently_issued(session, actor()),
            alarms=alarms.listed(session, actor(), most=ALARMS_SHOWN),
            alarm_count=alarms.count_open(session, actor()),
        )


def _news(session: Session) -> list[tuple[SavedSearch, int]]:
    """Saved searches with documents that are new to the person."""
    unseen = saved_searches.unseen(session, actor())
    return [(one, unseen[one.id]) for one in saved_searches.own(session, actor()) if one.id in unseen]


def _tiles(person: Actor, waiting: Waiting) -> list[Tile]:
    tiles = []
    if person.has(Role.LEADER):
        tiles.append(Tile(gettext("Chờ ký"), waiting.to_sign, url_for("signing.queue"), urgent=True))
    if person.has(Role.CLERK):
        tiles.append(Tile(gettext("Chờ cấp số, đóng dấu"), waiting.to_issue, url_for("issuing.queue"), urgent=True))
    if person.has(Role.DRAFTER):
        tiles += [
            Tile(gettext("Bị trả lại"), waiting.sent_back, url_for("drafts.mine"), urgent=True),
            Tile(gettext("Dự thảo"), waiting.drafts, url_for("drafts.mine")),
            Tile(gettext("Đang xử lý"), waiting.underway, url_for("drafts.mine", list="underway")),
        ]
    return tiles


def _shortcuts(person: Actor) -> list[Shortcut]:
    shortcuts = []
    if person.has(Role.DRAFTER):
        shortcuts.append(Shortcut(gettext("Soạn văn bản mới"), url_for("drafts.new")))
    if person.has(Role.CLERK):
        shortcuts += [
            Shortcut(gettext("Đăng ký văn bản giấy"), url_for("paper.new")),
            Shortcut(gettext("Ghi nhận số mật"), url_for("paper.new_secret")),
        ]
    return shortcuts
