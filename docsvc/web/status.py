"""Saying that a signature was made without knowing whether its certificate was revoked."""

from __future__ import annotations

from flask import flash

from docsvc.issue.fitness import status_unknown
from docsvc.web.context import parts
from docsvc.web.i18n import gettext


def warn_of_unknown_status(document_id: str) -> None:
    """Tell whoever has just signed; the event log says why."""
    with parts().database.read() as session:
        if status_unknown(session, document_id):
            flash(gettext("Không hỏi được chứng thư số có bị thu hồi hay không; nhật ký đã ghi lại điều này."), "error")
