"""Moving the places of number, date, signature and seal by hand, before the leader signs (NĐ 30, appendix I).

The drafter may while it is a draft, the signatory while it waits. What is drawn or written afterwards stands exactly
here; a document on whose pages nothing was found can be issued all the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import combinations

from docsvc import audit
from docsvc.accounts import Actor
from docsvc.db.records import Document
from docsvc.errors import Forbidden, Invalid
from docsvc.issue import places as keeping
from docsvc.issue.acts import Act, open_acts
from docsvc.issue.desk import Desk
from docsvc.issue.drafting import at_step, current_rendition, places_found
from docsvc.issue.mark_places import over_mark
from docsvc.records.errors import WrongState
from docsvc.records.seal_sizes import seal_mm
from docsvc.records.terms import State
from signing.pages import PageSize, page_sizes
from signing.places import ASCENT, DESCENT, Box, IssuePlaces
from signing.placing import TEXTS, settle_places

POINTS_PER_MM = 72 / 25.4
SMALLEST_TEXT, LARGEST_TEXT = 12.0, 15.0
"""NĐ 30, appendix I, II.3c and II.4c: 13 to 14; a point more either way, as scans are never quite of their size."""
NARROWEST_TEXT, WIDEST_TEXT = 8.0, 200.0
SMALLEST_HAND, LARGEST_HAND = (10.0, 5.0), (110.0, 70.0)
"""Width and height of the personal signature's place in mm; the decree names none."""
_THIRD = (0.15, 0.55)
"""Shares of the signature's place, from its left, under a seal that still covers about a third (II.8a)."""

WORDS = {
    "number": ("số", "the number"),
    "day": ("ngày", "the day"),
    "month": ("tháng", "the month"),
    "year": ("năm", "the year"),
    "personal_signature": ("chữ ký", "the signature"),
    "organisation_signature": ("con dấu", "the seal"),
}


@dataclass(frozen=True, slots=True)
class Concern:
    """What a person should look at again; nothing is refused for it."""

    code: str
    text_vi: str
    text_en: str


def place(desk: Desk, document_id: str, wanted: IssuePlaces, *, by: Actor) -> tuple[Concern, ...]:
    """Put the places where a person wants them; number and date settle on the printed line they are near.

    Raises:
        Invalid: a place lies outside its page, is of no sensible size, or lies over another.
        WrongState, Forbidden, NotFound: it is not this person's to place, or was changed meanwhile.
        SigningError: the file cannot be read within the limits.
    """
    with desk.database.read() as session:
        document = _placeable(at_step(session, by, document_id, State.DRAFT, State.SUBMITTED), by)
        seen, sha256, signatory = document.version, current_rendition(document).sha256, document.signatory_name
        diameter = seal_mm(document.unit)
    content = desk.store.get(sha256)
    wanted = _with_seal_of(wanted, diameter)
    _require_on_pages(wanted, page_sizes(content, limits=desk.limits))
    settled = settle_places(content, wanted, limits=desk.limits)
    _require_sizes(settled.places, settled.on_line)
    _require_apart(settled.places)
    found = keeping.from_json(places_found(desk, content, signatory))
    by_hand = tuple(
        entry.name
        for entry in fields(IssuePlaces)
        if _differ(getattr(found, entry.name), getattr(settled.places, entry.name))
    )
    with desk.database.write() as session:
        document = _placeable(at_step(session, by, document_id, State.DRAFT, State.SUBMITTED), by)
        if document.version != seen:
            raise WrongState
        document.places = keeping.to_json(settled.places, by_hand=by_hand)
        document.changed_at = desk.clock() if document.state == State.DRAFT else document.changed_at
        audit.append(
            session,
            actor=by.username,
            act="places-set",
            object_kind="document",
            object_id=document.id,
            by_hand=", ".join(by_hand),
        )
        over = over_mark(session, document, settled.places)
    return (
        *_covering(tuple(name for name in settled.covering if name not in over)),
        *_adrift(settled.adrift),
        *_off_third(settled.places),
        *mark_concerns(over),
    )


def find_again(desk: Desk, document_id: str, *, by: Actor) -> None:
    """Forget what was placed by hand and take what is found by text.

    Raises:
        WrongState, Forbidden, NotFound: it is not this person's to place, or was changed meanwhile.
    """
    with desk.database.read() as session:
        document = _placeable(at_step(session, by, document_id, State.DRAFT, State.SUBMITTED), by)
        seen, sha256, signatory = document.version, current_rendition(document).sha256, document.signatory_name
        waits = document.state == State.SUBMITTED
    found = places_found(desk, desk.store.get(sha256), signatory)
    absent = keeping.missing(found)
    if waits and absent:
        raise Invalid(
            "Không tìm thấy trên trang: " + "; ".join(keeping.NAMES[name][0] for name in absent) + ". "
            "Văn bản đang chờ ký nên các vị trí đặt bằng tay được giữ nguyên.",
            "Not found on the pages: " + "; ".join(keeping.NAMES[name][1] for name in absent) + ". "
            "The document waits to be signed, so the places set by hand stay.",
        )
    with desk.database.write() as session:
        document = _placeable(at_step(session, by, document_id, State.DRAFT, State.SUBMITTED), by)
        if document.version != seen:
            raise WrongState
        document.places = found
        audit.append(session, actor=by.username, act="places-reset", object_kind="document", object_id=document.id)


def _placeable(document: Document, by: Actor) -> Document:
    if Act.PLACE not in open_acts(by, document):
        raise Forbidden
    return document


def _boxes(chosen: IssuePlaces) -> dict[str, Box]:
    found = {name: getattr(chosen, name) for name in WORDS}
    return {name: box for name, box in found.items() if box is not None}


def _with_seal_of(wanted: IssuePlaces, diameter: float) -> IssuePlaces:
    """With the seal in its real size around the middle that was chosen (II.8a)."""
    box, reach = wanted.organisation_signature, diameter * POINTS_PER_MM / 2
    if box is None:
        return wanted
    across, up = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    left, bottom, right, top = (round(edge, 2) for edge in (across - reach, up - reach, across + reach, up + reach))
    return replace(wanted, organisation_signature=Box(box.page, left, bottom, right, top))


def _require_on_pages(wanted: IssuePlaces, sizes: tuple[PageSize, ...]) -> None:
    for name, box in _boxes(wanted).items():
        if not 0 <= box.page < len(sizes):
            raise _refused(name, "không có trang này", "there is no such page")
        size = sizes[box.page]
        inside = 0 <= box.left < box.right <= size.width and 0 <= box.bottom < box.top <= size.height
        if not inside:
            raise _refused(name, "nằm ngoài trang", "lies outside the page")
    if not wanted.month and not wanted.printed_month:
        raise _refused("month", "chưa có vị trí và cũng không phải đã in sẵn", "has no place and is not printed either")
    for name in keeping.NAMES:
        if name != "month" and getattr(wanted, name) is None:
            raise _refused(name, "chưa có vị trí trên trang", "has no place on the pages")
    if wanted.printed_month is not None and not 1 <= wanted.printed_month <= 12:  # noqa: PLR2004 - months
        raise _refused("month", "tháng in sẵn cần từ 1 đến 12", "the printed month is 1 to 12")
    if wanted.printed_year is not None and not 1900 <= wanted.printed_year <= 2100:  # noqa: PLR2004 - years
        raise _refused("year", "năm in sẵn không đúng", "the printed year is not one")


def _require_sizes(chosen: IssuePlaces, on_line: frozenset[str]) -> None:
    for name, box in _boxes(chosen).items():
        if name in TEXTS:
            size = round(box.height / (ASCENT + DESCENT), 1)
            if name not in on_line and not SMALLEST_TEXT <= size <= LARGEST_TEXT:
                raise _refused(
                    name,
                    f"cỡ chữ {size:g} không phải 13 đến 14 như Nghị định 30/2020 quy định",
                    f"font size {size:g} is not the 13 to 14 of Decree 30/2020",
                )
            if not NARROWEST_TEXT <= box.width <= WIDEST_TEXT:
                raise _refused(name, "quá hẹp hoặc quá rộng", "is too narrow or too wide")
    hand = chosen.personal_signature
    if hand is not None:
        sides = hand.width / POINTS_PER_MM, hand.height / POINTS_PER_MM
        if not all(least <= side <= most for side, least, most in zip(sides, SMALLEST_HAND, LARGEST_HAND, strict=True)):
            raise _refused(
                "personal_signature",
                "cần rộng 10 đến 110 mm, cao 5 đến 70 mm",
                "is 10 to 110 mm wide and 5 to 70 mm high",
            )


def _require_apart(chosen: IssuePlaces) -> None:
    boxes = _boxes(chosen)
    for (name, box), (other_name, other) in combinations(boxes.items(), 2):
        if {name, other_name} == {"personal_signature", "organisation_signature"}:
            if box.page != other.page:
                raise _refused(
                    "organisation_signature", "phải cùng trang với chữ ký", "belongs on the signature's page"
                )
        elif box.page == other.page and _overlap(box, other):
            raise Invalid(
                f"Vị trí {WORDS[name][0]} và {WORDS[other_name][0]} đè lên nhau.",
                f"The places of {WORDS[name][1]} and {WORDS[other_name][1]} lie over each other.",
            )


def _overlap(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    return across > 0.5 and min(one.top, other.top) - max(one.bottom, other.bottom) > 0.5  # noqa: PLR2004 - rounding


def _differ(found: Box | int | None, chosen: Box | int | None) -> bool:
    if not isinstance(found, Box) or not isinstance(chosen, Box):
        return found != chosen
    edges = ((found.left, chosen.left), (found.bottom, chosen.bottom), (found.right, chosen.right))
    return found.page != chosen.page or any(abs(one - other) > 0.3 for one, other in (*edges, (found.top, chosen.top)))  # noqa: PLR2004 - rounding


def _covering(names: tuple[str, ...]) -> tuple[Concern, ...]:
    return tuple(
        Concern(
            "covers-text",
            f"Vị trí {WORDS[name][0]} nằm trên chữ đã in. Hãy xem lại.",
            f"The place of {WORDS[name][1]} lies over printed text. Look at it again.",
        )
        for name in names
    )


def mark_concerns(names: tuple[str, ...]) -> tuple[Concern, ...]:
    """What to say of places that lie over the mark of the public check."""
    return tuple(
        Concern(
            "covers-check-mark",
            f"Vị trí {WORDS[name][0]} nằm trên mã QR kiểm tra: bản in sẽ không quét được mã. Hãy dời đi chỗ khác.",
            f"The place of {WORDS[name][1]} lies over the QR code for checking: on paper the code cannot be read. "
            "Move it elsewhere.",
        )
        for name in names
    )


def _adrift(names: tuple[str, ...]) -> tuple[Concern, ...]:
    return tuple(
        Concern(
            "on-no-line",
            f"Vị trí {WORDS[name][0]} không nằm trên dòng chữ in nào. Hãy xem lại.",
            f"The place of {WORDS[name][1]} is on no printed line. Look at it again.",
        )
        for name in names
    )


def _off_third(chosen: IssuePlaces) -> tuple[Concern, ...]:
    hand, seal = chosen.personal_signature, chosen.organisation_signature
    if hand is None or seal is None:
        return ()
    share = (seal.right - hand.left) / hand.width
    if _THIRD[0] <= share <= _THIRD[1] and _overlap(hand, seal):
        return ()
    return (
        Concern(
            "seal-off-signature",
            "Con dấu không trùm lên khoảng 1/3 chữ ký về bên trái như Nghị định 30/2020 quy định.",
            "The seal does not cover about a third of the signature at its left, as Decree 30/2020 asks.",
        ),
    )


def _refused(name: str, vi: str, en: str) -> Invalid:
    words: Mapping[str, tuple[str, str]] = WORDS
    return Invalid(f"Vị trí {words[name][0]}: {vi}.", f"The place of {words[name][1]}: {en}.")
