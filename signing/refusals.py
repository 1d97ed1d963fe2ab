"""Why a signature made by somebody else's program is not taken: named reasons, with words for people."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from signing.errors import SigningError

Words = tuple[str, str]
"""Vietnamese and English."""


class Refusal(SigningError):
    """Something that came back from outside is not what was asked for; nothing was written."""

    code = "refusal"
    message_vi = "Kết quả gửi lại không dùng được; chưa có gì được ghi nhận."
    message_en = "What was sent back cannot be used; nothing was recorded."
    reasons: ClassVar[Mapping[str, Words]] = MappingProxyType({})

    def __init__(self, reason: str = "") -> None:
        """Name the reason by its key in :attr:`reasons`."""
        super().__init__(reason)
        self.reason = reason
        if reason in self.reasons:
            vi, en = self.reasons[reason]
            self.message_vi = f"{type(self).message_vi} {vi}"
            self.message_en = f"{type(self).message_en} {en}"


class CmsRefused(Refusal):
    """The CMS, or the bare signature, that a client returned for a digest handed out."""

    code = "signature-refused"
    message_vi = "Chữ ký gửi lại không được nhận, văn bản chưa được ký."
    message_en = "The signature sent back was not taken, and the document is not signed."
    reasons = MappingProxyType(
        {
            "unreadable": ("Dữ liệu không phải CMS SignedData.", "It is no CMS SignedData."),
            "not-der": ("CMS không ở dạng DER.", "The CMS is not in DER."),
            "not-one-signer": ("CMS phải có đúng một người ký.", "The CMS must have exactly one signer."),
            "not-detached": (
                "CMS mang theo nội dung; cần chữ ký tách rời.",
                "The CMS carries content of its own; a detached signature is needed.",
            ),
            "content-type": (
                "Thuộc tính content-type không phải «data».",
                "The attribute content-type is not «data».",
            ),
            "other-digest": (
                "Chữ ký này ký một nội dung khác, không phải bản đã giao.",
                "It signs something else than what was handed out.",
            ),
            "no-signing-certificate": (
                "Thiếu thuộc tính signing-certificate-v2 mà PAdES đòi hỏi.",
                "It lacks the attribute signing-certificate-v2, which PAdES demands.",
            ),
            "other-certificate": (
                "Chứng thư trong chữ ký khác chứng thư đã báo trước.",
                "Its certificate is not the one announced.",
            ),
            "other-attribute": (
                "Chữ ký có thuộc tính mà PAdES không cho phép ở đây, hoặc thiếu thuộc tính bắt buộc.",
                "It has a signed attribute that has no place here, or lacks one that must be there.",
            ),
            "algorithm": (
                "Thuật toán phải là RSA (PKCS#1 v1.5) hoặc ECDSA với SHA-256.",
                "The algorithm must be RSA (PKCS#1 v1.5) or ECDSA with SHA-256.",
            ),
            "wrong-signature": (
                "Giá trị chữ ký không đúng với chứng thư.",
                "The signature value does not hold under the certificate.",
            ),
            "too-long": (
                "Chữ ký cùng dấu thời gian dài hơn chỗ đã dành trong tệp.",
                "With its timestamp it is longer than the room kept in the file.",
            ),
        }
    )


class HandedOutRefused(Refusal):
    """What a server handed out to be signed is not the document that it showed."""

    code = "handed-out-refused"
    message_vi = "Máy chủ giao nội dung khác với văn bản đã hiện; không ký."
    message_en = "What the server handed out is not the document shown; nothing was signed."
    reasons = MappingProxyType(
        {
            "other-file": (
                "Tệp giao để ký không bắt đầu bằng tệp đã hiện.",
                "The file to be signed does not begin with the file shown.",
            ),
            "other-digest": (
                "Mã băm không phải của tệp giao để ký.",
                "The digest is not that of the file to be signed.",
            ),
            "other-range": (
                "Vùng để trống cho chữ ký không đúng.",
                "The room kept for the signature is not where it must be.",
            ),
            "pages-changed": (
                "Nội dung các trang đã bị thay đổi so với tệp đã hiện.",
                "The pages are not those of the file shown.",
            ),
        }
    )


class FileRefused(Refusal):
    """A file that another program was to sign."""

    code = "signed-file-refused"
    message_vi = "Tệp đã ký ở nơi khác không được nhận; chưa có gì được ghi nhận."
    message_en = "The file signed elsewhere was not taken; nothing was recorded."
    reasons = MappingProxyType(
        {
            "unreadable": (
                "Tệp không phải PDF đọc được hoặc chữ ký trong tệp không đọc được.",
                "The file is no readable PDF, or its signature cannot be read.",
            ),
            "other-file": (
                (
                    "Tệp không bắt đầu bằng đúng từng byte của tệp đã giao. Có thể chương trình đã ghi lại cả tệp, "
                    "hoặc bạn ký một tệp khác. Hãy tải lại tệp và ký bằng cách lưu nối tiếp (incremental)."
                ),
                (
                    "It does not begin with every byte of the file handed out. The program may have rewritten it, or "
                    "another file was signed. Download it again, and let the program append (incremental update)."
                ),
            ),
            "nothing-signed": ("Tệp chưa có thêm chữ ký nào.", "No signature was added."),
            "more-than-one": (
                "Tệp có hơn một chữ ký hoặc dấu thời gian mới; chỉ nhận đúng một chữ ký.",
                "More than one signature or timestamp was added; exactly one signature is taken.",
            ),
            "other-field": (
                "Chữ ký không nằm trong ô chữ ký đã có sẵn. Hãy chọn ô đó khi ký, đừng tạo ô mới.",
                (
                    "The signature is not in the signature field that is there for it. Choose that field, and make no "
                    "new one."
                ),
            ),
            "not-whole": (
                "Chữ ký không bao trùm toàn bộ tệp.",
                "The signature does not cover the whole file.",
            ),
            "other-changes": (
                "Ngoài chữ ký, tệp còn bị thay đổi khác (ghi chú, trang, biểu mẫu hoặc quyền).",
                "Besides the signature something else was changed (notes, pages, the form or permissions).",
            ),
            "locks": (
                "Chữ ký khóa tài liệu nên không cấp số, đóng dấu được nữa. Hãy ký ở chế độ cho phép điền biểu mẫu.",
                (
                    "The signature locks the document, so that number and seal cannot be added. Sign so that forms may "
                    "be filled in."
                ),
            ),
            "does-not-lock": (
                "Chữ ký của cơ quan phải khóa tài liệu như ô chữ ký yêu cầu; chương trình này bỏ qua yêu cầu đó.",
                "The organisation's signature must lock the document as its field demands; this program ignored that.",
            ),
            "other-person": (
                "Chữ ký không phải của chứng thư đang ghi nhận cho người hoặc cơ quan được ký.",
                "It is not signed with the certificate on record for the person or organisation that signs.",
            ),
            "not-pades": (
                "Chữ ký không theo chuẩn PAdES (ETSI.CAdES.detached). Hãy chọn chuẩn này trong chương trình ký.",
                "It is no PAdES signature (ETSI.CAdES.detached). Choose that kind in the program.",
            ),
            "no-room": (
                "Chữ ký thiếu dấu thời gian và không còn chỗ để thêm. Hãy bật dấu thời gian trong chương trình ký.",
                "The signature lacks a timestamp, and there is no room to add one. Turn timestamps on in the program.",
            ),
            "not-valid": (
                "Tệp không qua được kiểm tra chữ ký.",
                "The file did not pass verification.",
            ),
        }
    )

    @classmethod
    def because(cls, reason: str, vi: str, en: str) -> FileRefused:
        """With more words on the reason."""
        made = cls(reason)
        made.message_vi, made.message_en = f"{made.message_vi} {vi}", f"{made.message_en} {en}"
        return made
