"""Files written by hand with everything a shadow needs, so that their objects have known numbers."""

from __future__ import annotations

import functools

from tests.signing.attacks.case import person
from tests.signing.authority import sign
from tests.signing.hostile import assembled

CATALOG, PAGES, PAGE, CONTENT, FONT, FORM, FIELD, LOOK, COVER = range(1, 10)
TRUE_WORDS = b"BT /F1 12 Tf 85 700 Td (Chi 100 trieu dong) Tj ET"
FALSE_WORDS = b"BT /F1 12 Tf 85 700 Td (Chi 900 trieu dong) Tj ET"


def stream(written: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(written), written)


def appearance(written: bytes, width: int = 300, height: int = 60) -> bytes:
    """A form XObject of this size."""
    box = b"/Type /XObject /Subtype /Form /BBox [0 0 %d %d] /Resources << /Font << /F1 5 0 R >> >>" % (width, height)
    return stream(written, box)


def widget(number_of_look: int, value: bytes = b"(05)", rect: bytes = b"[85 740 185 760]") -> bytes:
    return (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (number) /TU (So) /Rect %s /F 4 /P 3 0 R "
        b"/DA (/F1 12 Tf 0 g) /V %s /AP << /N %d 0 R >> >>" % (rect, value, number_of_look)
    )


@functools.cache
def prepared() -> bytes:
    """A page whose words lie over others, under a cover; a filled field; a second page tree that nothing leads to."""
    white = b"1 g 80 690 300 30 re f 0 g " + TRUE_WORDS
    resources = b"/Resources << /Font << /F1 5 0 R >> >>"
    page = b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %d 0 R %s >>"
    covered = b"/Annots [7 0 R] /Resources << /Font << /F1 5 0 R >> /XObject << /Cover 9 0 R >> >>"
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            page % (2, 4, covered),
            stream(FALSE_WORDS + b" /Cover Do"),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Fields [7 0 R] /DR << /Font << /F1 5 0 R >> >> /DA (/F1 12 Tf 0 g) >>",
            widget(8),
            appearance(b"/Tx BMC BT /F1 12 Tf 2 5 Td (05) Tj ET EMC", 100, 20),
            stream(
                white,
                b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >>",
            ),
            stream(FALSE_WORDS),
            b"<< /Type /Pages /Kids [12 0 R] /Count 1 >>",
            page % (11, 10, resources),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>",
        ]
    )


@functools.cache
def prepared_and_signed() -> bytes:
    return sign(prepared(), person())
