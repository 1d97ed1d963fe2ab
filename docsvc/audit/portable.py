"""Anchors in a form that auditors keep elsewhere and check without docsvc."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from docsvc.audit.evidence import FILE_KIND
from docsvc.db.anchors import EventAnchor
from signing.anchoring import pem
from signing.verify import Trust

HOW = """\
Mỗi mốc có hai tệp: NNNNNN.json (nội dung được chứng thực) và NNNNNN.tst (dấu thời gian, RFC 3161).
Each anchor has two files: NNNNNN.json (what is stated) and NNNNNN.tst (its timestamp, RFC 3161).

Kiểm tra dấu thời gian bằng OpenSSL / to check a timestamp with OpenSSL:

  openssl ts -verify -data NNNNNN.json -in NNNNNN.tst -token_in -CAfile roots.pem

Tệp JSON ghi mã băm SHA-256 của dòng cuối (last_entry_sha256), của mốc trước (previous_statement_sha256) và của dấu thời
gian của mốc trước (previous_token_sha256); so bằng sha256sum.
The JSON holds the SHA-256 of the last entry, of the statement before and of that one's timestamp: compare with
sha256sum.

So cả nhật ký với các mốc đã giữ / to compare the whole log with anchors kept before:

  docsvc audit verify --anchors anchors.json

roots.pem là chứng thư gốc hệ thống này tin; hãy lấy chứng thư gốc từ chính tổ chức cấp dấu thời gian để so.
roots.pem holds the roots this service trusts; get them from the timestamp authority itself and compare.
"""


def written_file(session: Session, now: datetime) -> bytes:
    """Every anchor of the database, as ``docsvc audit verify --anchors`` reads it."""
    anchors = [
        {
            "number": row.number,
            "last_entry": row.last_event_id,
            "proven_at": row.proven_at.astimezone(UTC).isoformat() if row.proven_at else "",
            "authority": row.authority,
            "statement_sha256": row.statement_sha256,
            "statement": row.statement,
            "token": base64.b64encode(row.token or b"").decode("ascii"),
        }
        for row in _claimed(session)
    ]
    written = {"kind": FILE_KIND, "exported_at": now.astimezone(UTC).isoformat(timespec="seconds"), "anchors": anchors}
    return json.dumps(written, ensure_ascii=False, indent=1).encode()


def written_zip(session: Session, trust: Trust, now: datetime) -> bytes:
    """The same, with each statement and token as a file of its own for OpenSSL."""
    filled = io.BytesIO()
    with zipfile.ZipFile(filled, "w", zipfile.ZIP_DEFLATED) as packed:

        def add(name: str, content: bytes) -> None:
            entry = zipfile.ZipInfo(name, now.astimezone(UTC).timetuple()[:6])
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, content, zipfile.ZIP_DEFLATED)

        add("HOW-TO-CHECK.txt", HOW.encode())
        add("roots.pem", pem(trust.roots))
        add("anchors.json", written_file(session, now))
        for row in _claimed(session):
            add(f"{row.number:06}.json", row.statement.encode("utf-8", "replace"))
            add(f"{row.number:06}.tst", row.token or b"")
    return filled.getvalue()


def _claimed(session: Session) -> list[EventAnchor]:
    rows = select(EventAnchor).where(EventAnchor.token.is_not(None)).order_by(EventAnchor.number)
    return list(session.scalars(rows))
