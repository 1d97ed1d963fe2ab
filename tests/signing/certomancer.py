"""Certomancer as an independent authority on loopback: RFC 3161, OCSP and CRLs by other hands than ours."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.services.programs import free_ports, program, running

_VALID = {"valid-from": "2020-01-01T00:00:00+0000", "valid-to": "2045-01-01T00:00:00+0000"}


def _extension(kind: str, value: object, *, critical: bool = True) -> dict[str, object]:
    return {"id": kind, "critical": critical, "value": value}


def _architecture() -> dict[str, object]:
    root = {
        "subject": "root",
        "subject-key": "root",
        "issuer": "root",
        "authority-key": "root",
        "validity": _VALID,
        "extensions": [
            _extension("basic_constraints", {"ca": True}),
            {"id": "key_usage", "critical": True, "smart-value": {"schema": "key-usage", "params": ["key_cert_sign"]}},
        ],
    }
    tsa = {
        "subject": "tsa",
        "subject-key": "tsa",
        "issuer": "root",
        "authority-key": "root",
        "validity": _VALID,
        "extensions": [
            {
                "id": "key_usage",
                "critical": True,
                "smart-value": {"schema": "key-usage", "params": ["digital_signature"]},
            },
            _extension("extended_key_usage", ["time_stamping"]),
        ],
    }
    return {
        "keyset": "trial",
        "entity-defaults": {"country-name": "VN", "organization-name": "Certomancer"},
        "entities": {"root": {"common-name": "Root"}, "tsa": {"common-name": "TSA"}},
        "certs": {"root": root, "tsa": tsa},
        "services": {"time-stamping": {"tsa": {"signing-cert": "tsa"}}},
    }


@contextlib.contextmanager
def timestamp_server(folder: Path) -> Iterator[str]:
    """Address of a timestamp authority."""
    for name in ("root", "tsa"):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    keyset = {"keys": {name: {"path": f"{name}.pem"} for name in ("root", "tsa")}}
    config = folder / "certomancer.yml"
    config.write_text(
        yaml.safe_dump(
            {
                "external-url-prefix": address,
                "keysets": {"trial": keyset},
                "pki-architectures": {"trial": _architecture()},
            }
        ),
        encoding="utf-8",
    )
    command = [program("certomancer", "install the test requirements"), "--config", str(config)]
    log = folder / "certomancer.log"
    with running([*command, "animate", "--port", str(port)], log=log, ready=lambda: _listens(port)):
        yield f"{address}/trial/tsa/tsa"


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False
