"""The words for the details of the event log: their names, and what codes in them mean."""

from __future__ import annotations

from config.document_types import document_types
from docsvc.web import words
from docsvc.web.audit_words import cause_name
from docsvc.web.i18n import N_, gettext, pick

DETAILS = {
    "address": N_("địa chỉ"),
    "annex": N_("phụ lục"),
    "audit": N_("lượt kiểm tra"),
    "authority": N_("quyền hạn ký"),
    "basis": N_("căn cứ"),
    "before": N_("trước đó"),
    "by_hand": N_("đặt bằng tay"),
    "cause": N_("nguyên nhân"),
    "certificate": N_("chứng thư"),
    "code": N_("mã"),
    "doubts": N_("điểm cần cân nhắc"),
    "delegation": N_("giao ký số"),
    "earlier": N_("tệp trước đó"),
    "files": N_("số tệp"),
    "findings": N_("có vấn đề"),
    "form": N_("dạng"),
    "from": N_("từ"),
    "holder": N_("chủ thể"),
    "holder_confirmed": N_("xác nhận chủ thể"),
    "kind": N_("loại khóa"),
    "level": N_("mức"),
    "millimetres": N_("đường kính (mm)"),
    "name": N_("tên gọi"),
    "number": N_("số"),
    "on": N_("ngày"),
    "reason": N_("lý do"),
    "reference": N_("số, ký hiệu"),
    "revocation": N_("trạng thái thu hồi"),
    "revocation_problem": N_("lý do không biết"),
    "role": N_("vai trò"),
    "scope": N_("phạm vi"),
    "sha256": "SHA-256",
    "signatory": N_("người ký"),
    "source": N_("nguồn"),
    "terms": N_("mục đích, thời gian"),
    "through": N_("đến dòng"),
    "title": N_("tên"),
    "to": N_("đến"),
    "token": N_("mã truy cập"),
    "types": N_("loại văn bản"),
    "unit": N_("đơn vị"),
    "username": N_("tên đăng nhập"),
    "way": N_("cách ký"),
    "year": N_("năm"),
}
"""What the details of an entry are called; one that is not here is shown as it stands in the log."""

ACTORS = {"unknown": N_("không rõ ai"), "system": N_("hệ thống")}

_VALUES: dict[str, dict[str, str]] = {
    "revocation": {
        "good": N_("không bị thu hồi"),
        "unknown": N_("không biết"),
        "revoked": N_("đã bị thu hồi"),
    },
    "kind": {
        "pkcs12": N_("tệp PKCS#12"),
        "pkcs11": N_("thiết bị PKCS#11"),
        "csc": N_("dịch vụ ký từ xa"),
        "own": N_("ở máy của người ký"),
    },
    "way": {"digest": N_("chương trình ở máy của người ký"), "file": N_("chương trình ký tệp PDF")},
    "holder_confirmed": {"yes": N_("có")},
    "reason": {
        "no-room": N_("cuối trang không còn chỗ trống"),
        "unfaithful": N_("in vào sẽ làm thay đổi trang"),
        "unreadable": N_("không đọc được tệp"),
    },
}
_NOBODY = "nobody to ask"
_PROBLEMS = {
    "unknown": N_("không rõ"),
    _NOBODY: N_("không có nơi nào để hỏi"),
    "the time for all answers is up": N_("hết thời gian chờ trả lời"),
}
_KINDS_OF_ANSWERS = {
    "OCSP:": N_("trả lời OCSP không dùng được"),
    "CRL:": N_("danh sách CRL không dùng được"),
}


def value_words(name: str, value: str) -> str:
    """A detail's value for people; what no code stands for is shown as it is."""
    if name == "role":
        return words.word(value, "role")
    if name == "cause":
        return cause_name(value)
    if name == "revocation_problem":
        return gettext(_problem(value))
    if name == "types":
        return ", ".join(_type_name(key) for key in value.split())
    if name == "by_hand":
        return ", ".join(gettext(_PLACES.get(place, place)) for place in value.split(", ") if place)
    return gettext(_VALUES.get(name, {}).get(value, value)) if value else "–"


_PLACES = {
    "number": N_("Số"),
    "day": N_("Ngày"),
    "month": N_("Tháng"),
    "year": N_("Năm"),
    "personal_signature": N_("Chữ ký"),
    "organisation_signature": N_("Con dấu"),
    "printed_month": N_("Tháng đã in sẵn"),
    "printed_year": N_("Năm đã in sẵn"),
}


def _problem(value: str) -> str:
    """Why nobody said whether a certificate was revoked: the first phrase that is known in the log's own words."""
    if value in _PROBLEMS:
        return _PROBLEMS[value]
    if value.endswith(_NOBODY):
        return _PROBLEMS[_NOBODY]
    for start, meaning in _KINDS_OF_ANSWERS.items():
        if start in value:
            return meaning
    return N_("máy chủ không trả lời được")


def _type_name(key: str) -> str:
    kind = document_types().get(key)
    return pick(kind.name, kind.name_en) if kind is not None else key
