"""An organisation's signature in the top right corner of a first page, in words alone. Runs in the sandbox.

That is how annexes in files of their own and electronic copies are signed (NĐ 30, appendix I, part I, III.1 and
part II, I.3): no picture; Times, upright, 10 pt, black.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.general import SigningError as PyhankoSigningError
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1

from signing import _form
from signing._letters import Letters, embedded
from signing._pdfium import opened_pdf
from signing._prepare import DIGEST, Prepared, Request, _digested, _require_unsigned, opened
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
_QUARTERS = {
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}
"""Matrices that turn an appearance so that it stands upright on a page shown turned by as much."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The first page as it is shown: its visible box in its own coordinates, and how it is turned."""

    left: float
    bottom: float
    right: float
    top: float
    turned: int
    """0, 90, 180 or 270 degrees clockwise."""

    @property
    def width(self) -> float:
        """As shown."""
        return self.top - self.bottom if self.turned in (90, 270) else self.right - self.left

    @property
    def height(self) -> float:
        """As shown."""
        return self.right - self.left if self.turned in (90, 270) else self.top - self.bottom

    def own(self, shown: _form.Rectangle) -> _form.Rectangle:
        """A rectangle measured from the lower left corner as shown, in the page's own coordinates."""
        if self.turned == 0:
            return _form.Rectangle(
                self.left + shown.left, self.bottom + shown.bottom, self.left + shown.right, self.bottom + shown.top
            )
        if self.turned == 90:  # noqa: PLR2004 - degrees
            return _form.Rectangle(
                self.right - shown.top, self.bottom + shown.left, self.right - shown.bottom, self.bottom + shown.right
            )
        if self.turned == 180:  # noqa: PLR2004 - degrees
            return _form.Rectangle(
                self.right - shown.right, self.top - shown.top, self.right - shown.left, self.top - shown.bottom
            )
        return _form.Rectangle(
            self.left + shown.bottom, self.top - shown.right, self.left + shown.top, self.top - shown.left
        )


def prepare_corner(content: bytes, lines: tuple[str, ...], letters: Letters, request: Request) -> Prepared:
    """Add the signature's field with its words and open the signature, which locks the document.

    Raises:
        AlreadySigned, EncryptedPdf, UnreadablePdf
    """
    look = _looked_at(content)
    with opened(content) as writer:
        _require_unsigned(writer)
        sheet = _first_sheet(writer)
        widest = max(sheet.width * _WIDEST_SHARE, _LEAST_WIDTH)
        words = [line for text in lines for line in letters.wrapped(text, SIZE, widest)]
        width = max(letters.width(line, SIZE) for line in words) + 2
        height = _LEADING * len(words) + 1
        shown = _free(look, sheet, width, height)
        rectangle = sheet.own(shown)
        append_signature_field(
            writer,
            SigFieldSpec(
                sig_field_name=_form.ORGANISATION,
                on_page=0,
                box=rectangle.as_tuple(),
                empty_field_appearance=False,
                readable_field_name=_form.LABELS[_form.ORGANISATION],
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
                doc_mdp_update_value=MDPPerm.NO_CHANGES,
            ),
        )
        field = _form.field_named(writer, _form.ORGANISATION)
        assert field is not None  # noqa: S101 - added above
        _show_words(writer, field, words, letters, rectangle, sheet.turned)
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
        _first_sheet(writer)
    return pages


def _first_sheet(writer: IncrementalPdfFileWriter) -> _Sheet:
    page: Any = writer.find_page_for_modification(0)[0].get_object()
    media = _box(inherited(page, "/MediaBox")) or (0.0, 0.0, 595.0, 842.0)
    crop = _box(inherited(page, "/CropBox")) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    if right - left < _LEAST_WIDTH or top - bottom < _LEAST_WIDTH:
        raise PyhankoSigningError("the first page has no room for a signature")
    turned = inherited(page, "/Rotate")
    return _Sheet(left, bottom, right, top, int(turned) % 360 // 90 * 90 if turned is not None else 0)


def inherited(page: Any, key: str) -> Any:
    """A page's own entry, or the one of the nearest node above (ISO 32000-2, 7.7.3.4)."""
    for _ in range(64):
        if key in page:
            return page[key]
        if "/Parent" not in page:
            return None
        page = page["/Parent"]
    return None


def _box(entry: Any) -> tuple[float, float, float, float] | None:
    if entry is None or len(entry) != 4:  # noqa: PLR2004 - edges
        return None
    one, two, three, four = (float(edge) for edge in entry)
    return min(one, three), min(two, four), max(one, three), max(two, four)


def _looked_at(content: bytes) -> Image.Image:
    """The first page as a small grey picture."""
    with opened_pdf(content) as document:
        document.init_forms()
        page = document[0]
        scale = min(1.0, _LOOKED_AT_PIXELS / max(page.get_size()))
        picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
        return picture.convert("L")


def _free(look: Image.Image, sheet: _Sheet, width: float, height: float) -> _form.Rectangle:
    """The corner itself; further left where something stands in it already, as a copy's own signature does."""
    top = sheet.height - _TOP_MARGIN
    across = look.width / sheet.width
    best: tuple[int, _form.Rectangle] | None = None
    left = corner = sheet.width - _SIDE_MARGIN - width
    while best is None or (best[0] and left >= min(_SIDE_MARGIN, corner)):
        tried = _form.Rectangle(left, top - height, left + width, top)
        edges = (tried.left, sheet.height - tried.top, tried.right, sheet.height - tried.bottom)
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
    rectangle: _form.Rectangle,
    turned: int,
) -> None:
    entry = field.get_object()
    entry[pdf_name("/Rect")] = generic.ArrayObject(
        generic.FloatObject(round(edge, 2))
        for edge in (rectangle.left, rectangle.bottom, rectangle.right, rectangle.top)
    )
    across, up = rectangle.right - rectangle.left, rectangle.top - rectangle.bottom
    width, height = (up, across) if turned in (90, 270) else (across, up)
    font = embedded(writer, letters, "".join(words))
    first = height - 0.5 - (_LEADING - (ASCENT + DESCENT) * SIZE) / 2 - ASCENT * SIZE
    drawn = [b"q BT 0 g /Letters %.1f Tf %.2f TL 1 %.3f Td" % (SIZE, _LEADING, first)]
    for place, line in enumerate(words):
        drawn.append((b"T* " if place else b"") + letters.encoded(line) + b" Tj")
    drawn.append(b"ET Q")
    appearance = _form._form_object(  # noqa: SLF001 - one package
        b"\n".join(drawn),
        width,
        height,
        {"/Font": generic.DictionaryObject({pdf_name("/Letters"): font})},
    )
    if turned in _QUARTERS:
        matrix = (*_QUARTERS[turned], 0, 0)
        appearance[pdf_name("/Matrix")] = generic.ArrayObject(generic.NumberObject(part) for part in matrix)
    entry["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.mark_update(field.reference)
