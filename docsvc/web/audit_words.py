"""What the words of audits are called on the pages and in exports."""

from __future__ import annotations

from docsvc.web.i18n import N_, gettext

CAUSES = {
    "valid": N_("Chữ ký hợp lệ, tệp còn nguyên"),
    "bytes-sound": N_("Tệp còn nguyên (không cần chữ ký)"),
    "removed": N_("Đã gỡ khỏi hồ sơ trước khi đến lượt"),
    "object-missing": N_("Mất tệp trong kho"),
    "object-altered": N_("Tệp trong kho bị thay đổi"),
    "object-extra": N_("Tệp thừa, không bản ghi nào nói đến"),
    "changed-after-signing": N_("Bị sửa sau khi ký"),
    "UNSIGNED": N_("Không có chữ ký số"),
    "ENCRYPTED": N_("Tệp bị khóa bằng mật khẩu"),
    "UNREADABLE": N_("Không đọc được PDF"),
    "LIMITS": N_("Vượt giới hạn thời gian hoặc bộ nhớ khi đọc"),
    "CRASHED": N_("Không đọc được: tiến trình đọc tệp bị dừng"),
    "FORMAT_FAILURE": N_("Chữ ký sai định dạng"),
    "HASH_FAILURE": N_("Nội dung bị thay đổi sau khi ký"),
    "SIG_CRYPTO_FAILURE": N_("Giá trị chữ ký sai"),
    "REVOKED": N_("Chứng thư đã bị thu hồi khi ký"),
    "NOT_YET_VALID": N_("Ký trước khi chứng thư có hiệu lực"),
    "EXPIRED": N_("Ký sau khi chứng thư hết hạn"),
    "SIG_CONSTRAINTS_FAILURE": N_("Chữ ký không đúng ràng buộc"),
    "CHAIN_CONSTRAINTS_FAILURE": N_("Đường dẫn chứng thư không đúng ràng buộc"),
    "CERTIFICATE_CHAIN_GENERAL_FAILURE": N_("Không kiểm tra được đường dẫn chứng thư"),
    "CRYPTO_CONSTRAINTS_FAILURE": N_("Thuật toán không còn được tin cậy"),
    "CRYPTO_CONSTRAINTS_FAILURE_NO_POE": N_("Thuật toán hết tin cậy, không có bằng chứng thời điểm ký"),
    "TIMESTAMP_ORDER_FAILURE": N_("Dấu thời gian sai thứ tự"),
    "NO_SIGNING_CERTIFICATE_FOUND": N_("Không tìm thấy chứng thư người ký"),
    "NO_CERTIFICATE_CHAIN_FOUND": N_("Chứng thư không dẫn tới gốc tin cậy"),
    "REVOKED_NO_POE": N_("Chứng thư bị thu hồi, không rõ ký trước hay sau"),
    "REVOKED_CA_NO_POE": N_("Chứng thư tổ chức cấp bị thu hồi, không rõ ký trước hay sau"),
    "OUT_OF_BOUNDS_NO_POE": N_("Chứng thư hết hạn, không có bằng chứng thời điểm ký"),
    "OUT_OF_BOUNDS_NOT_REVOKED": N_("Chứng thư hết hạn, chưa bị thu hồi, không có bằng chứng thời điểm ký"),
    "NO_POE": N_("Không có bằng chứng thời điểm ký"),
    "TRY_LATER": N_("Chưa có dữ liệu thu hồi"),
    "SIGNED_DATA_NOT_FOUND": N_("Không tìm thấy nội dung được ký"),
    "GENERIC": N_("Không xác định được"),
}
"""Of every file; sub-indications are those of EN 319 102-1. One that is not here is shown as the code it is."""

STATES = {
    "waiting": N_("Chờ chạy"),
    "running": N_("Đang chạy"),
    "stopped": N_("Đã dừng"),
    "done": N_("Đã xong"),
}
SCOPES = {
    "issued": (N_("Chỉ bản phát hành"), N_("Bản phát hành mới nhất của mỗi văn bản, không kể bản sao")),
    "records": (N_("Cả phụ lục và bản sao"), N_("Thêm phụ lục, bản sao và bản quét văn bản giấy")),
    "all": (N_("Mọi tệp đã lưu"), N_("Cả bản dự thảo, bản lãnh đạo đã ký, các bản phát hành cũ; tìm cả tệp thừa")),
}
ORIGINS = {
    "person": N_("trên trang web"),
    "command": N_("bằng lệnh"),
    "schedule": N_("theo lịch"),
}
STORED = {
    "matched": N_("khớp SHA-256"),
    "altered": N_("sai SHA-256"),
    "missing": N_("không có trong kho"),
    "extra": N_("thừa"),
}


def cause_name(code: str) -> str:
    """What a cause is called."""
    return gettext(CAUSES.get(code, code))


def state_name(state: str) -> str:
    """What a run's state is called."""
    return gettext(STATES.get(state, state))


def scope_name(scope: str) -> str:
    """Which files."""
    return gettext(SCOPES[scope][0]) if scope in SCOPES else scope


def origin_name(origin: str) -> str:
    """What began it."""
    return gettext(ORIGINS.get(origin, origin))


def stored_name(stored: str) -> str:
    """The object beside its record."""
    return gettext(STORED.get(stored, stored))
