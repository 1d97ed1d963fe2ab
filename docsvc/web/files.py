"""Files and pictures of pages, each checked for the person asking."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from flask import Blueprint, Response, make_response, request

from docsvc.db.records import Document, Rendition
from docsvc.errors import NotFound
from docsvc.records.annexes import label_of
from docsvc.records.handling import fetch_file, note_download
from docsvc.records.terms import RenditionRole
from docsvc.web.context import parts, previews
from docsvc.web.guard import actor
from docsvc.web.previews import WIDTHS

pages = Blueprint("files", __name__)

PDF = "application/pdf"
ASK_EVERY_TIME = "private, no-cache"
"""A browser may keep the bytes but asks each time, so that a right taken away counts at once."""


@pages.get("/documents/<document_id>/files/<int:rendition_id>")
def download(document_id: str, rendition_id: int) -> Response:
    """The very bytes in the store, as a file to keep; the type is ours, never the uploader's."""
    with parts().database.read() as session:
        document, rendition = fetch_file(session, actor(), document_id, rendition_id)
        name = file_name(document, rendition)
    if request.if_none_match.contains(rendition.sha256):
        response = make_response(b"", 304)
    else:
        reading = parts().store.open(rendition.sha256)
        with parts().database.write() as session:
            note_download(session, actor(), document, rendition)
        response = Response(reading, mimetype=PDF, direct_passthrough=True)
        response.call_on_close(reading.close)
        response.content_length = reading.size_bytes
        response.headers["Content-Disposition"] = attachment(name)
    response.set_etag(rendition.sha256)
    response.headers["Cache-Control"] = ASK_EVERY_TIME
    return response


@pages.get("/documents/<document_id>/files/<int:rendition_id>/pages/<int:page>.png")
def picture(document_id: str, rendition_id: int, page: int) -> Response:
    """A page as a picture, in one of the widths on offer."""
    with parts().database.read() as session:
        _, rendition = fetch_file(session, actor(), document_id, rendition_id)
    width = request.args.get("width", WIDTHS[-1], type=int)
    if width not in WIDTHS or not 1 <= page <= len(previews().sizes(rendition.sha256)):
        raise NotFound
    tag = f"{rendition.sha256}-{page}-{width}"
    if request.if_none_match.contains(tag):
        response = make_response(b"", 304)
    else:
        response = Response(previews().picture(rendition.sha256, page - 1, width), mimetype="image/png")
    response.set_etag(tag)
    response.headers["Cache-Control"] = ASK_EVERY_TIME
    return response


def attachment(name: str) -> str:
    """The header that names the file: in full (RFC 8187), and in plain letters for clients that know no others."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    return f"attachment; filename=\"{plain.replace(chr(34), '_')}\"; filename*=UTF-8''{quote(name, safe='')}"


def file_name(document: Document, rendition: Rendition) -> str:
    """A name people can file by: the reference for what was issued, the drafter's own for earlier files."""
    if rendition.role in (RenditionRole.ISSUED, RenditionRole.SCAN) and document.reference:
        return f"{document.reference.replace('/', '-')}.pdf"
    if rendition.role == RenditionRole.ANNEX and rendition.annex is not None:
        return f"{(document.reference or '').replace('/', '-')} {label_of(document, rendition.annex)}.pdf"
    stem = rendition.file_name.removesuffix(".pdf")
    safe = "".join(letter if letter.isprintable() and letter not in '\\/:*?"<>|' else "_" for letter in stem)
    return f"{safe.strip('. ') or 'van-ban'}.pdf"
