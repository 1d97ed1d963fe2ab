"""Addresses that certificates name lead to the public network or nowhere, whatever is tried."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiohttp.resolver import ThreadedResolver

from signing._web import NotFetched, Reach, fetched, in_time, is_public

HERE = Reach(private_addresses=True)
BOMB = gzip.compress(bytes(50_000_000))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        with contextlib.suppress(OSError):
            getattr(self, f"_{self.path.strip('/').partition('?')[0]}")()

    def do_POST(self) -> None:
        self.do_GET()

    def _plain(self) -> None:
        self._send(200, b"answer")

    def _bomb(self) -> None:
        self._send(200, BOMB, **{"Content-Encoding": "gzip"})

    def _loop(self) -> None:
        self._send(302, b"", Location="/loop")

    def _twice(self) -> None:
        self._send(307, b"", Location="/once")

    def _once(self) -> None:
        self._send(301, b"", Location="/plain")

    def _inside(self) -> None:
        self._send(302, b"", Location="http://127.0.0.1:22/plain")

    def _file(self) -> None:
        self._send(302, b"", Location="file:///etc/passwd")

    def _endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(bytes(65536))

    def _slow(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        for _ in range(200):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def _headers(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 8000 * 100)

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[Any]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    made.daemon_threads, made.asked = True, []
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def ask(url: str, reach: Reach = HERE, **limits: Any) -> bytes:
    limits = {"seconds": 5.0, "most_bytes": 1_000_000, "redirects": 3} | limits
    return in_time(lambda: fetched(url, reach=reach, **limits), limits["seconds"])


def at(server: Any, path: str, host: str = "127.0.0.1") -> str:
    return f"http://{host}:{server.server_port}/{path}"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.0.0.1.",
        "１２７.0.0.1",
        "0.0.0.0",  # noqa: S104 - nobody listens there
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[::7f00:1]",
    ],
)
def test_this_machine_is_reached_by_no_way_of_writing_it(server: Any, host: str) -> None:
    before = len(server.asked)
    with pytest.raises(NotFetched):
        ask(at(server, "plain", host), Reach())
    assert len(server.asked) == before


OTHER_NETWORKS = """
    10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 100.64.0.1 198.18.0.1 224.0.0.1 240.0.0.1 255.255.255.255 0.0.0.0
    :: ::1 fe80::1 fe80::1%1 fec0::1 fd00::1 ff02::1 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1:: 2001:0:1:: x 1 127.1
"""


@pytest.mark.parametrize("address", OTHER_NETWORKS.split())
def test_no_address_of_another_network_is_public(address: str) -> None:
    assert not is_public(address)


def test_addresses_of_the_public_network_are() -> None:
    assert all(map(is_public, ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")))


def test_a_name_that_changes_its_mind_leads_nowhere(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is public, the second is this machine: what was looked at is what is connected to."""
    answers = iter([["8.8.8.8", "127.0.0.1"], ["127.0.0.1"]])
    real = socket.getaddrinfo

    def lookup(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host != "ca.example.vn":
            return real(host, port, *args, **kwargs)
        found = next(answers, ["127.0.0.1"])
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    before = len(server.asked)
    for _ in range(2):
        with pytest.raises(NotFetched, match="no public address"):
            ask(at(server, "plain", "ca.example.vn"), Reach())
    assert len(server.asked) == before


def test_the_last_look_is_at_the_socket(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even if everything before were fooled."""
    monkeypatch.setattr("signing._web._PublicOnly", ThreadedResolver)
    with pytest.raises(NotFetched, match="no public address"):
        ask(at(server, "plain", "localhost"), Reach())


def test_only_ports_that_are_allowed(server: Any) -> None:
    with pytest.raises(NotFetched, match="port"):
        ask(at(server, "plain"), Reach(private_addresses=True, ports=frozenset({80, 443})))
    assert ask(at(server, "plain"), Reach(private_addresses=True, ports=frozenset({server.server_port}))) == b"answer"


def test_redirects_are_few_and_looked_at_each(server: Any) -> None:
    assert ask(at(server, "twice")) == b"answer"
    for path, limits in (("loop", {}), ("twice", {"redirects": 1}), ("file", {}), ("twice", {"request": b"x"})):
        with pytest.raises(NotFetched):
            ask(at(server, path), **limits)
    with pytest.raises(NotFetched, match="port 22"):
        ask(at(server, "inside"), Reach(private_addresses=True, ports=frozenset({server.server_port})))


def test_a_redirect_from_outside_to_this_machine_is_not_followed(server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own server plays the public one."""
    monkeypatch.setattr("signing._web.is_public", lambda host: host == "127.0.0.2")
    made: Any = ThreadingHTTPServer(("127.0.0.2", 0), _Handler)
    made.daemon_threads, made.asked = True, []
    threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        with pytest.raises(NotFetched, match=r"127\.0\.0\.1 is no public address"):
            ask(f"http://127.0.0.2:{made.server_port}/inside", Reach())
        assert made.asked == ["/inside"]
    finally:
        made.shutdown()
        made.server_close()


def test_nothing_is_endless_slow_or_blown_up(server: Any) -> None:
    with pytest.raises(NotFetched, match="more than 1000000 bytes"):
        ask(at(server, "endless"))
    with pytest.raises(NotFetched, match="no answer within"):
        ask(at(server, "slow"), seconds=0.6)
    with pytest.raises(NotFetched):
        ask(at(server, "headers"))
    assert ask(at(server, "bomb")) == BOMB  # as it came: nobody opens it


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "x", "http://[", "ldap://a/b"])
def test_other_addresses_are_none(url: str) -> None:
    with pytest.raises(NotFetched):
        ask(url)
