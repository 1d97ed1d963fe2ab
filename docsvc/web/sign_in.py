"""Signing in and out, and choosing the language."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from docsvc import accounts
from docsvc.accounts import AccountError
from docsvc.problems import status_of
from docsvc.web.context import parts
from docsvc.web.guard import actor_or_none, close_sign_in, cookie_name, open_sign_in, public, safe_next
from docsvc.web.i18n import COOKIE, LANGUAGES, told

pages = Blueprint("sign_in", __name__)

YEAR_SECONDS = 365 * 24 * 3600


@pages.get("/sign-in")
@public
def form() -> str | Response:
    """Ask for name and password."""
    if actor_or_none() is not None:
        return redirect(safe_next(request.args.get("next")))
    return render_template("sign_in.html", username="", target=request.args.get("next", ""), problem=None)


@pages.post("/sign-in")
@public
def check() -> tuple[str, HTTPStatus] | Response:
    """Check them and open a session; an earlier one of this browser ends."""
    settings = parts().settings
    username, target = request.form.get("username", ""), request.form.get("next", "")
    try:
        token = accounts.sign_in(
            parts().database,
            username=username,
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
            tries=settings.sign_in_tries,
            lasts=timedelta(hours=settings.session_hours),
        )
    except AccountError as error:
        page = render_template("sign_in.html", username=username, target=target, problem=told(error))
        return page, status_of(error)
    _end_earlier()
    response = redirect(safe_next(target), code=HTTPStatus.SEE_OTHER)
    open_sign_in(response, token)
    return response


@pages.post("/sign-out")
def leave() -> Response:
    """End the session here and in the database."""
    _end_earlier()
    response = redirect(url_for("sign_in.form"), code=HTTPStatus.SEE_OTHER)
    close_sign_in(response)
    return response


@pages.post("/language")
@public
def choose_language() -> Response:
    """Keep the chosen language: in the browser, and with the person if somebody is signed in."""
    chosen = request.form.get("language", "")
    response = redirect(safe_next(request.form.get("next")), code=HTTPStatus.SEE_OTHER)
    if chosen in LANGUAGES:
        person = actor_or_none()
        if person is not None:
            with parts().database.write() as session:
                accounts.set_language(session, person.user_id, chosen)
        response.set_cookie(
            COOKIE,
            chosen,
            max_age=YEAR_SECONDS,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SESSION_COOKIE_SECURE"],
        )
    return response


def _end_earlier() -> None:
    person = actor_or_none()
    if person is not None:
        with parts().database.write() as session:
            accounts.sign_out(session, request.cookies.get(cookie_name(), ""), by=person)
