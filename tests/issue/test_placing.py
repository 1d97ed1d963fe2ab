"""Places set by hand: what may be moved, by whom, and that the issued file has everything there."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pypdf
import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from docsvc.errors import Forbidden, Invalid, NotFound
from docsvc.issue import drafting, places, steps
from docsvc.issue.errors import PlacesMissing
from docsvc.issue.placing import find_again, place
from docsvc.records.errors import WrongState
from docsvc.records.seal_sizes import set_seal_mm
from docsvc.records.terms import State
from signing.places import Box, IssuePlaces
from tests.issue.acting import acts, issue, sign, state
from tests.office import COMMUNE, PASSPHRASE, Office, draft_file
from tests.signing.layouts import Layout, laid


def scan() -> bytes:
    """A page that is one picture: nothing on it can be read."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(595, 842), invariant=True)
    canvas.drawImage(ImageReader(Image.new("L", (60, 84), 235)), 0, 0, 595, 842)
    canvas.save()
    return written.getvalue()


@pytest.mark.parametrize(
    "layout", [Layout(turn=90, origin=(10, -5)), Layout(turn=270, cut=20), Layout(origin=(-40, 7))]
)
def test_pages_that_lie_otherwise_are_issued_like_others(embedded: Office, layout: Layout) -> None:
    content = laid(draft_file(year=embedded.today.year), layout)
    document_id = embedded.issued(content=content)
    assert state(embedded, document_id) == State.ISSUED
    assert len(embedded.document(document_id).signatures) == 2, "both verified strictly"


BY_HAND = IssuePlaces(
    number=Box(0, 120, 720, 160, 734.4),
    day=Box(0, 380, 720, 402, 734.4, italic=True),
    month=Box(0, 440, 720, 460, 734.4, italic=True),
    personal_signature=Box(0, 340, 400, 490, 470),
    printed_year=2026,
)


def kept(office: Office, document_id: str) -> IssuePlaces:
    return places.from_json(office.document(document_id).places)


def widgets(office: Office, document_id: str) -> dict[str, list[float]]:
    """Fields of the newest file and where they lie."""
    content = office.service.store.get(office.document(document_id).renditions[-1].sha256)
    annotations: Any = [page.get("/Annots", []) for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    return {str(one["/T"]): [float(edge) for edge in one["/Rect"]] for page in annotations for one in page}


def test_a_scan_is_placed_by_hand_and_issued(embedded: Office) -> None:
    drafter = embedded.actor("drafter")
    document_id = embedded.draft(content=scan())
    with pytest.raises(PlacesMissing, match="by hand"):
        drafting.submit(embedded.desk, document_id, by=drafter)
    year = replace(BY_HAND, printed_year=embedded.today.year)
    assert place(embedded.desk, document_id, year, by=drafter) == ()
    drafting.submit(embedded.desk, document_id, by=drafter)
    sign(embedded, document_id)
    assert issue(embedded, document_id) == "01/QĐ-UBND"
    found = widgets(embedded, document_id)
    assert found["number"] == pytest.approx([120, 720, 160, 734.4], abs=0.01)
    hand = found["personal_signature"]
    assert 340 <= hand[0] < hand[2] <= 490
    assert 400 <= hand[1] < hand[3] <= 470
    assert ("drafter", "places-set") in acts(embedded, document_id)


def test_number_and_date_settle_on_the_printed_line(embedded: Office) -> None:
    document_id = embedded.draft()
    found = kept(embedded, document_id)
    assert found.number
    moved = replace(
        found.number,
        left=found.number.left + 8,
        right=found.number.right + 8,
        bottom=found.number.bottom + 3,
        top=found.number.top + 3.4,
    )
    concerns = place(embedded.desk, document_id, replace(found, number=moved), by=embedded.actor("drafter"))
    assert [concern.code for concern in concerns] == ["covers-text"], "it was pushed into the symbol"
    now = kept(embedded, document_id).number
    assert now
    assert (now.bottom, now.top) == (found.number.bottom, found.number.top)
    assert now.left == pytest.approx(found.number.left + 8)


def test_the_leader_moves_signature_and_seal_and_the_file_has_them_there(embedded: Office) -> None:
    document_id = embedded.submitted()
    found = kept(embedded, document_id)
    hand = found.personal_signature
    assert hand
    chosen = replace(
        found,
        personal_signature=replace(hand, left=hand.left - 20, right=hand.right - 20),
        organisation_signature=Box(0, 300, hand.bottom + 20, 330, hand.bottom + 50),
    )
    assert place(embedded.desk, document_id, chosen, by=embedded.actor("leader")) == ()
    sign(embedded, document_id)
    issue(embedded, document_id)
    seal = widgets(embedded, document_id)["organisation_signature"]
    middle = (seal[0] + seal[2]) / 2, (seal[1] + seal[3]) / 2
    assert middle == pytest.approx((315, hand.bottom + 35), abs=0.1)
    assert seal[2] - seal[0] == pytest.approx(36 / 25.4 * 72, abs=0.1), "in its real size, whatever was drawn"


def test_a_seal_of_another_size_has_its_room(embedded: Office) -> None:
    with embedded.service.database.write() as session:
        from docsvc.db.people import Unit  # noqa: PLC0415 - used here alone

        set_seal_mm(session, session.get_one(Unit, embedded.units[COMMUNE]), 42, by=embedded.actor("administrator"))
    document_id = embedded.issued()
    seal = widgets(embedded, document_id)["organisation_signature"]
    assert seal[2] - seal[0] == pytest.approx(42 / 25.4 * 72, abs=0.1)


def test_what_was_placed_outlives_new_facts_and_goes_with_a_new_file(embedded: Office) -> None:
    drafter = embedded.actor("drafter")
    document_id = embedded.draft()
    found = kept(embedded, document_id)
    hand = found.personal_signature
    assert hand
    lower = replace(hand, bottom=hand.bottom + 4, top=hand.top + 4)
    place(embedded.desk, document_id, replace(found, personal_signature=lower), by=drafter)
    drafting.revise_draft(embedded.desk, document_id, embedded.form("Về việc khác"), None, by=drafter)
    assert kept(embedded, document_id).personal_signature == lower
    drafting.revise_draft(
        embedded.desk, document_id, embedded.form(), draft_file("Bản mới", embedded.today.year), by=drafter
    )
    assert kept(embedded, document_id).personal_signature != lower


def test_found_again_forgets_the_hand(embedded: Office) -> None:
    document_id = embedded.submitted()
    found, leader = kept(embedded, document_id), embedded.actor("leader")
    assert found.personal_signature
    moved = replace(found.personal_signature, bottom=found.personal_signature.bottom - 9)
    place(embedded.desk, document_id, replace(found, personal_signature=moved), by=leader)
    assert kept(embedded, document_id) != found
    find_again(embedded.desk, document_id, by=leader)
    assert kept(embedded, document_id) == found
    assert acts(embedded, document_id)[-1] == ("leader", "places-reset")


def test_a_scan_that_waits_never_loses_the_places_it_has(embedded: Office) -> None:
    document_id = embedded.draft(content=scan())
    place(embedded.desk, document_id, BY_HAND, by=embedded.actor("drafter"))
    drafting.submit(embedded.desk, document_id, by=embedded.actor("drafter"))
    with pytest.raises(Invalid, match="by hand stay"):
        find_again(embedded.desk, document_id, by=embedded.actor("leader"))
    assert kept(embedded, document_id).number is not None


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "outside the page": ({"number": Box(0, -5, 720, 30, 734.4)}, "outside the page"),
    "turned over": ({"number": Box(0, 160, 720, 120, 734.4)}, "outside the page"),
    "no such page": ({"day": Box(3, 380, 720, 402, 734.4)}, "no such page"),
    "tiny letters": ({"number": Box(0, 120, 720, 160, 726)}, "font size"),
    "huge letters": ({"number": Box(0, 120, 700, 160, 734.4)}, "font size"),
    "over each other": ({"day": Box(0, 140, 720, 170, 734.4)}, "over each other"),
    "number on the signature": ({"personal_signature": Box(0, 100, 690, 250, 760)}, "over each other"),
    "a signature like a poster": ({"personal_signature": Box(0, 40, 300, 590, 620)}, "10 to 110 mm wide"),
    "the seal elsewhere": ({"organisation_signature": Box(0, 0, 0, 9, 9)}, "outside the page"),
    "no signature": ({"personal_signature": None}, "has no place"),
    "no month": ({"month": None}, "not printed either"),
    "a thirteenth month": ({"month": None, "printed_month": 13}, "is 1 to 12"),
}


def test_nonsense_is_refused_and_changes_nothing(embedded: Office) -> None:
    document_id = embedded.draft(content=scan())
    before = embedded.document(document_id).version
    for name, (change, words) in WRONG.items():
        with pytest.raises(Invalid, match=words):
            place(embedded.desk, document_id, replace(BY_HAND, **change), by=embedded.actor("drafter"))
        assert embedded.document(document_id).version == before, name


def test_a_seal_beside_the_signature_is_told_but_not_refused(embedded: Office) -> None:
    document_id = embedded.draft(content=scan())
    beside = replace(BY_HAND, organisation_signature=Box(0, 100, 410, 190, 460))
    concerns = place(embedded.desk, document_id, beside, by=embedded.actor("drafter"))
    assert [concern.code for concern in concerns] == ["seal-off-signature"]


def test_only_those_whose_turn_it_is_may_place(embedded: Office) -> None:
    document_id = embedded.draft()
    found = kept(embedded, document_id)

    def may(username: str) -> type[Exception] | None:
        try:
            place(embedded.desk, document_id, found, by=embedded.actor(username))
        except (Forbidden, NotFound, WrongState) as error:
            return type(error)
        return None

    people = ("drafter", "leader", "deputy", "clerk", "outsider")
    assert {name: may(name) for name in people} == {
        "drafter": None,
        **dict.fromkeys(("leader", "deputy", "clerk", "outsider"), NotFound),
    }
    drafting.submit(embedded.desk, document_id, by=embedded.actor("drafter"))
    assert (may("drafter"), may("leader")) == (Forbidden, None)
    steps.sign(embedded.desk, document_id, PASSPHRASE, by=embedded.actor("leader"))
    assert may("leader") is WrongState
    assert state(embedded, document_id) == State.SIGNED
