"""One small document gone through once, so that readers forked afterwards find everything in place.

The first time costs what libraries put off until they are used: compiled patterns, tables, picture formats. Without
this every reader, being a fresh fork, would pay it again.
"""

from __future__ import annotations

from datetime import UTC, datetime

from signing import _digits, _prepare, _status, _store, pages, places, texts

_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    b"<</Length 37>>stream\nBT/F 12 Tf 20 100 Td(Rehearsal)Tj ET   \nendstream",
    b"<</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>",
)


def rehearse() -> None:
    """Read, render, lay out, seal and stamp a page of our own."""
    _digits.cut_aside()
    _status.questions(())
    page = _one_page()
    texts._texts(page)  # noqa: SLF001 - what is called in readers is private to its room
    pages._rendered(page, 0, 100)  # noqa: SLF001
    places._find(page, "Rehearsal")  # noqa: SLF001
    gap = places.Box(0, 20, 120, 60, 134)
    request = _prepare.Request(
        signer="Rehearsal",
        reason="",
        signed_at=datetime.now(UTC),
        container_bytes=64,
        picture=None,
        words=("Rehearsal",),
    )
    found = places.IssuePlaces(number=gap, day=gap, personal_signature=places.Box(0, 20, 20, 120, 80))
    signed = _prepare.prepare_personal(page, found, request)
    sealed = _prepare.prepare_seal(signed.filled(b""), {"number": "01", "day": "02"}, request)
    _store.prepare_timestamp(sealed.filled(b""), _store.Proofs(), 64)


def _one_page() -> bytes:
    written = bytearray(b"%PDF-1.7\n")
    starts = []
    for number, content in enumerate(_OBJECTS, start=1):
        starts.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % start for start in starts)
    size = len(_OBJECTS) + 1
    return bytes(
        written
    ) + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        table,
        size,
        len(written),
    )
