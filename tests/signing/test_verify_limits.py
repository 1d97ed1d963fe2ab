"""Every file ends in a verdict within its time and memory; what could be judged is told although the rest was not."""

from __future__ import annotations

import io
import time
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing import verify as verification
from signing.sandbox import Limits
from signing.verify import Indication, SubIndication, Trust, Verdict, _clock, _reading, verify
from signing.verify._clock import Clock, OutOfTime
from tests.signing import edits, hostile
from tests.signing.authority import NOW, Authority, Holder, page, sign, standard

MIB = 1024 * 1024
BIG = 120 * MIB


@pytest.fixture(scope="module")
def authority() -> Authority:
    return standard()


@pytest.fixture(scope="module")
def person(authority: Authority) -> Holder:
    return authority.person()


@pytest.fixture(scope="module")
def changed(person: Holder) -> bytes:
    """A long file in which one page was turned after it was signed."""
    return edits.edited(sign(long(3000), person), edits.page_entry(1, "/Rotate", generic.NumberObject(90)))


def long(pages: int) -> bytes:
    """A file of so many pages, each an object of its own."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, pages + 3))
    one = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>"
    return hostile.assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, pages),
            *[one] * pages,
        ]
    )


def trusted(authority: Authority) -> Trust:
    return Trust((authority.root.certificate,))


# --- time


swallowed_now_and_then = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""An interruption that meets a callback of the garbage collector is swallowed there, and comes once more."""


@swallowed_now_and_then
def test_a_signature_is_told_although_its_changes_could_not_be_compared_in_time(
    changed: bytes, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_clock, "COMPARING_SHARE", 0.0001)
    root = authority.root.certificate.public_bytes(Encoding.DER)
    (signature,) = _reading.read(changed, (root,), (), NOW, False).signatures
    assert signature.indication is Indication.INDETERMINATE
    assert signature.sub_indication is SubIndication.SIG_CONSTRAINTS_FAILURE
    assert signature.intact
    assert signature.trusted
    assert signature.holder == "Nguyễn Thị Bình Minh"
    assert "changes-not-compared" in {reason.code for reason in signature.reasons}


@swallowed_now_and_then
def test_what_could_not_be_searched_for_attacks_in_time_does_not_pass(
    authority: Authority, person: Holder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_clock, "SUSPECTING_SHARE", 0)
    root = authority.root.certificate.public_bytes(Encoding.DER)
    twice = sign(sign(page(), person), person, field_name="Sig2")
    first, last = _reading.read(twice, (root,), (), NOW, False).signatures
    assert first.indication is Indication.INDETERMINATE
    assert "changes-not-compared" in {reason.code for reason in first.reasons}
    assert last.indication is Indication.TOTAL_PASSED, "nothing came after it"


def test_reading_is_ended_before_the_time_for_a_verdict_is_over(
    changed: bytes, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "MOST_SECONDS", 0.01)
    report = verify(changed, trust=trusted(authority), limits=Limits(seconds=60))
    assert report.verdict is Verdict.LIMITS
    assert report.detail.startswith("timed-out")


def test_long_files_are_compared(changed: bytes, authority: Authority) -> None:
    report = verify(changed, trust=trusted(authority))
    assert report.verdict is Verdict.INVALID
    assert not report.signatures[0].covers_whole_file


def test_a_clock_interrupts_what_swallows_every_error() -> None:
    clock = Clock(0.05, time.monotonic() + 60)
    with pytest.raises(OutOfTime), clock.within():
        _swallow_for_ever()
    with pytest.raises(OutOfTime), clock.within():
        pytest.fail("nothing is left of its time")


def test_a_clock_ends_at_its_moment_whatever_was_used() -> None:
    with pytest.raises(OutOfTime), Clock(60, time.monotonic() + 0.05).within():
        _swallow_for_ever()


def test_a_clock_interrupts_nothing_after_its_part() -> None:
    clock = Clock(0.1, time.monotonic() + 60)
    with clock.within():
        pass
    until = time.process_time() + 0.3
    while time.process_time() < until:
        pass
    with clock.within():
        pass


def _swallow_for_ever() -> None:
    while True:
        with suppress(Exception):
            sum(range(1000))


# --- memory


@pytest.fixture(scope="module")
def big(person: Holder) -> bytes:
    """A signed file of more than a hundred megabytes."""
    writer = IncrementalPdfFileWriter(io.BytesIO(page()))
    ballast = generic.StreamObject(encoded_data=bytes(range(251)) * (BIG // 251))
    writer.root["/PieceInfo"] = generic.DictionaryObject({generic.pdf_name("/Test"): writer.add_object(ballast)})
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    return sign(written.getvalue(), person)


def test_a_big_file_is_verified_in_the_memory_of_a_small_one(big: bytes, authority: Authority) -> None:
    report = verify(big, trust=trusted(authority))
    assert report.verdict is Verdict.VALID
    assert report.size_bytes == len(big) > BIG


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (lambda content: content + b"more", {Verdict.INVALID}),
        (lambda content: content[:MIB] + b"\1" + content[MIB + 1 :], {Verdict.INVALID}),
        (lambda content: content[: BIG // 2], {Verdict.UNREADABLE, Verdict.LIMITS}),
        (lambda _: b"%PDF-1.7\n" + b"startxref\n9\n%%EOF\n" * (BIG // 90), {Verdict.UNREADABLE, Verdict.LIMITS}),
    ],
    ids=["appended", "altered", "cut", "ends everywhere"],
)
def test_a_big_file_that_is_spoilt_ends_in_a_verdict(
    big: bytes, authority: Authority, spoil: object, verdict: set[Verdict]
) -> None:
    assert callable(spoil)
    assert verify(spoil(big), trust=trusted(authority)).verdict in verdict
