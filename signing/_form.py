"""The form laid over an official document: number and date as text fields, two signature fields.

All fields come with the leader's signature, so that the clerk's revision only fills them: that is what a
certification with "form filling allowed" permits (ISO 32000-2, 12.8.2.2). Runs in the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from signing._digits import embedded_digits
from signing._frames import TURNS, Frame
from signing._pictures import Picture
from signing.places import ASCENT, DESCENT, Box

NUMBER, DAY, MONTH, YEAR = "number", "day", "month", "year"
PERSONAL, ORGANISATION = "personal_signature", "organisation_signature"

TEXTS = (NUMBER, DAY, MONTH, YEAR)

LABELS = {
    NUMBER: "Số văn bản",
    DAY: "Ngày ban hành",
    MONTH: "Tháng ban hành",
    YEAR: "Năm ban hành",
    PERSONAL: "Chữ ký số của người có thẩm quyền",
    ORGANISATION: "Chữ ký số của cơ quan, tổ chức",
}

_POINTS_PER_MM = 72 / 25.4
SEAL_MM = 36.0
"""Diameter of a seal where nobody says another."""
_LEAST_SEAL, _LARGEST_SEAL = 20 / 25.4, 60 / 25.4  # inches
_READ_ONLY, _PRINT = 1, 4
_FONTS = {False: "DocsvcDigits", True: "DocsvcDigitsItalic"}
_NARROWEST_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class Rectangle:
    """On a page whose number is known from elsewhere, in points of the page as shown."""

    left: float
    bottom: float
    right: float
    top: float

    def on(self, frame: Frame) -> tuple[float, float, float, float]:
        """In the page's own coordinates."""
        return frame.rectangle(self.left, self.bottom, self.right, self.top)


def fitted(box: Box, picture: Picture) -> Rectangle:
    """The largest rectangle of the picture's shape in the middle of the box."""
    scale = min(box.width / picture.width, box.height / picture.height)
    width, height = picture.width * scale, picture.height * scale
    left = box.left + (box.width - width) / 2
    bottom = box.bottom + (box.height - height) / 2
    return Rectangle(left, bottom, left + width, bottom + height)


def seal_place(signature: Rectangle, chosen: Box | None, seal_mm: float | None, unit: float) -> Rectangle:
    """Where the seal goes: around the middle of a chosen box; else over the left third of the personal signature.

    NĐ 30, appendix I, part I, II.8: in its real size. ``unit`` is the page's: how many points one of its units is.
    """
    reach = (seal_mm or SEAL_MM) * _POINTS_PER_MM / unit / 2
    if chosen is not None:
        across, middle = (chosen.left + chosen.right) / 2, (chosen.bottom + chosen.top) / 2
    else:
        right = max(signature.left + (signature.right - signature.left) / 3, 2 * reach + 4)
        across, middle = right - reach, (signature.bottom + signature.top) / 2
    return Rectangle(across - reach, middle - reach, across + reach, middle + reach)


def seal_size(picture: Picture, seal_mm: float | None) -> tuple[float, float]:
    """Width and height of a seal in points: as told, else as the picture's resolution tells, else of 36 mm."""
    if seal_mm is None and picture.pixels_per_inch:
        inches = picture.width / picture.pixels_per_inch
        if _LEAST_SEAL <= inches <= _LARGEST_SEAL:
            return inches * 72, inches * 72 * picture.height / picture.width
    scale = (seal_mm or SEAL_MM) * _POINTS_PER_MM / max(picture.width, picture.height)
    return picture.width * scale, picture.height * scale


def ensure_form(writer: IncrementalPdfFileWriter) -> None:
    """Make the form if there is none, and put the fonts for number and date into its resources."""
    root = writer.root
    if "/AcroForm" not in root:
        root["/AcroForm"] = writer.add_object(generic.DictionaryObject({pdf_name("/Fields"): generic.ArrayObject()}))
        writer.update_root()
    form = root["/AcroForm"]
    for unwanted in ("/XFA", "/NeedAppearances"):
        form.pop(unwanted, None)
    if "/Fields" not in form:
        form["/Fields"] = generic.ArrayObject()
    resources = _inner(form, "/DR")
    held = _inner(resources, "/Font")
    for italic, name in _FONTS.items():
        held[pdf_name(f"/{name}")] = embedded_digits(writer, italic=italic)
    for changed in (form, resources, held):
        writer.update_container(changed)


def add_text_field(writer: IncrementalPdfFileWriter, name: str, box: Box, frame: Frame) -> None:
    """Add an empty field over a gap in the text."""
    page = writer.find_page_for_modification(box.page)[0]
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.TextStringObject(name),
            pdf_name("/TU"): generic.TextStringObject(LABELS[name]),
            pdf_name("/Rect"): _edges(frame.rectangle(box.left, box.bottom, box.right, box.top)),
            pdf_name("/P"): page,
            pdf_name("/F"): generic.NumberObject(_PRINT),
            pdf_name("/Ff"): generic.NumberObject(_READ_ONLY),
            pdf_name("/Q"): generic.NumberObject(1),
            pdf_name("/DA"): generic.TextStringObject(f"/{_FONTS[box.italic]} {_font_size(box):.2f} Tf 0 g"),
        }
    )
    look = generic.DictionaryObject()
    if box.covered:
        look[pdf_name("/BG")] = generic.ArrayObject([generic.FloatObject(1)])
    if frame.turn:
        look[pdf_name("/R")] = generic.NumberObject(frame.turn)
    if look:
        field[pdf_name("/MK")] = look
    reference = writer.add_object(field)
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(reference)
    writer.update_container(fields)
    writer.register_annotation(page, reference)


def field_named(writer: IncrementalPdfFileWriter, name: str) -> generic.IndirectObject | None:
    """The field of that name at the top of the form; ``None`` if there is none."""
    for reference in form_fields(writer):
        if isinstance(reference, generic.IndirectObject) and reference.get_object().get("/T") == name:
            return reference
    return None


def form_fields(writer: IncrementalPdfFileWriter) -> list[generic.PdfObject]:
    """The references at the top of the form; none where there is no form."""
    root = writer.root
    if "/AcroForm" not in root or "/Fields" not in root["/AcroForm"]:
        return []
    fields = root["/AcroForm"]["/Fields"]
    return [fields.raw_get(place) for place in range(len(fields))]


def fill_text_field(writer: IncrementalPdfFileWriter, field: generic.IndirectObject, text: str) -> None:
    """Write digits into a field, with an appearance that needs nothing of the viewer."""
    entry = field.get_object()
    turn = _turn_of(entry)
    width, height = _extent(entry, turn)
    name, size_text = str(entry["/DA"]).split()[:2]
    font = writer.root["/AcroForm"]["/DR"]["/Font"].raw_get(name)
    size = float(size_text)
    advance = sum(_width_of(font, digit) for digit in text) / 1000 * size
    scale = max(min(1.0, width / advance), _NARROWEST_SCALE) if advance else 1.0
    start = (width - advance * scale) / 2
    drawn = [b"/Tx BMC q"]
    if "/BG" in entry.get("/MK", {}):
        drawn.append(b"1 g 0 0 %.2f %.2f re f" % (width, height))
    drawn.append(
        b"BT 0 g %s %.2f Tf %.1f Tz %.2f %.2f Td (%s) Tj ET Q EMC"
        % (name.encode(), size, scale * 100, start, DESCENT * size, text.encode("ascii"))
    )
    appearance = drawing(
        b"\n".join(drawn), width, height, turn, {"/Font": generic.DictionaryObject({pdf_name(name): font})}
    )
    entry["/V"] = generic.TextStringObject(text)
    entry["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.mark_update(field.reference)


def show_picture(
    writer: IncrementalPdfFileWriter, field: generic.IndirectObject, picture: Picture, size: tuple[float, float]
) -> None:
    """Draw a picture of ``size`` in the middle of a signature field, without moving the field."""
    entry = field.get_object()
    turn = _turn_of(entry)
    box_width, box_height = _extent(entry, turn)
    scale = min(1.0, box_width / size[0], box_height / size[1])
    width, height = size[0] * scale, size[1] * scale
    image = _image(writer, picture)
    drawn = b"q %.3f 0 0 %.3f %.3f %.3f cm /Picture Do Q" % (
        width,
        height,
        (box_width - width) / 2,
        (box_height - height) / 2,
    )
    appearance = drawing(
        drawn, box_width, box_height, turn, {"/XObject": generic.DictionaryObject({pdf_name("/Picture"): image})}
    )
    entry["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.mark_update(field.reference)


def _image(writer: IncrementalPdfFileWriter, picture: Picture) -> generic.IndirectObject:
    def samples(space: str, deflated: bytes) -> generic.StreamObject:
        return generic.StreamObject(
            {
                pdf_name("/Type"): pdf_name("/XObject"),
                pdf_name("/Subtype"): pdf_name("/Image"),
                pdf_name("/Width"): generic.NumberObject(picture.width),
                pdf_name("/Height"): generic.NumberObject(picture.height),
                pdf_name("/ColorSpace"): pdf_name(space),
                pdf_name("/BitsPerComponent"): generic.NumberObject(8),
                pdf_name("/Filter"): pdf_name("/FlateDecode"),
            },
            encoded_data=deflated,
        )

    image = samples("/DeviceRGB", picture.colours)
    image[pdf_name("/SMask")] = writer.add_object(samples("/DeviceGray", picture.opacity))
    return writer.add_object(image)


def _inner(outer: generic.DictionaryObject, key: str) -> generic.DictionaryObject:
    if key not in outer:
        outer[pdf_name(key)] = generic.DictionaryObject()
    inner: generic.DictionaryObject = outer[key]
    return inner


def drawing(
    content: bytes, width: float, height: float, turn: int, resources: dict[str, generic.DictionaryObject]
) -> generic.StreamObject:
    """An appearance that is upright on a page turned so (ISO 32000-2, 12.5.5)."""
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _edges((0, 0, width, height)),
            pdf_name("/Matrix"): generic.ArrayObject(generic.NumberObject(entry) for entry in (*TURNS[turn], 0, 0)),
            pdf_name("/Resources"): generic.DictionaryObject(
                {pdf_name(kind): entries for kind, entries in resources.items()}
            ),
        },
        stream_data=content,
    )


def place_widget(field: generic.DictionaryObject, rectangle: Rectangle, frame: Frame) -> None:
    """Lay a signature field to fractions of a point, upright on a turned page."""
    field["/Rect"] = _edges(rectangle.on(frame))
    if frame.turn:
        field["/MK"] = generic.DictionaryObject({pdf_name("/R"): generic.NumberObject(frame.turn)})


def _edges(edges: tuple[float, float, float, float]) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(round(edge, 3)) for edge in edges)


def _turn_of(entry: generic.DictionaryObject) -> int:
    return int(entry.get("/MK", {}).get("/R", 0))


def _extent(entry: generic.DictionaryObject, turn: int) -> tuple[float, float]:
    """Width and height of a field as shown."""
    left, bottom, right, top = (float(edge) for edge in entry["/Rect"])
    return (top - bottom, right - left) if turn in (90, 270) else (right - left, top - bottom)


def _font_size(box: Box) -> float:
    return box.height / (ASCENT + DESCENT)


def _width_of(font: generic.IndirectObject, digit: str) -> float:
    entry = font.get_object()
    return float(entry["/Widths"][ord(digit) - int(entry["/FirstChar"])])
