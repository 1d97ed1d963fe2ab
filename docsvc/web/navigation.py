"""The navigation: what this person can go to, with what waits there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, url_for

from docsvc.accounts import Actor, Role
from docsvc.records.queues import Waiting, waiting_for
from docsvc.web.context import parts
from docsvc.web.i18n import N_, gettext


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation."""

    endpoint: str
    text: str
    roles: tuple[Role, ...] = ()
    """Who sees it; empty means everybody signed in."""
    count: str = ""
    """Field of :class:`docsvc.records.queues.Waiting` shown beside it."""
    public: bool = False
    """Shown without a sign-in too."""


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as shown to one person."""

    text: str
    address: str
    count: int
    current: bool


ENTRIES = (
    Entry("home.start", N_("Tổng quan")),
    Entry("drafts.mine", N_("Văn bản của tôi"), (Role.DRAFTER,), "sent_back"),
    Entry("signing.queue", N_("Chờ ký"), (Role.LEADER,), "to_sign"),
    Entry("issuing.queue", N_("Chờ cấp số, đóng dấu"), (Role.CLERK,), "to_issue"),
    Entry("finding.search", N_("Tìm kiếm")),
    Entry("registers.overview", N_("Sổ đăng ký"), (Role.CLERK, Role.LEADER, Role.AUDITOR)),
    Entry("shares.overview", N_("Tỷ lệ văn bản điện tử")),
    Entry("audits.overview", N_("Kiểm tra kho lưu trữ"), (Role.AUDITOR, Role.ADMINISTRATOR)),
    Entry("inspection.overview", N_("Thanh tra ký số"), (Role.AUDITOR, Role.ADMINISTRATOR)),
    Entry("checking.form", N_("Kiểm tra chữ ký số"), public=True),
    Entry("admin.overview", N_("Quản trị"), (Role.ADMINISTRATOR, Role.AUDITOR)),
)
"""In this order; an entry whose page is not there is left out."""


def navigation(person: Actor | None) -> tuple[Link, ...]:
    """The entries this person may use."""
    waiting = _waiting(person)
    return tuple(
        Link(
            text=gettext(entry.text),
            address=url_for(entry.endpoint),
            count=getattr(waiting, entry.count) if entry.count else 0,
            current=(request.endpoint or "").split(".")[0] == entry.endpoint.split(".")[0],
        )
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions and _is_for(entry, person)
    )


def _waiting(person: Actor | None) -> Waiting:
    if person is None:
        return Waiting()
    with parts().database.read() as session:
        return waiting_for(session, person)


def _is_for(entry: Entry, person: Actor | None) -> bool:
    if person is None:
        return entry.public
    return not entry.roles or any(person.has(role) for role in entry.roles)
