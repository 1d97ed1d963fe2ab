"""Small files that mean harm, written by hand."""

from __future__ import annotations

import functools
import zlib


def written(stream: str = "") -> bytes:
    """One page with this content."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream.encode("ascii")),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Font << /F1 5 0 R >> >>",
        ]
    )


def claimed_pages(count: int) -> bytes:
    """It claims more pages than it has."""
    return written().replace(b"/Count 1", b"/Count %d" % count)


def many_pages(count: int) -> bytes:
    """The same page over and over."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * count, count),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        ]
    )


def looping_pages() -> bytes:
    """A tree of pages that bites its own tail."""
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [3 0 R] >> >>",
            b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 /Parent 2 0 R >>",
            b"<< /FT /Sig /T (a) /Kids [3 0 R 3 0 R] /Parent 3 0 R >>",
        ]
    )


def looping_sections() -> bytes:
    """Cross-reference sections that lead to each other for ever."""
    content = written()
    start = content.rindex(b"startxref\n") + len(b"startxref\n")
    place = content[start:].split(b"\n")[0]
    return content.replace(b"trailer\n<<", b"trailer\n<< /Prev " + place)


@functools.cache
def bomb(layers: int = 2, size_bytes: int = 200_000_000) -> bytes:
    """Some kilobytes that unpack to hundreds of megabytes, where pages and forms have to look."""
    packed = _zeros(size_bytes)
    for _ in range(layers - 1):
        packed = zlib.compress(packed, 9)
    filters = b" ".join([b"/FlateDecode"] * layers)
    stream = b"<< /Filter [%s] /Length %d >>\nstream\n%s\nendstream" % (filters, len(packed), packed)
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Metadata 4 0 R /DSS << /Certs [4 0 R] >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
            stream,
        ]
    )


@functools.cache
def object_bomb(size_bytes: int = 200_000_000) -> bytes:
    """The form lies in a stream of objects that unpacks to hundreds of megabytes."""
    packed = zlib.compress(_zeros(size_bytes), 9)
    return assembled(
        [
            b"<< /Type /Catalog /Pages 2 0 R /AcroForm 4 0 R >>",
            b"<< /Type /Pages /Kids [] /Count 0 >>",
            b"<< /Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream"
            % (len(packed), packed),
        ],
        in_stream=(4, 3),
    )


def deep(levels: int = 200_000) -> bytes:
    """Arrays in arrays in arrays."""
    return assembled([b"<< /Type /Catalog /Pages 2 0 R /AcroForm " + b"[" * levels + b"]" * levels + b" >>", b"null"])


def assembled(objects: list[bytes], in_stream: tuple[int, int] | None = None) -> bytes:
    """A file of numbered objects, the first its catalogue; ``in_stream``: one object's number and its stream's."""
    content, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(content)
    if in_stream is None:
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        count = len(objects) + 1
        content += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n" % (count, table, count)
    else:
        rows = [b"\0" * 7, *(b"\1" + place.to_bytes(4, "big") + b"\0\0" for place in places)]
        rows.append(b"\2" + in_stream[1].to_bytes(4, "big") + b"\0\0")
        rows.append(b"\1" + start.to_bytes(4, "big") + b"\0\0")
        table = b"".join(rows)
        content += (
            b"%d 0 obj\n<< /Type /XRef /W [1 4 2] /Size %d /Root 1 0 R /Length %d >>\nstream\n%s\nendstream\nendobj\n"
            % (
                len(rows) - 1,
                len(rows),
                len(table),
                table,
            )
        )
    return content + b"startxref\n%d\n%%%%EOF\n" % start


def _zeros(size_bytes: int) -> bytes:
    """Zeros, packed."""
    packer = zlib.compressobj(9)
    chunk = bytes(1_000_000)
    return b"".join(packer.compress(chunk) for _ in range(size_bytes // len(chunk))) + packer.flush()
