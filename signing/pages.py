"""Pages of an untrusted PDF: their text, their sizes, a picture of one. All of it is read in the sandbox."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pypdfium2
from PIL import Image

from signing._pdfium import opened_pdf
from signing.errors import TooLarge, UnreadablePdf
from signing.sandbox import Limits, run
from signing.texts import MOST_PAGES, read_text

_WIDEST_PIXELS = 4000
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class PageSize:
    """Width and height of a page as shown, in points (1/72 inch)."""

    width: float
    height: float


def extract_text(content: bytes, *, limits: Limits) -> tuple[str, ...]:
    """The text of each page, in Unicode normal form C.

    Raises:
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return tuple(page.text for page in read_text(content, limits=limits))


def page_sizes(content: bytes, *, limits: Limits) -> tuple[PageSize, ...]:
    """The size of each page.

    Raises:
        EncryptedPdf, UnreadablePdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return run(_sizes, content, limits=limits)


def render_page(content: bytes, page_index: int, *, width_px: int, limits: Limits) -> bytes:
    """A page as PNG, fields and signatures drawn, ``width_px`` wide or, were it too large a picture, less.

    Raises:
        UnreadablePdf: damaged, or there is no such page.
        EncryptedPdf, TooLarge, TimedOut, OutOfMemory, Crashed
    """
    return run(_rendered, content, page_index, width_px, limits=limits)


def _sizes(content: bytes) -> tuple[PageSize, ...]:
    with opened_pdf(content) as document:
        _require_few(len(document))
        return tuple(PageSize(*document.get_page_size(index)) for index in range(len(document)))


def _rendered(content: bytes, page_index: int, width_px: int) -> bytes:
    kept = io.BytesIO()
    drawn_page(content, page_index, width_px).save(kept, "PNG", compress_level=4)
    return kept.getvalue()


def drawn_page(content: bytes, page_index: int, width_px: int, most_pixels: int = _MOST_PIXELS) -> Image.Image:
    """A page as an RGB picture; runs in the sandbox, raises as :func:`render_page` does."""
    with opened_pdf(content) as document:
        if not 0 <= page_index < len(document):
            raise UnreadablePdf(f"no page {page_index}")
        page = _with_forms(document, page_index)
        width, height = (max(side, 1.0) for side in page.get_size())
        scale = min(max(width_px, 1), _WIDEST_PIXELS) / width
        scale = min(scale, (most_pixels / (width * height)) ** 0.5)
        picture: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
        return picture.convert("RGB")


def _with_forms(document: pypdfium2.PdfDocument, page_index: int) -> Any:
    """The page, fields drawn into it in memory only.

    Drawn over it instead, their text would get coloured edges, as some screens want them.
    """
    document.init_forms()
    page: Any = document[page_index]
    if page.formenv:
        # What the page inherits from the tree of pages is overlooked when fields are drawn into it.
        shown, turn = page.get_bbox(), page.get_rotation()
        page.set_mediabox(*shown)
        page.set_cropbox(*shown)
        page.set_rotation(turn)
        page.flatten()
        page.close()
        page = document[page_index]
    return page


def _require_few(pages: int) -> None:
    if pages == 0:
        raise UnreadablePdf("no pages")
    if pages > MOST_PAGES:
        raise TooLarge(f"{pages} pages")
