"""How the archive's signatures stand: what is due, what was done, what failed and why."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from docsvc.accounts import Role
from docsvc.issue import upkeep
from docsvc.web.context import parts
from docsvc.web.guard import needs
from docsvc.web.waiting import because

pages = Blueprint("archive", __name__)


@pages.get("/archive")
@needs(Role.ADMINISTRATOR)
def overview() -> str:
    """Counts over all documents of this service, and its last run."""
    desk = parts().desk
    plan = upkeep.plan_of(desk)
    with parts().database.read() as session:
        found = upkeep.standing(session, desk, plan)
        last = found.last
        return render_template(
            "admin/archive.html",
            standing=found,
            plan=plan,
            days=plan.within // timedelta(days=1),
            every=parts().settings.preserve_every_minutes,
            because=because,
            last=last,
            at_work=last is not None and upkeep.at_work(last, desk.clock()),
            handled=(last.extended + last.renewed + last.kept + last.failed) if last else 0,
        )
