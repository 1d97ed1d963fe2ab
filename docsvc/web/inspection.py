"""How units sign: a table per unit and period, and the documents behind each number."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy import select

from docsvc.accounts import Role
from docsvc.db.people import Unit
from docsvc.errors import Invalid, NotFound
from docsvc.inspection.choice import OVERSEERS
from docsvc.inspection.standards import FAULTS, Standard, UnitStandards, documents_behind, standards
from docsvc.problems import status_of
from docsvc.records.suggestions import unit_tree
from docsvc.records.units import subtree
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, language, told
from docsvc.web.paging import page_number
from docsvc.web.periods import Chosen, chosen_period, period_groups
from docsvc.web.shares import harmless
from docsvc.web.unit_options import unit_options

pages = Blueprint("inspection", __name__)

PER_PAGE = 50
NAMES = {
    Standard.ALL: (N_("Văn bản"), N_("Văn bản điện tử đã phát hành, không kể bản sao")),
    Standard.RIGHT: (N_("Ký đúng"), N_("Không mắc lỗi nào ở các cột bên")),
    Standard.LATE: (
        N_("Ký muộn"),
        N_("Lãnh đạo ký sau ngày ghi trên văn bản, hoặc cơ quan ký số sau ngày đó hơn một ngày"),
    ),
    Standard.UNAUTHORISED: (
        N_("Sai thẩm quyền"),
        N_("Chứng thư không phải của người ký, hoặc khi ký không có giao quyền còn hiệu lực"),
    ),
    Standard.UNSTAMPED: (N_("Thiếu dấu thời gian"), N_("Có chữ ký ở mức B-B")),
    Standard.BELOW: (N_("Dưới mức"), N_("Có chữ ký dưới mức mà cơ quan đặt ra")),
    Standard.BROKEN: (
        N_("Hỏng"),
        N_("Chữ ký không hợp lệ, hoặc lần kiểm tra cuối thấy tệp bị thay đổi hay bị mất"),
    ),
    Standard.UNDECIDED: (N_("Chưa xác định"), N_("Không hỏng, nhưng lần kiểm tra cuối chưa kết luận được")),
    Standard.UNSIGNED: (N_("Thiếu chữ ký"), N_("Thiếu chữ ký của lãnh đạo hoặc của cơ quan")),
}
Page = str | tuple[str, int]


@pages.get("/inspection")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def overview() -> Page:
    """How every overseen unit signed."""
    period, problem = _period()
    root = _unit_asked()
    with parts().database.read() as session:
        counted = standards(session, actor(), period.start, period.end, parts().desk.level, root)
        overseen = session.scalars(select(Unit.id).where(Unit.id.in_(subtree(actor().units(*OVERSEERS))))).all()
        units = unit_options(unit_tree(session, overseen))
    everything = request.args.get("all") == "1"
    shown = [row for row in counted if everything or row.counts[Standard.ALL] or not row.depth]
    page = render_template(
        "inspection/overview.html",
        period=period,
        periods=period_groups(parts().desk.today()),
        units=units,
        unit=root or "",
        level=parts().desk.level,
        standards=[(one, gettext(name), gettext(meaning)) for one, (name, meaning) in NAMES.items()],
        faults=FAULTS,
        rows=shown,
        behind=_behind(period),
        hidden=len(counted) - len(shown),
        everything=_address("overview", period, unit=root, all=1),
        export=_address("export", period, unit=root),
        problem=told(problem) if problem else None,
    )
    return (page, status_of(problem)) if problem else page


@pages.get("/inspection/documents")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def documents() -> str:
    """The documents of one count."""
    period, problem = _period()
    standard = next((one for one in Standard if one == request.args.get("standard")), None)
    unit_id = _unit_asked()
    if problem or standard is None or unit_id is None:
        raise NotFound
    page = page_number()
    with parts().database.read() as session:
        found = documents_behind(
            session,
            actor(),
            unit_id=unit_id,
            start=period.start,
            end=period.end,
            level=parts().desk.level,
            standard=standard,
            page=page,
            per_page=PER_PAGE,
        )
        name, meaning = NAMES[standard]
        return render_template(
            "inspection/documents.html",
            title=gettext(name),
            meaning=gettext(meaning),
            unit=session.get_one(Unit, unit_id),
            period=period,
            found=found,
            page=page,
            pages=max(1, -(-(found.total - found.hidden) // PER_PAGE)),
            back=_address("overview", period),
        )


@pages.get("/inspection.csv")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def export() -> Response:
    """The table for a spreadsheet."""
    period, problem = _period()
    if problem:
        raise NotFound
    with parts().database.read() as session:
        counted = standards(session, actor(), period.start, period.end, parts().desk.level, _unit_asked())
    text = io.StringIO()
    writer = csv.writer(text, delimiter="," if language() == "en" else ";", lineterminator="\r\n")
    days = [gettext("Từ ngày"), gettext("Đến ngày")]
    writer.writerow([gettext("Đơn vị"), gettext("Cấp"), *days, *(gettext(name) for name, _ in NAMES.values())])
    for row in counted:
        days = [period.start.isoformat(), period.end.isoformat()]
        writer.writerow([harmless(row.name), row.depth, *days, *(row.counts[one] for one in NAMES)])
    response = make_response("\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue())  # spreadsheets then read UTF-8
    response.mimetype = "text/csv"
    name = f"docsvc-inspection-{period.start.isoformat()}-{period.end.isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def _behind(period: Chosen) -> Any:
    def address(row: UnitStandards, standard: Standard) -> str:
        return _address("documents", period, unit=row.unit_id, standard=standard.value)

    return address


def _address(page: str, period: Chosen, **values: Any) -> str:
    days: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    return url_for(f"inspection.{page}", **days, **{name: value for name, value in values.items() if value})


def _period() -> tuple[Chosen, Invalid | None]:
    today = parts().desk.today()
    try:
        return chosen_period(request.args, today), None
    except Invalid as error:
        return chosen_period(type(request.args)(), today), error


def _unit_asked() -> int | None:
    unit_id = request.args.get("unit", type=int)
    return unit_id if unit_id is not None and 0 < unit_id < 2**63 else None
