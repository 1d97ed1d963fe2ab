"""What can go wrong with an audit."""

from __future__ import annotations

from docsvc.errors import DocsvcError


class AuditError(DocsvcError):
    """Root of the errors of audits."""


class AuditUnderWay(AuditError):
    """Another process is at work on this audit."""

    code = "audit-under-way"
    message_vi = "Lượt kiểm tra này đang chạy ở một tiến trình khác."
    message_en = "Another process is at work on this audit."


class AuditOver(AuditError):
    """There is nothing to stop or to go on with."""

    code = "audit-over"
    message_vi = "Lượt kiểm tra này đã xong hoặc đã dừng; hãy tải lại trang."
    message_en = "This audit is done or stopped already; load the page again."
