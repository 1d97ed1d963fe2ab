"""What other programs say of a signed file: qpdf, poppler's pdfsig with NSS, and OpenSSL."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.services.programs import program


def nss_trusting(root: bytes, folder: Path) -> Path:
    """An NSS database that trusts a root, PEM."""
    trusted, file = folder / "nss", folder / "root.pem"
    trusted.mkdir()
    file.write_bytes(root)
    certutil = program("certutil", "apt-get install libnss3-tools")
    subprocess.run([certutil, "-N", "-d", f"sql:{trusted}", "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", f"sql:{trusted}", "-n", "root", "-t", "CT,C,C", "-i", str(file)], check=True)
    return trusted


def pdfsig_accepts(file: Path, nss: Path) -> bool:
    """Whether poppler finds every signature valid and its certificate trusted."""
    command = [program("pdfsig", "apt-get install poppler-utils"), "-no-ocsp", "-nssdir", str(nss), str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    signatures = said.count("Signature Validation:")
    assert signatures, said
    valid = said.count("Signature Validation: Signature is Valid.")
    return signatures == valid == said.count("Certificate Validation: Certificate is Trusted.")


def qpdf_accepts(file: Path) -> bool:
    """Whether qpdf finds nothing wrong."""
    command = [program("qpdf", "apt-get install qpdf"), "--check", str(file)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def openssl_accepts(file: Path, root: Path) -> bool:
    """Whether OpenSSL accepts the CMS of every signature over what it covers."""
    content, answers = file.read_bytes(), []
    for found in re.finditer(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)", content):
        start, first, second, length = (int(group) for group in found.groups())
        cms, covered = file.with_suffix(".der"), file.with_suffix(".covered")
        cms.write_bytes(bytes.fromhex(content[first + 1 : second - 1].decode()))
        covered.write_bytes(content[start:first] + content[second : second + length])
        command = [program("openssl", "apt-get install openssl"), "cms", "-verify", "-binary", "-inform", "DER"]
        command += ["-in", str(cms), "-content", str(covered), "-CAfile", str(root), "-purpose", "any"]
        said = subprocess.run([*command, "-out", "/dev/null"], capture_output=True, text=True, check=False)
        answers.append(said.returncode == 0)
    assert answers
    return all(answers)
