"""What poppler, qpdf and OpenSSL say of a signed file, with one root trusted."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.services.programs import program

_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Container:
    """One signature or document timestamp as it lies in a file."""

    signed_data: bytes
    """DER of the ContentInfo, without padding."""
    covered: bytes
    until: int
    """Offset where what it covers ends."""

    @property
    def is_timestamp(self) -> bool:
        """A document timestamp, not a signature."""
        return str(self._content["encap_content_info"]["content_type"].native) == "tst_info"

    @property
    def timestamped(self) -> tuple[bytes, bytes] | None:
        """The timestamp token over the signature value, and that value."""
        (signer,) = self._content["signer_infos"]
        for attribute in signer["unsigned_attrs"] or ():
            if attribute["type"].native == "signature_time_stamp_token":
                return attribute["values"][0].dump(), signer["signature"].native
        return None

    @property
    def _content(self) -> cms.SignedData:
        return cms.ContentInfo.load(self.signed_data)["content"]


def containers(content: bytes) -> Iterator[Container]:
    """Each filled container of a file, oldest first."""
    for found in _RANGE.finditer(content):
        start, first, second, length = map(int, found.groups())
        padded = bytes.fromhex(content[first + 1 : second - 1].decode())
        covered = content[start:first] + content[second : second + length]
        yield Container(cms.ContentInfo.load(padded).dump(), covered, second + length)


def nss_database(folder: Path, root: Path) -> Path:
    """A certificate database of NSS that trusts a root, given in PEM."""
    folder.mkdir(exist_ok=True)
    certutil = [program("certutil", "apt-get install libnss3-tools"), "-d", f"sql:{folder}"]
    if not (folder / "cert9.db").exists():
        _said([*certutil, "-N", "--empty-password"])
        _said([*certutil, "-A", "-n", "root", "-t", "CT,C,C", "-i", str(root)])
    return folder


class SecondOpinions:
    """Programs of others, in a folder of their own."""

    def __init__(self, folder: Path, root: x509.Certificate, others: Sequence[bytes] = ()) -> None:
        """``others`` are certificates on the way to the root, in DER, that tokens may not carry."""
        self._folder = folder
        self._root, self._others, self._known = folder / "root.pem", folder / "others.pem", folder / "nss"
        folder.mkdir(parents=True, exist_ok=True)
        self._root.write_bytes(root.public_bytes(Encoding.PEM))
        self._others.write_bytes(
            b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in others)
        )
        nss_database(self._known, self._root)

    def all_of(self, content: bytes) -> None:
        """Assert that all of them accept the file, each of its signatures and each of its timestamps."""
        self.poppler(content)
        self.qpdf(content)
        self.openssl(content)

    def poppler(self, content: bytes) -> None:
        """Assert that ``pdfsig`` finds every signature valid and trusted."""
        pdfsig = program("pdfsig", "apt-get install poppler-utils")
        said = _said([pdfsig, "-no-ocsp", "-nssdir", f"sql:{self._known}", self._file("file.pdf", content)])
        found = [part for part in re.split(r"(?m)^Signature #", said)[1:] if "is not signed" not in part]
        # Poppler knows no document timestamps: it lists them, and leaves them to OpenSSL.
        signatures = [part for part in found if "Signature Type: unknown" not in part]
        made = list(containers(content))
        assert (len(signatures), len(found)) == (sum(not one.is_timestamp for one in made), len(made)), said
        for one in signatures:
            assert "Signature Validation: Signature is Valid." in one, said
            assert "Certificate Validation: Certificate is Trusted." in one, said
        whole = made[-1].until == len(content)  # not at B-LT, whose proofs come after the last signature
        assert ("- Total document signed" in found[-1]) == whole, said

    def qpdf(self, content: bytes) -> None:
        """Assert that ``qpdf --check`` finds nothing wrong with the file."""
        _said([program("qpdf", "apt-get install qpdf"), "--check", self._file("file.pdf", content)])

    def openssl(self, content: bytes) -> None:
        """Assert that OpenSSL verifies each CMS under the root, and each timestamp of either kind."""
        made = list(containers(content))
        assert made, "nothing to verify"
        for one in made:
            if one.is_timestamp:
                self._stamp(one.signed_data, one.covered)
                continue
            self._cms(one)
            if one.timestamped is not None:
                self._stamp(*one.timestamped)

    def _cms(self, one: Container) -> None:
        words = ["cms", "-verify", "-binary", "-inform", "DER", "-in", self._file("signed.der", one.signed_data)]
        words += ["-content", self._file("covered", one.covered), "-CAfile", str(self._root)]
        _said([program("openssl", "apt-get install openssl"), *words, "-purpose", "any", "-out", "/dev/null"])

    def _stamp(self, token: bytes, covered: bytes) -> None:
        words = ["ts", "-verify", "-token_in", "-in", self._file("token.der", token), "-CAfile", str(self._root)]
        words += ["-data", self._file("stamped", covered)]
        if self._others.stat().st_size:
            words += ["-untrusted", str(self._others)]
        assert "Verification: OK" in _said([program("openssl", "apt-get install openssl"), *words])

    def _file(self, name: str, content: bytes) -> str:
        (self._folder / name).write_bytes(content)
        return str(self._folder / name)


def _said(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr
