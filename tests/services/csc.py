"""A remote signing service that speaks CSC API 2.0.0.2, written for these tests: its own process, its own keys.

It authorises explicitly at SCAL2: an authorisation (SAD) is good for the hashes it was given for, for so many
signatures and so long, and never again. One-time codes are handed out by :meth:`CscService.code`, each good once.
Run as a program it is the service: ``python -m tests.services.csc PORT``, with TLS
if a PEM file of key and certificate follows. What lies under ``/test/`` is no part of the
API: the way for tests to put keys in and to make it fail.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import secrets
import ssl
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)

from tests.services.programs import free_ports, running

CLIENT_ID, CLIENT_SECRET, BEARER = "docsvc", "bi-mat-cua-may-khach", "the-dai-han-da-cap"
REPOSITORY = Path(__file__).parents[2]
HASHES: dict[str, hashes.HashAlgorithm] = {
    "2.16.840.1.101.3.4.2.1": hashes.SHA256(),
    "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
    "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
}
RSA_WITH = {"1.2.840.113549.1.1.11": "sha256", "1.2.840.113549.1.1.12": "sha384", "1.2.840.113549.1.1.13": "sha512"}
ECDSA_WITH = {"1.2.840.10045.4.3.2": "sha256", "1.2.840.10045.4.3.3": "sha384", "1.2.840.10045.4.3.4": "sha512"}
RSA, EC = "1.2.840.113549.1.1.1", "1.2.840.10045.2.1"
WRONG_PINS = 6
"""So many in a row lock a key."""


@dataclass(frozen=True, slots=True)
class CscService:
    """Where the service is, and the way to change it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/csc/v2"

    def add_key(self, name: str, content: bytes, passphrase: str, pin: str, **facts: Any) -> None:
        """A key of a PKCS#12 file. Facts: ``otp``, ``SCAL``, ``mode``, ``status``, ``certificate_status``, ``algo``,
        ``raw`` for ECDSA signatures as two numbers, ``user``, ``objects``.
        """
        found = pkcs12.load_pkcs12(content, passphrase.encode())
        assert isinstance(found.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        assert found.cert is not None
        chain = [found.cert, *found.additional_certs]
        key = found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        told = {
            "name": name,
            "pin": pin,
            "key": base64.b64encode(key).decode(),
            "certificates": [base64.b64encode(one.certificate.public_bytes(Encoding.DER)).decode() for one in chain],
        }
        self._tell("add", told | facts)

    def change(self, name: str, **facts: Any) -> None:
        self._tell("change", {"name": name, "facts": facts})

    def code(self, name: str, seconds: float = 300) -> str:
        """A new one-time code, as the owner's phone shows it."""
        return str(self._tell("code", {"name": name, "seconds": seconds})["code"])

    def fail(self, method: str, how: str) -> None:
        """From now on, until :meth:`mend`."""
        self._tell("fail", {"method": method, "how": how})

    def mend(self) -> None:
        self._tell("mend", {})

    def forget_tokens(self) -> None:
        """Access tokens given out are good no more."""
        self._tell("forget", {})

    def seen(self) -> list[dict[str, Any]]:
        """Requests since this was last asked: method, and facts that tests look at."""
        return list(self._tell("seen", {})["seen"])

    def post(self, method: str, body: dict[str, Any], token: str = BEARER) -> tuple[int, dict[str, Any]]:
        """Ask as any client may."""
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        return self._send(f"/csc/v2/{method}", body, headers)

    def _tell(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        status, answer = self._send(f"/test/{what}", body, {"Content-Type": "application/json"})
        assert status == 200, answer
        return answer

    def _send(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, json.dumps(body), headers)
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()


@pytest.fixture(scope="session")
def csc_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CscService]:
    """One service for this test process."""
    (port,) = free_ports(1)
    service = CscService(port)

    def ready() -> bool:
        try:
            return service.post("info", {})[0] == 200
        except OSError:
            return False

    command = [sys.executable, "-m", "tests.services.csc", str(port)]
    with running(command, log=tmp_path_factory.mktemp("csc") / "log", ready=ready):
        yield service


@pytest.fixture
def csc(csc_process: CscService) -> Iterator[CscService]:
    """The service, sound again for every test."""
    csc_process.mend()
    csc_process.seen()
    yield csc_process
    csc_process.mend()


class Refused(Exception):
    """An error of the API: HTTP status, name, description."""

    def __init__(self, name: str, description: str, status: int = 400) -> None:
        super().__init__(name)
        self.status = status
        self.answer = {"error": name, "error_description": description}


def invalid(description: str) -> Refused:
    return Refused("invalid_request", description)


class Vault:
    """Keys, tokens and authorisations of the service."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.keys: dict[str, dict[str, Any]] = {}
        self.codes: dict[tuple[str, str], float] = {}
        self.tokens: dict[str, float] = {}
        self.authorisations: dict[str, dict[str, Any]] = {}
        self.faults: dict[str, str] = {}
        self.pending: dict[str, dict[str, Any]] = {}
        self.seen: list[dict[str, Any]] = []

    # The API

    def info(self, body: dict[str, Any]) -> dict[str, Any]:
        return {
            "specs": "2.0.0.2" if self.faults.get("info") != "old" else "1.0.4.0",
            "name": "Dịch vụ ký số thử",
            "region": "VN",
            "lang": "vi",
            "authType": ["external", "oauth2client"],
            **({"oauth2Issuer": self.faults["issuer"]} if "issuer" in self.faults else {}),
            "methods": []
            if self.faults.get("info") == "poor"
            else ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"],
            "signAlgorithms": {"algos": [RSA, *RSA_WITH, *ECDSA_WITH]},
        }

    def token(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "client_credentials":
            raise Refused("unsupported_grant_type", "only client_credentials")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            raise Refused("invalid_client", f"no client with secret {form.get('client_secret')}", 401)
        token = secrets.token_urlsafe(24)
        self.tokens[token] = time.monotonic() + 600
        return {"access_token": token, "token_type": "Bearer", "expires_in": 600}

    def list(self, body: dict[str, Any]) -> dict[str, Any]:
        user = body.get("userID")
        return {"credentialIDs": [name for name, key in self.keys.items() if key.get("user") == user]}

    def credential(self, body: dict[str, Any]) -> dict[str, Any]:
        key = self._key(body)
        private = load_der_private_key(base64.b64decode(key["key"]), None)
        assert isinstance(private, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        is_rsa = isinstance(private, rsa.RSAPrivateKey)
        return {
            "description": "Khóa thử",
            "key": {
                "status": key.get("status", "enabled"),
                "algo": key.get("algo", [RSA, *RSA_WITH] if is_rsa else [*ECDSA_WITH]),
                "len": private.key_size,
            },
            "cert": {
                "status": key.get("certificate_status", "valid"),
                "certificates": key["certificates"] if body.get("certificates") == "chain" else key["certificates"][:1],
            },
            "auth": {
                "mode": key.get("mode", "explicit"),
                "objects": self._objects(key),
            },
            "SCAL": key.get("SCAL", "2"),
            "multisign": key.get("multisign", 1),
        }

    def _objects(self, key: dict[str, Any]) -> Any:
        """What an authorisation takes (8.3)."""
        if key.get("objects") is not None:
            return key["objects"]
        asked = [{"type": "Password", "id": "PIN", "format": "A", "label": "PIN"}]
        if key.get("otp"):
            asked.append({"type": "Password", "id": "OTP", "format": "N", "generator": "totp", "label": "OTP"})
        if key.get("phone"):
            asked.append({"type": "ChallengeResponseOOB", "id": "PHONE", "label": "Điện thoại"})
        return asked

    def authorize(self, body: dict[str, Any]) -> dict[str, Any]:
        key = self._key(body)
        if key.get("status", "enabled") != "enabled":
            raise invalid("The credential identified by credentialID is disabled")
        bound = _hashes(body)
        if body.get("numSignatures") != len(bound) or len(bound) > key.get("multisign", 1):
            raise invalid("Invalid parameter numSignatures")
        given = {one.get("id"): one.get("value") for one in body.get("authData", [])}
        self._require_proofs(key, body["credentialID"], given)
        if key.get("phone"):
            if "PHONE" not in given or given["PHONE"] is not None:
                raise Refused("invalid_authentication_data", "Nothing to be confirmed")
            handle = secrets.token_urlsafe(12)
            self.pending[handle] = {"body": body, "polls": 0}
            return {"handle": handle}
        return self._authorised(body, bound)

    def _require_proofs(self, key: dict[str, Any], name: str, given: dict[str, Any]) -> None:
        if given.get("PIN") != key["pin"]:
            key["wrong"] = key.get("wrong", 0) + 1
            if key["wrong"] >= WRONG_PINS:
                key["status"] = "disabled"
            if self.faults.get("names") == "older":
                raise Refused("invalid_pin", f"The PIN {given.get('PIN')} is wrong")
            raise Refused("invalid_authentication_data", f"The authentication data {given.get('PIN')} is invalid")
        key["wrong"] = 0
        if key.get("otp"):
            ends = self.codes.pop((name, str(given.get("OTP"))), 0.0)
            if time.monotonic() > ends:
                if self.faults.get("names") == "older":
                    raise Refused("invalid_otp", f"The OTP {given.get('OTP')} is wrong or over")
                raise Refused("invalid_authentication_data", f"The authentication data {given.get('OTP')} is invalid")

    def authorize_check(self, body: dict[str, Any]) -> dict[str, Any]:
        """11.7: the signer confirms on the telephone, declines, or lets it lie."""
        waiting = self.pending.get(str(body.get("handle")))
        if waiting is None:
            raise invalid("Invalid parameter handle")
        waiting["polls"] += 1
        how = self.faults.get("phone")
        if how == "declined":
            raise Refused("invalid_authentication_data", "The authentication data is invalid")
        if how == "lies" or waiting["polls"] < 2:
            return {"handle": body["handle"]}
        del self.pending[body["handle"]]
        return self._authorised(waiting["body"], _hashes(waiting["body"]))

    def _authorised(self, body: dict[str, Any], bound: Sequence[str]) -> dict[str, Any]:
        sad = secrets.token_urlsafe(24)
        how = self.faults.get("credentials/authorize")
        lasts = 0 if how == "over" else 60
        self.authorisations[sad] = {
            "name": body["credentialID"],
            "hashes": bound,
            "algorithm": body["hashAlgorithmOID"],
            "left": body["numSignatures"],
            "ends": time.monotonic() + (0 if how == "expired" else lasts),
        }
        return {"SAD": sad, "expiresIn": lasts}

    def sign(self, body: dict[str, Any]) -> dict[str, Any]:
        key = self._key(body)
        granted = self.authorisations.get(str(body.get("SAD")))
        if granted is None or granted["name"] != body["credentialID"]:
            raise invalid("Invalid parameter SAD")
        if time.monotonic() > granted["ends"]:
            raise invalid("SAD expired")
        implied = RSA_WITH.get(str(body.get("signAlgo"))) or ECDSA_WITH.get(str(body.get("signAlgo")))
        if implied:
            if "hashAlgorithmOID" in body:
                raise invalid("Invalid parameter hashAlgorithmOID")
            body["hashAlgorithmOID"] = next(oid for oid, one in HASHES.items() if one.name == implied)
        asked = _hashes(body)
        if not set(asked) <= set(granted["hashes"]) or body["hashAlgorithmOID"] != granted["algorithm"]:
            raise invalid("Hash is not authorized by the SAD")
        if len(asked) > granted["left"]:
            raise invalid("The SAD has been used: numSignatures")
        granted["left"] -= len(asked)
        return {"signatures": [base64.b64encode(self._signature(key, one, body)).decode() for one in asked]}

    def _signature(self, key: dict[str, Any], hashed: str, body: dict[str, Any]) -> bytes:
        digest = base64.b64decode(hashed)
        algorithm = HASHES[body["hashAlgorithmOID"]]
        how = self.faults.get("signatures/signHash")
        if how == "other-hash":
            digest = digest[::-1]
        private = load_der_private_key(base64.b64decode(key["key"]), None)
        if isinstance(private, rsa.RSAPrivateKey):
            if body.get("signAlgo") != RSA and RSA_WITH.get(str(body.get("signAlgo"))) != algorithm.name:
                raise invalid("Invalid parameter signAlgo")
            made = private.sign(digest, padding.PKCS1v15(), Prehashed(algorithm))
        else:
            assert isinstance(private, ec.EllipticCurvePrivateKey)
            if ECDSA_WITH.get(str(body.get("signAlgo"))) != algorithm.name:
                raise invalid("Invalid parameter signAlgo")
            made = private.sign(digest, ec.ECDSA(Prehashed(algorithm)))
            if key.get("raw"):
                half = (private.key_size + 7) // 8
                made = b"".join(number.to_bytes(half, "big") for number in decode_dss_signature(made))
        return made[::-1] if how == "wrong-signature" else made

    def _key(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.keys[body["credentialID"]]
        except (KeyError, TypeError):
            raise invalid("Invalid parameter credentialID") from None

    # The tests' own way in

    def told(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        if what == "add":
            for one in body["certificates"]:
                x509.load_der_x509_certificate(base64.b64decode(one))
            self.keys[body["name"]] = body
        elif what == "change":
            self.keys[body["name"]] |= body["facts"]
        elif what == "code":
            code = f"{secrets.randbelow(10**6):06d}"
            self.codes[body["name"], code] = time.monotonic() + body["seconds"]
            return {"code": code}
        elif what == "fail":
            self.faults[body["method"]] = body["how"]
        elif what == "mend":
            self.faults.clear()
        elif what == "forget":
            self.tokens.clear()
        elif what == "seen":
            seen, self.seen = self.seen, []
            return {"seen": seen}
        return {}


def _hashes(body: dict[str, Any]) -> list[str]:
    found = body.get("hashes")
    algorithm = HASHES.get(str(body.get("hashAlgorithmOID")))
    if not isinstance(found, list) or not found or algorithm is None:
        raise invalid("Missing or invalid parameter hashes or hashAlgorithmOID")
    try:
        if any(len(base64.b64decode(one, validate=True)) != algorithm.digest_size for one in found):
            raise invalid("A hash is not as long as hashAlgorithmOID says")
    except (TypeError, binascii.Error):
        raise invalid("A hash is not base64") from None
    return found


METHODS = {
    "credentials/list": Vault.list,
    "credentials/info": Vault.credential,
    "credentials/authorize": Vault.authorize,
    "credentials/authorizeCheck": Vault.authorize_check,
    "signatures/signHash": Vault.sign,
}


BROKEN = {
    "500": (500, b"<html>Internal Server Error</html>"),
    "503": (503, b'{"error": "temporarily_unavailable"}'),
    "huge": (200, b'{"x": "' + b"x" * (8 * 1024 * 1024) + b'"}'),
    "not-json": (200, b"<html>OK</html>"),
    "deep": (200, b"[" * 100_000),
    "list": (200, b"[]"),
    "empty": (200, b"{}"),
    "redirect": (307, b""),
    "denied": (403, b'{"error": "access_denied", "error_description": "nobody says why"}'),
}
"""Answers of a service that is out of order."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    vault: Vault

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        area, _, method = self.path.lstrip("/").partition("/")
        method = method.removeprefix("v2/")
        how = self.vault.faults.get(method) if area == "csc" else None
        if how == "slow":
            time.sleep(3)
        try:
            with self.vault.lock:
                answer, status = self.answered(area, method, content), 200
        except Refused as refusal:
            answer, status = refusal.answer, refusal.status
        except Exception as error:  # noqa: BLE001 - as any server would
            answer, status = {"error": "server_error", "error_description": repr(error)}, 500
        if status == http.HTTPStatus.OK and set(answer) == {"handle"}:
            status = http.HTTPStatus.ACCEPTED
        self.reply(how, status, json.dumps(answer).encode())

    def do_GET(self) -> None:
        """The metadata of the authorisation server (RFC 8414)."""
        issuer = self.vault.faults.get("issuer", "")
        known = self.path.startswith("/.well-known/oauth-authorization-server/office")
        here = f"http://{self.headers['Host']}"
        told = {"issuer": issuer.replace("/other", ""), "token_endpoint": f"{here}/csc/v2/oauth2/token"}
        self.reply(None, 200 if known else 404, json.dumps(told).encode())

    def answered(self, area: str, method: str, content: bytes) -> dict[str, Any]:
        if area == "test":
            return self.vault.told(method, json.loads(content))
        if method == "oauth2/token":
            form = {name: values[0] for name, values in parse_qs(content.decode()).items()}
            self.vault.seen.append({"method": method, "client_id": form.get("client_id")})
            return self.vault.token(form)
        body = json.loads(content)
        if not isinstance(body, dict):
            raise invalid("not a JSON object")
        self.vault.seen.append({"method": method, "body": {key: body[key] for key in body if key != "authData"}})
        if method == "info":
            return self.vault.info(body)
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token != BEARER and time.monotonic() > self.vault.tokens.get(token, 0.0):
            raise Refused("invalid_token", f"The access token {token} is not or no more valid", 401)
        if method not in METHODS:
            raise Refused("invalid_request", "no such method", 404)
        return METHODS[method](self.vault, body)

    def reply(self, how: str | None, status: int, content: bytes) -> None:
        """The answer, or what a broken service makes of it."""
        if how == "hang-up":
            self.close_connection = True
            self.connection.close()
            return
        status, content = BROKEN.get(how or "", (status, content))
        self.send_response(status)
        if status == http.HTTPStatus.TEMPORARY_REDIRECT:
            self.send_header("Location", "/csc/v2/info")
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Not wanted."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are part of the tests."""


if __name__ == "__main__":
    Handler.vault = Vault()
    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    if sys.argv[2:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()
