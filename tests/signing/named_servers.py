"""Authorities whose certificates name a server on loopback, where their certificates and lists really stand."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from signing.verify import Trust
from tests.signing.authority import NOW, Holder, issue, page, revocation_list, sign


@dataclass
class Web:
    """A server that gives what stands under a path."""

    url: str
    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        web: Web = self.server.web  # type: ignore[attr-defined]
        web.asked.append(self.path)
        body = web.pages.get(self.path, b"")
        with contextlib.suppress(OSError):
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if body == b"slow":
                time.sleep(5)
            self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[Web]:
    """The server, on a port of its own."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.web = Web(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.web
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Chain:
    """A root, two authorities below it and a person, who signs without any of them."""

    root: Holder
    upper: Holder
    issuing: Holder
    person: Holder

    @property
    def signed(self) -> bytes:
        return sign(page(), Holder(self.person.certificate, self.person.key))

    @property
    def trust(self) -> Trust:
        return Trust((self.root.certificate,))


def _names(web: Web, issuer: str, crl: str) -> list[x509.ExtensionType]:
    def uri(path: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(web.url + path)

    return [
        x509.AuthorityInformationAccess(
            [x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, uri(issuer))]
        ),
        x509.CRLDistributionPoints([x509.DistributionPoint([uri(crl)], None, None, None)]),
    ]


def chain(web: Web, revoked_at: datetime | None = None) -> Chain:
    root = issue("Gốc", use="authority")
    upper = issue("CA trên", use="authority", under=root, extensions=_names(web, "/root", "/root.crl"))
    issuing = issue("CA dưới", use="authority", under=upper, extensions=_names(web, "/upper", "/upper.crl"))
    person = issue("Người ký", under=issuing, extensions=_names(web, "/issuing", "/issuing.crl"))
    revoked = [(person, revoked_at)] if revoked_at else []
    web.pages |= {
        "/upper": upper.certificate.public_bytes(Encoding.DER),
        "/issuing": pkcs7.serialize_certificates([root.certificate, issuing.certificate], Encoding.DER),
        "/root.crl": revocation_list(root, [], NOW).dump(),
        "/upper.crl": revocation_list(upper, [], NOW).dump(),
        "/issuing.crl": revocation_list(issuing, revoked, NOW).dump(),
    }
    return Chain(root, upper, issuing, person)
