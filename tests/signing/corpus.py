"""Signed, damaged and attacked files of other people's making, where they are at hand, and what upstream says."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter

from signing.verify._evidence import carried, stored
from signing.verify._reading import _collected

FOLDER = Path(os.environ.get("DOCSVC_CORPORA", Path(__file__).parents[3] / "shared" / "corpora")) / "pdf-signatures"


@dataclass(frozen=True)
class Expected:
    """What a test of upstream asserts of a file."""

    broken: bool
    """That a signature is not technically valid."""
    indications: frozenset[str]
    """Named in the test; some only to say that they are not given."""
    sub_indications: frozenset[str]


def expected() -> Mapping[str, Expected]:
    """By file name."""
    return {
        entry["file"]: Expected(
            entry["asserts_broken"], frozenset(entry["indications"]), frozenset(entry["sub_indications"])
        )
        for entry in json.loads((FOLDER / "expected.json").read_text("utf-8"))
    }


def own_roots(content: bytes) -> tuple[x509.Certificate, ...]:
    """The highest certificates in a file: as if their authorities were trusted."""
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        signed = _collected(reader, content)
    except Exception:  # noqa: BLE001 - such files are of the corpus, too
        return ()
    evidence = stored(reader)
    for one in signed:
        if one.embedded is not None:
            carried(one.embedded.signed_data, one.covered_end, evidence)
            for token in extract_tst_data_iter(one.embedded.signer_info, signed=False):
                carried(token, one.covered_end, evidence)
    certificates = evidence.certificates()
    subjects = {certificate.subject.dump() for certificate in certificates}
    highest = [
        certificate
        for certificate in certificates
        if certificate.self_signed in {"yes", "maybe"} or certificate.issuer.dump() not in subjects
    ]
    return tuple(_loaded(certificate.dump() for certificate in highest))


def _loaded(encoded: Iterable[bytes]) -> Iterator[x509.Certificate]:
    for der in encoded:
        with contextlib.suppress(ValueError, Warning):
            yield x509.load_der_x509_certificate(der)
