"""What a check of the log found, in words, Vietnamese and English."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from docsvc.audit.evidence import AnchorFault, Claim
from docsvc.audit.verifying import EntryFault, LogReport

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
Told = tuple[str, str]
"""Vietnamese and English."""

_ENTRY: dict[str, Told] = {
    "missing": ("Dòng {id} đã bị xóa", "Entry {id} is missing"),
    "altered": ("Dòng {id} đã bị sửa: nội dung không khớp mã băm", "Entry {id} was altered: it does not give its hash"),
    "unlinked": (
        "Dòng {id} bị chèn hoặc thay: không nối với dòng trước",
        "Entry {id} was put in or replaced: it is not linked to the one before",
    ),
    "rewritten": (
        "Dòng {id} đã bị viết lại: mã băm khác mã đã được chứng thực",
        "Entry {id} was rewritten: its hash is not the one that was anchored",
    ),
    "cut": ("Nhật ký bị cắt từ dòng {id} trở đi", "The log is cut from entry {id} on"),
}
_WINDOW: Told = (
    "Có dòng bị viết lại trong khoảng từ {id} đến {through}",
    "An entry between {id} and {through} was rewritten",
)
_ANCHOR: dict[str, Told] = {
    "missing": (
        "Mốc {number} không còn trong cơ sở dữ liệu (còn thấy ở: {detail})",
        "Anchor {number} is missing from the database (known to: {detail})",
    ),
    "altered": ("Mốc {number} trong cơ sở dữ liệu đã bị sửa", "Anchor {number} in the database was altered"),
    "unlinked": ("Mốc {number} không nối với mốc trước", "Anchor {number} does not name the one before"),
    "contradicted": (
        "Có hai nội dung khác nhau cùng nhận là mốc {number}",
        "Two different statements claim to be anchor {number}",
    ),
    "token": (
        "Dấu thời gian của mốc {number} không tin được ({detail})",
        "The timestamp of anchor {number} is not to be believed ({detail})",
    ),
    "copy-missing": (
        "Kho lưu trữ thiếu bản sao {detail} của mốc {number}",
        "The object store lacks the copy {detail} of anchor {number}",
    ),
    "copy-damaged": (
        "Bản sao {detail} của mốc {number} trong kho lưu trữ đã hỏng",
        "The copy {detail} of anchor {number} in the object store is damaged",
    ),
    "hashes-missing": (
        "Kho lưu trữ thiếu danh sách mã băm của mốc {number}: không chỉ được đúng dòng nếu bị viết lại",
        "The object store lacks the list of hashes of anchor {number}: a rewritten entry cannot be told exactly",
    ),
}


def entry_fault(fault: EntryFault, *, people: bool = True) -> Told:
    """About the first wrong entry; without ``people``, it does not tell who did what by it."""
    vi, en = _WINDOW if fault.through != fault.event_id else _ENTRY[fault.problem]
    facts = {"id": fault.event_id, "through": fault.through}
    vi, en = vi.format(**facts), en.format(**facts)
    if fault.happened_at is not None:
        if fault.actor and not people:
            vi += f". Dòng này ghi lúc {told_moment(fault.happened_at)}"
            en += f". It now says {told_moment(fault.happened_at)}"
        elif fault.actor:
            vi += f". Dòng này ghi: {told_moment(fault.happened_at)}, {fault.actor}, {fault.act}"
            en += f". It now says: {told_moment(fault.happened_at)}, {fault.actor}, {fault.act}"
        else:
            vi += f". Dòng đúng cuối cùng ghi lúc {told_moment(fault.happened_at)}"
            en += f". The last right entry is of {told_moment(fault.happened_at)}"
    vi += f". {_between(fault)[0]}"
    en += f". {_between(fault)[1]}"
    return vi, en


def _between(fault: EntryFault) -> Told:
    after, before = fault.after, fault.before
    if after is not None and before is not None:
        first, second = _claim(after), _claim(before)
        return f"Nằm giữa {first[0]} và {second[0]}.", f"It lies between {first[1]} and {second[1]}."
    if after is not None:
        known = _claim(after)
        return f"Nằm sau {known[0]}, chưa có mốc nào sau đó.", f"It lies after {known[1]}; there is no later anchor."
    if before is not None:
        known = _claim(before)
        return f"Nằm trước {known[0]}.", f"It lies before {known[1]}."
    return "Chưa có mốc chứng thực nào.", "There is no anchor yet."


def _claim(claim: Claim) -> Told:
    number, last = claim.statement.number, claim.statement.last_entry
    if claim.proven_at is None:
        return f"mốc {number} (dòng {last})", f"anchor {number} (entry {last})"
    moment = told_moment(claim.proven_at)
    return f"mốc {number} (dòng {last}, {moment})", f"anchor {number} (entry {last}, {moment})"


def anchor_fault(fault: AnchorFault) -> Told:
    """One sentence about a wrong anchor."""
    vi, en = _ANCHOR[fault.problem]
    facts = {"number": fault.number, "detail": fault.detail or "-"}
    return vi.format(**facts) + ".", en.format(**facts) + "."


def summary(report: LogReport, *, people: bool = True) -> list[Told]:
    """Everything a report says, the verdict first."""
    lines: list[Told] = []
    if report.fault is not None:
        lines.append(entry_fault(report.fault, people=people))
    lines += [anchor_fault(fault) for fault in report.anchor_faults]
    if report.is_sound:
        lines.append(("Nhật ký còn nguyên như khi ghi.", "The log is whole and unchanged."))
    read, last = f"{report.entries}", told_moment(report.last_at) if report.last_at else "-"
    lines.append((f"Đã đọc {read} dòng, dòng cuối ghi lúc {last}.", f"{read} entries read, the last of {last}."))
    proven = report.proven
    if proven is None or proven.proof is None or proven.proof.at is None:
        lines.append(("Chưa có mốc nào chứng thực nhật ký.", "No anchor proves the log yet."))
        return lines
    entry, moment = proven.statement.last_entry, told_moment(proven.proof.at)
    authority, rest = proven.proof.authority, report.not_proven
    vi = f"{report.anchors} mốc đúng; đến dòng {entry} có dấu thời gian {moment} của {authority}; "
    en = f"{report.anchors} anchors hold; through entry {entry} a timestamp of {moment} by {authority} proves it; "
    lines.append((f"{vi}{rest} dòng sau đó chưa có mốc.", f"{en}{rest} entries after it are not anchored yet."))
    return lines


def told_moment(moment: datetime) -> str:
    """A moment as people in the office read it."""
    return f"{moment.astimezone(_VIETNAM):%d/%m/%Y %H:%M:%S}"
