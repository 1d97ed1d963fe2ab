"""What can go wrong on the way from draft to issued document."""

from __future__ import annotations

from docsvc.errors import DocsvcError


class IssueError(DocsvcError):
    """Root of the issue flow's errors."""


class NotAPdf(IssueError):
    """The uploaded file cannot be used as a draft."""

    code = "not-a-pdf"
    message_vi = "Tệp tải lên không phải PDF đọc được. Hãy xuất lại PDF từ phần mềm soạn thảo."
    message_en = "The uploaded file is not a readable PDF. Export it again from your word processor."


class TooManyPages(IssueError):
    """More pages than the office allows."""

    code = "too-many-pages"


class PlacesMissing(IssueError):
    """The pages show no place for the number, the date or the signature."""

    code = "places-missing"


class NoKey(IssueError):
    """The person or the unit has no certificate to sign with."""

    code = "no-key"
    message_vi = "Chưa có chứng thư số đang hiệu lực. Hãy nhờ quản trị viên nạp khóa."
    message_en = "There is no certificate in force to sign with. Ask an administrator to add the key."


class KeyExpired(NoKey):
    """The only key's certificate is over."""

    code = "key-expired"
    message_vi = "Chứng thư số của khóa đang dùng đã hết hạn. Hãy nhờ quản trị viên nạp khóa mới."
    message_en = "The certificate of the key in use has expired. Ask an administrator to add a new key."


class KeyNotYetValid(NoKey):
    """The only key's certificate begins later."""

    code = "key-not-yet-valid"
    message_vi = "Chứng thư số của khóa đang dùng chưa đến ngày có hiệu lực."
    message_en = "The certificate of the key in use is not valid yet."


class OtherHolder(IssueError):
    """The certificate names somebody else than the account or unit."""

    code = "certificate-of-another"
    message_vi = "Chứng thư số mang tên khác với chủ khóa."
    message_en = "The certificate names somebody else than the key's owner."

    @classmethod
    def of(cls, holder: str, owner: str) -> OtherHolder:
        """Names both."""
        return cls(
            f"Chứng thư số cấp cho «{holder}», không phải «{owner}». Nếu đúng là một, quản trị viên xác nhận khi nạp "
            "khóa.",
            f"The certificate is for “{holder}”, not “{owner}”. If they are one and the same, an administrator "
            "confirms it when adding the key.",
        )


class OtherIdentifier(IssueError):
    """The certificate's identifier (CCCD, MST) is not the one on record."""

    code = "certificate-identifier-differs"
    message_vi = "Số định danh (CCCD, MST) trên chứng thư khác với số đã ghi của chủ khóa, nên không dùng được."
    message_en = "The identifier in the certificate (CCCD, MST) is not the one on record for the owner."


class BadResult(IssueError):
    """The file just signed does not verify; nothing was recorded."""

    code = "signed-file-not-valid"
    message_vi = "Tệp vừa ký không qua được kiểm tra nên chưa được ghi nhận."
    message_en = "The file just signed did not pass verification, so nothing was recorded."


class DateNotAllowed(IssueError):
    """The document's date lies before the signature or in the future."""

    code = "date-not-allowed"
    message_vi = "Ngày văn bản không được trước ngày ký và không được sau hôm nay."
    message_en = "The document's date may not lie before the signature or after today."


class DateNotAsPrinted(DateNotAllowed):
    """The drafter printed another month or year on the page than the date has."""

    code = "date-not-as-printed"
    message_vi = (
        "Tháng hoặc năm đã in sẵn trên văn bản khác với ngày được chọn. "
        "Hãy chọn ngày khác, hoặc trả lại để soạn và ký lại."
    )
    message_en = (
        "The month or year printed on the page differs from the date. Choose another date, or have it drafted "
        "and signed again."
    )


class ChangedMeanwhile(IssueError):
    """Not what the person looked at any more."""

    code = "changed-meanwhile"
    message_vi = "Văn bản đã thay đổi sau khi bạn xem, nên không được ký. Hãy xem lại bản mới."
    message_en = "The document changed after you looked at it, so it was not signed. Look at the new one."


class PileUnderWay(IssueError):
    """One pile of a person at a time."""

    code = "pile-under-way"
    message_vi = "Bạn đang có một lượt ký nhiều văn bản chưa xong. Hãy đợi xong hoặc dừng lượt đó."
    message_en = "A pile of yours is being signed. Wait until it is done, or stop it."


class NoLaterTimestamp(IssueError):
    """A new timestamp would prove the document for no longer than the one it has."""

    code = "no-later-timestamp"
    message_vi = "Chứng thư của máy chủ dấu thời gian không dài hơn dấu hiện có. Hãy đổi sang máy chủ có chứng thư mới."
    message_en = "The timestamp server's certificate ends no later than the last one's. Use a server with a newer one."


class KeyElsewhere(NoKey):
    """The key lies on its owner's machine and cannot be opened here."""

    code = "key-elsewhere"
    message_vi = "Khóa ký nằm trên máy của người giữ. Hãy chọn «Ký trên máy của tôi» hoặc nộp tệp đã ký ở nơi khác."
    message_en = "The key lies on its owner's machine. Sign on your own machine, or hand in a file signed elsewhere."


class OtherCertificate(IssueError):
    """Somebody wants to sign with another certificate than the one on record."""

    code = "other-certificate"
    message_vi = (
        "Chứng thư này không phải chứng thư đang dùng của người hoặc cơ quan được ký. "
        "Hãy chọn đúng khóa, hoặc nhờ quản trị viên ghi nhận chứng thư mới."
    )
    message_en = (
        "This is not the certificate on record for the person or organisation that signs. Use the right key, or ask "
        "an administrator to record the new certificate."
    )


class SigningOver(IssueError):
    """What was handed out for signing is not good any more."""

    code = "signing-over"
    message_vi = "Lượt ký này không còn dùng được: đã hết hạn, hoặc văn bản đã thay đổi. Hãy bắt đầu ký lại."
    message_en = "This signing is over: it has expired, or the document has changed. Begin again."


class SealedHereOnly(IssueError):
    """Copies and documents with annexes in files of their own take several signatures of the organisation."""

    code = "sealed-here-only"
    message_vi = (
        "Bản sao và văn bản có phụ lục ở tệp riêng chưa đóng dấu được trên máy khác; hãy phát hành "
        "bằng khóa của cơ quan đã khai báo ở hệ thống."
    )
    message_en = (
        "Copies, and documents with annexes in files of their own, cannot be sealed on another machine; issue them "
        "with a key of the organisation that the service reaches."
    )


class NotCopyable(IssueError):
    """A copy in this form cannot be made of this document."""

    code = "not-copyable"
    message_vi = "Chỉ sao được văn bản đã ban hành, còn hiệu lực và có tệp trong kho."
    message_en = "Only a document that is issued, in force and has a file here can be copied."
