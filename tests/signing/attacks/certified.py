"""Attacks on certified files: an annotation over the page, and a signature that shows other words (P = 2 and 3)."""

from __future__ import annotations

import functools
import re

from pyhanko.sign.fields import MDPPerm, SigFieldSpec
from pyhanko.stamp import TextStampStyle

from tests.signing.attacks import laid
from tests.signing.attacks.case import BROKEN, appended, attack, body, office, person
from tests.signing.attacks.laid import appearance, prepared
from tests.signing.authority import certify, sign

FILLING, ANNOTATING = MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE
WHITE_WORDS = b"1 g 0 0 300 60 re f 0 g BT /F1 12 Tf 5 20 Td (Chi 900 trieu dong) Tj ET"


@functools.cache
def certified(permitted: MDPPerm) -> bytes:
    return certify(prepared(), person(), permitted)


def _annotated(content: bytes, annotation: bytes) -> bytes:
    """With an annotation over the words of the page, and its look."""
    page = body(content, laid.PAGE)
    annotations = re.search(rb"/Annots \[(.*?)\]", page, re.DOTALL)
    assert annotations is not None
    changed = page[: annotations.end() - 1] + b" 60 0 R" + page[annotations.end() - 1 :]
    written = b"<< /Type /Annot /Rect [80 680 380 740] /F 4 /P 3 0 R /AP << /N 61 0 R >> %s >>" % annotation
    return appended(content, {laid.PAGE: changed, 60: written, 61: appearance(WHITE_WORDS)})


KINDS = {
    "free_text": b"/Subtype /FreeText /Contents (Chi 900 trieu dong) /DA (/F1 12 Tf 0 g)",
    "stamp": b"/Subtype /Stamp /Name /Approved",
    "redact": b"/Subtype /Redact /IC [1 1 1]",
    "square": b"/Subtype /Square /IC [1 1 1] /C [1 1 1]",
    "ink": b"/Subtype /Ink /InkList [[80 680 380 740]]",
    "line": b"/Subtype /Line /L [80 700 380 700]",
    "highlight": b"/Subtype /Highlight /QuadPoints [80 740 380 740 80 680 380 680]",
    "screen": b"/Subtype /Screen",
    "watermark": b"/Subtype /Watermark",
    "unknown": b"/Subtype /Whatever",
}


@attack("evil-annotation", BROKEN, **KINDS)
def annotation_where_filling_is_allowed(annotation: bytes) -> bytes:
    return _annotated(certified(FILLING), annotation)


@attack("evil-annotation", BROKEN, **KINDS)
def annotation_where_annotating_is_allowed(annotation: bytes) -> bytes:
    return _annotated(certified(ANNOTATING), annotation)


@attack("evil-annotation", BROKEN, nothing=MDPPerm.NO_CHANGES)
def annotation_where_nothing_is_allowed(permitted: MDPPerm) -> bytes:
    return _annotated(certified(permitted), KINDS["free_text"])


@attack("evil-annotation", BROKEN)
def annotation_on_a_file_that_is_not_certified() -> bytes:
    return _annotated(laid.prepared_and_signed(), KINDS["free_text"])


def _sneaky(content: bytes, box: tuple[int, int, int, int]) -> bytes:
    """Signed once more, in a new field at this place, whose look is other words."""
    style = TextStampStyle(stamp_text="Chi 900 trieu dong", background=None, border_width=0)
    return sign(content, office(), field_name="Sig2", new_field=SigFieldSpec("Sig2", box=box), style=style)


@attack("sneaky-signature", BROKEN, filling=FILLING, annotating=ANNOTATING)
def signature_over_the_words(permitted: MDPPerm) -> bytes:
    return _sneaky(certified(permitted), (80, 680, 380, 740))


@attack("sneaky-signature", BROKEN)
def signature_over_the_whole_page() -> bytes:
    return _sneaky(certified(FILLING), (0, 0, 595, 842))


@attack("sneaky-signature", BROKEN)
def empty_field_over_the_words() -> bytes:
    """A field that nobody signs, with a look."""
    content = certified(FILLING)
    page, form = body(content, laid.PAGE), body(content, laid.FORM)
    annots, fields = page.index(b"/Annots [") + 9, form.index(b"/Fields [") + 9
    seen = b"/Rect [80 680 380 740] /F 4 /P 3 0 R /AP << /N 61 0 R >>"
    field = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Sig9) %s >>" % seen
    return appended(
        content,
        {
            laid.PAGE: page[:annots] + b"60 0 R " + page[annots:],
            laid.FORM: form[:fields] + b"60 0 R " + form[fields:],
            60: field,
            61: appearance(WHITE_WORDS),
        },
    )
