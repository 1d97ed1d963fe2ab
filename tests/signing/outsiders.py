"""What other people's programs say of a signed file: poppler, qpdf and OpenSSL."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.services.programs import program

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)")


def require_accepted(content: bytes, roots: tuple[x509.Certificate, ...], folder: Path, *, signatures: int) -> None:
    """Each of them finds the file sound and every signature valid under the roots."""
    folder.mkdir(parents=True, exist_ok=True)
    file, root = folder / "file.pdf", folder / "roots.pem"
    file.write_bytes(content)
    root.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in roots))
    _poppler(file, root, signatures)
    checked = _run(program("qpdf", "apt-get install qpdf"), "--check", file)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    found = list(_BYTE_RANGE.finditer(content))
    assert len(found) == signatures
    for one in found:
        start, first, second, length = (int(group) for group in one.groups())
        cms, covered = folder / "cms.der", folder / "covered"
        cms.write_bytes(bytes.fromhex(content[first + 1 : second - 1].decode()))
        covered.write_bytes(content[start:first] + content[second : second + length])
        options = ("-binary", "-inform", "DER", "-in", cms, "-content", covered, "-CAfile", root)
        openssl = program("openssl", "apt-get install openssl")
        said = _run(openssl, "cms", "-verify", *options, "-purpose", "any", "-out", "/dev/null")
        assert said.returncode == 0, said.stderr


def nss_database(folder: Path, root: Path) -> Path:
    """A certificate database of NSS that trusts the root."""
    folder.mkdir(exist_ok=True)
    certutil = program("certutil", "apt-get install libnss3-tools")
    if not (folder / "cert9.db").exists():
        assert _run(certutil, "-N", "-d", f"sql:{folder}", "--empty-password").returncode == 0
        added = _run(certutil, "-A", "-d", f"sql:{folder}", "-n", "root", "-t", "CT,C,C", "-i", root)
        assert added.returncode == 0, added.stderr
    return folder


def _poppler(file: Path, root: Path, signatures: int) -> None:
    database = nss_database(file.parent / "nss", root)
    said = _run(program("pdfsig", "apt-get install poppler-utils"), "-no-ocsp", "-nssdir", database, file)
    assert said.stdout.count("Signature Validation: Signature is Valid.") == signatures, said.stdout + said.stderr
    assert said.stdout.count("Certificate Validation: Certificate is Trusted.") == signatures, said.stdout
    assert "Total document signed" in said.stdout


def _run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False)
