"""The folder of the infrastructure: made whole or not at all, private keys readable by the service alone."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from asn1crypto import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from signing.errors import SigningError
from signing.pki._certificates import Member, public_key_info

_FORM = 1
_ABANDONED_SECONDS = 3600


class PkiDamaged(SigningError):
    """The folder of the test infrastructure is not whole."""

    code = "pki-damaged"
    message_vi = "Thư mục CA thử nghiệm bị thiếu hoặc hỏng. Hãy khôi phục từ bản sao lưu hoặc xóa để lập lại."
    message_en = "The test CA's folder is incomplete or damaged. Restore it from a backup, or remove it to start anew."


def make(directory: Path, base_url: str, members: Mapping[str, Member]) -> None:
    """Write the folder beside its place and move it there; a folder that stands there already wins."""
    directory.parent.mkdir(parents=True, exist_ok=True)
    _sweep(directory)
    building = Path(tempfile.mkdtemp(prefix=_prefix(directory), dir=directory.parent))
    try:
        for name, member in members.items():
            pem = member.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            _write(building / f"{name}.key", pem, mode=0o600)
            _write(building / f"{name}.cer", member.der, mode=0o644)
        _write(building / "pki.json", json.dumps({"form": _FORM, "base_url": base_url}).encode(), mode=0o644)
        for folder in ("issued", "revoked"):
            (building / folder).mkdir()
        sync(building)
        with contextlib.suppress(FileExistsError):
            _rename(building, directory)
        sync(directory.parent)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def read(directory: Path, names: tuple[str, ...]) -> tuple[str, dict[str, Member]]:
    """The base address and the members.

    Raises:
        PkiDamaged: something is missing, or does not fit together.
    """
    try:
        description = json.loads((directory / "pki.json").read_bytes())
        if description["form"] != _FORM:
            raise PkiDamaged(f"{directory}: form {description['form']}")
        return str(description["base_url"]), {name: _member(directory, name) for name in names}
    except (OSError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise PkiDamaged(f"{directory}: {error}") from error


def write_once(file: Path, content: bytes) -> bool:
    """Write a file that is never changed again; ``False`` if it stands there already."""
    descriptor, name = tempfile.mkstemp(prefix=".", dir=file.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        try:
            os.link(name, file)
        except FileExistsError:
            return False
        sync(file.parent)
        return True
    finally:
        Path(name).unlink()


def sync(directory: Path) -> None:
    """Make new names in a folder survive a power cut."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _member(directory: Path, name: str) -> Member:
    # Our own key, compared with its certificate below: checking its primes again takes longer than all the rest.
    key: Any = load_pem_private_key((directory / f"{name}.key").read_bytes(), None, unsafe_skip_rsa_key_validation=True)
    certificate = x509.Certificate.load((directory / f"{name}.cer").read_bytes(), strict=True)
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise PkiDamaged(f"{directory}: {name}.key is of another kind")
    if certificate.public_key.dump() != public_key_info(key.public_key()).dump():
        raise PkiDamaged(f"{directory}: {name}.key and {name}.cer do not belong together")
    return Member(key, certificate)


def _write(file: Path, content: bytes, *, mode: int) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _rename(building: Path, directory: Path) -> None:
    try:
        building.rename(directory)
    except OSError as error:
        if error.errno == errno.ENOTEMPTY:
            raise FileExistsError(directory) from error  # another process was first
        raise


def _prefix(directory: Path) -> str:
    return f".{directory.name}-being-made-"


def _sweep(directory: Path) -> None:
    """Remove what a process killed long ago left half made."""
    for left in _abandoned(directory):
        shutil.rmtree(left, ignore_errors=True)


def _abandoned(directory: Path) -> Iterator[Path]:
    for folder in directory.parent.glob(f"{_prefix(directory)}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS:
                yield folder
