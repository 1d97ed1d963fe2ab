"""The two signatures of an official document (NĐ 30, art. 12–13 and appendix I; PAdES, ETSI EN 319 142-1).

1. The competent person certifies the draft with "form filling allowed" (DocMDP 2); number and date are empty
   fields over their places, and the organisation's signature field stands ready.
2. The clerk's revision fills number and date and seals: the organisation's signature locks every field.

Both are PAdES B-T where a timestamper is given, and B-B otherwise; a signature without its timestamp is never made
where one is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from signing import _form
from signing._cms import signed_data
from signing._pictures import digits_font
from signing._prepare import Prepared, Request, prepare_personal, prepare_seal
from signing.keys import SigningKey
from signing.places import IssuePlaces
from signing.sandbox import Limits, run
from signing.timestamp import Timestamper

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
_ATTRIBUTE_BYTES = 2048
"""Signed attributes, signature value and the frame around them."""
_TIMESTAMP_BYTES = 6144
"""A token with its certificates. A longer one is met by laying the document out again with more room."""
_LARGEST_CONTAINER = 256 * 1024
_FIRST_TWO_DIGIT_MONTH = 3
"""Days below 10 and the months 1 and 2 are written with a leading 0 (NĐ 30, appendix I, part I, II.4)."""


@dataclass(frozen=True, slots=True)
class SignedFile:
    """A file with one more signature."""

    content: bytes
    certificate_sha256: str
    level: str
    """``B-T`` or ``B-B``: what was really made."""


def sign_personal(
    content: bytes,
    *,
    key: SigningKey,
    places: IssuePlaces,
    image_png: bytes | None,
    timestamper: Timestamper | None,
    position: str = "",
    limits: Limits | None = None,
    now: datetime | None = None,
) -> SignedFile:
    """Sign a draft as the competent person.

    Args:
        content: the draft, untrusted.
        key: the person's own.
        places: where number, date and signature stand; see :func:`signing.places.find_places`.
        image_png: the handwritten signature; ``None`` draws the name instead.
        timestamper: ``None`` signs at B-B.
        position: the signatory's, kept as the reason for signing.
        limits: for reading the draft.
        now: the claimed time; the clock's if ``None``.

    Raises:
        CertificateNotUsable: not in force now.
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture: the draft or the picture.
        TimestampUnavailable: no timestamp could be had; nothing was signed.
        TimedOut, OutOfMemory, Crashed: the draft resisted.
    """

    def prepare(request: Request) -> Prepared:
        return run(prepare_personal, content, places, request, limits=limits or Limits())

    return _signed(prepare, key, timestamper, image_png=image_png, reason=position, now=now)


def seal(
    content: bytes,
    *,
    key: SigningKey,
    number: str,
    issued_on: date,
    image_png: bytes | None,
    timestamper: Timestamper | None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> SignedFile:
    """Fill number and date into a file signed by :func:`sign_personal` and seal it as the organisation.

    Raises:
        CertificateNotUsable: not in force now.
        PlaceNotFound: the file has no fields of ours.
        EncryptedPdf, UnreadablePdf, UnusablePicture, TimedOut, OutOfMemory, Crashed: as for signing.
        TimestampUnavailable: no timestamp could be had; nothing was sealed.
    """
    values = {
        _form.NUMBER: number,
        _form.DAY: f"{issued_on.day:02d}",
        _form.MONTH: f"{issued_on.month:02d}" if issued_on.month < _FIRST_TWO_DIGIT_MONTH else str(issued_on.month),
        _form.YEAR: str(issued_on.year),
    }

    def prepare(request: Request) -> Prepared:
        return run(prepare_seal, content, values, request, limits=limits or Limits())

    return _signed(prepare, key, timestamper, image_png=image_png, reason="", now=now)


def _signed(
    prepare: Callable[[Request], Prepared],
    key: SigningKey,
    timestamper: Timestamper | None,
    *,
    image_png: bytes | None,
    reason: str,
    now: datetime | None,
) -> SignedFile:
    """Lay out, sign the digest, fill the container.

    1. Refuse a certificate that is not in force before anything is written.
    2. Lay the document out in the sandbox, with room for the CMS.
    3. Sign the digest and have the signature timestamped.
    4. Fill the container; if it is too small, go back to 2 with more room.
    """
    moment = (now or datetime.now(UTC)).astimezone(_VIETNAM)
    key.require_usable(moment)
    room = _ATTRIBUTE_BYTES + key.chain_bytes + (_TIMESTAMP_BYTES if timestamper else 0)
    while True:
        prepared = prepare(
            Request(
                signer=key.holder,
                reason=reason,
                signed_at=moment,
                container_bytes=room,
                image_png=image_png,
                digest=key.digest,
                words=("Ký bởi:", key.holder, f"Thời gian ký: {moment:%d/%m/%Y %H:%M:%S %z}"),
                fonts={italic: digits_font("Italic" if italic else "Regular") for italic in (False, True)},
            )
        )
        cms = signed_data(key, prepared.digest, timestamper)
        if len(cms) <= room:
            level = "B-T" if timestamper else "B-B"
            return SignedFile(prepared.filled(cms), key.fingerprint_sha256, level)
        if len(cms) > _LARGEST_CONTAINER:
            raise ValueError("a CMS of this size was never meant")
        room = len(cms) + 1024
