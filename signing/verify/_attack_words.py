"""What attacks are called, in words for a person without cryptography: a code, Vietnamese, English."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from signing.verify._report import Change, Reason

_WORDS: dict[str, tuple[str, str]] = {
    "universal-signature-forgery": (
        "Chữ ký giả: ô chữ ký có vẻ đã được ký nhưng không chứa chữ ký nào kiểm tra được.",
        "Forged signature: the signature field looks signed but holds no signature that could be checked.",
    ),
    "signature-wrapping": (
        "Phần đã ký bị dời chỗ trong tệp và nội dung khác được chèn vào phần không được ký.",
        "The signed part was moved within the file, and other content was put where nothing is signed.",
    ),
    "byte-range-trick": (
        "Chữ ký khai báo phần được ký bằng những con số mà mỗi phần mềm có thể hiểu một khác.",
        "The signature says what it covers in numbers that each program may understand differently.",
    ),
    "incremental-saving": (
        "Nội dung khác được ghi thêm vào sau phần đã ký để thay thế những gì người ký đã thấy.",
        "Other content was saved behind the signed part to replace what the signer saw.",
    ),
    "shadow-hide": (
        "Một phần che nội dung khác đã bị gỡ bỏ sau khi ký: tệp nay hiện điều mà người ký không thấy.",
        "What covered other content was taken away after signing: the file shows what the signer could not see.",
    ),
    "shadow-replace": (
        "Chữ hiển thị (phông chữ, ô đã điền hoặc hình thể hiện của ô) bị thay sau khi ký nên văn bản hiện ra khác đi.",
        "What is displayed (a font, a filled field or its look) was replaced after signing: it reads differently.",
    ),
    "shadow-hide-and-replace": (
        "Nội dung giấu sẵn trong tệp được đưa ra thay cho nội dung mà người ký đã thấy.",
        "Content hidden in the file beforehand was brought out in place of what the signer saw.",
    ),
    "evil-annotation": (
        "Sau khi ký, trang {page} bị đặt thêm chú thích đè lên hoặc thay đổi nội dung hiển thị.",
        "After signing, an annotation that covers or changes what is shown was put on page {page}.",
    ),
    "sneaky-signature": (
        "Sau khi ký, trang {page} bị thêm ô chữ ký có hình thể hiện đè lên nội dung văn bản.",
        "After signing, a signature field whose look lies over the document's words was put on page {page}.",
    ),
    "spoofed-dictionary": (
        "Khai báo của chữ ký bị làm giả: có mục trùng lặp, sai loại hoặc nằm ngoài phần được ký.",
        "The signature's description is spoofed: entries stand twice, are of a wrong kind or lie outside of it.",
    ),
    "double-signer": (
        "Một chữ ký mang nhiều người ký, nên mỗi phần mềm có thể nêu một tên khác nhau.",
        "One signature carries several signers, so that programs may name different ones.",
    ),
    "copied-timestamp": (
        "Dấu thời gian được chép từ một chữ ký hoặc tệp khác.",
        "The timestamp was copied from another signature or file.",
    ),
    "copied-signature": (
        "Cùng một chữ ký được chép vào nhiều ô chữ ký.",
        "The same signature was copied into several signature fields.",
    ),
    "algorithm-mismatch": (
        "Các thuật toán ghi trong chữ ký mâu thuẫn với nhau.",
        "The algorithms that the signature names contradict each other.",
    ),
    "forged-attributes": (
        "Các thông tin được ký kèm trong chữ ký bị thiếu, trùng lặp hoặc sai dạng.",
        "The statements signed together with the document are missing, doubled or of a wrong form.",
    ),
    "certificate-substitution": (
        "Chứng thư đi kèm không phải chứng thư mà chữ ký gắn với, hoặc chữ ký không gắn với chứng thư nào.",
        "The certificate that comes along is not the one the signature is bound to, or it is bound to none.",
    ),
    "polyglot": (
        "Tệp đồng thời là một loại tệp khác hoặc chứa hai tệp PDF; phần mềm khác nhau sẽ mở ra nội dung khác nhau.",
        "The file is also of another kind, or two PDF files in one; different programs will open different content.",
    ),
    "decompression-bomb": (
        "Tệp chứa dữ liệu nén bung ra lớn bất thường, có thể nhằm làm tê liệt phần mềm.",
        "The file holds packed data that unpack to an unusual size, perhaps to disable programs.",
    ),
    "endless-loop": (
        "Cấu trúc tệp dẫn vòng tròn hoặc lồng nhau vô tận, có thể nhằm làm treo phần mềm.",
        "The file's structure leads in circles or is nested without end, perhaps to make programs hang.",
    ),
    "huge-number": (
        "Tệp khai báo những con số lớn vô lý, có thể nhằm làm hỏng phần mềm.",
        "The file declares numbers of absurd size, perhaps to break programs.",
    ),
}
CODES = tuple(_WORDS)
"""All there are, in the order that they are told in."""


class Effect(StrEnum):
    """What an attack does to the verdict on a signature, beyond what the other checks concluded."""

    NAMED = "named"
    """Nothing: those checks have refused it, and the attack says why."""
    OPEN = "open"
    """INDETERMINATE/SIG_CONSTRAINTS_FAILURE."""
    CHANGED = "changed"
    """As ``OPEN``, and the file is INVALID: a change after signing that is not allowed."""
    BROKEN = "broken"
    """TOTAL-FAILED/FORMAT_FAILURE."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """An attack that was recognised."""

    code: str
    effect: Effect = Effect.NAMED
    field: str = ""
    """Name of the signature's field; empty for the whole file."""
    page: int = 0
    """From 1; 0 where it has none."""

    @property
    def reason(self) -> Reason:
        """In both languages."""
        text_vi, text_en = _WORDS[self.code]
        return Reason(self.code, text_vi.format(page=self.page), text_en.format(page=self.page))

    @property
    def change(self) -> Change:
        """As something done to the file after a signature."""
        told = self.reason
        return Change(told.code, told.text_vi, told.text_en, allowed=False)


def named(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    """Each once, in the order of the list of words."""
    return tuple(sorted(dict.fromkeys(reasons), key=lambda one: CODES.index(one.code)))
