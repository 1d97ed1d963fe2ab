"""An organisation's signature in the top right corner of a first page, in words alone. Runs in the sandbox.

That is how annexes in files of their own and electronic copies are signed (NĐ 30, appendix I, part I, III.1 and
part II, I.3): no picture; Times, upright, 10 pt, black.
"""

from __future__ import annotations

from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1

from signing import _form
from signing._frames import Frame, frames_of
from signing._letters import Letters, embedded
from signing._pdfium import opened_pdf
from signing._prepare import DIGEST, Prepared, Request, _digested, _require_unsigned, added_signature_field, opened
from signing.errors import UnreadablePdf
from signing.places import ASCENT, DESCENT

SIZE = 10.0
_LEADING = 11.5
_TOP_MARGIN, _SIDE_MARGIN = 12.0, 28.0
"""From the paper's edges. Above the decree's text area, which begins 20 mm below the upper edge."""
_WIDEST_SHARE = 0.45
"""Of the page's width, for words that are long; the least is room for a signing time."""
_LEAST_WIDTH = 130.0
_GAP = 10.0
_DARK = 160
_LOOKED_AT_PIXELS = 1600


def prepare_corner(content: bytes, lines: tuple[str, ...], letters: Letters, request: Request) -> Prepared:
    """Add the signature's field with its words and open the signature, which locks the document.

    Raises:
        AlreadySigned, EncryptedPdf, UnreadablePdf
    """
    look, frame = _looked_at(content), _frame(content)
    with opened(content) as writer:
        _require_unsigned(writer)
        widest = max(frame.size[0] * _WIDEST_SHARE, _LEAST_WIDTH)
        words = [line for text in lines for line in letters.wrapped(text, SIZE, widest)]
        width = max(letters.width(line, SIZE) for line in words) + 2
        height = _LEADING * len(words) + 1
        corner = _free(look, frame, width, height)
        field = added_signature_field(
            writer,
            _form.ORGANISATION,
            0,
            corner,
            frame,
            field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
            doc_mdp_update_value=MDPPerm.NO_CHANGES,
        )
        _show_words(writer, field, words, letters, corner, frame)
        writer.register_extension(ESIC_EXTENSION_1)
        setup = cms_embedder.SigMDPSetup(DIGEST, certify=True, docmdp_perms=MDPPerm.NO_CHANGES)
        return _digested(writer, _form.ORGANISATION, setup, request)


def require_signable(content: bytes) -> int:
    """How many pages a file has that can be signed in its corner.

    Raises:
        AlreadySigned, EncryptedPdf, UnreadablePdf
    """
    with opened_pdf(content) as document:
        pages = len(document)
    with opened(content) as writer:
        _require_unsigned(writer)
    _frame(content)
    return pages


def _frame(content: bytes) -> Frame:
    frame = frames_of(content, {0})[0]
    if min(frame.size) < _LEAST_WIDTH:
        raise UnreadablePdf("the first page has no room for a signature")
    return frame


def _looked_at(content: bytes) -> Image.Image:
    """The first page as a small grey picture."""
    with opened_pdf(content) as document:
        document.init_forms()
        page = document[0]
        scale = min(1.0, _LOOKED_AT_PIXELS / max(page.get_size()))
        picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
        return picture.convert("L")


def _free(look: Image.Image, frame: Frame, width: float, height: float) -> _form.Rectangle:
    """The corner itself; further left where something stands in it already, as a copy's own signature does."""
    page_width, page_height = frame.size
    top = page_height - _TOP_MARGIN
    across = look.width / page_width
    best: tuple[int, _form.Rectangle] | None = None
    left = corner = page_width - _SIDE_MARGIN - width
    while best is None or (best[0] and left >= min(_SIDE_MARGIN, corner)):
        tried = _form.Rectangle(left, top - height, left + width, top)
        edges = (tried.left, page_height - tried.top, tried.right, page_height - tried.bottom)
        dark = sum(look.crop(tuple(round(edge * across) for edge in edges)).histogram()[:_DARK])  # type: ignore[arg-type]
        if best is None or dark < best[0]:
            best = (dark, tried)
        left -= _GAP
    return best[1]


def _show_words(
    writer: IncrementalPdfFileWriter,
    field: generic.IndirectObject,
    words: list[str],
    letters: Letters,
    corner: _form.Rectangle,
    frame: Frame,
) -> None:
    width, height = corner.right - corner.left, corner.top - corner.bottom
    font = embedded(writer, letters, "".join(words))
    first = height - 0.5 - (_LEADING - (ASCENT + DESCENT) * SIZE) / 2 - ASCENT * SIZE
    drawn = [b"q BT 0 g /Letters %.1f Tf %.2f TL 1 %.3f Td" % (SIZE, _LEADING, first)]
    for place, line in enumerate(words):
        drawn.append((b"T* " if place else b"") + letters.encoded(line) + b" Tj")
    drawn.append(b"ET Q")
    fonts = {"/Font": generic.DictionaryObject({pdf_name("/Letters"): font})}
    appearance = _form.drawing(b"\n".join(drawn), width, height, frame.turn, fonts)
    entry = field.get_object()
    entry[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.mark_update(field.reference)
