"""What an audit found, to be taken elsewhere: CSV and XLSX for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO

import xlsxwriter
from flask import Blueprint, Response, stream_with_context

from docsvc.accounts import Role
from docsvc.db.inspection import AuditRun
from docsvc.errors import NotFound
from docsvc.inspection import runs
from docsvc.inspection.checking import IN_ORDER
from docsvc.inspection.runs import Line
from docsvc.issue.desk import VIETNAM
from docsvc.web import audit_words
from docsvc.web.context import parts
from docsvc.web.guard import actor, needs
from docsvc.web.i18n import N_, gettext, language, pick
from docsvc.web.shares import harmless
from docsvc.web.words import word

pages = Blueprint("exports", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = (
    N_("Số, ký hiệu"),
    N_("Ngày văn bản"),
    N_("Trích yếu"),
    N_("Đơn vị"),
    N_("Tệp"),
    "SHA-256",
    N_("Trong kho"),
    N_("Kết luận"),
    N_("Mã nguyên nhân"),
    N_("Nguyên nhân"),
    N_("Chi tiết"),
    N_("Kiểm tra lúc"),
)
WIDTHS = (18, 12, 40, 28, 18, 20, 16, 16, 24, 30, 50, 18)
MOST_ROWS = 1_048_000
"""Of a sheet of a workbook; what is beyond stands in the other forms."""


@pages.get("/audits/<int:run_id>.<kind>")
@needs(Role.AUDITOR, Role.ADMINISTRATOR)
def export(run_id: int, kind: str) -> Response:
    """Every file checked so far."""
    with parts().database.read() as session:
        run = runs.seen(session, run_id, actor())
    made: dict[str, Callable[[AuditRun], Response]] = {"csv": _csv, "xlsx": _xlsx, "json": _json}
    if kind not in made:
        raise NotFound
    response = made[kind](run)
    response.headers.set("Content-Disposition", "attachment", filename=f"docsvc-audit-{run_id}.{kind}")
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(run: AuditRun) -> Iterator[Line]:
    last = 0
    while True:
        with parts().database.read() as session:
            found = runs.after(session, run, actor(), last)
        if not found:
            return
        yield from found
        last = found[-1].result.id


def _cells(line: Line) -> list[str]:
    """One row; of a document that is not for this person to read, only that there is a file of it."""
    result, document = line.result, line.document
    shown = document is not None or result.document_id is None
    return [
        (document.reference or "") if document is not None else "" if shown else gettext("Văn bản bạn không được xem"),
        document.issued_on.isoformat() if document is not None and document.issued_on else "",
        document.abstract if document is not None else "",
        document.drafting_unit.name if document is not None else "",
        word(result.role, "rendition") if result.role else "",
        result.sha256,
        audit_words.stored_name(result.stored),
        result.verdict,
        result.cause,
        audit_words.cause_name(result.cause),
        pick(result.detail_vi, result.detail_en) if shown else "",
        f"{result.checked_at.astimezone(VIETNAM):%Y-%m-%d %H:%M:%S}" if result.checked_at else "",
    ]


def _csv(run: AuditRun) -> Response:
    delimiter = "," if language() == "en" else ";"

    def written() -> Iterator[str]:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
        yield "\N{ZERO WIDTH NO-BREAK SPACE}"  # spreadsheets then read UTF-8
        writer.writerow([gettext(head) for head in HEADS])
        for line in _lines(run):
            writer.writerow([harmless(cell) for cell in _cells(line)])
            yield text.getvalue()
            text.seek(0)
            text.truncate()
        yield text.getvalue()

    return Response(stream_with_context(written()), mimetype="text/csv")


def _xlsx(run: AuditRun) -> Response:
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the response
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(file, options)
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(gettext("Kết quả"))
    sheet.freeze_panes(1, 0)
    for column, (head, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, gettext(head), bold)
    for row, line in enumerate(_lines(run), start=1):
        if row > MOST_ROWS:
            break
        for column, cell in enumerate(_cells(line)):
            sheet.write_string(row, column, cell)
    book.close()
    length = file.tell()
    file.seek(0)
    response = Response(iter(lambda: file.read(256 * 1024), b""), mimetype=XLSX)
    response.content_length = length
    response.call_on_close(file.close)
    return response


def _json(run: AuditRun) -> Response:
    facts = {
        "run": run.id,
        "state": run.state,
        "scope": run.scope,
        "units": [int(unit) for unit in run.unit_ids.split()],
        "types": run.type_keys.split(),
        "from": run.issued_from.isoformat() if run.issued_from else None,
        "to": run.issued_to.isoformat() if run.issued_to else None,
        "started_by": run.started_by,
        "started_at": run.created_at.isoformat(),
        "ended_at": run.ended_at.isoformat() if run.ended_at else None,
        "total": run.total,
        "handled": run.handled,
        "findings": run.findings,
    }

    def written() -> Iterator[str]:
        yield json.dumps(facts, ensure_ascii=False)[:-1] + ', "files": ['
        comma = ""
        for line in _lines(run):
            yield comma + json.dumps(_file(line), ensure_ascii=False)
            comma = ",\n"
        yield "]}\n"

    return Response(stream_with_context(written()), mimetype="application/json")


def _file(line: Line) -> dict[str, object]:
    result, document = line.result, line.document
    shown = document is not None or result.document_id is None
    return {
        "document": document.id if document is not None else None,
        "hidden": not shown,
        "reference": document.reference if document is not None else None,
        "role": result.role,
        "sha256": result.sha256,
        "stored": result.stored,
        "verdict": result.verdict or None,
        "cause": result.cause,
        "in_order": result.cause in IN_ORDER,
        "detail_vi": result.detail_vi if shown else "",
        "detail_en": result.detail_en if shown else "",
        "checked_at": result.checked_at.isoformat() if result.checked_at else None,
    }
