"""What people and attackers do to a signed file, each in one revision appended to it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from reportlab.pdfgen.canvas import Canvas

from tests.signing.authority import updated

Edit = Callable[[IncrementalPdfFileWriter], None]


def pages(*texts: str) -> bytes:
    """A small PDF of several pages."""
    written = io.BytesIO()
    canvas = Canvas(written, pagesize=(595, 842), invariant=True, pageCompression=0)
    canvas.setTitle("Quyet dinh")
    for text in texts:
        canvas.drawString(85, 700, text)
        canvas.showPage()
    canvas.save()
    return written.getvalue()


def edited(content: bytes, *edits: Edit) -> bytes:
    """All of the edits in one revision."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        for edit in edits:
            edit(writer)

    return updated(content, change)


def new_words(page: int, text: str) -> Edit:
    """Other words on a page, from 0."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        reference = _page(writer, page)
        stream = generic.StreamObject(stream_data=f"BT /F1 12 Tf 85 700 Td ({text}) Tj ET".encode())
        reference.get_object()["/Contents"] = writer.add_object(stream)
        writer.mark_update(reference)

    return edit


def page_removed(page: int) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        tree, kids = _tree(writer)
        del kids[page]
        tree["/Count"] = generic.NumberObject(len(kids))

    return edit


def page_added(place: int, text: str) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        tree, kids = _tree(writer)
        first = kids.raw_get(0).get_object()
        stream = generic.StreamObject(stream_data=f"BT /F1 12 Tf 85 700 Td ({text}) Tj ET".encode())
        new = _dictionary(
            Type="/Page",
            Parent=writer.root.raw_get("/Pages"),
            MediaBox=first["/MediaBox"],
            Resources=first.raw_get("/Resources"),
            Contents=writer.add_object(stream),
        )
        kids.insert(place, writer.add_object(new))
        tree["/Count"] = generic.NumberObject(len(kids))

    return edit


def pages_ordered(*order: int) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        _, kids = _tree(writer)
        kids[:] = [kids.raw_get(index) for index in order]

    return edit


def page_entry(page: int, key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        reference = _page(writer, page)
        reference.get_object()[pdf_name(key)] = value
        writer.mark_update(reference)

    return edit


def annotated(page: int, subtype: str, text: str) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        reference = _page(writer, page)
        the_page = reference.get_object()
        note = _dictionary(
            Type="/Annot",
            Subtype=subtype,
            Rect=generic.ArrayObject(map(generic.NumberObject, (100, 100, 200, 130))),
            Contents=generic.TextStringObject(text),
        )
        existing = the_page.get("/Annots", generic.ArrayObject())
        the_page["/Annots"] = generic.ArrayObject([*existing, writer.add_object(note)])
        writer.mark_update(reference)

    return edit


def annotation_text(page: int, index: int, text: str | None) -> Edit:
    """Other words in an annotation; ``None``: without it."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        reference = _page(writer, page)
        annotations = reference.get_object()["/Annots"]
        if text is None:
            del annotations[index]
            writer.mark_update(reference)
            return
        one = annotations.raw_get(index)
        one.get_object()["/Contents"] = generic.TextStringObject(text)
        writer.mark_update(one)

    return edit


def pictured(page: int, colour: str, *, name: str = "/Im9") -> Edit:
    """A picture among the page's resources, one dot of ``RRGGBB``; what is drawn stays as it is."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        reference = _page(writer, page)
        picture = generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Image"),
                pdf_name("/Width"): generic.NumberObject(1),
                pdf_name("/Height"): generic.NumberObject(1),
                pdf_name("/BitsPerComponent"): generic.NumberObject(8),
                pdf_name("/ColorSpace"): pdf_name("/DeviceRGB"),
            },
            stream_data=bytes.fromhex(colour),
        )
        the_page = reference.get_object()
        resources = generic.DictionaryObject(dict(the_page["/Resources"].items()))
        resources[pdf_name("/XObject")] = generic.DictionaryObject({pdf_name(name): writer.add_object(picture)})
        the_page["/Resources"] = resources
        writer.mark_update(reference)

    return edit


def font_replaced(base_font: str) -> Edit:
    """Another font under the name of the first page's."""

    def edit(writer: IncrementalPdfFileWriter) -> None:
        font = _page(writer, 0).get_object()["/Resources"]["/Font"].raw_get("/F1")
        font.get_object()["/BaseFont"] = pdf_name(base_font)
        writer.mark_update(font)

    return edit


def root_entry(key: str, value: Any) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        writer.root[pdf_name(key)] = value
        writer.update_root()

    return edit


def titled(title: str) -> Edit:
    def edit(writer: IncrementalPdfFileWriter) -> None:
        writer.set_info(_dictionary(Title=generic.TextStringObject(title)))

    return edit


def script(text: str) -> generic.DictionaryObject:
    return _dictionary(S="/JavaScript", JS=generic.TextStringObject(text))


def attachments(*names: str) -> generic.DictionaryObject:
    """The names of a document that has these files attached."""
    flat = generic.ArrayObject()
    for name in names:
        flat += [generic.TextStringObject(name), _dictionary(Type="/Filespec", F=generic.TextStringObject(name))]
    return _dictionary(EmbeddedFiles=_dictionary(Names=flat))


def _page(writer: IncrementalPdfFileWriter, page: int) -> Any:
    return writer.root["/Pages"]["/Kids"].raw_get(page)


def _tree(writer: IncrementalPdfFileWriter) -> tuple[Any, Any]:
    reference = writer.root.raw_get("/Pages")
    writer.mark_update(reference)
    tree = reference.get_object()
    return tree, tree["/Kids"]


def _dictionary(**entries: Any) -> generic.DictionaryObject:
    return generic.DictionaryObject(
        {pdf_name(f"/{key}"): pdf_name(value) if type(value) is str else value for key, value in entries.items()}
    )
