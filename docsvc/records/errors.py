"""What can go wrong with records."""

from __future__ import annotations

from docsvc.errors import DocsvcError


class RecordsError(DocsvcError):
    """Root of the records' errors."""


class SeriesClosed(RecordsError):
    """The series takes no number for that date."""

    code = "series-closed"
    message_vi = "Sổ đã khóa, không cấp số được nữa."
    message_en = "The register is closed and gives no more numbers."


class DateOutOfOrder(SeriesClosed):
    """Numbers follow the dates: a later number never has an earlier date (NĐ 30, art. 15)."""

    code = "date-out-of-order"
    message_vi = "Ngày văn bản sớm hơn ngày của số vừa cấp. Hãy chọn ngày bằng hoặc sau ngày đó."
    message_en = "The date lies before that of the last number given. Choose that date or a later one."


class NumberMovedOn(RecordsError):
    """The register is further on than the caller knew; the transaction with the new number must be given up."""

    code = "number-moved-on"
    message_vi = "Sổ đã cấp số khác sau số bạn biết, nên chưa cấp thêm. Hãy xem lại sổ rồi thử lại nếu cần."
    message_en = (
        "The register has given other numbers meanwhile, so none was taken. Look at it and try again if needed."
    )


class NoRegister(RecordsError):
    """The unit issues no documents of its own."""

    code = "no-register"
    message_vi = "Đơn vị này không có sổ đăng ký văn bản đi."
    message_en = "This unit has no register of outgoing documents."


class WrongState(RecordsError):
    """The document is not at the step at which this can be done."""

    code = "wrong-state"
    message_vi = "Văn bản không ở bước cho phép làm việc này. Hãy tải lại trang để xem trạng thái mới."
    message_en = "The document is not at a step that allows this. Reload the page to see its state."
