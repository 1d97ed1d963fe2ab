"""Register books (NĐ 30, appendix IV), to look at and to print."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from docsvc.accounts import Role
from docsvc.records.books import books, open_book
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.paging import page_number

pages = Blueprint("registers", __name__)

LINES_PER_PAGE = 100
WHOLE_BOOK = 1_000_000
"""More lines than a year holds: for printing."""


@pages.get("/registers")
@needs(Role.CLERK, Role.LEADER, Role.AUDITOR)
def overview() -> str:
    """The books this person may open."""
    with parts().database.read() as session:
        return render_template("registers/overview.html", books=books(session, actor()))


@pages.get("/registers/<int:series_id>")
@needs(Role.CLERK, Role.LEADER, Role.AUDITOR)
def book(series_id: int) -> str:
    """One book, line by line; whole if it is to be printed."""
    whole = "whole" in request.args
    with parts().database.read() as session:
        per_page = WHOLE_BOOK if whole else LINES_PER_PAGE
        opened = open_book(session, actor(), series_id, page=page_number(), per_page=per_page)
        return render_template("registers/book.html", opened=opened, whole=whole)
