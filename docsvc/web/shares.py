"""Pages of the paperless shares: a table per unit and period, and the documents behind each number."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from docsvc.db.people import Unit
from docsvc.errors import Invalid, NotFound
from docsvc.records.shares import Metric, Part, Share, UnitShares, documents_behind, shares
from docsvc.records.suggestions import unit_tree
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import N_, gettext, language, told
from docsvc.web.paging import page_number
from docsvc.web.periods import Chosen, chosen_period, period_groups
from docsvc.web.unit_options import unit_options

pages = Blueprint("shares", __name__)

PER_PAGE = 50
METRICS = {
    Metric.ELECTRONIC: (N_("Văn bản điện tử"), N_("Phát hành điện tử, có chữ ký số hợp lệ của cơ quan")),
    Metric.PAPERLESS: (N_("Không giấy"), N_("Điện tử và không gửi bản giấy cho nơi nào")),
    Metric.PERSONAL: (N_("Ký số cá nhân"), N_("Văn bản điện tử có chữ ký số hợp lệ của người có thẩm quyền")),
}
PARTS = {
    (Metric.ELECTRONIC, Part.COUNTED): N_("Văn bản điện tử"),
    (Metric.ELECTRONIC, Part.REMAINDER): N_("Văn bản không phải điện tử"),
    (Metric.PAPERLESS, Part.COUNTED): N_("Văn bản điện tử không gửi bản giấy"),
    (Metric.PAPERLESS, Part.REMAINDER): N_("Văn bản giấy hoặc còn gửi bản giấy"),
    (Metric.PERSONAL, Part.COUNTED): N_("Văn bản điện tử có chữ ký số cá nhân"),
    (Metric.PERSONAL, Part.REMAINDER): N_("Văn bản điện tử chưa có chữ ký số cá nhân"),
}
BAR_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One share as shown."""

    metric: Metric
    percent: str
    share: Share
    bar: float
    """Width of the filled part, of 100."""
    counted: str
    """Address of the documents in the numerator."""
    remainder: str
    """Address of the others."""


@dataclass(frozen=True, slots=True)
class Row:
    """One unit as shown."""

    unit: UnitShares
    cells: tuple[Cell, ...]


@pages.get("/shares")
def overview() -> str | tuple[str, HTTPStatus]:
    """The three shares of every unit."""
    period, problem = _period()
    root = _unit_asked()
    with parts().database.read() as session:
        counted = shares(session, period.start, period.end, root)
        units = unit_options(unit_tree(session))
    everything = request.args.get("all") == "1"
    shown = [row for row in counted if everything or row.documents or not row.depth]
    page = render_template(
        "shares/overview.html",
        period=period,
        problem=problem,
        periods=period_groups(parts().desk.today()),
        units=units,
        unit=root or "",
        metrics=[(metric, gettext(name), gettext(meaning)) for metric, (name, meaning) in METRICS.items()],
        rows=[_row(row, period) for row in shown],
        hidden=len(counted) - len(shown),
        everything=_address("overview", period, unit=root, all=1),
        export=_address("export", period, unit=root),
    )
    return (page, HTTPStatus.UNPROCESSABLE_ENTITY) if problem else page


@pages.get("/shares/documents")
def documents() -> str:
    """The documents that make up one side of one share."""
    period, problem = _period()
    metric, part = _one_of(Metric, "metric"), _one_of(Part, "part")
    unit_id = _unit_asked()
    if problem or metric is None or part is None or unit_id is None:
        raise NotFound
    page = page_number()
    with parts().database.read() as session:
        found = documents_behind(
            session,
            actor(),
            unit_id=unit_id,
            start=period.start,
            end=period.end,
            metric=metric,
            part=part,
            page=page,
            per_page=PER_PAGE,
        )
        unit = session.get(Unit, unit_id)
        other = Part.REMAINDER if part is Part.COUNTED else Part.COUNTED
        return render_template(
            "shares/documents.html",
            title=gettext(PARTS[metric, part]),
            unit=unit,
            period=period,
            found=found,
            page=page,
            pages=max(1, -(-(found.total - found.hidden) // PER_PAGE)),
            back=_address("overview", period),
            other=(gettext(PARTS[metric, other]), _behind(unit_id, period, metric, other)),
        )


@pages.get("/shares.csv")
def export() -> Response:
    """The table for a spreadsheet: what a comma means there follows the language."""
    period, problem = _period()
    if problem:
        raise NotFound
    with parts().database.read() as session:
        counted = shares(session, period.start, period.end, _unit_asked())
    english = language() == "en"
    text = io.StringIO()
    writer = csv.writer(text, delimiter="," if english else ";", lineterminator="\r\n")
    writer.writerow(
        [
            gettext("Đơn vị"),
            gettext("Cấp"),
            gettext("Từ ngày"),
            gettext("Đến ngày"),
            gettext("Văn bản"),
            *(f"{gettext(name)} ({what})" for name, _ in METRICS.values() for what in (gettext("số văn bản"), "%")),
        ]
    )
    for row in counted:
        cells = [(row.share(metric).counted, _percent(row.share(metric))) for metric in METRICS]
        writer.writerow(
            [
                harmless(row.name),
                row.depth,
                period.start.isoformat(),
                period.end.isoformat(),
                row.documents,
                *(value for cell in cells for value in cell),
            ]
        )
    response = make_response("\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue())  # spreadsheets then read UTF-8
    response.mimetype = "text/csv"
    name = f"docsvc-{period.start.isoformat()}-{period.end.isoformat()}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Cache-Control"] = "no-store"
    return response


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@", "|", "%")) or text[:1] in "\t\r\n" else text


def _row(row: UnitShares, period: Chosen) -> Row:
    return Row(row, tuple(_cell(row, metric, period) for metric in METRICS))


def _cell(row: UnitShares, metric: Metric, period: Chosen) -> Cell:
    share = row.share(metric)
    return Cell(
        metric=metric,
        percent=_percent(share),
        share=share,
        bar=round(BAR_WIDTH * share.counted / share.total, 1) if share.total else 0.0,
        counted=_behind(row.unit_id, period, metric, Part.COUNTED),
        remainder=_behind(row.unit_id, period, metric, Part.REMAINDER),
    )


def _percent(share: Share) -> str:
    return share.percent("." if language() == "en" else ",")


def _behind(unit_id: int, period: Chosen, metric: Metric, part: Part) -> str:
    return _address("documents", period, unit=unit_id, metric=metric.value, part=part.value)


def _address(page: str, period: Chosen, **values: Any) -> str:
    """A page of the same period."""
    days: dict[str, Any] = {"from": period.start.isoformat(), "to": period.end.isoformat()}
    return url_for(f"shares.{page}", **days, **{name: value for name, value in values.items() if value})


def _period() -> tuple[Chosen, str | None]:
    """The days asked for; this year, and why, where they cannot be understood."""
    today = parts().desk.today()
    try:
        return chosen_period(request.args, today), None
    except Invalid as error:
        return chosen_period(type(request.args)(), today), told(error)


def _unit_asked() -> int | None:
    unit_id = request.args.get("unit", type=int)
    return unit_id if unit_id is not None and 0 < unit_id < 2**63 else None


def _one_of(kind: type[Metric | Part], name: str) -> Any:
    return next((member for member in kind if member == request.args.get(name)), None)
