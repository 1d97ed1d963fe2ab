"""Pages of a document taken over into a new file, as they look. Runs in the sandbox.

A file that a signature has locked takes no further one (ISO 32000-2, 12.8.2.2): a copy is therefore a file of its
own. Fields and signatures become part of the page's drawing; scripts, attachments, links and everything else that
is not seen stays behind. In the end both files are drawn and compared.
"""

from __future__ import annotations

import io
import re
from typing import Any

from PIL import Image, ImageChops
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import PdfFileWriter, copy_into_new_writer
from pypdfium2 import PdfDocument

from signing._frames import inherited
from signing._pdfium import opened_pdf
from signing.errors import EncryptedPdf, NoSuchPages, NotFaithful, TooLarge, UnreadablePdf
from signing.texts import MOST_PAGES

_KEPT_OF_DOCUMENT = {"/Type", "/Pages", "/OCProperties", "/Lang"}
"""Layers are kept: without their settings, what is hidden would show."""
_KEPT_OF_PAGE = {
    "/Type",
    "/Parent",
    "/Resources",
    "/MediaBox",
    "/CropBox",
    "/BleedBox",
    "/TrimBox",
    "/ArtBox",
    "/Contents",
    "/Rotate",
    "/Group",
    "/UserUnit",
}
_NAME = re.compile(rb"/([^\x00\t\n\f\r ()<>\[\]{}/%]+)")
_COMPARED_SCALE, _COMPARED_PIXELS = 0.75, 1200
_ALIKE = 100
"""Grey levels by which a pixel may differ: smoothing of edges."""
_MOST_UNLIKE = 6
"""Pixels of a page; a full stop has more."""


def transcribed(content: bytes, chosen: tuple[int, ...]) -> bytes:
    """The chosen pages (from 0, in rising order; none means all) as a new file without signatures.

    Raises:
        NoSuchPages: one of them is not there.
        NotFaithful: the new file's pages do not look like the old one's.
        EncryptedPdf, UnreadablePdf, TooLarge
    """
    with opened_pdf(content) as document:
        total = len(document)
        if total > MOST_PAGES:
            raise TooLarge(f"{total} pages")
        pages = chosen or tuple(range(total))
        if not pages or not all(0 <= page < total for page in pages) or sorted(set(pages)) != list(pages):
            raise NoSuchPages(f"of {total} pages")
        document.init_forms()
        looks = [_look(document, page) for page in pages]
        for page in pages:
            sheet = document[page]
            if document.formenv:
                sheet.flatten()
            sheet.close()
        for page in sorted(set(range(total)) - set(pages), reverse=True):
            document.del_page(page)
        flat = io.BytesIO()
        document.save(flat)
    made = _bare(flat.getvalue(), excerpt=len(pages) < total)
    _require_alike(made, looks)
    return made


def _bare(flat: bytes, *, excerpt: bool) -> bytes:
    """Only what is drawn, in a file of its own."""
    try:
        reader = PdfFileReader(io.BytesIO(flat), strict=False)
        if reader.encrypted:
            raise EncryptedPdf
        _strip(reader.root, _KEPT_OF_DOCUMENT)
        for page in _leaves(reader.root["/Pages"], MOST_PAGES):
            if excerpt:
                _leave_others_behind(page)
            _strip(page, _KEPT_OF_PAGE)
        if excerpt:
            _strip_nodes(reader.root["/Pages"])
        writer: PdfFileWriter = copy_into_new_writer(reader)
        written = io.BytesIO()
        writer.write(written)
        return written.getvalue()
    except PdfError as error:
        raise UnreadablePdf(str(error)) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, AssertionError) as error:
        raise UnreadablePdf(f"{type(error).__name__}: {error}") from error


def _strip(entry: Any, kept: set[str]) -> None:
    for key in [key for key in entry if key not in kept]:
        del entry[key]


def _leave_others_behind(page: Any) -> None:
    """Pictures that the page does not draw: pages may share their resources, and an excerpt must not carry the rest.

    A name that is not read as the page's own writing of it is left behind, too; the comparison then tells.
    """
    resources = inherited(page, "/Resources")
    if resources is None:
        return
    own = generic.DictionaryObject({generic.pdf_name(key): resources.raw_get(key) for key in resources})
    if "/XObject" in resources:
        drawn = {b"/" + name for name in _NAME.findall(_content_of(page))}
        pictures = resources["/XObject"]
        own[generic.pdf_name("/XObject")] = generic.DictionaryObject(
            {generic.pdf_name(key): pictures.raw_get(key) for key in pictures if key.encode() in drawn}
        )
    page[generic.pdf_name("/Resources")] = own


def _content_of(page: Any) -> bytes:
    if "/Contents" not in page:
        return b""
    content = page["/Contents"]
    parts = [content[place] for place in range(len(content))] if isinstance(content, generic.ArrayObject) else [content]
    return b"\n".join(part.data for part in parts)


def _strip_nodes(root: Any) -> None:
    """Shared resources above the pages; every page has its own now."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if "/Kids" in node:
            node.pop("/Resources", None)
            kids = node["/Kids"]
            waiting.extend(kids[place] for place in range(len(kids)))


def _leaves(node: Any, most: int) -> list[Any]:
    """The pages below a node of the page tree."""
    found: list[Any] = []
    waiting = [node]
    seen = 0
    while waiting:
        one = waiting.pop()
        seen += 1
        if seen > 2 * most:
            raise UnreadablePdf("the page tree has no end")
        if "/Kids" in one:
            kids = one["/Kids"]
            waiting.extend(kids[place] for place in range(len(kids)))
        else:
            found.append(one)
    return found


def _look(document: PdfDocument, index: int) -> Image.Image:
    page = document[index]
    scale = min(_COMPARED_SCALE, _COMPARED_PIXELS / max(*page.get_size(), 1.0))
    picture: Image.Image = page.render(scale=scale, may_draw_forms=True).to_pil()
    page.close()
    return picture.convert("L")


def _require_alike(made: bytes, looks: list[Image.Image]) -> None:
    with opened_pdf(made) as document:
        if len(document) != len(looks):
            raise NotFaithful(f"{len(document)} pages of {len(looks)}")
        for index, before in enumerate(looks):
            after = _look(document, index)
            if after.size != before.size:
                raise NotFaithful(f"page {index} has another size")
            unlike = sum(ImageChops.difference(before, after).histogram()[_ALIKE:])
            if unlike > _MOST_UNLIKE:
                raise NotFaithful(f"page {index} differs in {unlike} pixels")
