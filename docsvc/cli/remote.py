"""Asking a docsvc server over HTTP, as a client: with a token, over TLS, and never sent elsewhere."""

from __future__ import annotations

import http
import http.client
import ipaddress
import json
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import click

_MOST_BYTES = 256 * 1024 * 1024
_SECONDS = 120
_TRIES = 3
_LONGEST_WAIT = 60.0


class Refused(Exception):
    """The server said no; its own words tell why."""

    def __init__(self, code: str, detail: str, seconds: float | None = None) -> None:
        super().__init__(f"{detail} [{code}]")
        self.code = code
        self.seconds = seconds
        """After which it may be asked again; ``None`` if that would not help."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The token must not go to another address."""

    def redirect_request(self, *_: Any) -> None:
        """Follow none."""


@dataclass(frozen=True, slots=True)
class Remote:
    """A server and the token of who asks."""

    address: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse to send a token in the clear, except inside this machine."""
        parts = urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
            raise click.ClickException(
                "Địa chỉ máy chủ phải bắt đầu bằng https://. / The server's address must begin with https://."
            )
        if not self.token or any(letter.isspace() for letter in self.token):
            raise click.ClickException("Tệp mã truy cập trống hoặc sai. / The token file is empty or wrong.")

    def get(self, path: str, **query: object) -> Any:
        """Read something as JSON."""
        return json.loads(self.file(f"{path}?{urlencode(query)}" if query else path))

    def file(self, path: str) -> bytes:
        """Read the bytes at a path."""
        return self._asked("GET", path, None)

    def post(self, path: str, body: object = None) -> Any:
        """Do something that may safely be done again; a lost answer is asked for again."""
        return json.loads(self._asked("POST", path, json.dumps(body).encode() if body is not None else b""))

    def send(self, path: str, content: bytes) -> Any:
        """Send a PDF in a form, as :meth:`post` does."""
        boundary = token_hex(16)
        head = 'Content-Disposition: form-data; name="file"; filename="signed.pdf"\r\nContent-Type: application/pdf'
        body = f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return json.loads(self._asked("POST", path, body, f"multipart/form-data; boundary={boundary}"))

    def _asked(self, method: str, path: str, body: bytes | None, kind: str = "application/json") -> bytes:
        for left in reversed(range(_TRIES)):
            try:
                return self._ask(method, path, body, kind)
            except Refused as error:
                if error.seconds is None or not left:
                    raise
                time.sleep(error.seconds)
            except (OSError, http.client.HTTPException) as error:
                if not left:
                    raise Refused("no-answer", f"Máy chủ không trả lời / no answer: {error}") from error
        raise AssertionError

    def _ask(self, method: str, path: str, body: bytes | None, kind: str) -> bytes:
        request = urllib.request.Request(  # noqa: S310 - https, or http inside this machine
            self.address.rstrip("/") + "/api/v1" + quote(path, safe="/?&=%"), data=body, method=method
        )
        request.add_header("Authorization", f"Bearer {self.token}")
        request.add_header("Accept-Language", "vi")
        if body:
            request.add_header("Content-Type", kind)
        handlers: list[urllib.request.BaseHandler] = [_NoRedirect()]
        if _is_loopback(urlsplit(self.address).hostname or ""):
            handlers.append(urllib.request.ProxyHandler({}))
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=_SECONDS) as answer:
                content: bytes = answer.read(_MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise _refusal(error) from error
        if len(content) > _MOST_BYTES:
            raise Refused("too-large", "Câu trả lời quá lớn / the answer is too large")
        return content


def _refusal(error: urllib.error.HTTPError) -> Refused:
    try:
        told = json.loads(error.read(65536))
        wait = error.headers.get("Retry-After") if error.code == http.HTTPStatus.TOO_MANY_REQUESTS else None
        return Refused(str(told["code"]), str(told["detail"]), min(float(wait), _LONGEST_WAIT) if wait else None)
    except (ValueError, KeyError, TypeError, OSError):
        return Refused(f"http-{error.code}", str(error.reason))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
