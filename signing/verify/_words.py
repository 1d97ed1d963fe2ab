"""The words of verification, in one place: a code, Vietnamese, English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from signing.verify._report import Indication, Reason, SignatureReport, TimestampReport, Verdict

_REASONS: dict[str, tuple[str, str]] = {
    # --- the signature itself
    "signature-unreadable": (
        "Chữ ký bị hỏng, không đọc được.",
        "The signature is damaged and cannot be read.",
    ),
    "not-one-signer": (
        "Khối chữ ký không chứa đúng một người ký.",
        "The signature container does not hold exactly one signer.",
    ),
    "unknown-signature-kind": (
        "Kiểu chữ ký không được hỗ trợ ({kind}).",
        "Signatures of this kind are not supported ({kind}).",
    ),
    "byte-range": (
        "Vùng dữ liệu mà chữ ký khai báo là sai hoặc bất thường.",
        "The part of the file that the signature says it covers is wrong or unusual.",
    ),
    "container-altered": (
        "Phần chứa chữ ký trong tệp không còn nguyên như khi ký.",
        "The place of the signature in the file is not as the signer left it.",
    ),
    "cms-inconsistent": (
        "Cấu trúc khối chữ ký mâu thuẫn với nội dung của nó.",
        "The structure of the signature contradicts its content.",
    ),
    "encapsulated-content": (
        "Khối chữ ký chứa nội dung riêng thay vì ký lên tệp này.",
        "The signature carries content of its own instead of signing this file.",
    ),
    "content-copied": (
        "Khối chữ ký chứa thêm một bản sao của nội dung được ký, điều chuẩn PDF không cho phép.",
        "The signature carries a copy of what it signs, which the PDF standard does not allow.",
    ),
    "content-changed": (
        "Nội dung đã bị thay đổi sau khi ký.",
        "The content was changed after it was signed.",
    ),
    "signature-wrong": (
        "Giá trị chữ ký không đúng với chứng thư của người ký.",
        "The signature value does not fit the signer's certificate.",
    ),
    "algorithm-unsupported": (
        "Thuật toán chữ ký không được hỗ trợ ({algorithm}).",
        "The signature's algorithm is not supported ({algorithm}).",
    ),
    "algorithm-weak": (
        "Thuật toán hoặc độ dài khóa không còn an toàn ({algorithm}).",
        "The algorithm or key length is no longer safe ({algorithm}).",
    ),
    "no-certificate": (
        "Chữ ký không kèm chứng thư của người ký, hoặc kèm chứng thư khác.",
        "The signature does not carry the signer's certificate, or carries another one.",
    ),
    "certificate-elsewhere": (
        "Chứng thư của người ký không nằm trong khối chữ ký mà ở nơi khác trong tệp.",
        "The signer's certificate is not in the signature but elsewhere in the file.",
    ),
    # --- trust
    "untrusted": (
        "Không tìm thấy đường dẫn từ chứng thư của {holder} đến một tổ chức chứng thực được tin cậy.",
        "No path leads from the certificate of {holder} to a trusted certification authority.",
    ),
    "expired": (
        "Chứng thư của {holder} đã hết hạn khi kiểm tra, và không có dấu thời gian chứng minh đã ký trước đó.",
        "The certificate of {holder} had expired when checked, and no timestamp proves that it was used before.",
    ),
    "expired-not-revoked": (
        "Chứng thư của {holder} đã hết hạn, chưa từng bị thu hồi; không có dấu thời gian chứng minh đã ký trước đó.",
        "The certificate of {holder} has expired and was never revoked; no timestamp proves that it was used before.",
    ),
    "signed-after-expiry": (
        "Chữ ký được tạo sau khi chứng thư của {holder} đã hết hạn.",
        "The signature was made after the certificate of {holder} had expired.",
    ),
    "signed-after-revocation": (
        "Chữ ký được tạo sau khi chứng thư của {holder} đã bị thu hồi.",
        "The signature was made after the certificate of {holder} had been revoked.",
    ),
    "not-yet-valid": (
        "Chứng thư của {holder} chưa có hiệu lực vào thời điểm ký.",
        "The certificate of {holder} was not yet in force at the time of signing.",
    ),
    "revoked": (
        "Chứng thư của {holder} đã bị thu hồi trước thời điểm ký được chứng minh.",
        "The certificate of {holder} was revoked before the proven time of signing.",
    ),
    "authority-revoked": (
        "Chứng thư của tổ chức cấp chứng thư cho {holder} đã bị thu hồi.",
        "The certificate of an authority above {holder} was revoked.",
    ),
    "certificate-purpose": (
        "Chứng thư của {holder} không được cấp để ký văn bản.",
        "The certificate of {holder} was not issued for signing documents.",
    ),
    "chain-broken": (
        "Đường dẫn chứng thư của {holder} có lỗi.",
        "The chain of certificates of {holder} is at fault.",
    ),
    "stray-certificate": (
        "Khối chữ ký kèm một chứng thư hỏng hoặc không rõ nguồn gốc.",
        "The signature carries a certificate that is damaged or of unknown origin.",
    ),
    "revocation-missing": (
        "Không có dữ liệu để biết chứng thư của {holder} có bị thu hồi hay không.",
        "No data tells whether the certificate of {holder} was revoked.",
    ),
    # --- time
    "timestamp-broken": (
        "Dấu thời gian bị hỏng hoặc không thuộc chữ ký này.",
        "The timestamp is damaged or belongs to another signature.",
    ),
    "timestamp-untrusted": (
        "Dấu thời gian không phải của một tổ chức được tin cậy, nên thời điểm ký chưa được chứng minh.",
        "The timestamp is not of a trusted authority, so the time of signing is not proven.",
    ),
    "timestamp-expired": (
        "Chứng thư của tổ chức cấp dấu thời gian đã hết hạn, nên dấu thời gian không còn chứng minh được thời điểm ký.",
        "The timestamp authority's certificate has expired, so the timestamp no longer proves the time of signing.",
    ),
    "timestamp-revoked": (
        "Chứng thư của tổ chức cấp dấu thời gian đã bị thu hồi trước khi có bằng chứng dấu thời gian này tồn tại.",
        "The timestamp authority's certificate was revoked before this timestamp is proven to exist.",
    ),
    "timestamp-weak": (
        "Thuật toán của dấu thời gian không còn an toàn khi có bằng chứng nó tồn tại.",
        "The timestamp's algorithm was no longer safe when the timestamp is proven to exist.",
    ),
    "timestamps-out-of-order": (
        "Các dấu thời gian mâu thuẫn nhau về thứ tự.",
        "The timestamps contradict each other in their order.",
    ),
    "timestamp-in-future": (
        "Dấu thời gian muộn hơn thời điểm kiểm tra.",
        "The timestamp lies after the moment of checking.",
    ),
    # --- what came after
    "changes-not-allowed": (
        "Sau khi ký, tệp đã bị thay đổi theo cách chữ ký không cho phép.",
        "After signing, the file was changed in a way the signature does not allow.",
    ),
    "changes-unknown": (
        "Không thể xác định những thay đổi sau khi ký.",
        "What was changed after signing cannot be determined.",
    ),
    "changes-not-compared": (
        "Tệp quá lớn để so sánh kịp những thay đổi sau khi ký trong thời gian cho phép.",
        "The file is too large: what was changed after signing could not be compared in the time allowed.",
    ),
    "blanks-appended": (
        "Có khoảng trắng hoặc dấu xuống dòng được thêm vào cuối tệp sau khi ký.",
        "Blanks or line ends were appended to the file after signing.",
    ),
    "structure-faulty": (
        "Tệp có lỗi cấu trúc và có phần không được ký, nên không thể kết luận về thay đổi sau khi ký.",
        "The file's structure is faulty and part of it is not signed, so changes after signing cannot be judged.",
    ),
    "not-processed": (
        "Không xử lý được chữ ký này.",
        "This signature could not be processed.",
    ),
    # --- worth knowing
    "no-timestamp": (
        "Không có dấu thời gian: thời điểm ký chỉ do người ký khai báo.",
        "There is no timestamp: the time of signing is only what the signer claims.",
    ),
    "revocation-not-checked": (
        "Chưa kiểm tra thu hồi chứng thư: tệp không kèm dữ liệu thu hồi dùng được.",
        "Revocation was not checked: the file carries no usable revocation data.",
    ),
    "several-fields": (
        "Một chữ ký được hiển thị ở nhiều ô chữ ký.",
        "One signature is shown in several signature fields.",
    ),
    "not-pades": (
        "Chữ ký đúng chuẩn PDF nhưng không theo chuẩn PAdES.",
        "A PDF signature, but not one as PAdES defines it.",
    ),
    "signature-removed": (
        "Tệp có dấu vết của chữ ký không còn nằm trong biểu mẫu; chữ ký có thể đã bị gỡ bỏ.",
        "The file shows traces of a signature that is not in its form; it may have been removed.",
    ),
}

_WITHOUT_SIGNATURES = {
    Verdict.UNSIGNED: ("Tệp không có chữ ký số.", "The file carries no signature."),
    Verdict.ENCRYPTED: (
        "Tệp bị đặt mật khẩu nên không kiểm tra được chữ ký số. Hãy kiểm tra bản không có mật khẩu.",
        "The file is protected by a password, so its signatures cannot be verified. Verify a copy without password.",
    ),
    Verdict.UNREADABLE: (
        "Tệp không phải PDF hoặc đã hỏng nên không đọc được chữ ký số nào.",
        "The file is no PDF or is damaged, so no signature could be read.",
    ),
}


def reason(code: str, **facts: str) -> Reason:
    """A reason against a signature, in both languages."""
    text_vi, text_en = _REASONS[code]
    return Reason(code, text_vi.format(**facts), text_en.format(**facts))


def note(code: str) -> Reason:
    """Something worth knowing that counts against nothing, in both languages."""
    return replace(reason(code), against=False)


def sentence(
    verdict: Verdict,
    signatures: Sequence[SignatureReport],
    timestamps: Sequence[TimestampReport] = (),
    *,
    removed: bool = False,
) -> tuple[str, str]:
    """The verdict on a file in one plain sentence, in Vietnamese and English."""
    count = len(signatures)
    if verdict is Verdict.VALID:
        changed = any(signature.changes for signature in signatures)
        return (
            f"Tệp có {count} chữ ký số hợp lệ; nội dung được ký không bị thay đổi"
            + (", các cập nhật sau khi ký đều được phép." if changed else "."),
            ("The file has one valid signature" if count == 1 else f"The file has {count} valid signatures")
            + "; what was signed is unchanged"
            + (", and every later update was allowed." if changed else "."),
        )
    if verdict in _WITHOUT_SIGNATURES:
        if removed:
            found = reason("signature-removed")
            return found.text_vi, found.text_en
        return _WITHOUT_SIGNATURES[verdict]
    worst = _worst((*signatures, *timestamps), verdict)
    if verdict is Verdict.INVALID:
        return f"Chữ ký số không hợp lệ. {worst.text_vi}", f"The signature is not valid. {worst.text_en}"
    return (
        f"Chưa thể kết luận chữ ký số hợp lệ. {worst.text_vi}",
        f"It cannot be said that the signature is valid. {worst.text_en}",
    )


def _worst(reports: Sequence[SignatureReport | TimestampReport], verdict: Verdict) -> Reason:
    """The first reason against a signature or timestamp that made the verdict."""
    for report in reports:
        against = [found for found in report.reasons if found.against]
        if verdict is Verdict.INVALID and report.indication is not Indication.TOTAL_FAILED:
            against = [found for found in against if found.code == "changes-not-allowed"]
        if against:
            return against[0]
    return reason("not-processed")
