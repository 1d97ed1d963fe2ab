"""Files that another program signs: handed out with our form in them, and taken back if nothing else was done.

See decision 010 of the project for the rules.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime

from signing import _form
from signing._elsewhere import examine_returned, with_timestamp
from signing._prepare import form_filled, form_over
from signing.places import IssuePlaces
from signing.preserve import level_of
from signing.refusals import FileRefused
from signing.sandbox import Limits, run
from signing.sign import SignedFile, field_values, request_by
from signing.timestamp import Timestamper
from signing.verify import FileReport, Trust, Verdict, verify


def hand_out_personal(
    content: bytes,
    *,
    holder: str,
    places: IssuePlaces,
    image_png: bytes | None,
    seal_mm: float | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> bytes:
    """The draft with our form over it: fields for number and date, and for both signatures, all empty.

    Raises:
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture, TimedOut, OutOfMemory, Crashed:
            as for signing.
    """
    request = request_by(holder, now or datetime.now(UTC), image_png=image_png, seal_mm=seal_mm)
    return run(form_over, content, places, request, limits=limits or Limits())


def hand_out_seal(content: bytes, *, number: str, issued_on: date, limits: Limits | None = None) -> bytes:
    """The file that the leader signed, with number and date filled in.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf, TimedOut, OutOfMemory, Crashed: as for sealing.
    """
    return run(form_filled, content, field_values(number, issued_on), limits=limits or Limits())


def take_back(
    handed_out: bytes,
    returned: bytes,
    *,
    personal: bool,
    certificate_sha256: str,
    trust: Trust,
    timestamper: Timestamper | None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> SignedFile:
    """Take a file that another program signed, if it may stand for one of our own.

    1. Everything but the signature is as it was handed out; see :func:`signing._elsewhere.examine_returned`.
    2. A signature that has no timestamp gets one where one is due, if there is room left in its container.
    3. All signatures verify strictly, are PAdES, and the new one is by the certificate on record.

    Args:
        handed_out: the file as it was handed out.
        returned: as it came back, untrusted.
        personal: it was to be signed by the competent person, or else by the organisation.
        certificate_sha256: whose signature is meant.
        trust: whom to believe.
        timestamper: ``None`` where B-B is enough.
        limits: for reading the file.
        now: the time; the clock's if ``None``.

    Raises:
        FileRefused: for the reason it names.
        TimestampUnavailable: no timestamp could be had.
        TimedOut, OutOfMemory, Crashed: the file resisted.
    """
    bounds, moment = limits or Limits(), now or datetime.now(UTC)
    field_name = _form.PERSONAL if personal else _form.ORGANISATION
    found = run(examine_returned, handed_out, returned, field_name, limits=bounds)
    content = returned
    if timestamper is not None and not found.stamped:
        # No timestamp for what is refused anyway.
        _require_pades(_judged(returned, trust, moment, bounds, certificate_sha256))
        token = timestamper.token(hashlib.sha256(found.signature).digest())
        stamped = run(with_timestamp, found.cms, token, limits=bounds).hex().encode("ascii")
        start, end = found.container
        room = end - start - 2
        if len(stamped) > room:
            raise FileRefused("no-room")
        content = b"".join((returned[: start + 1], stamped, b"0" * (room - len(stamped)), returned[end - 1 :]))
    report = _judged(content, trust, moment, bounds, certificate_sha256)
    _require_pades(report)
    return SignedFile(content, certificate_sha256, str(report.signatures[-1].level))


def _require_pades(report: FileReport) -> None:
    if level_of(report) is None:
        raise FileRefused("not-pades")


def _judged(content: bytes, trust: Trust, moment: datetime, limits: Limits, certificate_sha256: str) -> FileReport:
    report = verify(content, trust=trust, at=moment, limits=limits)
    if not report.signatures or report.signatures[-1].certificate_sha256 != certificate_sha256:
        raise FileRefused("other-person")
    if report.verdict is not Verdict.VALID:
        raise FileRefused.because("not-valid", report.message_vi, report.message_en)
    return report
