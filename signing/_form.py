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
from signing._pictures import Picture
from signing.places import ASCENT, DESCENT, Box

NUMBER, DAY, MONTH, YEAR = "number", "day", "month", "year"
PERSONAL, ORGANISATION = "personal_signature", "organisation_signature"

LABELS = {
    NUMBER: "Số văn bản",
    DAY: "Ngày ban hành",
    MONTH: "Tháng ban hành",
    YEAR: "Năm ban hành",
    PERSONAL: "Chữ ký số của người có thẩm quyền",
    ORGANISATION: "Chữ ký số của cơ quan, tổ chức",
}

_SEAL_POINTS = 36 / 25.4 * 72
"""A seal of 36 mm, for pictures that do not say their size."""
_LEAST_SEAL, _LARGEST_SEAL = 20 / 25.4, 60 / 25.4  # inches
_READ_ONLY, _PRINT = 1, 4
_FONTS = {False: "DocsvcDigits", True: "DocsvcDigitsItalic"}
_NARROWEST_SCALE = 0.5


@dataclass(frozen=True, slots=True)
class Rectangle:
    """On a page whose number is known from elsewhere, in points."""

    left: float
    bottom: float
    right: float
    top: float

    def as_tuple(self) -> tuple[int, int, int, int]:
        """As pyHanko takes it: whole points."""
        return round(self.left), round(self.bottom), round(self.right), round(self.top)


def fitted(box: Box, picture: Picture) -> Rectangle:
    """The largest rectangle of the picture's shape in the middle of the box."""
    scale = min(box.width / picture.width, box.height / picture.height)
    width, height = picture.width * scale, picture.height * scale
    left = box.left + (box.width - width) / 2
    bottom = box.bottom + (box.height - height) / 2
    return Rectangle(left, bottom, left + width, bottom + height)


def seal_place(signature: Rectangle) -> Rectangle:
    """Where the seal goes: over the left third of the personal signature (NĐ 30, appendix I, part I, II.8)."""
    middle = (signature.bottom + signature.top) / 2
    right = max(signature.left + (signature.right - signature.left) / 3, _SEAL_POINTS + 4)
    return Rectangle(right - _SEAL_POINTS, middle - _SEAL_POINTS / 2, right, middle + _SEAL_POINTS / 2)


def seal_size(picture: Picture) -> tuple[float, float]:
    """Width and height of a seal in points: real size where the picture tells its resolution, else 36 mm."""
    if picture.pixels_per_inch:
        inches = picture.width / picture.pixels_per_inch
        if _LEAST_SEAL <= inches <= _LARGEST_SEAL:
            return inches * 72, inches * 72 * picture.height / picture.width
    scale = _SEAL_POINTS / max(picture.width, picture.height)
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


def add_text_field(writer: IncrementalPdfFileWriter, name: str, box: Box) -> None:
    """Add an empty field over a gap in the text."""
    page = writer.find_page_for_modification(box.page)[0]
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): generic.TextStringObject(name),
            pdf_name("/TU"): generic.TextStringObject(LABELS[name]),
            pdf_name("/Rect"): generic.ArrayObject(
                generic.FloatObject(edge) for edge in (box.left, box.bottom, box.right, box.top)
            ),
            pdf_name("/P"): page,
            pdf_name("/F"): generic.NumberObject(_PRINT),
            pdf_name("/Ff"): generic.NumberObject(_READ_ONLY),
            pdf_name("/Q"): generic.NumberObject(1),
            pdf_name("/DA"): generic.TextStringObject(f"/{_FONTS[box.italic]} {_font_size(box):.2f} Tf 0 g"),
        }
    )
    if box.covered:
        field["/MK"] = generic.DictionaryObject({pdf_name("/BG"): generic.ArrayObject([generic.FloatObject(1)])})
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
    left, bottom, right, top = (float(edge) for edge in entry["/Rect"])
    width, height = right - left, top - bottom
    name, size_text = str(entry["/DA"]).split()[:2]
    font = writer.root["/AcroForm"]["/DR"]["/Font"].raw_get(name)
    size = float(size_text)
    advance = sum(_width_of(font, digit) for digit in text) / 1000 * size
    scale = max(min(1.0, width / advance), _NARROWEST_SCALE) if advance else 1.0
    start = (width - advance * scale) / 2
    drawn = [b"/Tx BMC q"]
    if "/MK" in entry:
        drawn.append(b"1 g 0 0 %.2f %.2f re f" % (width, height))
    drawn.append(
        b"BT 0 g %s %.2f Tf %.1f Tz %.2f %.2f Td (%s) Tj ET Q EMC"
        % (name.encode(), size, scale * 100, start, DESCENT * size, text.encode("ascii"))
    )
    appearance = _form_object(
        b"\n".join(drawn), width, height, {"/Font": generic.DictionaryObject({pdf_name(name): font})}
    )
    entry["/V"] = generic.TextStringObject(text)
    entry["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(appearance)})
    writer.mark_update(field.reference)


def show_picture(
    writer: IncrementalPdfFileWriter, field: generic.IndirectObject, picture: Picture, size: tuple[float, float]
) -> None:
    """Draw a picture of ``size`` in the middle of a signature field, without moving the field."""
    entry = field.get_object()
    left, bottom, right, top = (float(edge) for edge in entry["/Rect"])
    box_width, box_height = right - left, top - bottom
    scale = min(1.0, box_width / size[0], box_height / size[1])
    width, height = size[0] * scale, size[1] * scale
    image = _image(writer, picture)
    drawn = b"q %.3f 0 0 %.3f %.3f %.3f cm /Picture Do Q" % (
        width,
        height,
        (box_width - width) / 2,
        (box_height - height) / 2,
    )
    appearance = _form_object(
        drawn, box_width, box_height, {"/XObject": generic.DictionaryObject({pdf_name("/Picture"): image})}
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


def _form_object(
    content: bytes, width: float, height: float, resources: dict[str, generic.DictionaryObject]
) -> generic.StreamObject:
    return generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): generic.ArrayObject(generic.FloatObject(edge) for edge in (0, 0, width, height)),
            pdf_name("/Resources"): generic.DictionaryObject(
                {pdf_name(kind): entries for kind, entries in resources.items()}
            ),
        },
        stream_data=content,
    )


def _font_size(box: Box) -> float:
    return box.height / (ASCENT + DESCENT)


def _width_of(font: generic.IndirectObject, digit: str) -> float:
    entry = font.get_object()
    return float(entry["/Widths"][ord(digit) - int(entry["/FirstChar"])])
