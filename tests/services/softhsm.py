"""A real PKCS#11 module with tokens in a folder (SoftHSM 2): one folder per test process, tokens as tests ask for them.

Keys are put onto a token by a process of its own, run as a program: ``python -m tests.services.softhsm``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    pkcs12,
)
from pkcs11 import Attribute, KeyType, ObjectClass
from pkcs11.util.ec import decode_ec_private_key
from pkcs11.util.rsa import decode_rsa_private_key
from pkcs11.util.x509 import decode_x509_certificate

from tests.services.programs import missing

LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm.so", "/usr/lib64/pkcs11/libsofthsm2.so")
REPOSITORY = Path(__file__).parents[2]
OFFICER_PIN = "87654321"


@dataclass(frozen=True, slots=True)
class SoftHsm:
    """The module, and the way to make and take away tokens."""

    library: Path
    util: str

    def add_token(self, label: str, pin: str, keys: dict[str, tuple[bytes, str]], **attributes: Any) -> None:
        """A token with the keys of PKCS#12 files, given by label as content and passphrase; their CKA_ID is 1, 2, ….

        Attributes of the private keys by their PKCS#11 name, such as ``ALWAYS_AUTHENTICATE=True``.
        """
        self._run("--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", OFFICER_PIN)
        if not keys:
            return
        entries = []
        for content, passphrase in keys.values():
            found = pkcs12.load_pkcs12(content, passphrase.encode())
            assert isinstance(found.key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey)
            assert found.cert is not None
            certificates = [found.cert, *found.additional_certs]
            entries.append(
                {
                    "key": found.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex(),
                    "certificates": [one.certificate.public_bytes(Encoding.DER).hex() for one in certificates],
                }
            )
        order = {
            "library": str(self.library),
            "token": label,
            "pin": pin,
            "keys": dict(zip(keys, entries, strict=True)),
            "attributes": attributes,
        }
        command = [sys.executable, "-m", "tests.services.softhsm"]
        subprocess.run(command, cwd=REPOSITORY, input=json.dumps(order).encode(), check=True)

    def remove_token(self, label: str) -> None:
        """Pull it out, for good."""
        self._run("--delete-token", "--token", label)

    def _run(self, *words: str) -> None:
        subprocess.run([self.util, *words], capture_output=True, check=True)


@pytest.fixture(scope="session")
def softhsm() -> Iterator[SoftHsm]:
    """The module with no token yet."""
    with tempfile.TemporaryDirectory(prefix="docsvc-tokens-") as folder:
        yield softhsm_in(Path(folder)) or missing("SoftHSM", "apt-get install softhsm2")


def softhsm_in(folder: Path) -> SoftHsm | None:
    """The module, with its tokens in an empty folder for the rest of this process; ``None`` where it is missing."""
    library = next((Path(one) for one in LIBRARIES if Path(one).exists()), None)
    util = shutil.which("softhsm2-util")
    if library is None or util is None:
        return None
    (folder / "tokens").mkdir()
    config = folder / "softhsm2.conf"
    config.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n", encoding="utf-8")
    os.environ["SOFTHSM2_CONF"] = str(config)
    return SoftHsm(library, util)


def put(order: dict[str, Any]) -> None:
    """Write the keys and certificates of an order onto its token."""
    token = pkcs11.lib(order["library"]).get_token(token_label=order["token"])
    more = {Attribute[name]: value for name, value in order["attributes"].items()}
    with token.open(user_pin=order["pin"], rw=True) as session:
        for number, (label, entry) in enumerate(order["keys"].items(), start=1):
            named = {Attribute.LABEL: label, Attribute.ID: bytes([number]), Attribute.TOKEN: True}
            session.create_object(private_key(bytes.fromhex(entry["key"])) | named | more)
            for certificate in entry["certificates"]:
                session.create_object(decode_x509_certificate(bytes.fromhex(certificate)) | named)
                named = {Attribute.LABEL: "authority", Attribute.TOKEN: True}


def private_key(der: bytes) -> dict[Attribute, Any]:
    key = load_der_private_key(der, None)
    whatever: dict[Attribute, Any] = {Attribute.PRIVATE: True, Attribute.SENSITIVE: True, Attribute.SIGN: True}
    if isinstance(key, ed25519.Ed25519PrivateKey):
        # python-pkcs11 decodes none of these: the curve as OID 1.3.101.112, the value as an octet string.
        return whatever | {
            Attribute.CLASS: ObjectClass.PRIVATE_KEY,
            Attribute.KEY_TYPE: KeyType.EC_EDWARDS,
            Attribute.EC_PARAMS: bytes.fromhex("06032b6570"),
            Attribute.VALUE: key.private_bytes_raw(),
        }
    assert isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    found: dict[Attribute, Any] = (
        decode_rsa_private_key(plain) if isinstance(key, rsa.RSAPrivateKey) else decode_ec_private_key(plain)
    )
    return found | whatever


if __name__ == "__main__":
    put(json.load(sys.stdin))
