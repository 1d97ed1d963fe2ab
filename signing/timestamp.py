"""Timestamps (RFC 3161) for signatures: asked for in bounded time and checked before anything relies on them."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

import aiohttp
from asn1crypto import cms, core, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation.generic_cms import validate_sig_integrity
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from signing._tsa_trust import Expected, signer_certificate
from signing.errors import TimestampUnavailable
from signing.outage import Fault, Resting

_MOST_BYTES = 64 * 1024
"""Of an answer; usual ones have 2 to 8 KB."""
_GRACE_SECONDS = 0.5
"""For closing the connection after the time is up."""
__all__ = ["Answer", "Authority", "Expected", "TimeStampResp", "Timestamper"]

_GRANTED = ("granted", "granted_with_mods")

Answer = Callable[[bytes], bytes]
"""Takes a TimeStampReq and gives a TimeStampResp, both DER."""


@dataclass(frozen=True, slots=True)
class Authority:
    """One of several timestamp authorities."""

    server: str
    """What people know it by."""
    asked: Callable[[float], Timestamper]
    """Gives a timestamper that waits no longer than so many seconds."""

    @classmethod
    def http(cls, url: str, *, timeout_seconds: float, expected: Expected | None = None) -> Authority:
        """An authority across the network, known by its host."""

        def asked(seconds: float) -> Timestamper:
            return Timestamper.http(url, timeout_seconds=min(seconds, timeout_seconds), expected=expected)

        try:
            server = urlsplit(url).netloc.rpartition("@")[2] or url
        except ValueError:
            server = "?"
        return cls(server, asked)


class Timestamper:
    """Gets timestamps from one authority. Safe to share between threads."""

    def __init__(self, answer: Answer, *, expected: Expected | None = None) -> None:
        """Take the authority's own function: see :meth:`http` for one across the network."""
        self._pyhanko: _Asking = _CheckedTimeStamper(answer, expected)

    @classmethod
    def http(cls, url: str, *, timeout_seconds: float = 10, expected: Expected | None = None) -> Timestamper:
        """An authority across the network.

        Args:
            url: ``http://`` or ``https://``; a user and password in it are used for basic authentication.
            timeout_seconds: the longest wait for a whole answer, name lookup and connecting included.
            expected: what its timestamps must be beside well-formed and about the digest.
        """

        def answer(request: bytes) -> bytes:
            return _within(timeout_seconds + _GRACE_SECONDS, lambda: asyncio.run(_post(url, request, timeout_seconds)))

        return cls(answer, expected=expected)

    @classmethod
    def in_turn(
        cls, authorities: Sequence[Authority], *, total_seconds: float, resting: Resting | None = None
    ) -> Timestamper:
        """Several authorities: the first whose answer holds gives the timestamp.

        Args:
            authorities: in the order in which they are asked.
            total_seconds: the longest wait for all of them, for one timestamp.
            resting: who failed a moment ago and is passed over; a memory of its own if ``None``.
        """
        made = cls.__new__(cls)
        made._pyhanko = _InTurn(tuple(authorities), total_seconds, resting or Resting())  # noqa: SLF001 - its own class
        return made

    def pyhanko(self) -> TimeStamper:
        """What pyHanko asks; always the same one, so that an answer kept for measuring sizes is fetched once.

        It raises :class:`TimestampUnavailable` where pyHanko's own would raise ``TimestampRequestError``.
        """
        return self._pyhanko

    def token(self, digest: bytes, algorithm: str = "sha256") -> bytes:
        """A timestamp token (CMS, DER) for a digest.

        Raises:
            TimestampUnavailable: the authority is down, slow, refuses, or gives a wrong answer.
        """
        return bytes(self._pyhanko.token(digest, algorithm).dump())


class TimeStampResp(core.Sequence):  # type: ignore[misc]
    """As RFC 3161, 2.4.2, has it; asn1crypto's own cannot read a refusal, which has no token."""

    _fields: ClassVar[list[Any]] = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]


class _Asking(TimeStamper):
    """Asks without an event loop of the caller's."""

    def __init__(self) -> None:
        super().__init__(include_nonce=True)  # type: ignore[no-untyped-call]

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        return self.token(message_digest, md_algorithm)

    def token(self, digest: bytes, algorithm: str) -> Any:
        raise NotImplementedError


class _InTurn(_Asking):
    """Asks one authority after the other; who failed a moment ago is passed over."""

    def __init__(self, authorities: tuple[Authority, ...], total_seconds: float, resting: Resting) -> None:
        super().__init__()
        self._authorities, self._total_seconds, self._resting = authorities, total_seconds, resting

    def token(self, digest: bytes, algorithm: str) -> Any:
        ends = time.monotonic() + self._total_seconds
        faults: list[Fault] = []
        for authority in self._authorities:
            resting = self._resting.fault(authority.server)
            left = ends - time.monotonic()
            if resting is not None or left <= 0:
                faults.append(resting or Fault(authority.server, datetime.now(UTC), "not asked: the time is up"))
                continue
            try:
                token = authority.asked(left).pyhanko().token(digest, algorithm)  # type: ignore[attr-defined]
            except TimestampUnavailable as error:
                faults.append(self._resting.failed(authority.server, error.detail))
                continue
            self._resting.answered(authority.server)
            return token
        raise TimestampUnavailable("; ".join(f"{one.server}: {one.detail}" for one in faults), tuple(faults))


class _CheckedTimeStamper(_Asking):
    """Believes no answer before looking at it."""

    def __init__(self, answer: Answer, expected: Expected | None) -> None:
        super().__init__()
        self._answer, self._expected = answer, expected

    def token(self, digest: bytes, algorithm: str) -> Any:
        request = tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
                "nonce": secrets.randbits(63) | 1 << 62,
                "cert_req": True,
            }
        )
        expected = self._expected
        if expected is not None and expected.policy:
            request["req_policy"] = expected.policy
        asked_at = expected.clock() if expected is not None else None
        answer = self._answer(request.dump())
        try:
            token = _checked(answer, request)
            if expected is not None and asked_at is not None:
                expected.require(token["content"], asked_at)
        except TimestampUnavailable:
            raise
        except Exception as error:
            # asn1crypto and pyHanko raise nearly anything on bytes that lie about their shape.
            raise TimestampUnavailable(f"unreadable answer: {type(error).__name__}") from error
        return token


def _checked(answer: bytes, request: Any) -> Any:
    """The token of an answer that fits the request (RFC 3161, 2.2 and 2.4.2).

    1. The status is "granted".
    2. The token speaks of the same digest and repeats the nonce.
    3. Its one signature is whole and by the certificate in it, which is meant for timestamps only.

    Whether that certificate is trusted, and the time right, is for :class:`Expected` to say.
    """
    response = TimeStampResp.load(answer, strict=True)
    status = response["status"]
    if status["status"].native not in _GRANTED:
        words = "; ".join(str(part) for part in (*(status["status_string"].native or ()), *_failures(status)))
        raise TimestampUnavailable(f"{status['status'].native}: {words[:200]}")
    token = response["time_stamp_token"]
    _require(isinstance(token, cms.ContentInfo), "granted, but no token")
    _require(token["content_type"].native == "signed_data", "the token is no signed data")
    content = token["content"]["encap_content_info"]
    _require(content["content_type"].native == "tst_info", "the token holds no TSTInfo")
    stamp = content["content"].parsed
    asked = request["message_imprint"]
    _require(stamp["nonce"].native == request["nonce"].native, "another nonce")
    _require(
        stamp["message_imprint"]["hash_algorithm"]["algorithm"].native == asked["hash_algorithm"]["algorithm"].native
        and stamp["message_imprint"]["hashed_message"].native == asked["hashed_message"].native,
        "another message imprint",
    )
    _require(stamp["gen_time"].native.tzinfo is not None, "a time without its zone")
    _require_signed(token["content"], bytes(content["content"]))
    return token


def _require_signed(signed: Any, content: bytes) -> None:
    _require(len(signed["signer_infos"]) == 1, "not one signature")
    signer = signed["signer_infos"][0]
    certificate = signer_certificate(signed, signer)
    digest = hashes.Hash(get_pyca_cryptography_hash(signer["digest_algorithm"]["algorithm"].native))
    digest.update(content)
    _require(signer["signed_attrs"] is not core.VOID, "no signed attributes")
    intact, valid = validate_sig_integrity(signer, certificate, "tst_info", digest.finalize())
    _require(intact and valid, "the token's signature does not hold")
    usage = x509.load_der_x509_certificate(certificate.dump()).extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    _require(
        usage.critical and list(usage.value) == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING],
        "the certificate is not for timestamps only",
    )


def _failures(status: Any) -> Iterator[str]:
    yield from sorted(status["fail_info"].native or ())


def _require(condition: bool, otherwise: str) -> None:  # noqa: FBT001 - reads like the sentence it is
    if not condition:
        raise TimestampUnavailable(otherwise)


async def _post(url: str, request: bytes, timeout_seconds: float) -> bytes:
    host = ""
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    try:
        host = urlsplit(url).hostname or ""  # for the log; never the whole address: it may hold a password
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=True, auto_decompress=False) as session,
            session.post(url, data=request, headers=headers, allow_redirects=False) as response,
        ):
            _require(response.status == 200, f"{host}: HTTP {response.status}")  # noqa: PLR2004
            _require(response.content_type == "application/timestamp-reply", f"{host}: not a timestamp reply")
            answer = bytearray()
            async for chunk in response.content.iter_any():
                answer += chunk
                _require(len(answer) <= _MOST_BYTES, f"{host}: an answer of more than {_MOST_BYTES} bytes")
            return bytes(answer)
    except TimeoutError as error:
        raise TimestampUnavailable(f"{host}: no answer within {timeout_seconds:g} s") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise TimestampUnavailable(f"{host}: {type(error).__name__}") from error


def _within(seconds: float, ask: Callable[[], bytes]) -> bytes:
    """Run ``ask`` on a thread of its own: a name server that never answers cannot be interrupted, only left."""
    outcome: Future[bytes] = Future()

    def work() -> None:
        try:
            outcome.set_result(ask())
        except BaseException as error:  # noqa: BLE001 - carried over to the waiting thread
            outcome.set_exception(error)

    threading.Thread(target=work, name="timestamp", daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as error:
        raise TimestampUnavailable(f"no answer within {seconds:g} s") from error
