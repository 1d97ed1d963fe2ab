"""What can go wrong with records."""

from __future__ import annotations

from datetime import date

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


class NotCompetent(RecordsError):
    """The organ has no say over the other document: it neither issued it nor stands above who did."""

    code = "not-competent"
    message_vi = (
        "Chỉ cơ quan đã ban hành văn bản, hoặc cơ quan cấp trên có thẩm quyền, mới sửa đổi, thay thế, bãi bỏ được; "
        "đính chính là việc của chính cơ quan ban hành."
    )
    message_en = (
        "Only the organ that issued a document, or a competent one above, can amend, replace or repeal it; "
        "corrections are made by the issuing organ itself."
    )


class NotAuthorised(RecordsError):
    """The signatory has no authority to sign this document as it says (NĐ 30, art. 13)."""

    code = "not-authorised-to-sign"
    message_vi = (
        "Người ký không có thẩm quyền ký với tư cách ghi trên văn bản. Hãy chọn người ký hoặc quyền hạn ký khác, hoặc "
        "nhờ quản trị viên ghi nhận việc giao ký."
    )
    message_en = (
        "The signatory may not sign in the capacity that the document names. Choose another signatory or capacity, or "
        "have an administrator record the authority."
    )


class DelegationEnded(NotAuthorised):
    """The record that gave the authority is over."""

    code = "authority-ended"
    message_vi = "Việc giao ký đã hết hiệu lực."
    message_en = "The authority to sign has ended."

    @classmethod
    def of(cls, vi: str, en: str, last: date) -> DelegationEnded:
        """Names the record."""
        return cls(
            f"Việc giao ký {vi} đã hết hiệu lực ngày {last:%d/%m/%Y}, nên người này không ký được.",
            f"The authority {en} ended on {last:%d/%m/%Y}, so this person may not sign.",
        )


class DelegationNotYet(NotAuthorised):
    """The record that gives the authority begins later."""

    code = "authority-not-yet"
    message_vi = "Việc giao ký chưa có hiệu lực."
    message_en = "The authority to sign has not begun."

    @classmethod
    def of(cls, vi: str, en: str, first: date) -> DelegationNotYet:
        """Names the record."""
        return cls(
            f"Việc giao ký {vi} chỉ có hiệu lực từ ngày {first:%d/%m/%Y}.",
            f"The authority {en} begins on {first:%d/%m/%Y}.",
        )


class DelegationOtherTypes(NotAuthorised):
    """The record that gives the authority is for other types of documents."""

    code = "authority-other-types"
    message_vi = "Việc giao ký không gồm loại văn bản này."
    message_en = "The authority to sign does not cover documents of this type."

    @classmethod
    def of(cls, vi: str, en: str) -> DelegationOtherTypes:
        """Names the record."""
        return cls(
            f"Việc giao ký {vi} không gồm loại văn bản này.",
            f"The authority {en} does not cover this type of document.",
        )


class RebuildUnderWay(RecordsError):
    """Another process is building the search index."""

    code = "index-rebuild-under-way"
    message_vi = "Một tiến trình khác đang lập lại chỉ mục tìm kiếm. Hãy chờ việc đó xong."
    message_en = "Another process is building the search index already. Wait until it has ended."


class RebuildOver(RecordsError):
    """The building of the index has ended, or somebody else carries it now."""

    code = "index-rebuild-over"
    message_vi = "Việc lập lại chỉ mục này đã kết thúc hoặc đã do tiến trình khác làm tiếp."
    message_en = "This rebuilding of the index has ended, or another process carries it now."


class NoRebuild(RecordsError):
    """The search engine has no index that another could take over from."""

    code = "index-rebuild-impossible"
    message_vi = "Bộ máy tìm kiếm này không lập được chỉ mục mới bên cạnh chỉ mục đang dùng."
    message_en = "This search engine cannot build a new index beside the one in use."
