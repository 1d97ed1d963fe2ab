"""What can go wrong in a store. Nothing else leaves its public methods."""

from docsvc.errors import DocsvcError


class StoreError(DocsvcError):
    """The store could not do what was asked."""

    code = "store-error"
    message_vi = "Kho lưu trữ gặp lỗi. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên."
    message_en = "The store failed. Try again; if it fails again, tell the administrator."


class NotStored(StoreError):
    """There is no object under this hash."""

    code = "not-stored"
    message_vi = "Tệp không có trong kho lưu trữ. Hãy báo quản trị viên kiểm tra và khôi phục từ bản sao lưu."
    message_en = "The file is not in the store. Ask the administrator to restore it from a backup."


class Damaged(StoreError):
    """The bytes kept under this hash are no longer the bytes that were put."""

    code = "damaged"
    message_vi = "Tệp trong kho đã bị hỏng hoặc bị sửa đổi. Hãy báo quản trị viên khôi phục từ bản sao lưu."
    message_en = "The stored file is damaged or changed. Ask the administrator to restore it from a backup."


class StoreUnavailable(StoreError):
    """The store does not answer, refuses the sign-in, or its folder cannot be used."""

    code = "store-unavailable"
    message_vi = "Kho lưu trữ tạm thời không truy cập được. Hãy thử lại sau ít phút hoặc báo quản trị viên."
    message_en = "The store cannot be reached. Try again in a few minutes or tell the administrator."


class StoreFull(StoreError):
    """No room is left, or a quota is used up; nothing was stored."""

    code = "store-full"
    message_vi = "Kho lưu trữ đã đầy, tệp chưa được lưu. Hãy báo quản trị viên tăng dung lượng rồi thử lại."
    message_en = "The store is full and the file was not kept. Ask the administrator for room and try again."


class TooLarge(StoreError):
    """The content is longer than the limit it was put under; nothing was stored."""

    code = "too-large"
    message_vi = "Tệp vượt quá dung lượng cho phép. Hãy giảm dung lượng tệp rồi tải lên lại."
    message_en = "The file is larger than allowed. Make it smaller and upload it again."


class Retained(StoreError):
    """The object is locked until its retention ends and was not deleted."""

    code = "retained"
    message_vi = "Tệp đang trong thời hạn bảo quản bắt buộc nên không thể xóa. Hãy chờ hết thời hạn."
    message_en = "The file is locked until its retention period ends. Wait until then to delete it."


class BadStoreSettings(StoreError):
    """The store cannot be opened with these settings."""

    code = "bad-store-settings"
    message_vi = "Cấu hình kho lưu trữ chưa đúng. Hãy kiểm tra các thiết lập DOCSVC_STORE và DOCSVC_S3_*."
    message_en = "The store's settings are wrong. Check DOCSVC_STORE and DOCSVC_S3_*."
