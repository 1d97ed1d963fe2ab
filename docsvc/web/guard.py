"""Who may come in: everything asks for a sign-in unless it is marked public."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session, url_for
from werkzeug.routing import IntegerConverter
from werkzeug.wrappers import Response as BaseResponse

from docsvc.accounts import Actor, Role, signed_in_actor
from docsvc.errors import Forbidden
from docsvc.web.context import parts

GUARDED_ELSEWHERE = ("api", "openapi", "pki")
"""Blueprints that people's sign-ins do not concern: the API has tokens, the responders are public."""

P = ParamSpec("P")
R = TypeVar("R")


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view as open to everybody."""
    view.docsvc_public = True  # type: ignore[attr-defined]
    return view


def needs(*roles: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Refuse people who hold none of the roles anywhere; the use case then looks at the unit."""

    def mark(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            if not any(actor().has(role) for role in roles):
                raise Forbidden
            return view(*args, **kwargs)

        return guarded

    return mark


def actor_or_none() -> Actor | None:
    """The person whose sign-in this request carries, read once a request."""
    if "actor" not in g:
        token = request.cookies.get(cookie_name(), "")
        g.actor = None
        if token:
            with parts().database.read() as database_session:
                g.actor = signed_in_actor(database_session, token)
    person: Actor | None = g.actor
    return person


def actor() -> Actor:
    """The signed-in person.

    Raises:
        Forbidden: nobody is signed in; the guard lets that happen on public pages only.
    """
    person = actor_or_none()
    if person is None:
        raise Forbidden
    return person


def cookie_name() -> str:
    """Over TLS the prefix ties the cookie to this very host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-docsvc_sign_in" if current_app.config["SESSION_COOKIE_SECURE"] else "docsvc_sign_in"


def open_sign_in(response: BaseResponse, token: str) -> None:
    """Give the browser its sign-in; whatever an earlier visitor left in the form cookie goes."""
    session.clear()
    response.set_cookie(
        cookie_name(),
        token,
        max_age=parts().settings.session_hours * 3600,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path="/",
    )


def close_sign_in(response: BaseResponse) -> None:
    """Take the sign-in from the browser."""
    session.clear()
    response.delete_cookie(
        cookie_name(),
        httponly=True,
        samesite="Lax",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        path="/",
    )


def safe_next(target: str | None) -> str:
    """A place within this site to go to; the start page for everything else."""
    target = target or ""
    parsed = urlsplit(target)
    is_local = target.startswith("/") and not target.startswith("//") and not parsed.scheme and not parsed.netloc
    if not is_local or "\\" in target or any(ord(letter) < 32 for letter in target):  # noqa: PLR2004 - control characters
        return url_for("home.start")
    return target


def is_elsewhere(endpoint: str | None) -> bool:
    """Whether an endpoint belongs to those that people's sign-ins do not concern."""
    return endpoint is not None and endpoint.split(".")[0] in GUARDED_ELSEWHERE


def is_public(app: Flask, endpoint: str | None) -> bool:
    """Whether an endpoint answers without a sign-in."""
    if endpoint is None:
        return True  # no such address: everybody is told so
    if endpoint == "static" or is_elsewhere(endpoint):
        return True
    view: Any = app.view_functions[endpoint]
    return bool(getattr(view, "docsvc_public", False))


class RowNumber(IntegerConverter):
    """A row's number in an address; longer ones are no address here, and never reach the database."""

    regex = r"\d{1,9}"


def install(app: Flask) -> None:
    """Ask for a sign-in before every view that is not public."""
    app.url_map.converters["int"] = RowNumber

    @app.before_request
    def refuse_nul() -> None:
        """No text holds U+0000, and PostgreSQL keeps none: refused here once, for every field that may be stored."""
        texts = [request.path]
        if not is_elsewhere(request.endpoint):
            texts += [text for field in request.form.listvalues() for text in field]
        if any("\x00" in text for text in texts):
            abort(HTTPStatus.BAD_REQUEST)

    @app.before_request
    def require_sign_in() -> BaseResponse | None:
        if is_public(app, request.endpoint) or actor_or_none() is not None:
            return None
        target = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
        return redirect(url_for("sign_in.form", next=target), code=303)

    @app.after_request
    def keep_private(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers.setdefault("Cache-Control", "no-store")
        return response
