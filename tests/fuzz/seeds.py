"""Signed files of every make that mutations start from, and what a file may ask the reader to do."""

from __future__ import annotations

import functools
import io

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import copy_into_new_writer
from pyhanko.sign.fields import MDPPerm

from signing.verify import Trust
from tests.signing.authority import certify, fill, page, sign, standard, with_text_field


@functools.cache
def seeds() -> tuple[bytes, ...]:
    """Small files: tables and streams of cross-references, one signature and several, forms, all levels."""
    authority = standard()
    person, office = authority.person(), authority.person("UBND xã Thử")
    stamps = authority.timestamper()
    one = sign(page(), person)
    two = sign(sign(page(), person, timestamper=stamps), office, field_name="Sig2", timestamper=stamps)
    lasting = sign(
        page(),
        person,
        timestamper=stamps,
        embed_validation_info=True,
        use_pades_lta=True,
        validation_context=authority.context(crls=authority.crls()),
    )
    filled = fill(certify(with_text_field(page()), person, MDPPerm.FILL_FORMS), "05")
    streamed = sign(_streamed(page()), person)
    packed = sign(_packed(streamed), office, field_name="Sig2")
    return one, two, lasting, streamed, packed, filled


@functools.cache
def trust() -> Trust:
    return Trust((standard().root.certificate,))


def _streamed(content: bytes) -> bytes:
    """With a stream of cross-references instead of a table."""
    writer = copy_into_new_writer(PdfFileReader(io.BytesIO(content)))
    writer.stream_xrefs = True
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def _packed(content: bytes) -> bytes:
    """With one more revision whose objects lie in a stream of objects."""
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    stream = writer.prepare_object_stream()
    field = generic.DictionaryObject({pdf_name("/Nothing"): generic.NumberObject(1)})
    writer.add_object(field, obj_stream=stream)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
