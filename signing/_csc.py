"""How the Cloud Signature Consortium's API v2 (2.0.0.2) is spoken: requests, answers, and what errors mean.

Nothing a service says ends up in an error text but the name of the error and the HTTP status: descriptions may repeat
what was sent, and a PIN was sent.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import re
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from signing.errors import (
    AuthorizationExpired,
    RemoteKeyUnusable,
    RemoteServiceRefused,
    RemoteServiceUnavailable,
    RemoteSignInRefused,
    SigningError,
    WrongOtp,
    WrongRemotePin,
    WrongRemoteProof,
)

MOST_BYTES = 256 * 1024
"""Of an answer; a credential with its chain has some 6 KB."""
_GRACE_SECONDS = 0.5
_EARLY_SECONDS = 30
"""A token is renewed so long before it ends."""
_UNTOLD_LIFETIME, _LONGEST_LIFETIME = 300, 3600
_POLL_SECONDS = 1.0
"""Between questions whether the signer has confirmed."""
_NAME = re.compile(r"[a-z_]{1,40}")
_SAD_REFUSED = re.compile(r"Invalid parameter SAD|SAD\b.*\bexpired", re.IGNORECASE)
_LOCKED = re.compile(r"\blocked\b|\bdisabled\b", re.IGNORECASE)
_NAMED: Mapping[str, type[SigningError]] = {
    "invalid_authentication_data": WrongRemoteProof,
    "invalid_pin": WrongRemotePin,
    "invalid_otp": WrongOtp,
    "invalid_token": RemoteSignInRefused,
    "expired_token": RemoteSignInRefused,
    "invalid_client": RemoteSignInRefused,
    "unauthorized_client": RemoteSignInRefused,
    "expired_sad": AuthorizationExpired,
    "invalid_sad": AuthorizationExpired,
    "server_error": RemoteServiceUnavailable,
    "temporarily_unavailable": RemoteServiceUnavailable,
}

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ServiceSecret:
    """How this office signs in to a service: as an OAuth 2.0 client, or with a token given to it beforehand."""

    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


@dataclass(slots=True)
class TokenKept:
    """The service's access token, shared by all who ask it."""

    value: str = field(default="", repr=False)
    ends: float = 0.0
    """Of the monotonic clock."""


def checked_url(url: str) -> str:
    """The base address without a slash at its end: TLS, unless it is on this very machine.

    Raises:
        ValueError: it is not.
    """
    parts = urlsplit(url)
    if parts.username or parts.password or parts.query or parts.fragment or not parts.hostname:
        raise ValueError("not a plain address")
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname)):
        raise ValueError("not https")
    _ = parts.port  # raises where it is none
    return url.rstrip("/")


class Talk:
    """One act's requests, over one connection."""

    def __init__(
        self, session: aiohttp.ClientSession, url: str, secret: Callable[[], ServiceSecret], token: TokenKept
    ) -> None:
        self._session = session
        self._url = url
        self._secret = secret
        self._token = token

    async def info(self) -> Json:
        """What the service is and can do (11.1); asked without signing in."""
        return await self._post("info", {"lang": "vi"})

    async def credential_ids(self, user_id: str, most: int) -> list[str]:
        """Whose keys there are (11.4)."""
        body: Json = {"onlyValid": True}
        if user_id:
            body["userID"] = user_id
        found = (await self._authorized("credentials/list", body)).get("credentialIDs")
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise RemoteServiceUnavailable("credentials/list: no credentialIDs")
        return found[:most]

    async def credential(self, credential_id: str) -> Json:
        """A key with its certificates and the way to authorise it (11.5)."""
        body = {"credentialID": credential_id, "certificates": "chain", "certInfo": True, "authInfo": True}
        return await self._authorized("credentials/info", body)

    async def authorize(
        self, credential_id: str, digests: Sequence[bytes], digest_oid: str, given: Mapping[str, str | None]
    ) -> str:
        """Authorise signatures over these hashes and no others; gives the SAD (11.6; SCAL2).

        ``given`` holds what proves the signer by the service's name for it (8.3); ``None`` stands for what the signer
        does elsewhere, on a telephone perhaps: the service is then asked until that is done (11.7).
        """
        body = {
            "credentialID": credential_id,
            "numSignatures": len(digests),
            "hashes": [base64.b64encode(one).decode() for one in digests],
            "hashAlgorithmOID": digest_oid,
            "authData": [
                {"id": name} if value is None else {"id": name, "value": value} for name, value in given.items()
            ],
        }
        try:
            answer = await self._authorized("credentials/authorize", body)
        except WrongRemoteProof as error:
            if len(given) == 1:
                raise WrongRemotePin(error.detail) from None  # nothing else can be wrong
            raise
        while "SAD" not in answer and isinstance(answer.get("handle"), str):
            await asyncio.sleep(_POLL_SECONDS)
            answer = await self._authorized("credentials/authorizeCheck", {"handle": answer["handle"]})
        sad, lasts = answer.get("SAD"), answer.get("expiresIn", 3600)
        if not isinstance(sad, str) or not sad:
            raise RemoteServiceUnavailable("credentials/authorize: no SAD")
        if not _is_number(lasts) or lasts <= 0:
            raise AuthorizationExpired("over when it came")
        return sad

    async def sign_hash(
        self, credential_id: str, sad: str, digests: Sequence[bytes], digest_oid: str, algorithm_oid: str
    ) -> list[bytes]:
        """Sign the hashes that were authorised (11.10); ``digest_oid`` is empty where the algorithm implies it."""
        body = {
            "credentialID": credential_id,
            "SAD": sad,
            "hashes": [base64.b64encode(one).decode() for one in digests],
            "signAlgo": algorithm_oid,
            "operationMode": "S",
        }
        if digest_oid:
            body["hashAlgorithmOID"] = digest_oid
        found = (await self._authorized("signatures/signHash", body)).get("signatures")
        if not isinstance(found, list) or len(found) != len(digests):
            raise RemoteServiceUnavailable("signatures/signHash: not one signature for each hash")
        try:
            return [base64.b64decode(one, validate=True) for one in found]
        except (TypeError, ValueError):
            raise RemoteServiceUnavailable("signatures/signHash: no base64") from None

    async def sign_in(self) -> str:
        """The service's access token (service authorisation, 8.3; RFC 6749, 4.4), kept until it ends."""
        secret = self._secret()
        if secret.token:
            return secret.token
        if time.monotonic() < self._token.ends:
            return self._token.value
        endpoint = await self._token_endpoint(await self.info())
        fields = {
            "grant_type": "client_credentials",
            "client_id": secret.client_id,
            "client_secret": secret.client_secret,
        }
        answer = await self._exchange("oauth2/token", endpoint, {}, form=fields)
        token, lasts = answer.get("access_token"), answer.get("expires_in", _UNTOLD_LIFETIME)
        if not _is_header(token) or not _is_number(lasts):
            raise RemoteServiceUnavailable("oauth2/token: no access_token")
        lasts = max(0, min(lasts, _LONGEST_LIFETIME))
        self._token.value, self._token.ends = str(token), time.monotonic() + lasts - min(_EARLY_SECONDS, lasts / 2)
        return self._token.value

    async def _token_endpoint(self, info: Json) -> str:
        """Where tokens are had: under the address told, or as the issuer's metadata say (11.1; RFC 8414, 3)."""
        server, issuer = info.get("oauth2"), info.get("oauth2Issuer")
        try:
            if server or not issuer:
                return f"{checked_url(server or self._url)}/oauth2/token"
            parts = urlsplit(checked_url(issuer))
            url = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-authorization-server{parts.path}"
            told = await self._exchange("oauth2 metadata", url, {})
            endpoint = checked_url(told["token_endpoint"]) if told.get("issuer") == issuer else ""
        except (ValueError, AttributeError, TypeError, KeyError, RemoteServiceRefused):
            endpoint = ""
        if not endpoint:
            raise RemoteServiceUnavailable("info: no usable oauth2 address")
        return endpoint

    async def _authorized(self, method: str, body: Json) -> Json:
        """Ask with the token; once more with a new one where the service has forgotten the one that was kept."""
        kept = self._token.ends
        try:
            return await self._post(method, body, await self.sign_in())
        except RemoteSignInRefused:
            if not kept or self._secret().token:
                raise
            self._token.ends = 0.0
            return await self._post(method, body, await self.sign_in())

    async def _post(self, method: str, body: Json, token: str = "") -> Json:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return await self._exchange(method, f"{self._url}/{method}", headers, body=body)

    async def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], *, body: Json | None = None, form: Json | None = None
    ) -> Json:
        try:
            async with self._session.request(
                "GET" if body is None and form is None else "POST",
                url,
                json=body,
                data=form,
                headers={"Accept": "application/json", **headers},
                allow_redirects=False,
            ) as response:
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > MOST_BYTES:
                        raise RemoteServiceUnavailable(f"{method}: an answer of more than {MOST_BYTES} bytes")
                status = response.status
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise RemoteServiceUnavailable(f"{method}: {type(error).__name__}") from None
        answer = _read(bytes(content))
        if status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
            raise _refusal(method, status, answer or {})
        if answer is None:
            raise RemoteServiceUnavailable(f"{method}: not an answer in JSON")
        return answer


def talk(
    url: str,
    secret: Callable[[], ServiceSecret],
    token: TokenKept,
    seconds: float,
    act: Callable[[Talk], Awaitable[T]],
) -> T:
    """Carry out an act within the time.

    On a thread of its own: a name server that never answers cannot be interrupted, only left.

    Raises:
        RemoteServiceUnavailable: the time is up.
        SigningError: as the act does.
    """
    outcome: Future[T] = Future()

    async def carry_out() -> T:
        timeout = aiohttp.ClientTimeout(total=seconds)
        # A proxy is for the outside: what is said in the clear on this machine must not leave it.
        outside = url.startswith("https:")
        async with (
            asyncio.timeout(seconds),
            aiohttp.ClientSession(timeout=timeout, trust_env=outside, auto_decompress=False) as session,
        ):
            return await act(Talk(session, url, secret, token))

    def work() -> None:
        try:
            outcome.set_result(asyncio.run(carry_out()))
        except TimeoutError:
            outcome.set_exception(RemoteServiceUnavailable(f"no answer within {seconds:g} s"))
        except SigningError as error:
            outcome.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - an answer that lies about its shape; carried over
            outcome.set_exception(RemoteServiceUnavailable(type(error).__name__))

    threading.Thread(target=work, name="remote signing", daemon=True).start()
    try:
        return outcome.result(seconds + _GRACE_SECONDS)
    except TimeoutError:
        raise RemoteServiceUnavailable(f"no answer within {seconds:g} s") from None


def _refusal(method: str, status: int, answer: Json) -> SigningError:
    """The error of a refused request (10.1, and those that the methods name)."""
    said = answer.get("error")
    name = said if isinstance(said, str) and _NAME.fullmatch(said) else "unnamed"
    detail = f"{method}: HTTP {status}, {name}"
    if name in _NAMED:
        return _NAMED[name](detail)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.REQUEST_TIMEOUT,
    ):
        return RemoteServiceUnavailable(detail)
    if status < HTTPStatus.BAD_REQUEST:
        return RemoteServiceUnavailable(f"{method}: HTTP {status}, and nobody is followed elsewhere")
    if status == HTTPStatus.UNAUTHORIZED or method == "oauth2/token":
        return RemoteSignInRefused(detail)
    if method == "credentials/info":
        return RemoteKeyUnusable(detail)
    described = str(answer.get("error_description"))
    if method == "signatures/signHash" and _SAD_REFUSED.search(described):
        return AuthorizationExpired(detail)
    if method.startswith("credentials/authorize") and _LOCKED.search(described):
        return RemoteKeyUnusable(detail)
    return RemoteServiceRefused(detail)


def _read(content: bytes) -> Json | None:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_header(value: object) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(r"[\x21-\x7e]{1,8192}", value))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
