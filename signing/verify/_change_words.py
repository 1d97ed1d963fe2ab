"""The words for what was done to a file after a signature: a code, what it was done to, Vietnamese, English."""

from __future__ import annotations

from signing.verify._report import Change

_CHANGES: dict[str, tuple[str, str, str]] = {
    # --- form fields
    "field-filled": ("fields", "Đã điền: {label} = {after}.", "Filled in: {label} = {after}."),
    "field-changed": (
        "fields",
        "Ô “{label}” đổi từ “{before}” thành “{after}”.",
        "Field “{label}” changed from “{before}” to “{after}”.",
    ),
    "field-emptied": (
        "fields",
        "Ô “{label}” bị xóa trắng (trước đó là “{before}”).",
        "Field “{label}” was emptied (it was “{before}”).",
    ),
    "locked-field": (
        "fields",
        "Một ô đã khóa bị thay đổi: {label}, từ “{before}” thành “{after}”.",
        "A locked field was changed: {label}, from “{before}” to “{after}”.",
    ),
    "field-added": ("fields", "Thêm ô biểu mẫu “{label}”.", "Form field “{label}” added."),
    "field-removed": ("fields", "Bỏ ô biểu mẫu “{label}”.", "Form field “{label}” removed."),
    "field-locked": ("fields", "Khóa ô “{label}”, không cho sửa nữa.", "Field “{label}” made read-only."),
    "field-unlocked": ("fields", "Mở khóa ô “{label}”.", "Field “{label}” is no longer read-only."),
    "field-moved": ("fields", "Ô “{label}” bị dời hoặc đổi kích thước.", "Field “{label}” was moved or resized."),
    "field-look-changed": (
        "fields",
        "Hình hiển thị của ô “{label}” bị thay, giá trị giữ nguyên.",
        "What field “{label}” shows was replaced, its value was not.",
    ),
    "field-altered": (
        "fields",
        "Thuộc tính của ô “{label}” bị đổi ({parts}).",
        "Properties of field “{label}” changed ({parts}).",
    ),
    "form-altered": ("fields", "Thiết lập của biểu mẫu bị đổi ({parts}).", "Settings of the form changed ({parts})."),
    # --- signatures
    "signature-added": ("signatures", "Thêm chữ ký của {holder}.", "Signature of {holder} added."),
    "timestamp-added": (
        "signatures",
        "Thêm dấu thời gian cho cả văn bản.",
        "Timestamp over the whole document added.",
    ),
    "signature-taken-out": (
        "signatures",
        "Chữ ký ở ô “{label}” bị gỡ bỏ.",
        "The signature in field “{label}” was taken out.",
    ),
    "signature-replaced": (
        "signatures",
        "Chữ ký ở ô “{label}” bị thay.",
        "The signature in field “{label}” was replaced.",
    ),
    "signature-look-changed": (
        "signatures",
        "Hình hiển thị của chữ ký ở ô “{label}” bị thay.",
        "What the signature in field “{label}” shows was replaced.",
    ),
    "signature-field-added": ("signatures", "Thêm ô chữ ký trống “{label}”.", "Empty signature field “{label}” added."),
    "certification-changed": (
        "signatures",
        "Quyền thay đổi do chữ ký chứng nhận đặt ra bị sửa.",
        "What the certifying signature permits was altered.",
    ),
    # --- validation data
    "validation-data-added": (
        "validation",
        "Thêm dữ liệu để kiểm tra chữ ký lâu dài.",
        "Data for checking the signatures in the long term added.",
    ),
    "validation-data-removed": (
        "validation",
        "Dữ liệu để kiểm tra chữ ký lâu dài bị bỏ đi.",
        "Data for checking the signatures in the long term were removed.",
    ),
    "validation-data-replaced": (
        "validation",
        "Dữ liệu kiểm tra chữ ký lâu dài đã có từ trước bị sửa hoặc bỏ bớt.",
        "Data for checking the signatures in the long term that were there already were altered or removed.",
    ),
    # --- pages
    "page-added": ("pages", "Trang {page} được thêm vào{quoted_after}.", "Page {page} was added{quoted_after}."),
    "page-removed": (
        "pages",
        "Trang {page_then} của bản được ký bị bỏ{quoted_before}.",
        "Page {page_then} of what was signed was removed{quoted_before}.",
    ),
    "page-replaced": (
        "pages",
        "Trang {page} là một trang khác, thay cho trang được ký{quoted_before}{quoted_after}.",
        "Page {page} is another page, in the place of the one that was signed{quoted_before}{quoted_after}.",
    ),
    "page-moved": (
        "pages",
        "Trang {page_then} của bản được ký bị dời thành trang {page}.",
        "Page {page_then} of what was signed is now page {page}.",
    ),
    "page-turned": (
        "pages",
        "Trang {page} bị xoay, từ {before}° thành {after}°.",
        "Page {page} was turned, from {before}° to {after}°.",
    ),
    "page-resized": (
        "pages",
        "Khổ hoặc phần hiện ra của trang {page} bị đổi, từ {before} thành {after}.",
        "Size or shown part of page {page} changed, from {before} to {after}.",
    ),
    "page-text-changed": (
        "text",
        "Chữ trên trang {page} bị đổi: “{before}” thành “{after}”.",
        "Words on page {page} changed: “{before}” became “{after}”.",
    ),
    "page-text-added": (
        "text",
        "Thêm chữ trên trang {page}: “{after}”.",
        "Words added on page {page}: “{after}”.",
    ),
    "page-text-removed": (
        "text",
        "Xóa chữ trên trang {page}: “{before}”.",
        "Words removed from page {page}: “{before}”.",
    ),
    "page-content-changed": (
        "pages",
        "Nội dung vẽ trên trang {page} bị thay.",
        "What is drawn on page {page} was replaced.",
    ),
    "page-image-changed": ("pages", "Hình ảnh trên trang {page} bị thay.", "A picture on page {page} was replaced."),
    "page-image-added": ("pages", "Thêm hình ảnh vào trang {page}.", "A picture was added to page {page}."),
    "page-image-removed": ("pages", "Bỏ hình ảnh khỏi trang {page}.", "A picture was removed from page {page}."),
    "page-drawing-changed": (
        "pages",
        "Một phần vẽ dùng trên trang {page} bị thay, thêm hoặc bỏ.",
        "A drawing used on page {page} was replaced, added or removed.",
    ),
    "page-font-changed": (
        "pages",
        "Phông chữ trên trang {page} bị thay: {before} thành {after}.",
        "A font on page {page} was replaced: {before} became {after}.",
    ),
    "page-resources-changed": (
        "pages",
        "Tài nguyên để vẽ trang {page} bị đổi ({parts}).",
        "What page {page} is drawn with changed ({parts}).",
    ),
    "page-altered": (
        "pages",
        "Thuộc tính của trang {page} bị đổi ({parts}).",
        "Properties of page {page} changed ({parts}).",
    ),
    "page-action": (
        "actions",
        "Lệnh tự chạy gắn với trang {page} được thêm hoặc sửa.",
        "An action that runs with page {page} was added or altered.",
    ),
    # --- annotations
    "annotation-added": (
        "annotations",
        "Thêm {annotation} trên trang {page}{quoted_after}.",
        "{annotation} added on page {page}{quoted_after}.",
    ),
    "annotation-changed": (
        "annotations",
        "Sửa {annotation} trên trang {page}{quoted_before}{quoted_after}.",
        "{annotation} on page {page} altered{quoted_before}{quoted_after}.",
    ),
    "annotation-removed": (
        "annotations",
        "Bỏ {annotation} khỏi trang {page}{quoted_before}.",
        "{annotation} removed from page {page}{quoted_before}.",
    ),
    # --- the document as a whole
    "attachment-added": ("attachments", "Đính kèm thêm tệp “{after}”.", "File “{after}” attached."),
    "attachment-removed": ("attachments", "Bỏ tệp đính kèm “{before}”.", "Attached file “{before}” removed."),
    "attachment-changed": ("attachments", "Tệp đính kèm “{after}” bị thay.", "Attached file “{after}” replaced."),
    "script-changed": (
        "actions",
        "Mã lệnh JavaScript được thêm, sửa hoặc bỏ.",
        "JavaScript was added, altered or removed.",
    ),
    "open-action-changed": (
        "actions",
        "Lệnh chạy khi mở tệp được thêm, sửa hoặc bỏ.",
        "An action that runs on opening was added, altered or removed.",
    ),
    "document-action-changed": (
        "actions",
        "Lệnh tự chạy của tệp được thêm, sửa hoặc bỏ.",
        "An action of the document was added, altered or removed.",
    ),
    "field-action": (
        "actions",
        "Lệnh gắn với ô “{label}” được thêm hoặc sửa.",
        "An action of field “{label}” was added or altered.",
    ),
    "metadata-changed": (
        "metadata",
        "Thông tin mô tả “{parts}” đổi từ “{before}” thành “{after}”.",
        "Description “{parts}” changed from “{before}” to “{after}”.",
    ),
    "xmp-changed": ("metadata", "Thông tin mô tả (XMP) bị đổi.", "The description in XMP changed."),
    "layers-changed": (
        "structure",
        "Các lớp hiện/ẩn của tệp bị đổi: có thể hiện ra nội dung khác.",
        "Layers to show or hide changed: something else may be seen.",
    ),
    "bookmarks-changed": ("structure", "Mục lục điều hướng của tệp bị đổi.", "The bookmarks changed."),
    "labels-changed": ("structure", "Cách đánh số trang hiển thị bị đổi.", "The page labels changed."),
    "tags-changed": (
        "structure",
        "Cấu trúc nội dung (thẻ cho trình đọc) bị đổi.",
        "The tags for assistive readers changed.",
    ),
    "view-changed": ("structure", "Cách mở và trình bày tệp bị đổi.", "The way the file opens and is shown changed."),
    "names-changed": ("structure", "Bảng tên của tệp bị đổi ({parts}).", "Named parts of the file changed ({parts})."),
    "catalogue-changed": (
        "structure",
        "Thành phần gốc của tệp bị đổi ({parts}).",
        "Parts of the file's catalogue changed ({parts}).",
    ),
    "objects-replaced": (
        "structure",
        "Đối tượng của tệp bị thay ngoài phần được phép: {parts}.",
        "Objects of the file were replaced beyond what is allowed: {parts}.",
    ),
    "objects-added": (
        "structure",
        "Thêm đối tượng không thuộc phần được phép: {parts}.",
        "Objects were added beyond what is allowed: {parts}.",
    ),
    "objects-removed": (
        "structure",
        "Có đối tượng của tệp bị xóa: {parts}.",
        "Objects of the file were removed: {parts}.",
    ),
    "changed-between": (
        "structure",
        "Một bản cập nhật ở giữa đã thay nội dung rồi trả lại như cũ.",
        "An update in between replaced something and a later one put it back.",
    ),
    "not-all-compared": (
        "structure",
        "Tệp quá lớn hoặc quá rối nên chưa so sánh hết mọi thành phần.",
        "The file is too large or too tangled for every part of it to be compared.",
    ),
    "more-changes": (
        "structure",
        "Còn {count} thay đổi khác không được liệt kê.",
        "{count} more changes are not listed.",
    ),
    "technical": (
        "structure",
        "Cập nhật kỹ thuật, không làm thay đổi nội dung nhìn thấy.",
        "Technical update without effect on what is seen.",
    ),
    "other": (
        "structure",
        "Nội dung hoặc cấu trúc tệp bị thay đổi ngoài những gì được phép.",
        "Content or structure of the file was changed beyond what is allowed.",
    ),
    "part-covered": (
        "structure",
        "Chữ ký chỉ bao phủ một phần của phiên bản được ký.",
        "The signature covers only a part of the revision it was made for.",
    ),
    "blanks-appended": (
        "structure",
        "Có khoảng trắng hoặc dấu xuống dòng được thêm vào cuối tệp ({count} byte).",
        "Blanks or line ends were appended to the file ({count} bytes).",
    ),
    "bytes-appended": (
        "structure",
        "Có dữ liệu lạ được thêm vào cuối tệp ({count} byte).",
        "{count} foreign bytes were appended to the file.",
    ),
}

ANNOTATIONS: dict[str, tuple[str, str]] = {
    "/Text": ("ghi chú", "note"),
    "/FreeText": ("khung chữ", "text box"),
    "/Link": ("liên kết", "link"),
    "/Highlight": ("vệt tô sáng", "highlight"),
    "/Underline": ("gạch chân", "underline"),
    "/StrikeOut": ("gạch ngang", "strike-out"),
    "/Squiggly": ("gạch lượn sóng", "squiggly underline"),
    "/Stamp": ("dấu đóng", "stamp"),
    "/Ink": ("nét vẽ tay", "ink drawing"),
    "/Line": ("đường kẻ", "line"),
    "/Square": ("hình chữ nhật", "rectangle"),
    "/Circle": ("hình tròn", "circle"),
    "/Polygon": ("hình đa giác", "polygon"),
    "/PolyLine": ("đường gấp khúc", "polyline"),
    "/Caret": ("dấu chèn", "caret"),
    "/Popup": ("cửa sổ ghi chú", "pop-up"),
    "/FileAttachment": ("tệp đính kèm", "file attachment"),
    "/Redact": ("vùng bôi đen", "redaction"),
    "/Watermark": ("hình mờ", "watermark"),
    "/Widget": ("ô ngoài biểu mẫu", "field outside the form"),
    "/Screen": ("khung phát phim", "screen"),
    "/RichMedia": ("phương tiện nhúng", "rich media"),
}
"""Kinds of annotations (ISO 32000-2, table 171)."""
_ANY_ANNOTATION = ("chú thích", "annotation")


def change(
    code: str,
    *,
    allowed: bool = True,
    page: int | None = None,
    page_then: int | None = None,
    field: str = "",
    before: str = "",
    after: str = "",
    **facts: str,
) -> Change:
    """A change in both languages.

    Args:
        code: which.
        allowed: by the signature.
        page: as in :class:`Change`.
        page_then: as there.
        field: as there.
        before: as there.
        after: as there.
        facts: further words that the sentence asks for; ``annotation`` is its ``/Subtype``.
    """
    kind, text_vi, text_en = _CHANGES[code]
    annotation_vi, annotation_en = ANNOTATIONS.get(facts.get("annotation", ""), _ANY_ANNOTATION)
    common = {
        **facts,
        "page": page or page_then or "?",
        "page_then": page_then or "?",
        "label": facts.get("label") or field,
        "before": before,
        "after": after,
        "quoted_before": f" (“{before}”)" if before else "",
        "quoted_after": f": “{after}”" if after else "",
    }
    english = text_en.format(**{**common, "annotation": annotation_en})
    return Change(
        code,
        text_vi.format(**{**common, "annotation": annotation_vi}),
        english[:1].upper() + english[1:],
        allowed,
        kind,
        page,
        page_then,
        field,
        before,
        after,
    )
