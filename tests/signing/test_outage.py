"""Authorities that are away, slow or lying: another one is asked, in bounded time, and no lie is believed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography.hazmat.primitives.serialization import Encoding

from signing.errors import RevocationUnavailable, TimestampUnavailable
from signing.outage import Resting
from signing.pki import TestPki
from signing.revocation import HttpRevocation, InTime
from signing.timestamp import Authority, Expected, Timestamper
from tests.signing.certomancer import timestamp_server
from tests.signing.responders import Responders, responding

DIGEST = hashlib.sha256(b"Quyet dinh").digest()
DETAILS = {
    "closed": "ServerDisconnected",
    "refuses": "HTTP 503",
    "hangs": "no answer within 0.6 s",
    "drips": "no answer within 0.6 s",
    "garbage": "unreadable answer",
    "huge": "more than",
    "other nonce": "another nonce",
    "other imprint": "another message imprint",
    "other signer": "no trusted root",
    "clock ahead": "its clock is wrong",
    "clock behind": "its clock is wrong",
}


@pytest.fixture(scope="module")
def pkis(tmp_path_factory: pytest.TempPathFactory) -> tuple[TestPki, TestPki]:
    folder = tmp_path_factory.mktemp("outage")
    ours, foreign = (TestPki.create(folder / name, base_url="http://127.0.0.1:9/pki") for name in ("ours", "foreign"))
    return ours, foreign


@pytest.fixture
def first(pkis: tuple[TestPki, TestPki]) -> Iterator[Responders]:
    with responding(*pkis) as made:
        yield made


@pytest.fixture
def second(pkis: tuple[TestPki, TestPki]) -> Iterator[Responders]:
    with responding(*pkis) as made:
        yield made


def of(responders: Responders, **wanted: object) -> Authority:
    expected = Expected(roots=responders.pki.roots(), **wanted)  # type: ignore[arg-type]
    return Authority.http(f"{responders.url}/tsa", timeout_seconds=0.6, expected=expected)


def signer(token: bytes) -> bytes:
    return bytes(cms.ContentInfo.load(token)["content"]["certificates"][0].chosen.dump())


@pytest.mark.parametrize("manner", Responders.MANNERS)
def test_where_the_first_fails_or_lies_the_second_gives_the_timestamp(
    first: Responders, second: Responders, manner: str
) -> None:
    first.stamps = manner
    alone = Timestamper.in_turn([of(first)], total_seconds=5)
    with pytest.raises(TimestampUnavailable) as caught:
        alone.token(DIGEST)
    (fault,) = caught.value.faults
    assert DETAILS[manner] in fault.detail
    assert fault.server == f"127.0.0.1:{first.server.server_port}"
    assert Timestamper.in_turn([of(first), of(second)], total_seconds=5).token(DIGEST)
    assert second.asked == ["tsa"]


def test_all_together_are_waited_for_no_longer_than_said(first: Responders, second: Responders) -> None:
    first.stamps = second.stamps = "hangs"
    stamper = Timestamper.in_turn([of(first), of(second)], total_seconds=0.8)
    began = time.monotonic()
    with pytest.raises(TimestampUnavailable) as caught:
        stamper.token(DIGEST)
    assert time.monotonic() - began < 3
    assert len(caught.value.faults) == 2


def test_who_failed_a_moment_ago_is_passed_over_and_asked_again_later(first: Responders, second: Responders) -> None:
    now = [0.0]
    first.stamps = "refuses"
    resting = Resting(30, ticks=lambda: now[0])
    stamper = Timestamper.in_turn([of(first), of(second)], total_seconds=5, resting=resting)
    for _ in range(3):
        stamper.token(DIGEST)
    assert (len(first.asked), len(second.asked)) == (1, 3)
    second.stamps = "refuses"
    with pytest.raises(TimestampUnavailable):
        stamper.token(DIGEST)
    with pytest.raises(TimestampUnavailable) as caught:
        stamper.token(DIGEST)
    assert (len(first.asked), len(second.asked)) == (1, 4), "nobody is asked; the reason is still told"
    assert [fault.detail for fault in caught.value.faults] == ["127.0.0.1: HTTP 503"] * 2
    first.stamps, now[0] = "well", 31.0
    stamper.token(DIGEST)
    assert len(first.asked) == 2


def test_a_failure_keeps_the_time_at_which_it_began_until_there_is_an_answer() -> None:
    ticks, clock = [0.0], [datetime(2026, 11, 24, 2, 30, tzinfo=UTC)]
    resting = Resting(30, ticks=lambda: ticks[0], clock=lambda: clock[0])
    began = resting.failed("tsa", "refused").since
    ticks[0], clock[0] = 60.0, clock[0] + timedelta(minutes=1)
    assert resting.fault("tsa") is None
    assert resting.failed("tsa", "refused").since == began
    resting.answered("tsa")
    assert resting.failed("tsa", "refused").since == clock[0]
    for number in range(500):
        resting.failed(str(number), "refused")
    assert len(resting._faults) <= 100


def test_a_policy_is_asked_for_and_required(first: Responders) -> None:
    with pytest.raises(TimestampUnavailable, match="policy"):
        Timestamper.in_turn([of(first, policy="1.2.3.4")], total_seconds=5).token(DIGEST)


def test_an_authority_by_other_hands_is_trusted_by_its_own_root_only(
    pkis: tuple[TestPki, TestPki], tmp_path: Path
) -> None:
    with timestamp_server(tmp_path) as url:
        token = Timestamper.http(url, timeout_seconds=10).token(DIGEST)
        certificate = signer(token)
        assert certificate != pkis[0].roots()[0].public_bytes(Encoding.DER)
        with pytest.raises(TimestampUnavailable, match="no trusted root"):
            Timestamper.http(url, expected=Expected(roots=pkis[0].roots())).token(DIGEST)


def test_revocation_servers_that_hang_are_left_when_the_time_for_all_is_up(
    tmp_path: Path, pkis: tuple[TestPki, TestPki]
) -> None:
    from signing._status import questions  # noqa: PLC0415 - used here alone
    from signing.keys import open_pkcs12  # noqa: PLC0415 - as above
    from signing.verify import Link  # noqa: PLC0415 - as above

    with responding(*pkis) as made:
        pki = TestPki.create(tmp_path / "pki", base_url=made.url)
        key = open_pkcs12(pki.issue_person("An", "x"), "x")
        link = Link(key.certificate.public_bytes(Encoding.DER), pki.certificate("issuing"), datetime.now(UTC))
        (question,) = questions((link,))
        made.status = "hangs"
        across = HttpRevocation(timeout_seconds=8, private_addresses=True)
        hurried = InTime(across, 0.5)
        began = time.monotonic()
        for ask in (hurried.ocsp, hurried.crl):
            with pytest.raises(RevocationUnavailable, match="time"):
                ask(question)
        assert time.monotonic() - began < 5
        made.status = "refuses"
        impatient = HttpRevocation(timeout_seconds=2, private_addresses=True)
        for _ in range(3):
            with pytest.raises(RevocationUnavailable) as caught:
                impatient.crl(question)
            assert caught.value.faults[0].server == f"127.0.0.1:{made.server.server_port}"
        assert made.asked.count("crl") == 1, "a list that was refused a moment ago is not asked for again"
