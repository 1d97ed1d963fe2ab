"""Error pages: what happened and what to do next, in the reader's language."""

from __future__ import annotations

import logging
from http import HTTPStatus

from flask import Flask, g, render_template
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from docsvc.pace import TooOften
from docsvc.problems import DOMAIN_ERRORS, DomainError, status_of
from docsvc.web.context import parts
from docsvc.web.i18n import N_, gettext, told

log = logging.getLogger(__name__)

TITLES = {
    400: N_("Yêu cầu không đúng"),
    401: N_("Cần đăng nhập"),
    403: N_("Không có quyền"),
    404: N_("Không tìm thấy"),
    405: N_("Trang này không nhận cách gửi đó"),
    409: N_("Chưa thực hiện được"),
    413: N_("Tệp quá lớn"),
    422: N_("Chưa thực hiện được"),
    429: N_("Quá nhiều lần thử"),
    500: N_("Hệ thống gặp lỗi"),
    503: N_("Tạm thời không phục vụ được"),
    507: N_("Kho lưu trữ đã đầy"),
}
ADVICE = {
    404: N_("Địa chỉ không có, hoặc bạn không có quyền xem. Hãy quay lại trang trước hoặc tìm văn bản."),
    405: N_("Hãy quay lại trang trước và dùng nút trên trang."),
    500: N_("Lỗi đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên kèm thời điểm xảy ra."),
}
TRY_AGAIN = N_("Hãy quay lại trang trước và thử lại.")
Answer = tuple[str, int] | tuple[str, int, dict[str, str]]


def install(app: Flask) -> None:
    """Show every failure as a page."""
    for kind in DOMAIN_ERRORS:
        app.register_error_handler(kind, _domain)
    app.register_error_handler(CSRFError, _stale_form)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _domain(error: DomainError) -> Answer:
    status = status_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", error.code, error)
    page = _page(status, told(error), code=error.code)
    return (*page, {"Retry-After": str(error.seconds)}) if isinstance(error, TooOften) else page


def _stale_form(_error: CSRFError) -> Answer:
    text = gettext("Biểu mẫu đã cũ hoặc không gửi từ trang này. Hãy quay lại, tải lại trang rồi gửi lần nữa.")
    return _page(HTTPStatus.BAD_REQUEST, text, code="stale-form")


def _http(error: HTTPException) -> Answer | HTTPException:
    status = error.code or 500
    if status < HTTPStatus.BAD_REQUEST:
        return error  # a redirect
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        megabytes = parts().settings.upload_limit_bytes // (1024 * 1024)
        text = gettext(
            "Tệp tải lên lớn hơn mức cho phép là %(megabytes)s MB. Hãy giảm dung lượng rồi tải lại.",
            megabytes=megabytes,
        )
    else:
        text = gettext(ADVICE.get(status, TRY_AGAIN))
    return _page(status, text, code=f"http-{status}")


def _unexpected(error: Exception) -> Answer:
    log.error("unexpected failure", exc_info=error)
    try:
        return _page(HTTPStatus.INTERNAL_SERVER_ERROR, gettext(ADVICE[500]), code="internal")
    except Exception:  # noqa: BLE001 - the database may be what failed: then the page does without the person
        g.actor = None
        return _page(HTTPStatus.INTERNAL_SERVER_ERROR, gettext(ADVICE[500]), code="internal")


def _page(status: int, text: str, *, code: str) -> tuple[str, int]:
    title = gettext(TITLES.get(status, TITLES[409]))
    return render_template("failure.html", title=title, text=text, code=code, status=int(status)), int(status)
