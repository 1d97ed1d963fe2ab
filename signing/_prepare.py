"""Laying a document out for a signature, up to the digest that is signed. Runs in the sandbox.

No key comes near a foreign file: the sandbox hands back bytes with an empty container and their digest, and the
process that holds the key only signs the digest and writes the result into the container.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal

from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import (
    FieldMDPAction,
    FieldMDPSpec,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.general import SigningError as PyhankoSigningError
from pyhanko.sign.signers import cms_embedder
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing import _form
from signing._frames import Frame, frames_of
from signing._pictures import BLUE, RED, drawn_words, opened_picture
from signing.errors import AlreadySigned, EncryptedPdf, PlaceNotFound, UnreadablePdf
from signing.places import Box, IssuePlaces

_DEEPEST_TREE = 50
"""Of pages that inherit."""

DIGEST = "sha256"
"""The same as the CMS says: see :mod:`signing._cms`."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the signature says about itself, and the room kept for it."""

    signer: str
    reason: str
    signed_at: datetime
    container_bytes: int
    """Longest CMS that fits."""
    image_png: bytes | None
    words: tuple[str, ...]
    """Drawn where there is no picture."""
    fonts: dict[bool, bytes]
    """Digits, upright (``False``) and italic (``True``)."""
    seal_mm: float | None = None
    """Diameter of the organisation's seal; ``None``: as its picture says, else the usual one."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that lacks nothing but the CMS in its container."""

    content: bytes
    digest: bytes
    """SHA-256 over the byte range."""
    container_start: int
    container_end: int
    """Half-open span of the container, its angle brackets included."""

    def filled(self, cms: bytes) -> bytes:
        """The signed file.

        Raises:
            ValueError: the CMS is longer than the room kept for it.
        """
        room = self.container_end - self.container_start - 2
        digits = cms.hex().encode("ascii")
        if len(digits) > room:
            raise ValueError("the container is too small")
        start = self.container_start + 1
        return b"".join((self.content[:start], digits, b"0" * (room - len(digits)), self.content[start + room :]))


def prepare_personal(content: bytes, places: IssuePlaces, request: Request) -> Prepared:
    """Lay the form over a draft and open the leader's certification, with form filling allowed.

    Raises:
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture
    """
    with opened(content) as writer:
        _require_unsigned(writer)
        box = places.personal_signature
        if box is None:
            raise PlaceNotFound("no place for the personal signature")
        picture = opened_picture(request.image_png) if request.image_png else drawn_words(request.words, BLUE)
        rectangle = _form.fitted(box, picture)
        boxes = {entry.name: getattr(places, entry.name) for entry in fields(places)}
        texts = {name: place for name, place in boxes.items() if isinstance(place, Box) and name in _form.TEXTS}
        frames = _frames(writer, content, {box.page, *(place.page for place in texts.values())})
        _form.ensure_form(writer, request.fonts)
        for name, place in texts.items():
            _form.add_text_field(writer, name, place, frames[place.page])
        frame = frames[box.page]
        unit = float(writer.find_page_for_modification(box.page)[0].get_object().get("/UserUnit", 1)) or 1.0
        seal = _form.seal_place(rectangle, places.organisation_signature, request.seal_mm, unit)
        personal = _added(writer, _spec(_form.PERSONAL, box.page, rectangle.on(frame)))
        _form.place_widget(personal.get_object(), rectangle, frame)
        organisation = _added(
            writer,
            _spec(
                _form.ORGANISATION,
                box.page,
                seal.on(frame),
                field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
                doc_mdp_update_value=MDPPerm.NO_CHANGES,
            ),
        )
        _form.place_widget(organisation.get_object(), seal, frame)
        width, height = rectangle.right - rectangle.left, rectangle.top - rectangle.bottom
        _form.show_picture(writer, personal, picture, (width, height))
        writer.register_extension(ESIC_EXTENSION_1)
        setup = cms_embedder.SigMDPSetup(DIGEST, certify=True, docmdp_perms=MDPPerm.FILL_FORMS)
        return _digested(writer, _form.PERSONAL, setup, request)


def prepare_seal(content: bytes, values: dict[str, str], request: Request) -> Prepared:
    """Fill number and date in and open the organisation's signature, which locks the document.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf, UnusablePicture
    """
    with opened(content) as writer:
        for name, text in values.items():
            field = _form.field_named(writer, name)
            if field is not None:
                _form.fill_text_field(writer, field, text)
            elif name in (_form.NUMBER, _form.DAY):
                raise PlaceNotFound(f"no field {name}")
        organisation = _form.field_named(writer, _form.ORGANISATION)
        if organisation is None:
            raise PlaceNotFound("no field for the organisation's signature")
        picture = opened_picture(request.image_png) if request.image_png else drawn_words(request.words, RED)
        _form.show_picture(writer, organisation, picture, _form.seal_size(picture, request.seal_mm))
        setup = cms_embedder.SigMDPSetup(
            DIGEST, field_lock=FieldMDPSpec(FieldMDPAction.ALL), docmdp_perms=MDPPerm.NO_CHANGES
        )
        return _digested(writer, _form.ORGANISATION, setup, request)


@contextmanager
def opened(content: bytes) -> Iterator[IncrementalPdfFileWriter]:
    """A writer that appends to an untrusted file.

    Raises:
        EncryptedPdf, UnreadablePdf
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(content), strict=False)
        if writer.security_handler is not None:
            raise EncryptedPdf
        yield writer
    except (PdfError, PyhankoSigningError) as error:
        raise UnreadablePdf(str(error)) from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError, AssertionError) as error:
        # What pyHanko raises over objects of the wrong kind in a damaged file.
        raise UnreadablePdf(f"{type(error).__name__}: {error}") from error


def _require_unsigned(writer: IncrementalPdfFileWriter) -> None:
    if "/Perms" in writer.root:
        raise AlreadySigned("permissions are set")
    for field in _form.form_fields(writer):
        entry = field.get_object()
        if entry.get("/FT") == "/Sig" or entry.get("/T") in _form.LABELS:
            raise AlreadySigned(f"field {entry.get('/T')}")


def _spec(
    name: str,
    page: int,
    rectangle: tuple[float, float, float, float],
    *,
    field_mdp_spec: FieldMDPSpec | None = None,
    doc_mdp_update_value: MDPPerm | None = None,
) -> SigFieldSpec:
    return SigFieldSpec(
        sig_field_name=name,
        on_page=page,
        # Whole points are all that pyHanko takes; the field is laid exactly afterwards.
        box=(round(rectangle[0]), round(rectangle[1]), round(rectangle[2]), round(rectangle[3])),
        empty_field_appearance=False,
        readable_field_name=_form.LABELS[name],
        field_mdp_spec=field_mdp_spec,
        doc_mdp_update_value=doc_mdp_update_value,
    )


def _frames(writer: IncrementalPdfFileWriter, content: bytes, pages: set[int]) -> dict[int, Frame]:
    """How pages lie, from what they say; as pdfium makes of it where they say anything strange."""
    said = {page: _frame_said(writer.find_page_for_modification(page)[0].get_object()) for page in pages}
    frames = {page: frame for page, frame in said.items() if frame is not None}
    return frames if len(frames) == len(pages) else frames_of(content, pages)


def _frame_said(page: DictionaryObject) -> Frame | None:
    shown = _edges_said(_inherited(page, "/MediaBox"))
    cut, turn = _inherited(page, "/CropBox"), _inherited(page, "/Rotate") or 0
    if shown is not None and cut is not None:
        edges = _edges_said(cut)
        shown = edges and (
            max(shown[0], edges[0]),
            max(shown[1], edges[1]),
            min(shown[2], edges[2]),
            min(shown[3], edges[3]),
        )
    if shown is None or not isinstance(turn, int) or turn % 90 or shown[2] <= shown[0] or shown[3] <= shown[1]:
        return None
    return Frame(*shown, turn % 360)


def _edges_said(said: PdfObject | None) -> tuple[float, float, float, float] | None:
    if not isinstance(said, ArrayObject) or not all(isinstance(edge, int | Decimal) for edge in said):
        return None
    try:
        ax, ay, bx, by = (float(edge) for edge in said)
    except ValueError:
        return None
    return min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)


def _inherited(page: DictionaryObject, name: str) -> PdfObject | None:
    node = page
    for _ in range(_DEEPEST_TREE):
        if name in node:
            found: PdfObject = node[name]
            return found
        if "/Parent" not in node:
            return None
        node = node["/Parent"]
    return None


def _added(writer: IncrementalPdfFileWriter, spec: SigFieldSpec) -> IndirectObject:
    append_signature_field(writer, spec)
    field = _form.field_named(writer, spec.sig_field_name)
    assert field is not None  # noqa: S101 - added just now
    return field


def _digested(
    writer: IncrementalPdfFileWriter, field_name: str, setup: cms_embedder.SigMDPSetup, request: Request
) -> Prepared:
    signature = SignatureObject(
        timestamp=request.signed_at,
        subfilter=SigSeedSubFilter.PADES,
        name=request.signer,
        reason=request.reason or None,
        bytes_reserved=2 * request.container_bytes,
    )
    whole = cms_embedder.SigObjSetup(sig_placeholder=signature, mdp_setup=setup)
    return with_container(writer, field_name, whole, existing_fields_only=True)


def with_container(
    writer: IncrementalPdfFileWriter,
    field_name: str,
    setup: cms_embedder.SigObjSetup,
    *,
    existing_fields_only: bool = False,
) -> Prepared:
    """Write the file with an empty container in a signature field, and take the digest of all around it."""
    steps = cms_embedder.PdfCMSEmbedder().write_cms(field_name, writer, existing_fields_only=existing_fields_only)
    next(steps)
    steps.send(setup)
    prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm=DIGEST, output=io.BytesIO()))
    return Prepared(
        output.getvalue(),
        prepared.document_digest,
        prepared.reserved_region_start,
        prepared.reserved_region_end,
    )
