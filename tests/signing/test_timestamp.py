"""Timestamps from another's server, and from servers that are away, slow, broken or lying."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from asn1crypto import cms, tsp

from signing.errors import TimestampUnavailable
from signing.keys import open_pkcs12
from signing.pki import TestPki
from signing.timestamp import Timestamper
from tests.services.programs import free_ports
from tests.signing.certomancer import timestamp_server

DIGEST = hashlib.sha256(b"Quyet dinh").digest()
REPLY = "application/timestamp-reply"
Answering = Callable[[BaseHTTPRequestHandler, bytes], None]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> TestPki:
    return TestPki.create(tmp_path_factory.mktemp("timestamp") / "pki", base_url="http://127.0.0.1:9/pki")


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with timestamp_server(tmp_path_factory.mktemp("certomancer")) as url:
        yield url


@contextlib.contextmanager
def serving(answer: Answering) -> Iterator[str]:
    """A server on loopback that answers each request as ``answer`` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = self.rfile.read(int(self.headers["Content-Length"]))
            with contextlib.suppress(OSError):
                answer(self, request)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def reply(handler: BaseHTTPRequestHandler, content: bytes, *, status: int = 200, kind: str = REPLY) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(content)))
    handler.end_headers()
    handler.wfile.write(content)


def refused(url: str, *, timeout_seconds: float = 5) -> str:
    """The reason for which no timestamp was had; the wait is bounded by the test's own time limit."""
    with pytest.raises(TimestampUnavailable) as caught:
        Timestamper.http(url, timeout_seconds=timeout_seconds).token(DIGEST)
    return caught.value.detail


def test_another_authority_gives_a_timestamp_for_the_digest(other_authority: str) -> None:
    token = Timestamper.http(other_authority, timeout_seconds=10).token(DIGEST)
    stamp = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert stamp["message_imprint"]["hashed_message"].native == DIGEST


def test_the_embedded_authority_answers_the_same_across_http(pki: TestPki) -> None:
    with serving(lambda handler, request: reply(handler, pki.timestamp_response(request))) as url:
        across = Timestamper.http(url, timeout_seconds=5).token(DIGEST)
    inside = pki.timestamper().token(DIGEST)
    signers = [cms.ContentInfo.load(token)["content"]["signer_infos"][0]["sid"].native for token in (across, inside)]
    assert signers[0] == signers[1]


def test_one_timestamper_serves_many_threads(other_authority: str) -> None:
    timestamper = Timestamper.http(other_authority, timeout_seconds=20)
    digests = [hashlib.sha256(bytes([number])).digest() for number in range(12)]
    stamped: dict[bytes, bytes] = {}

    def ask(digest: bytes) -> None:
        token = timestamper.token(digest)
        stamp = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
        stamped[digest] = stamp["message_imprint"]["hashed_message"].native

    threads = [threading.Thread(target=ask, args=(digest,)) for digest in digests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stamped == {digest: digest for digest in digests}


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
def test_openssl_accepts_the_token(pki: TestPki, tmp_path: Path, algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"x").digest()
    (tmp_path / "token").write_bytes(pki.timestamper().token(digest, algorithm))
    (tmp_path / "root.cer").write_bytes(pki.certificate("root"))
    openssl = ["openssl", "ts", "-verify", "-token_in", "-in", str(tmp_path / "token"), "-digest", digest.hex()]
    subprocess.run(["openssl", "x509", "-in", "root.cer", "-out", "root.pem"], cwd=tmp_path, check=True)
    subprocess.run([*openssl, "-CAfile", str(tmp_path / "root.pem")], check=True, capture_output=True)


def test_measuring_the_size_of_signatures_asks_the_authority_once(pki: TestPki) -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> bytes:
        asked.append(request)
        return pki.timestamp_response(request)

    timestamper = Timestamper(answer)
    key = open_pkcs12(pki.issue_person("An", "x"), "x")
    import asyncio  # noqa: PLC0415 - used here alone

    for _ in range(3):
        # A dry run is how pyHanko sizes a signature.
        signing = key.signer.async_sign(
            DIGEST, "sha256", dry_run=True, use_pades=True, timestamper=timestamper.pyhanko()
        )
        asyncio.run(signing)
    assert len(asked) == 1


def test_an_authority_that_is_away_is_told_as_unavailable() -> None:
    (port,) = free_ports(1)
    assert "127.0.0.1" in refused(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize("url", ["", "ftp://127.0.0.1/", "http://", "nowhere", "http://[::1", "http://\x00/"])
def test_an_address_that_is_none_is_told_as_unavailable(url: str) -> None:
    refused(url)


def test_a_name_that_nobody_knows_is_told_as_unavailable() -> None:
    refused("http://khong-co-may-chu-nay.invalid/tsa")


def test_an_authority_that_never_answers_is_left_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "0.5 s" in refused(f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout_seconds=0.5)


@pytest.mark.parametrize("within", ["headers", "body"])
def test_an_authority_that_answers_byte_by_byte_is_left_in_time(pki: TestPki, within: str) -> None:
    stop = threading.Event()

    def drip(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n")
        if within == "body":
            handler.wfile.write(b"Content-Length: 5000\r\n\r\n")
        while not stop.wait(0.05):
            handler.wfile.write(b"X")

    with serving(drip) as url:
        try:
            assert "0.7 s" in refused(url, timeout_seconds=0.7)
        finally:
            stop.set()


def test_an_endless_answer_is_cut_off() -> None:
    def flood(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\n\r\n")
        while True:
            handler.wfile.write(bytes(65536))

    with serving(flood) as url:
        assert "more than" in refused(url)


def test_a_compressed_answer_is_not_blown_up() -> None:
    import gzip  # noqa: PLC0415 - used here alone

    bomb = gzip.compress(bytes(20_000_000))

    def send(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", REPLY)
        handler.send_header("Content-Encoding", "gzip")
        handler.send_header("Content-Length", str(len(bomb)))
        handler.end_headers()
        handler.wfile.write(bomb)

    with serving(send) as url:
        assert "unreadable" in refused(url)


@pytest.mark.parametrize(
    ("status", "kind", "content"),
    [
        (200, REPLY, b""),
        (200, REPLY, b"<html>login</html>"),
        (200, REPLY, bytes(3000)),
        (200, "text/html", b"<html>login</html>"),
        (500, REPLY, b""),
        (401, "text/plain", b"who are you"),
        (302, REPLY, b""),
    ],
)
def test_garbage_is_no_timestamp(status: int, kind: str, content: bytes) -> None:
    with serving(lambda handler, _: reply(handler, content, status=status, kind=kind)) as url:
        assert refused(url)


def test_a_password_in_the_address_is_sent_but_never_logged(pki: TestPki) -> None:
    seen: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler, request: bytes) -> None:
        seen.append(handler.headers["Authorization"])
        reply(handler, b"", status=403)

    with serving(answer) as url:
        detail = refused(url.replace("http://", "http://user:secret@"))
    assert seen == ["Basic dXNlcjpzZWNyZXQ="]
    assert "secret" not in detail


def _with(request: bytes, **changes: object) -> bytes:
    changed = tsp.TimeStampReq.load(request)
    for name, value in changes.items():
        changed[name] = value
    return bytes(changed.dump(force=True))


def _broken_signature(pki: TestPki, request: bytes) -> bytes:
    answer = bytearray(pki.timestamp_response(request))
    answer[-1] ^= 1
    return bytes(answer)


def _later(pki: TestPki, request: bytes) -> bytes:
    """The time moved by a year: the signature does not cover it any more."""
    response = tsp.TimeStampResp.load(pki.timestamp_response(request))
    content = response["time_stamp_token"]["content"]["encap_content_info"]
    stamp = content["content"].parsed
    stamp["gen_time"] = stamp["gen_time"].native.replace(year=2020)
    content["content"] = cms.ParsableOctetString(stamp.dump(force=True))
    return bytes(response.dump(force=True))


def _by_a_person(pki: TestPki, request: bytes) -> bytes:
    """Signed by a certificate that is not for timestamps."""
    import asyncio  # noqa: PLC0415 - used here alone

    person = open_pkcs12(pki.issue_person("An", "x"), "x")
    right = tsp.TimeStampResp.load(pki.timestamp_response(request))
    content = right["time_stamp_token"]["content"]["encap_content_info"]
    token = asyncio.run(
        person.signer.async_sign(
            hashlib.sha256(bytes(content["content"])).digest(),
            "sha256",
            is_pdf_sig=False,
            encap_content_info=cms.EncapsulatedContentInfo.load(content.dump()),
        )
    )
    return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())


LIES: dict[str, tuple[str, Callable[[TestPki, bytes], bytes]]] = {
    "for another nonce": ("nonce", lambda pki, request: pki.timestamp_response(_with(request, nonce=5))),
    "for another digest": (
        "imprint",
        lambda pki, request: pki.timestamp_response(
            _with(request, message_imprint={"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(32)})
        ),
    ),
    "without its certificate": (
        "certificate",
        lambda pki, request: pki.timestamp_response(_with(request, cert_req=False)),
    ),
    "with a broken signature": ("signature", _broken_signature),
    "of another time than signed": ("signature", _later),
    "by a certificate not for timestamps": ("timestamps", _by_a_person),
    "a refusal": ("hash algorithm", lambda pki, request: pki.timestamp_response(_sha1(request))),
    "granted without a token": ("no token", lambda *_: bytes.fromhex("30053003020100")),
    "something after its end": ("unreadable", lambda pki, request: pki.timestamp_response(request) + b"\x00"),
}


def _sha1(request: bytes) -> bytes:
    return _with(
        request,
        message_imprint={"hash_algorithm": {"algorithm": "sha1"}, "hashed_message": hashlib.sha1(b"").digest()},  # noqa: S324 - to be refused
    )


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_answer_is_found_out(pki: TestPki, lie: str) -> None:
    told, answer = LIES[lie]
    with serving(lambda handler, request: reply(handler, answer(pki, request))) as url:
        assert told in refused(url)


def test_whatever_byte_of_an_answer_changes_nothing_but_unavailable_comes_of_it(pki: TestPki) -> None:
    for place in range(0, 3200, 7):

        def answer(request: bytes, place: int = place) -> bytes:
            broken = bytearray(pki.timestamp_response(request))
            broken[place % len(broken)] ^= 0x55
            return bytes(broken)

        with contextlib.suppress(TimestampUnavailable):
            token = Timestamper(answer).token(DIGEST)
            # What is let through differs only where nothing is signed: the certificates beside the signer's.
            stamp = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
            assert stamp["message_imprint"]["hashed_message"].native == DIGEST
