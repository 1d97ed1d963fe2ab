"""Letting a request in: a token in ``Authorization: Bearer`` (RFC 6750), and not too often."""

from __future__ import annotations

from flask import g, request

from docsvc.accounts import BadToken, note_use, token_actor
from docsvc.api.blueprint import api
from docsvc.api.context import parts, surroundings

OPEN = frozenset(("api.openapi_document", "api.check_code"))
"""Endpoints that need no token: the description of the API, and what is told to everybody who scans a QR code."""


@api.before_request
def require_token() -> None:
    """Find out whose token it is; cookies count for nothing here, so no form token is needed either."""
    if request.endpoint in OPEN:
        return
    try:
        token = _token()
        with parts().database.read() as session:
            g.api_actor = token_actor(session, token)
    except BadToken:
        surroundings().strangers.take(request.remote_addr or "")
        raise
    surroundings().requests.take(g.api_actor.username)
    note_use(parts().database, token)


def _token() -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise BadToken(
            "Cần mã truy cập API trong mục Authorization: Bearer. Hãy tạo mã ở trang tài khoản.",
            "An API token is needed in Authorization: Bearer. Create one on the account page.",
        )
    return token.strip()


def count_passphrase() -> None:
    """Count one try of a passphrase.

    Raises:
        TooOften: too many in a minute.
    """
    surroundings().passphrases.take(g.api_actor.username)
