"""The root of the service's errors: each has a stable code and a message for people in both languages."""

from __future__ import annotations

from typing import ClassVar


class DocsvcError(Exception):
    """Something a person asked for cannot be done, and the message says what to do next."""

    code: ClassVar[str] = "error"
    message_vi: str = "Không thực hiện được yêu cầu."
    message_en: str = "The request could not be carried out."

    def __init__(self, vi: str | None = None, en: str | None = None) -> None:
        if vi is not None:
            self.message_vi = vi
        if en is not None:
            self.message_en = en
        super().__init__(self.message_en)


class NotFound(DocsvcError):
    """There is no such thing, or this person may not know of it: the two look the same from outside."""

    code = "not-found"
    message_vi = "Không tìm thấy, hoặc bạn không có quyền xem."
    message_en = "Not found, or you may not see it."


class Forbidden(DocsvcError):
    """The person may see the thing but not do this to it."""

    code = "forbidden"
    message_vi = "Bạn không có quyền thực hiện việc này."
    message_en = "You may not do this."


class Invalid(DocsvcError):
    """What was typed cannot be used; the message names the field."""

    code = "invalid"
    message_vi = "Dữ liệu nhập chưa đúng."
    message_en = "The input cannot be used."
