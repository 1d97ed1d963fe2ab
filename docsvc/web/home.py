"""The start page: what waits for this person, and what was issued lately."""

from __future__ import annotations

from flask import Blueprint, render_template

from docsvc.records.queues import recently_issued, waiting_for
from docsvc.web.context import parts
from docsvc.web.guard import actor

pages = Blueprint("home", __name__)


@pages.get("/")
def start() -> str:
    """Show the person's queues."""
    with parts().database.read() as session:
        return render_template(
            "home.html",
            waiting=waiting_for(session, actor()),
            recent=recently_issued(session, actor()),
        )
