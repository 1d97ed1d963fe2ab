"""Every failure as problem details (RFC 9457), in the language that ``Accept-Language`` asks for."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from http import HTTPStatus

from flask import Response, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from docsvc.api.blueprint import PREFIX, api
from docsvc.api.models.problems import PROBLEM_MEDIA_TYPE, FieldProblem, Problem
from docsvc.pace import TooOften
from docsvc.problems import DOMAIN_ERRORS, DomainError, problem_of

log = logging.getLogger(__name__)

INVALID = ("Yêu cầu có mục chưa đúng; xem danh sách errors.", "The request has fields that cannot be used; see errors.")
INTERNAL = (
    "Hệ thống gặp lỗi, lỗi đã được ghi lại. Hãy thử lại; nếu vẫn lỗi, báo quản trị viên.",
    "The service failed and has noted it. Try again; if it fails again, tell the administrator.",
)
BY_STATUS = {
    400: ("Yêu cầu không đọc được.", "The request cannot be read."),
    404: ("Không có địa chỉ này trong API.", "The API has no such address."),
    405: ("Địa chỉ này không nhận phương thức đó.", "This address does not take that method."),
    413: ("Tệp hoặc yêu cầu lớn quá mức cho phép.", "The file or the request is larger than allowed."),
}
FIELD_MESSAGES = {
    "missing": ("Thiếu mục bắt buộc.", "This field is required."),
    "extra_forbidden": ("Không có mục này.", "There is no such field."),
    "string_too_short": ("Ngắn hơn mức tối thiểu.", "Too short."),
    "string_too_long": ("Dài hơn mức cho phép.", "Too long."),
    "enum": ("Không phải một trong các giá trị cho phép.", "Not one of the allowed values."),
    "literal_error": ("Không phải một trong các giá trị cho phép.", "Not one of the allowed values."),
    "int_parsing": ("Cần số nguyên.", "A whole number is needed."),
    "int_type": ("Cần số nguyên.", "A whole number is needed."),
    "string_type": ("Cần chuỗi ký tự.", "A string is needed."),
    "date_from_datetime_parsing": ("Cần ngày dạng YYYY-MM-DD.", "A date of the form YYYY-MM-DD is needed."),
    "date_parsing": ("Cần ngày dạng YYYY-MM-DD.", "A date of the form YYYY-MM-DD is needed."),
    "date_type": ("Cần ngày dạng YYYY-MM-DD.", "A date of the form YYYY-MM-DD is needed."),
    "string_pattern_mismatch": ("Không đúng dạng.", "Not of the right form."),
    "greater_than_equal": ("Ngoài khoảng cho phép.", "Out of range."),
    "less_than_equal": ("Ngoài khoảng cho phép.", "Out of range."),
    "too_long": ("Nhiều phần tử hơn mức cho phép.", "Too many items."),
    "model_type": ("Cần một đối tượng JSON.", "A JSON object is needed."),
}


def language() -> str:
    """``vi`` or ``en``; Vietnamese where nothing is asked for."""
    return request.accept_languages.best_match(("vi", "en"), default="vi")


def in_language(texts: tuple[str, str]) -> str:
    """One of a Vietnamese and an English text."""
    return texts[1] if language() == "en" else texts[0]


def as_response(problem: Problem) -> Response:
    """The answer; a missing token also names the scheme (RFC 9110, 11.6.1)."""
    response = Response(
        problem.model_dump_json(exclude_defaults=True), status=problem.status, content_type=PROBLEM_MEDIA_TYPE
    )
    response.headers["Content-Language"] = language()
    if problem.status == HTTPStatus.UNAUTHORIZED:
        response.headers["WWW-Authenticate"] = 'Bearer realm="docsvc"'
    return response


def _domain(error: DomainError) -> Response:
    found = problem_of(error, language())
    if found.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s: %s", error.code, error)
    response = as_response(
        Problem(type=found.type, title=found.title, status=found.status, detail=found.detail, code=found.code)
    )
    if isinstance(error, TooOften):
        response.headers["Retry-After"] = str(error.seconds)
    return response


for kind in DOMAIN_ERRORS:
    api.register_error_handler(kind, _domain)


@api.errorhandler(HTTPException)
def _http(error: HTTPException) -> Response:
    return plain(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)


@api.errorhandler(RecursionError)
def _nested(_error: RecursionError) -> Response:
    return plain(HTTPStatus.BAD_REQUEST)


@api.errorhandler(Exception)
def _unexpected(error: Exception) -> Response:
    log.error("unexpected failure", exc_info=error)
    return plain(HTTPStatus.INTERNAL_SERVER_ERROR)


def plain(status: int) -> Response:
    """A failure that only its status tells of."""
    texts = BY_STATUS.get(status, INTERNAL if status >= HTTPStatus.INTERNAL_SERVER_ERROR else BY_STATUS[400])
    code = "internal" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else f"http-{status}"
    text = in_language(texts)
    return as_response(Problem(type=f"urn:docsvc:problem:{code}", title=text, status=status, detail=text, code=code))


def refused(error: ValidationError) -> Response:
    """A request that does not fit its model."""
    text = in_language(INVALID)
    return as_response(
        Problem(
            type="urn:docsvc:problem:invalid-request",
            title=text,
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            detail=text,
            code="invalid-request",
            errors=tuple(_field_problems(error)),
        )
    )


def _field_problems(error: ValidationError) -> Iterable[FieldProblem]:
    title = error.title.lower()
    where = next((place for place in ("path", "query", "header", "form") if title.endswith(place)), "body")
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        texts = FIELD_MESSAGES.get(found["type"])
        message = (
            in_language(texts) if texts else in_language((f"Giá trị không dùng được ({found['msg']}).", found["msg"]))
        )
        yield FieldProblem(where=where, field=".".join(str(step) for step in found["loc"]), message=message)


def replace_foreign(response: Response) -> Response:
    """Answers from outside the blueprint, such as an unknown address: a program must not get a page."""
    if (
        request.path.startswith(f"{PREFIX}/")
        and response.status_code >= HTTPStatus.BAD_REQUEST
        and response.mimetype != PROBLEM_MEDIA_TYPE
    ):
        replaced = plain(response.status_code)
        if isinstance(request.routing_exception, MethodNotAllowed):
            replaced.headers["Allow"] = ", ".join(sorted(request.routing_exception.valid_methods or ()))
        return replaced
    return response
