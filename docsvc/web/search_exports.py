"""Results of a search to be taken elsewhere: XLSX, CSV, PDF, with the columns that are wanted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO

from flask import Blueprint, Response, request, stream_with_context

from config.document_types import document_types
from docsvc import audit
from docsvc.db.records import Document
from docsvc.errors import NotFound
from docsvc.issue.desk import VIETNAM
from docsvc.records.finder import LONGEST_QUERY
from docsvc.records.result_lists import COLUMNS, MOST_ROWS, USUAL, cell, listed
from docsvc.web.asked import asked_order, filters_of
from docsvc.web.context import parts
from docsvc.web.guard import actor
from docsvc.web.i18n import N_, gettext, language, pick
from docsvc.web.result_tables import MOST_PDF_ROWS, Column, Listing, as_csv, as_pdf, as_xlsx
from docsvc.web.words import word
from search.folding import nfc

pages = Blueprint("search_exports", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADS = {
    "reference": (N_("Số, ký hiệu"), 18),
    "issued_on": (N_("Ngày văn bản"), 12),
    "type": (N_("Loại văn bản"), 16),
    "abstract": (N_("Trích yếu"), 50),
    "unit": (N_("Cơ quan ban hành"), 28),
    "drafting_unit": (N_("Đơn vị soạn thảo"), 28),
    "signatory": (N_("Người ký"), 20),
    "position": (N_("Chức vụ"), 20),
    "medium": (N_("Hình thức"), 14),
    "state": (N_("Trạng thái"), 14),
    "access": (N_("Phạm vi xem"), 12),
    "urgency": (N_("Độ khẩn"), 12),
    "pages": (N_("Số trang"), 8),
}


@pages.get("/search/export.<kind>")
def export(kind: str) -> Response:
    """Every result that the person may read, in the order of the page."""
    made: dict[str, Callable[[Listing], Response]] = {"csv": _csv, "xlsx": _xlsx, "pdf": _pdf}
    if kind not in made:
        raise NotFound
    text = nfc(request.args.get("q", ""))[:LONGEST_QUERY]
    filters = filters_of(request.args)
    most = MOST_PDF_ROWS if kind == "pdf" else MOST_ROWS
    found = listed(
        parts().database,
        parts().engine,
        actor(),
        text,
        filters=filters,
        order=asked_order(request.args),
        most=most,
    )
    chosen = columns_of(request.args.getlist("columns"))
    notes = [
        gettext("Tìm: %(query)s", query=text) if text else gettext("Tất cả văn bản"),
        gettext("Tìm thấy %(total)s văn bản", total=found.total),
        gettext(
            "Lập lúc %(time)s, người lập: %(name)s",
            time=f"{datetime.now(VIETNAM):%H:%M %d/%m/%Y}",
            name=actor().full_name,
        ),
    ]
    cut = gettext("Danh sách này chỉ có %(most)s văn bản đầu.", most=most) if found.total > most else ""
    notes += [cut] if cut else []
    with parts().database.write() as session:
        audit.append(
            session,
            actor=actor().username,
            act="results-exported",
            object_kind="search",
            object_id=kind,
            documents=min(found.total, most),
        )
    title = gettext("Danh sách văn bản")
    columns = [Column(gettext(HEADS[name][0]), HEADS[name][1]) for name in chosen]
    response = made[kind](Listing(title, notes, columns, _cells(found.rows, chosen), cut))
    response.headers.set("Content-Disposition", "attachment", filename=f"docsvc-search.{kind}")
    response.headers["Cache-Control"] = "no-store"
    return response


def columns_of(asked: Sequence[str]) -> tuple[str, ...]:
    """The columns asked for, in their usual order; the usual ones where none is."""
    return tuple(name for name in COLUMNS if name in asked) or USUAL


def _cells(rows: Iterator[Document], columns: Sequence[str]) -> Iterator[list[str]]:
    for document in rows:
        yield [cell(document, name, _named) for name in columns]


def _named(key: str, kind: str) -> str:
    if kind != "type":
        return word(key, kind)
    found = document_types().get(key)
    return pick(found.name, found.name_en) if found else key


def _csv(listing: Listing) -> Response:
    written = as_csv(listing, delimiter="," if language() == "en" else ";")
    return Response(stream_with_context(written), mimetype="text/csv")


def _xlsx(listing: Listing) -> Response:
    return _sent(as_xlsx(listing), XLSX)


def _pdf(listing: Listing) -> Response:
    return _sent(as_pdf(listing), "application/pdf")


def _sent(file: BinaryIO, media_type: str) -> Response:
    file.seek(0, 2)
    length = file.tell()
    file.seek(0)
    response = Response(iter(lambda: file.read(256 * 1024), b""), mimetype=media_type)
    response.content_length = length
    response.call_on_close(file.close)
    return response
