"""How well a text was read, in words for the document's page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from docsvc.db.records import Document
from docsvc.records.annexes import annexes_of
from docsvc.records.readings import Reading, reading_for, reading_of
from docsvc.records.text_quality import Quality, Source
from docsvc.web.i18n import gettext
from docsvc.web.templating import annex_label

_MOST_NAMED = 12
"""Pages named one by one."""
_KINDS = {Quality.GOOD: "good", Quality.OCR: "good", Quality.SCAN: "unsure", Quality.GARBLED: "bad"}


@dataclass(frozen=True, slots=True)
class ToldReading:
    """How well one text was read."""

    of: str
    """The annex's label; empty for the document itself."""
    kind: str
    """Of the badge."""
    name: str
    lines: tuple[str, ...]
    """What there is to say beyond."""


def readings_told(session: Session, document: Document) -> tuple[ToldReading, ...]:
    """Of the document and of its annexes."""
    own = reading_for(session, document)
    told = [_told("", own)] if own is not None else []
    annexed = (_told(annex_label(document, annex), reading_of(annex)) for annex in annexes_of(document))
    return (*told, *annexed)


def _told(of: str, reading: Reading) -> ToldReading:
    lines: list[str] = []
    counted = reading.counted
    if len(counted) > 1 or reading.quality in (Quality.SCAN, Quality.GARBLED):
        lines.extend(
            gettext(
                "%(quality)s: trang %(pages)s", quality=quality_name(quality), pages=_named(reading.numbers(quality))
            )
            for quality in counted
            if quality is not Quality.GOOD
        )
    if reading.confidence is not None:
        lines.append(gettext("Độ tin cậy của nhận dạng: %(percent)s%%", percent=reading.confidence))
    if any(page.source is Source.SCANNER for page in reading.pages):
        lines.append(gettext("Chữ do máy quét nhận dạng sẵn trong tệp"))
    if reading.encodings:
        lines.append(gettext("Đã chuyển từ bảng mã cũ: %(names)s", names=", ".join(reading.encodings)))
    kind = _KINDS.get(reading.quality, "calm") if reading.quality else "calm"
    return ToldReading(of, kind, quality_name(reading.quality), tuple(lines))


def quality_name(quality: Quality | None) -> str:
    """What a quality is called."""
    return {
        Quality.GOOD: gettext("đọc được"),
        Quality.OCR: gettext("nhận dạng từ hình quét"),
        Quality.SCAN: gettext("hình quét, chưa có chữ"),
        Quality.GARBLED: gettext("chữ đọc không đúng"),
        Quality.BLANK: gettext("không có chữ"),
        None: gettext("chưa đánh giá"),
    }[quality]


def _named(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers[:_MOST_NAMED])) + ("…" if len(numbers) > _MOST_NAMED else "")
