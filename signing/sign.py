"""The two signatures of an official document (NĐ 30, art. 12–13 and appendix I; PAdES, ETSI EN 319 142-1).

1. The competent person certifies the draft with "form filling allowed" (DocMDP 2); number and date are empty
   fields over their places, and the organisation's signature field stands ready.
2. The clerk's revision fills number and date and seals: the organisation's signature locks every field.

Both are PAdES B-T where a timestamper is given, and B-B otherwise; a signature without its timestamp is never made
where one is due.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from signing import _form
from signing._cms import signed_data
from signing._corner import prepare_corner
from signing._letters import upright_letters
from signing._prepare import Prepared, Request, prepare_personal, prepare_seal
from signing._room import fitted
from signing.appearance import picture_of
from signing.keys import SigningKey
from signing.places import IssuePlaces
from signing.sandbox import Limits, run
from signing.timestamp import Timestamper

_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
ATTRIBUTE_BYTES = 2048
"""Signed attributes, signature value and the frame around them."""
_TIMESTAMP_BYTES = 6144
"""A token with its certificates. A longer one is met by laying the document out again with more room."""
_LONG_TIMESTAMP_BYTES = 24 * 1024
"""More room from the start where the key cannot sign a second layout."""
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
    seal_mm: float | None = None,
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
        seal_mm: diameter of the seal that will stand beside it; ``None``: the usual one.
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

    return _signed(prepare, key, timestamper, image_png=image_png, reason=position, seal_mm=seal_mm, now=now)


def seal(
    content: bytes,
    *,
    key: SigningKey,
    number: str,
    issued_on: date,
    image_png: bytes | None,
    timestamper: Timestamper | None,
    seal_mm: float | None = None,
    limits: Limits | None = None,
    now: datetime | None = None,
) -> SignedFile:
    """Fill number and date into a file signed by :func:`sign_personal` and seal it as the organisation.

    The seal is drawn ``seal_mm`` wide; without that as wide as its picture says, else 36 mm.

    Raises:
        CertificateNotUsable: not in force now.
        PlaceNotFound: the file has no fields of ours.
        EncryptedPdf, UnreadablePdf, UnusablePicture, TimedOut, OutOfMemory, Crashed: as for signing.
        TimestampUnavailable: no timestamp could be had; nothing was sealed.
    """
    values = field_values(number, issued_on)

    def prepare(request: Request) -> Prepared:
        return run(prepare_seal, content, values, request, limits=limits or Limits())

    return _signed(prepare, key, timestamper, image_png=image_png, reason="", seal_mm=seal_mm, now=now)


def field_values(number: str, issued_on: date) -> dict[str, str]:
    """What is written into the fields for number and date, by their names."""
    return {
        _form.NUMBER: number,
        _form.DAY: f"{issued_on.day:02d}",
        _form.MONTH: f"{issued_on.month:02d}" if issued_on.month < _FIRST_TWO_DIGIT_MONTH else str(issued_on.month),
        _form.YEAR: str(issued_on.year),
    }


def sign_corner(
    content: bytes,
    *,
    key: SigningKey,
    lines: tuple[str, ...],
    timestamper: Timestamper | None,
    reason: str = "",
    limits: Limits | None = None,
    now: datetime | None = None,
) -> SignedFile:
    """Sign an annex or a copy as the organisation, with words at the top right of its first page; it is locked then.

    Below ``lines`` stands the signing time by ISO 8601 (NĐ 30, appendix I, part I, III.1 and part II, I.3).
    ``reason`` is said in the signature, not on the page.

    Raises:
        AlreadySigned: the file has signatures or form fields of its own.
        CertificateNotUsable, TimestampUnavailable: nothing was signed.
        EncryptedPdf, UnreadablePdf, TimedOut, OutOfMemory, Crashed: the file resisted.
    """

    def prepare(request: Request) -> Prepared:
        told = (*lines, request.signed_at.isoformat(timespec="seconds"))
        return run(prepare_corner, content, told, upright_letters(), request, limits=limits or Limits())

    return _signed(prepare, key, timestamper, image_png=None, reason=reason, seal_mm=None, now=now)


def request_by(
    holder: str,
    moment: datetime,
    *,
    reason: str = "",
    room: int = 0,
    image_png: bytes | None = None,
    seal_mm: float | None = None,
) -> Request:
    """What a signature by ``holder`` says about itself; ``room`` is for its CMS.

    Raises:
        UnusablePicture: as :func:`signing.appearance.picture_of` does.
    """
    moment = moment.astimezone(_VIETNAM)
    return Request(
        signer=holder,
        reason=reason,
        signed_at=moment,
        container_bytes=room,
        picture=picture_of(image_png) if image_png else None,
        words=("Ký bởi:", holder, f"Thời gian ký: {moment:%d/%m/%Y %H:%M:%S %z}"),
        seal_mm=seal_mm,
    )


def _signed(
    prepare: Callable[[Request], Prepared],
    key: SigningKey,
    timestamper: Timestamper | None,
    *,
    image_png: bytes | None,
    reason: str,
    seal_mm: float | None,
    now: datetime | None,
) -> SignedFile:
    """Lay out, sign the digest, fill the container.

    1. Refuse a certificate that is not in force before anything is written.
    2. Lay the document out in the sandbox, with room for the CMS.
    3. Sign the digest and have the signature timestamped.
    4. Fill the container; if it is too small, go back to 2 with more room.
    """
    moment = now or datetime.now(UTC)
    key.require_usable(moment)
    request = replace(
        request_by(key.holder, moment, reason=reason, image_png=image_png, seal_mm=seal_mm), digest=key.digest
    )
    room = ATTRIBUTE_BYTES + key.chain_bytes + (_TIMESTAMP_BYTES if timestamper else 0)
    if key.signer.signs_once and timestamper:
        room += _LONG_TIMESTAMP_BYTES
    content = fitted(
        lambda room: prepare(replace(request, container_bytes=room)),
        lambda digest: signed_data(key, digest, timestamper),
        room,
    )
    return SignedFile(content, key.fingerprint_sha256, "B-T" if timestamper else "B-B")
