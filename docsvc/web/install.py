"""Joins the pages to a Flask application: cookies, guard, languages, errors, blueprints."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from docsvc.issue.piles import Piles
from docsvc.parts import Parts
from docsvc.web import failures, guard, headers, i18n, templating, tries
from docsvc.web.blueprints import BLUEPRINTS, WITHOUT_FORM_TOKEN
from docsvc.web.context import EXTENSION, PILES, PREVIEWS
from docsvc.web.previews import Previews

FORM_OVERHEAD_BYTES = 1024 * 1024
"""Room for a form's other fields beside the largest file allowed."""


def install(app: Flask, parts: Parts) -> None:
    """Add every page to ``app``, working on ``parts``."""
    settings = parts.settings
    secure = settings.behind_proxy or settings.address.startswith("https://")
    app.config.update(
        SECRET_KEY=parts.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_limit_bytes + FORM_OVERHEAD_BYTES,
        SESSION_COOKIE_NAME="__Host-docsvc_form" if secure else "docsvc_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        WTF_CSRF_TIME_LIMIT=None,  # a form stays good as long as the sign-in; the token dies with it
    )
    app.extensions[EXTENSION] = parts
    app.extensions[PREVIEWS] = Previews(parts.desk)
    app.extensions[PILES] = Piles()
    csrf = CSRFProtect()
    guard.install(app)  # before the form token is asked for, so that a stranger is sent to sign in
    csrf.init_app(app)
    i18n.install(app)
    templating.install(app)
    headers.install(app, secure=secure)
    tries.prepare(app)
    failures.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for blueprint in WITHOUT_FORM_TOKEN:
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
