"""Joins the API to a Flask application."""

from __future__ import annotations

from flask import Flask, Response

from docsvc.api import (
    access,
    annexes,
    audits,
    checking,
    copies,
    documents,
    drafts,
    effects,
    event_log,
    failures,
    office,
    openapi,
    own_machine,
    places,
    public_check,
    registering,
    shares,
    steps,
    texts,
    trust,
)
from docsvc.api.blueprint import api
from docsvc.api.context import EXTENSION, Surroundings
from docsvc.parts import Parts

ROUTES = (
    access,
    annexes,
    audits,
    checking,
    copies,
    documents,
    drafts,
    effects,
    event_log,
    office,
    openapi,
    own_machine,
    places,
    public_check,
    registering,
    shares,
    steps,
    texts,
    trust,
)
"""Modules that add to the blueprint when they are imported."""


def install(app: Flask, parts: Parts) -> None:
    """Add every route under ``/api/v1`` to ``app``, working on ``parts``."""
    app.extensions[EXTENSION] = Surroundings.around(parts)
    app.validation_error_callback = failures.refused  # type: ignore[attr-defined] # flask-openapi3 asks the application
    if "csrf" in app.extensions:
        app.extensions["csrf"].exempt(api)  # no cookie opens anything here
    app.after_request(failures.replace_foreign)
    app.register_blueprint(api)


@api.after_request
def keep_private(response: Response) -> Response:
    """No proxy and no browser may keep what a token opened."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
