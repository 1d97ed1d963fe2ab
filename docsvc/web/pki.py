"""The embedded test PKI's answers over HTTP: timestamps, OCSP, CRLs and certificates, open to everybody."""

from __future__ import annotations

import base64
import binascii
from typing import Literal
from urllib.parse import unquote

from flask import Blueprint, Response, request

from docsvc.errors import NotFound
from docsvc.web.context import parts
from signing.pki import TestPki

pages = Blueprint("pki", __name__, url_prefix="/pki")

MOST_BYTES = 16 * 1024
"""A request holds a hash and a nonce; anything longer is none."""
CRL_SECONDS = 300


@pages.post("/tsa")
def timestamp() -> Response:
    """RFC 3161, 3.4."""
    return _answer(_pki().timestamp_response(_asked()), "application/timestamp-reply")


@pages.post("/ocsp")
def ocsp() -> Response:
    """RFC 6960, appendix A.1, by POST."""
    return _answer(_pki().ocsp_response(_asked()), "application/ocsp-response")


@pages.get("/ocsp/<path:encoded>", merge_slashes=False)
def ocsp_in_address(encoded: str) -> Response:
    """RFC 6960, appendix A.1, by GET: the request stands in the address, in base64."""
    try:
        asked = base64.b64decode(unquote(encoded)[: 2 * MOST_BYTES], validate=True)
    except (binascii.Error, ValueError):
        asked = b""
    return _answer(_pki().ocsp_response(asked), "application/ocsp-response")


@pages.get("/root.crl", defaults={"authority": "root"})
@pages.get("/issuing.crl", defaults={"authority": "issuing"})
def revocation_list(authority: Literal["root", "issuing"]) -> Response:
    """The CRL of an authority."""
    return _answer(_pki().crl(authority), "application/pkix-crl", seconds=CRL_SECONDS)


@pages.get("/root.cer", defaults={"name": "root"})
@pages.get("/issuing.cer", defaults={"name": "issuing"})
@pages.get("/tsa.cer", defaults={"name": "tsa"})
@pages.get("/ocsp.cer", defaults={"name": "ocsp"})
def certificate(name: Literal["root", "issuing", "tsa", "ocsp"]) -> Response:
    """A certificate of the infrastructure's own."""
    return _answer(_pki().certificate(name), "application/pkix-cert", seconds=CRL_SECONDS)


def _pki() -> TestPki:
    pki = parts().pki
    if pki is None:
        raise NotFound
    return pki


def _asked() -> bytes:
    request.max_content_length = MOST_BYTES
    return request.get_data(cache=False)


def _answer(content: bytes, media_type: str, *, seconds: int = 0) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = f"public, max-age={seconds}" if seconds else "no-store"
    return response
