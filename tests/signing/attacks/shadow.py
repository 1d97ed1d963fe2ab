"""Shadow attacks: what will be shown later lies in the file already when it is signed."""

from __future__ import annotations

import re

from tests.signing.attacks import laid
from tests.signing.attacks.case import OPEN, appended, attack, body
from tests.signing.attacks.laid import appearance, prepared_and_signed, stream, widget

EMPTY_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 1 1]"


def _then(objects: dict[int, bytes], root: int | None = None) -> bytes:
    return appended(prepared_and_signed(), objects, root=root)


# --- hide: what covers the other words goes away


@attack("shadow-hide")
def cover_emptied() -> bytes:
    return _then({laid.COVER: stream(b"", EMPTY_FORM)})


@attack("shadow-hide")
def cover_made_null() -> bytes:
    return _then({laid.COVER: b"null"})


@attack("shadow-hide")
def cover_freed() -> bytes:
    content = _then({})
    table = content.rindex(b"xref\n", 0, content.rindex(b"startxref")) + len(b"xref\n")
    return content[:table] + b"%d 1\n0000000000 00001 f \n" % laid.COVER + content[table:]


@attack("shadow-hide")
def cover_is_another_kind() -> bytes:
    """The entry of the table stays a stream, but no longer one that is painted."""
    return _then({laid.COVER: stream(b"", b"/Type /XObject /Subtype /None")})


# --- replace: other glyphs, another look of a field, another value


@attack("shadow-replace")
def font_replaced() -> bytes:
    return _then({laid.FONT: b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>"})


@attack("shadow-replace")
def font_of_other_glyphs() -> bytes:
    changed = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /Differences [49 /nine] >> >>"
    return _then({laid.FONT: changed})


@attack("shadow-replace", OPEN)
def look_of_a_field_replaced() -> bytes:
    """Its value stays, so that the form seems unchanged."""
    return _then({laid.LOOK: appearance(b"/Tx BMC BT /F1 12 Tf 2 5 Td (95) Tj ET EMC", 100, 20)})


@attack("shadow-replace", OPEN)
def value_of_a_filled_field_replaced() -> bytes:
    fresh = 50
    look = appearance(b"/Tx BMC BT /F1 12 Tf 2 5 Td (95) Tj ET EMC", 100, 20)
    return _then({laid.FIELD: widget(fresh, b"(95)"), fresh: look})


@attack("shadow-replace", OPEN)
def value_stays_and_the_look_leads_elsewhere() -> bytes:
    fresh = 50
    return _then({laid.FIELD: widget(fresh), fresh: appearance(b"BT /F1 12 Tf 2 5 Td (95) Tj ET", 100, 20)})


@attack("shadow-replace")
def overlay_in_a_field() -> bytes:
    """The field grows over the page."""
    fresh, look = 50, appearance(b"1 g 0 0 300 60 re f 0 g BT /F1 12 Tf 2 20 Td (Chi 900 trieu dong) Tj ET")
    return _then({laid.FIELD: widget(fresh, rect=b"[80 680 380 740]"), fresh: look})


# --- hide and replace: another document that lies in the file takes the place


@attack("shadow-hide-and-replace")
def other_page_tree() -> bytes:
    changed = body(prepared_and_signed(), laid.CATALOG).replace(b"/Pages 2 0 R", b"/Pages 11 0 R")
    return _then({laid.CATALOG: changed})


@attack("shadow-hide-and-replace")
def other_catalogue() -> bytes:
    content = prepared_and_signed()
    form = re.findall(rb"/AcroForm (\d+ 0 R)", content)[-1]
    return _then({50: b"<< /Type /Catalog /Pages 11 0 R /AcroForm %s >>" % form}, root=50)


@attack("shadow-hide-and-replace")
def page_leads_to_other_content() -> bytes:
    changed = body(prepared_and_signed(), laid.PAGE).replace(b"/Contents 4 0 R", b"/Contents 10 0 R")
    return _then({laid.PAGE: changed})


@attack("shadow-hide-and-replace")
def page_tree_leads_to_the_other_page() -> bytes:
    return _then({laid.PAGES: b"<< /Type /Pages /Kids [12 0 R] /Count 1 >>"})


@attack("shadow-hide-and-replace")
def object_number_leads_to_another_object() -> bytes:
    """No new object at all: the table gives the page's number the place of the other page."""
    content = prepared_and_signed()
    other = content.index(b"12 0 obj")
    added = _then({})
    table = added.rindex(b"xref\n", 0, added.rindex(b"startxref")) + len(b"xref\n")
    return added[:table] + b"%d 1\n%010d 00000 n \n" % (laid.PAGE, other) + added[table:]
