"""Verifying a signed file: ours, plain pyHanko as documented and poppler's ``pdfsig``, by signatures and by size."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import asn1crypto.x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from bench.tables import by_turns, middle, show
from bench.ways import LEADER, PASSPHRASE, a_draft
from signing.pki import TestPki
from signing.verify import FileReport, Trust, Verdict, verify
from tests.services.programs import program
from tests.services.second_opinions import nss_database

SECONDS = 6.0
KB, MB = 1024, 1024 * 1024
SIGNATURES, SIZES = (1, 2, 5), (50 * KB, 1 * MB, 10 * MB, 50 * MB)
OURS, PYHANKO, PDFSIG = (
    "docsvc: every check, in a limited process",
    "plain pyHanko, as documented",
    "poppler's pdfsig",
)
NOTE = (
    "Medians of at least {} runs each, by turns. Signatures of RSA-2048 at B-T. docsvc also judges timestamps, looks "
    "at every byte outside of the signatures, says what changed after each, and digests the file for its report. "
    "pyHanko compares revisions too; pdfsig, a program started for each file, does not, and checks no timestamps."
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        office = Office(Path(folder))
        by_signatures(office)
        by_size(office)


class Office:
    """Signed files and who is trusted with them."""

    def __init__(self, folder: Path) -> None:
        self.pki = TestPki.create(folder / "pki", base_url="http://127.0.0.1:9/pki")
        self.file = folder / "file.pdf"
        self.signer = signers.SimpleSigner.load_pkcs12_data(
            self.pki.issue_person(LEADER, PASSPHRASE), [], PASSPHRASE.encode()
        )
        (root,) = self.pki.roots()
        pem = folder / "root.pem"
        pem.write_bytes(root.public_bytes(Encoding.PEM))
        self.known = nss_database(folder / "nss", pem)
        self.root = asn1crypto.x509.Certificate.load(root.public_bytes(Encoding.DER))
        self.trust = Trust(roots=(root,))
        self.stamps: TimeStamper = self.pki.timestamper().pyhanko()

    def signed(self, signatures: int, size: int) -> bytes:
        """A draft filled up to a size with a stream that nothing compresses, signed so many times."""
        content = filled_up(a_draft(), size)
        for number in range(1, signatures + 1):
            writer = IncrementalPdfFileWriter(io.BytesIO(content))
            name = f"Signature{number}"
            fields.append_signature_field(writer, fields.SigFieldSpec(name))
            metadata = signers.PdfSignatureMetadata(field_name=name, subfilter=fields.SigSeedSubFilter.PADES)
            made = signers.PdfSigner(metadata, signer=self.signer, timestamper=self.stamps).sign_pdf(writer)
            assert isinstance(made, io.BytesIO)
            content = made.getvalue()
        return content

    def ways(self, content: bytes) -> dict[str, Callable[[], object]]:
        """Each verifies the file once."""
        self.file.write_bytes(content)
        pdfsig = [program("pdfsig", "apt-get install poppler-utils"), "-no-ocsp", "-nssdir", f"sql:{self.known}"]

        def ours() -> FileReport:
            report = verify(content, trust=self.trust)
            assert report.verdict is Verdict.VALID, report.message_en
            return report

        def poppler() -> None:
            subprocess.run([*pdfsig, str(self.file)], check=True, capture_output=True)

        return {OURS: ours, PYHANKO: lambda: self.pyhanko(content), PDFSIG: poppler}

    def pyhanko(self, content: bytes) -> None:
        """As in pyHanko's documentation, "Validation functionality"."""
        context = ValidationContext(trust_roots=[self.root], allow_fetching=False)
        for signature in PdfFileReader(io.BytesIO(content)).embedded_signatures:
            status = validate_pdf_signature(signature, context, context)
            assert status.bottom_line, status.summary()


def filled_up(content: bytes, size: int) -> bytes:
    """The file with an appended stream that makes it so long."""
    missing = size - len(content)
    if missing <= 0:
        return content
    writer = IncrementalPdfFileWriter(io.BytesIO(content))
    ballast = generic.StreamObject(encoded_data=bytes((7 * at * at + at) % 251 for at in range(KB)) * (missing // KB))
    writer.root["/PieceInfo"] = generic.DictionaryObject({generic.pdf_name("/Bench"): writer.add_object(ballast)})
    writer.update_root()
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def by_signatures(office: Office) -> None:
    rows: list[tuple[str, ...]] = []
    runs = sys.maxsize
    for signatures in SIGNATURES:
        found, made = _rows(office, f"{signatures}", office.signed(signatures, 50 * KB))
        rows += found
        runs = min(runs, made)
    heads = ("signatures", "by", "per second", "ms each", "plain pyHanko = 1", "pdfsig = 1")
    show("Verifying 50 kB, by signatures", heads, rows, [NOTE.format(runs)])


def by_size(office: Office) -> None:
    rows: list[tuple[str, ...]] = []
    runs = sys.maxsize
    for size in SIZES:
        told = f"{size // MB} MB" if size >= MB else f"{size // KB} kB"
        found, made = _rows(office, told, office.signed(1, size))
        rows += found
        runs = min(runs, made)
    heads = ("size", "by", "per second", "ms each", "plain pyHanko = 1", "pdfsig = 1")
    show("Verifying one signature, by size", heads, rows, [NOTE.format(runs)])


def _rows(office: Office, told: str, content: bytes) -> tuple[list[tuple[str, ...]], int]:
    durations = by_turns(office.ways(content), seconds=SECONDS)
    times = {name: middle(runs) for name, runs in durations.items()}
    rows: list[tuple[str, ...]] = [
        (
            told,
            name,
            f"{1 / seconds:.1f}",
            f"{seconds * 1000:.1f}",
            f"{times[PYHANKO] / seconds:.1f}×",
            f"{times[PDFSIG] / seconds:.1f}×",
        )
        for name, seconds in times.items()
    ]
    return rows, len(durations[OURS])


if __name__ == "__main__":
    main()
