"""The web application: pages and API over one set of parts."""

from __future__ import annotations

from flask import Flask

from docsvc import api, web
from docsvc.wiring import Service


def create_app(service: Service) -> Flask:
    """Join the parts to the pages and the API."""
    app = Flask("docsvc.web")
    web.install(app, service)
    api.install(app, service)
    return app
