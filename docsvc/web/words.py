"""What the fixed words of a record are called on the pages."""

from __future__ import annotations

from enum import StrEnum

from docsvc.accounts import Role
from docsvc.records.signature_results import SignatureResult
from docsvc.records.terms import Access, Channel, EffectKind, LegalEffect, Medium, RenditionRole, State, Urgency
from docsvc.web.i18n import N_, gettext

NAMES: tuple[tuple[StrEnum, str], ...] = (
    (State.DRAFT, N_("Dự thảo")),
    (State.SUBMITTED, N_("Chờ ký")),
    (State.SIGNED, N_("Đã ký, chờ cấp số")),
    (State.NUMBERED, N_("Đã cấp số, chờ đóng dấu")),
    (State.SEALED, N_("Đã đóng dấu, chờ phát hành")),
    (State.ISSUED, N_("Đã ban hành")),
    (State.WITHDRAWN, N_("Đã thu hồi")),
    (Medium.ELECTRONIC, N_("Văn bản điện tử")),
    (Medium.PAPER, N_("Văn bản giấy")),
    (Access.PUBLIC, N_("Công khai")),
    (Access.INTERNAL, N_("Nội bộ")),
    (Access.RESTRICTED, N_("Hạn chế")),
    (Urgency.NORMAL, N_("Thường")),
    (Urgency.URGENT, N_("Khẩn")),
    (Urgency.VERY_URGENT, N_("Thượng khẩn")),
    (Urgency.EXPRESS, N_("Hỏa tốc")),
    (Channel.ELECTRONIC, N_("Điện tử")),
    (Channel.PAPER, N_("Giấy")),
    (Channel.BOTH, N_("Điện tử và giấy")),
    (RenditionRole.DRAFT, N_("Bản dự thảo")),
    (RenditionRole.SIGNED, N_("Bản lãnh đạo đã ký")),
    (RenditionRole.ISSUED, N_("Bản phát hành")),
    (RenditionRole.SCAN, N_("Bản quét")),
    (RenditionRole.SOURCE, N_("Bản nguồn để sao")),
    (RenditionRole.ANNEX_DRAFT, N_("Phụ lục chưa ký")),
    (RenditionRole.ANNEX, N_("Phụ lục")),
    (SignatureResult.VALID, N_("Hợp lệ")),
    (SignatureResult.INDETERMINATE, N_("Chưa xác định")),
    (SignatureResult.INVALID, N_("Không hợp lệ")),
    (SignatureResult.NONE, N_("Không có chữ ký số")),
    (Role.DRAFTER, N_("Chuyên viên soạn thảo")),
    (Role.LEADER, N_("Lãnh đạo")),
    (Role.CLERK, N_("Văn thư")),
    (Role.AUDITOR, N_("Kiểm tra viên")),
    (Role.ADMINISTRATOR, N_("Quản trị viên")),
    (Role.READER, N_("Người tra cứu")),
    (LegalEffect.IN_FORCE, N_("Còn hiệu lực")),
    (LegalEffect.AMENDED, N_("Còn hiệu lực, có sửa đổi, đính chính")),
    (LegalEffect.NOT_YET, N_("Chưa có hiệu lực")),
    (LegalEffect.REPLACED, N_("Đã bị thay thế")),
    (LegalEffect.REPEALED, N_("Đã bị bãi bỏ")),
    (LegalEffect.EXPIRED, N_("Hết hiệu lực")),
    (LegalEffect.WITHDRAWN, N_("Đã thu hồi")),
)
"""Pairs, not a table by word: «draft» is a state and a rendition, «electronic» a medium and a channel."""

_BY_KIND = {(type(member), str(member)): text for member, text in NAMES}
_KINDS: dict[str, type[StrEnum]] = {
    "state": State,
    "medium": Medium,
    "access": Access,
    "urgency": Urgency,
    "channel": Channel,
    "rendition": RenditionRole,
    "role": Role,
    "effect": LegalEffect,
    "signed": SignatureResult,
}


def word(value: str, kind: str) -> str:
    """What a value kept in the database is called: ``word("draft", "state")``."""
    return gettext(_BY_KIND.get((_KINDS[kind], str(value)), str(value)))


ACTS = {
    "draft-created": N_("Lập dự thảo"),
    "draft-changed": N_("Sửa dự thảo"),
    "submitted": N_("Trình ký"),
    "sent-back": N_("Trả lại"),
    "places-set": N_("Đặt vị trí số, ngày, chữ ký, dấu"),
    "places-reset": N_("Tìm lại vị trí theo chữ trên trang"),
    "taken-back": N_("Rút lại"),
    "signing-begun": N_("Giao tệp để ký bằng khóa ở nơi khác"),
    "signed": N_("Lãnh đạo ký số"),
    "number-taken": N_("Cấp số và ngày"),
    "annex-added": N_("Thêm phụ lục"),
    "annex-removed": N_("Bỏ phụ lục"),
    "annex-sealed": N_("Ký số phụ lục"),
    "check-mark-drawn": N_("In mã QR kiểm tra lên tệp"),
    "check-mark-left-out": N_("Không in được mã QR kiểm tra"),
    "check-code-given": N_("Cấp mã kiểm tra công khai"),
    "copy-made": N_("Lập bản sao"),
    "copy-discarded": N_("Hủy bản sao chưa cấp số"),
    "sealed": N_("Đóng dấu, ký số của cơ quan"),
    "published": N_("Phát hành"),
    "withdrawn": N_("Thu hồi"),
    "effect-recorded": N_("Ghi nhận tác động đến văn bản khác"),
    "effect-taken-back": N_("Gỡ ghi nhận tác động đến văn bản khác"),
    "effect-noted": N_("Được văn bản khác tác động"),
    "effect-lifted": N_("Không còn được văn bản khác tác động"),
    "in-force-set": N_("Ghi thời gian có hiệu lực"),
    "preserved": N_("Gia hạn giá trị chữ ký"),
    "preserve-asked": N_("Yêu cầu nâng mức chữ ký"),
    "file-downloaded": N_("Tải tệp"),
    "verification-reported": N_("Tải báo cáo kiểm tra chữ ký"),
    "text-recognised": N_("Nhận dạng chữ từ hình quét"),
    "texts-read-again": N_("Đọc lại chữ trong các tệp"),
    "log-anchored": N_("Chứng thực nhật ký bằng dấu thời gian"),
    "log-check-asked": N_("Yêu cầu kiểm tra nhật ký"),
    "index-rebuild-asked": N_("Yêu cầu lập lại chỉ mục tìm kiếm"),
    "index-rebuild-given-up": N_("Thôi lập lại chỉ mục tìm kiếm"),
    "log-anchors-downloaded": N_("Tải mốc chứng thực nhật ký"),
    "results-exported": N_("Tải danh sách kết quả tìm kiếm"),
    "register-opened": N_("Mở sổ"),
    "secret-number-taken": N_("Lấy số văn bản mật"),
    "signed-in": N_("Đăng nhập"),
    "signed-out": N_("Đăng xuất"),
    "sign-in-failed": N_("Đăng nhập sai"),
    "password-set": N_("Đặt mật khẩu"),
    "user-created": N_("Tạo người dùng"),
    "user-closed": N_("Đóng tài khoản"),
    "role-granted": N_("Giao vai trò"),
    "role-withdrawn": N_("Thu vai trò"),
    "unit-created": N_("Lập đơn vị"),
    "unit-succeeded": N_("Ghi đơn vị kế thừa"),
    "unit-succession-struck": N_("Xóa quan hệ kế thừa"),
    "seal-size-set": N_("Đặt đường kính con dấu"),
    "authority-given": N_("Giao ký"),
    "authority-ended": N_("Chấm dứt giao ký"),
    "identifier-recorded": N_("Ghi số định danh"),
    "identifier-removed": N_("Xóa số định danh"),
    "key-added": N_("Nạp khóa ký"),
    "key-retired": N_("Ngừng dùng khóa ký"),
    "anchor-added": N_("Thêm gốc tin cậy"),
    "anchor-changed": N_("Đổi mục đích, thời gian tin cậy"),
    "anchor-withdrawn": N_("Thôi tin cậy"),
    "trusted-list-imported": N_("Nạp danh sách tin cậy"),
    "token-created": N_("Tạo mã truy cập API"),
    "token-revoked": N_("Hủy mã truy cập API"),
    "audit-started": N_("Bắt đầu kiểm tra kho lưu trữ"),
    "audit-stopped": N_("Dừng kiểm tra kho lưu trữ"),
    "audit-resumed": N_("Chạy tiếp kiểm tra kho lưu trữ"),
    "audit-done": N_("Kiểm tra xong kho lưu trữ"),
    "alarm-raised": N_("Cảnh báo về kho lưu trữ"),
    "alarm-acknowledged": N_("Ghi nhận cảnh báo"),
    "example-office-made": N_("Lập cơ quan mẫu"),
    "example-ready": N_("Lập xong văn bản mẫu"),
}
"""What the event log's acts are called; one that is not here is shown as it stands in the log."""

EFFECT_DOES = {
    EffectKind.REPLACES: N_("Thay thế"),
    EffectKind.AMENDS: N_("Sửa đổi, bổ sung"),
    EffectKind.CORRECTS: N_("Đính chính"),
    EffectKind.REPEALS: N_("Bãi bỏ"),
    EffectKind.REPEALS_PART: N_("Bãi bỏ một phần"),
}
"""What a document does to another; the other's name follows."""

EFFECT_DONE = {
    EffectKind.REPLACES: N_("Bị thay thế bởi"),
    EffectKind.AMENDS: N_("Được sửa đổi, bổ sung bởi"),
    EffectKind.CORRECTS: N_("Được đính chính bởi"),
    EffectKind.REPEALS: N_("Bị bãi bỏ bởi"),
    EffectKind.REPEALS_PART: N_("Bị bãi bỏ một phần bởi"),
}
"""What was done to it; the newer document's name follows."""

INDICATIONS = {
    "TOTAL-PASSED": N_("Hợp lệ"),
    "INDETERMINATE": N_("Chưa xác định được"),
    "TOTAL-FAILED": N_("Không hợp lệ"),
}


def effect_does(kind: EffectKind) -> str:
    """What a document does to the one named behind."""
    return gettext(EFFECT_DOES[kind])


def effect_done(kind: EffectKind) -> str:
    """What is done to a document by the one named behind."""
    return gettext(EFFECT_DONE[kind])


def act_name(act: str) -> str:
    """What an act of the event log is called."""
    return gettext(ACTS.get(act, act))


def indication_name(indication: str) -> str:
    """What a main indication of EN 319 102-1 means to people."""
    return gettext(INDICATIONS.get(indication, indication))
