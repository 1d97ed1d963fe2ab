"""What can go wrong with accounts."""

from __future__ import annotations

from docsvc.errors import DocsvcError


class AccountError(DocsvcError):
    """Root of the accounts' errors."""


class WrongSignIn(AccountError):
    """Unknown name, wrong password or a closed account: the three look the same from outside."""

    code = "wrong-sign-in"
    message_vi = "Tên đăng nhập hoặc mật khẩu không đúng."
    message_en = "The user name or the password is wrong."


class TooManyTries(AccountError):
    """Too many failed sign-ins for this name or from this address."""

    code = "too-many-tries"
    message_vi = "Đăng nhập sai quá nhiều lần. Hãy đợi 15 phút rồi thử lại."
    message_en = "Too many failed sign-ins. Wait 15 minutes and try again."


class WeakPassword(AccountError):
    """The new password is too short or too common."""

    code = "weak-password"
    message_vi = "Mật khẩu phải có ít nhất 10 ký tự, không phổ biến hay lặp lại, không trùng tên đăng nhập."
    message_en = "A password needs at least 10 characters, not a common or repeated pattern nor the user name."


class WrongPassword(AccountError):
    """The current password, asked for before a change, is wrong."""

    code = "wrong-password"
    message_vi = "Mật khẩu hiện tại không đúng."
    message_en = "The current password is wrong."


class BadToken(AccountError):
    """An API token that is unknown, expired or revoked."""

    code = "bad-token"
    message_vi = "Mã truy cập API không đúng hoặc đã hết hạn. Hãy tạo mã mới."
    message_en = "The API token is wrong or has expired. Create a new one."
