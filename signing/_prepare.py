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

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import IndirectObject
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
from pyhanko.sign.signers.constants import ESIC_EXTENSION_1, ISO32002
from pyhanko.sign.signers.pdf_byterange import SignatureObject

from signing import _form
from signing._frames import Frame, frames_in
from signing._pictures import BLUE, RED, Picture, drawn_words
from signing.errors import AlreadySigned, EncryptedPdf, PlaceNotFound, UnreadablePdf
from signing.places import Box, IssuePlaces

DIGEST = "sha256"
_DIGEST_OF_EDWARDS = "sha512"


@dataclass(frozen=True, slots=True)
class Request:
    """What the signature says about itself, and the room kept for it."""

    signer: str
    reason: str
    signed_at: datetime
    container_bytes: int
    """Longest CMS that fits."""
    picture: Picture | None
    words: tuple[str, ...]
    """Drawn where there is no picture."""
    seal_mm: float | None = None
    """Diameter of the organisation's seal; ``None``: as its picture says, else the usual one."""
    digest: str = DIGEST
    """The same as the CMS says: see :attr:`signing.keys.SigningKey.digest`."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that lacks nothing but the CMS in its container."""

    content: bytes
    digest: bytes
    """Over the byte range, as the request says."""
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
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        picture, rectangle, personal = _lay_form(writer, content, places, request)
        width, height = rectangle.right - rectangle.left, rectangle.top - rectangle.bottom
        _form.show_picture(writer, personal, picture, (width, height))
        writer.register_extension(ESIC_EXTENSION_1)
        setup = cms_embedder.SigMDPSetup(request.digest, certify=True, docmdp_perms=MDPPerm.FILL_FORMS)
        return _digested(writer, _form.PERSONAL, setup, request)


def form_over(content: bytes, places: IssuePlaces, request: Request) -> bytes:
    """The draft with the form laid over it and nothing signed, for another program to sign.

    Raises:
        AlreadySigned, PlaceNotFound, EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        _lay_form(writer, content, places, request)
        form = writer.root["/AcroForm"]
        form["/SigFlags"] = generic.NumberObject(3)  # tells other programs to append (ISO 32000-2, 12.7.3)
        writer.update_container(form)
        return _appended(writer)


def form_filled(content: bytes, values: dict[str, str]) -> bytes:
    """The file that the leader signed, with number and date filled in, for another program to seal.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        _fill(writer, values)
        return _appended(writer)


def _appended(writer: IncrementalPdfFileWriter) -> bytes:
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _lay_form(
    writer: IncrementalPdfFileWriter, content: bytes, places: IssuePlaces, request: Request
) -> tuple[Picture, _form.Rectangle, IndirectObject]:
    """Number, date and both signature fields; gives the personal one, its picture and where that stands."""
    _require_unsigned(writer)
    box = places.personal_signature
    if box is None:
        raise PlaceNotFound("no place for the personal signature")
    picture = request.picture or drawn_words(request.words, BLUE)
    rectangle = _form.fitted(box, picture)
    boxes = {entry.name: getattr(places, entry.name) for entry in fields(places)}
    texts = {name: place for name, place in boxes.items() if isinstance(place, Box) and name in _form.TEXTS}
    frames = frames_in(writer, content, {box.page, *(place.page for place in texts.values())})
    _form.ensure_form(writer)
    for name, place in texts.items():
        _form.add_text_field(writer, name, place, frames[place.page])
    frame = frames[box.page]
    unit = float(writer.find_page_for_modification(box.page)[0].get_object().get("/UserUnit", 1)) or 1.0
    seal = _form.seal_place(rectangle, places.organisation_signature, request.seal_mm, unit)
    personal = added_signature_field(writer, _form.PERSONAL, box.page, rectangle, frame)
    added_signature_field(
        writer,
        _form.ORGANISATION,
        box.page,
        seal,
        frame,
        field_mdp_spec=FieldMDPSpec(FieldMDPAction.ALL),
        doc_mdp_update_value=MDPPerm.NO_CHANGES,
    )
    return picture, rectangle, personal


def _fill(writer: IncrementalPdfFileWriter, values: dict[str, str]) -> IndirectObject:
    """Write number and date; gives the organisation's field."""
    for name, text in values.items():
        field = _form.field_named(writer, name)
        if field is not None:
            _form.fill_text_field(writer, field, text)
        elif name in (_form.NUMBER, _form.DAY):
            raise PlaceNotFound(f"no field {name}")
    organisation = _form.field_named(writer, _form.ORGANISATION)
    if organisation is None:
        raise PlaceNotFound("no field for the organisation's signature")
    return organisation


def prepare_seal(content: bytes, values: dict[str, str], request: Request) -> Prepared:
    """Fill number and date in and open the organisation's signature, which locks the document.

    Raises:
        PlaceNotFound, EncryptedPdf, UnreadablePdf
    """
    with opened(content) as writer:
        organisation = _fill(writer, values)
        picture = request.picture or drawn_words(request.words, RED)
        _form.show_picture(writer, organisation, picture, _form.seal_size(picture, request.seal_mm))
        setup = cms_embedder.SigMDPSetup(
            request.digest, field_lock=FieldMDPSpec(FieldMDPAction.ALL), docmdp_perms=MDPPerm.NO_CHANGES
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


def added_signature_field(
    writer: IncrementalPdfFileWriter,
    name: str,
    page: int,
    rectangle: _form.Rectangle,
    frame: Frame,
    *,
    field_mdp_spec: FieldMDPSpec | None = None,
    doc_mdp_update_value: MDPPerm | None = None,
) -> IndirectObject:
    """An empty signature field, upright on the page as shown; with what signing it will lock."""
    left, bottom, right, top = (round(edge) for edge in rectangle.on(frame))
    spec = SigFieldSpec(
        sig_field_name=name,
        on_page=page,
        box=(left, bottom, right, top),  # whole points are all that pyHanko takes; laid exactly below
        empty_field_appearance=False,
        readable_field_name=_form.LABELS[name],
        field_mdp_spec=field_mdp_spec,
        doc_mdp_update_value=doc_mdp_update_value,
    )
    append_signature_field(writer, spec)
    field = _form.field_named(writer, name)
    assert field is not None  # noqa: S101 - added just now
    _form.place_widget(field.get_object(), rectangle, frame)
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
    if request.digest == _DIGEST_OF_EDWARDS:
        writer.register_extension(ISO32002)
    return with_container(writer, field_name, whole, existing_fields_only=True, digest=request.digest)


def with_container(
    writer: IncrementalPdfFileWriter,
    field_name: str,
    setup: cms_embedder.SigObjSetup,
    *,
    existing_fields_only: bool = False,
    digest: str = DIGEST,
) -> Prepared:
    """Write the file with an empty container in a signature field, and take the digest of all around it."""
    steps = cms_embedder.PdfCMSEmbedder().write_cms(field_name, writer, existing_fields_only=existing_fields_only)
    next(steps)
    steps.send(setup)
    prepared, output = steps.send(cms_embedder.SigIOSetup(md_algorithm=digest, output=io.BytesIO()))
    return Prepared(
        output.getvalue(),
        prepared.document_digest,
        prepared.reserved_region_start,
        prepared.reserved_region_end,
    )
