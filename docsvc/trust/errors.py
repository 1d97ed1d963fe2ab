"""What can go wrong with trust anchors."""

from __future__ import annotations

from collections.abc import Sequence

from docsvc.errors import DocsvcError
from signing.authorities import Doubt

_DOUBTS = {
    Doubt.ENDED: ("chứng thư đã hết hạn", "its certificate has ended"),
    Doubt.NOT_YET: ("chứng thư chưa có hiệu lực", "its certificate is not yet in force"),
    Doubt.WEAK_KEY: ("khóa yếu hoặc thuộc loại không dùng để ký", "its key is weak or of a kind that may not sign"),
    Doubt.WEAK_DIGEST: ("được ký bằng hàm băm đã bị phá vỡ", "it is signed with a broken digest"),
}


class TrustError(DocsvcError):
    """Root of this room's errors."""


class OtherFingerprint(TrustError):
    """The certificate is not the one whose fingerprint was typed."""

    code = "other-fingerprint"
    message_vi = (
        "Dấu vân tay SHA-256 đã nhập không phải của chứng thư này, nên chưa nạp. Hãy lấy dấu vân tay từ tổ chức chứng "
        "thực bằng một đường khác với đường đã lấy tệp, rồi đối chiếu lại."
    )
    message_en = (
        "The SHA-256 fingerprint typed is not this certificate's, so nothing was added. Get the fingerprint from the "
        "authority by another way than the file, and compare again."
    )


class AlreadyTrusted(TrustError):
    """The certificate is among the anchors already."""

    code = "already-trusted"
    message_vi = "Chứng thư này đã có trong danh sách tin cậy."
    message_en = "This certificate is among the trust anchors already."


class Doubtful(TrustError):
    """The authority may be believed only by somebody who has read why not."""

    code = "doubtful-authority"
    message_vi = "Chứng thư có điểm cần cân nhắc. Nếu vẫn tin cậy, hãy đánh dấu ô xác nhận."
    message_en = "There are doubts about the certificate. To trust it all the same, tick the box that says so."

    def __init__(self, doubts: Sequence[Doubt] = ()) -> None:
        if not doubts:
            super().__init__()
            return
        vi, en = (", ".join(words) for words in zip(*(_DOUBTS[doubt] for doubt in doubts), strict=True))
        super().__init__(
            f"Cần cân nhắc: {vi}. Nếu vẫn tin cậy, hãy đánh dấu ô xác nhận.",
            f"Think twice: {en}. To trust it all the same, tick the box that says so.",
        )


class ListBeingImported(TrustError):
    """Somebody else imported a list of the same scheme, or one of its anchors, at the same moment."""

    code = "trusted-list-being-imported"
    message_vi = "Người khác vừa nạp danh sách này hoặc một chứng thư trong đó. Hãy tải lại trang và xem đã có gì."
    message_en = "Somebody else has just imported this list or one of its certificates. Reload the page and see."


class ListOutdated(TrustError):
    """A newer list of the same scheme was imported before."""

    code = "trusted-list-outdated"
    message_vi = "Danh sách này cũ hơn danh sách cùng loại đã nạp. Hãy lấy bản mới nhất."
    message_en = "A newer list of the same scheme was imported before. Get the latest one."
