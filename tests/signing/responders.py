"""Authorities on loopback that can be told to fail: in every way an office will meet some day."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from asn1crypto import tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from signing.pki import TestPki

_REPLIES = {"tsa": "application/timestamp-reply", "ocsp": "application/ocsp-response"}


class Responders:
    """Timestamps, OCSP and CRLs of one test PKI over HTTP."""

    MANNERS = (
        "closed",
        "refuses",
        "hangs",
        "drips",
        "garbage",
        "huge",
        "other nonce",
        "other imprint",
        "other signer",
        "clock ahead",
        "clock behind",
    )
    """Ways in which a timestamp authority fails."""

    def __init__(self, pki: TestPki, foreign: TestPki) -> None:
        self.pki, self.foreign = pki, foreign
        self.stamps = self.status = "well"
        """How timestamps, and OCSP and CRLs, are given."""
        self.asked: list[str] = []
        self.end = threading.Event()
        self.server: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/pki"

    def stamp(self, request: bytes) -> bytes:
        manner, pki = self.stamps, self.pki
        if manner == "other signer":
            return self.foreign.timestamp_response(request)
        if manner in ("clock ahead", "clock behind"):
            off = timedelta(hours=3 if manner == "clock ahead" else -3)
            return pki._stamps.answer(request, at=datetime.now(UTC) + off)
        if manner in ("other nonce", "other imprint"):
            asked = tsp.TimeStampReq.load(request)
            if manner == "other nonce":
                asked["nonce"] = 7
            else:
                asked["message_imprint"]["hashed_message"] = bytes(32)
            return pki.timestamp_response(asked.dump(force=True))
        return pki.timestamp_response(request)


def _stale(pki: TestPki, name: str) -> bytes:
    """A list that should have been followed by another long ago."""
    member, now = pki._members[name], datetime.now(UTC)
    issuer = x509.load_der_x509_certificate(member.der).subject
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer)
    builder = builder.last_update(now - timedelta(days=60)).next_update(now - timedelta(days=30))
    return builder.sign(member.key, hashes.SHA256()).public_bytes(Encoding.DER)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers["Content-Length"]))
        kind = "tsa" if self.path.endswith("/tsa") else "ocsp"
        self._answer(kind, asked)

    def do_GET(self) -> None:
        self._answer("crl", b"")

    def _answer(self, kind: str, asked: bytes) -> None:
        ours: Responders = self.server.ours  # type: ignore[attr-defined]
        ours.asked.append(kind)
        manner = ours.stamps if kind == "tsa" else ours.status
        with contextlib.suppress(OSError):
            if manner == "hangs":
                ours.end.wait(30)
            elif manner == "drips":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not ours.end.wait(0.05):
                    self.wfile.write(b"X")
            elif manner == "closed":
                self.close_connection = True
            else:
                self._send(ours, manner, kind, asked)

    def _send(self, ours: Responders, manner: str, kind: str, asked: bytes) -> None:
        body = b""
        if manner == "garbage":
            body = b"\x30\x82garbage"
        elif manner == "huge":
            body = bytes(20_000_000)
        elif kind == "tsa":
            body = ours.stamp(asked)
        else:
            pki = ours.foreign if manner == "other signer" else ours.pki
            body = self._status(pki, manner, kind, asked)
        self.send_response(503 if manner == "refuses" else 200)
        self.send_header("Content-Type", _REPLIES.get(kind, "application/pkix-crl"))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _status(self, pki: TestPki, manner: str, kind: str, asked: bytes) -> bytes:
        name: Any = "root" if self.path.endswith("root.crl") else "issuing"
        if manner == "stale":
            return b"\x30\x03\x0a\x01\x06" if kind == "ocsp" else _stale(pki, name)
        return pki.ocsp_response(asked) if kind == "ocsp" else pki.crl(name)

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def responding(pki: TestPki, foreign: TestPki, port: int = 0) -> Iterator[Responders]:
    """A server for the PKI, on a port of its own or on the one its certificates name."""
    made = Responders(pki, foreign)
    server: Any = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
    server.daemon_threads = True
    server.ours = made
    made.server = server
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.end.set()
        server.shutdown()
        server.server_close()
        thread.join()
