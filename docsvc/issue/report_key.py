"""The key that reports of verifications are signed with: a file named in the settings, or one for trials."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from signing.errors import SigningError, UnusableKey
from signing.keys import SigningKey, open_pkcs12
from signing.pki import TestPki

_TRIAL_HOLDER = "Kiểm tra chữ ký, thử nghiệm – không có giá trị pháp lý"


class ReportKey:
    """Opened at the first report and kept; safe to share between threads."""

    def __init__(self, opened: Callable[[], SigningKey], *, for_trials: bool) -> None:
        self._opened = opened
        self._lock = threading.Lock()
        self._key: SigningKey | None = None
        self.for_trials = for_trials
        """Its certificate has no legal value, and the report says so."""

    def key(self) -> SigningKey:
        """The key, in force now.

        Raises:
            SigningError: it cannot be opened, or its certificate has ended.
        """
        with self._lock:
            now = datetime.now(UTC)
            if self._key is None or not self._key.not_before <= now <= self._key.not_after:
                self._key = self._opened()
            self._key.require_usable(now)
            return self._key


def key_in_file(pkcs12: Path, passphrase: Path) -> SigningKey:
    """A key file whose passphrase lies in another file, for the service alone to read.

    Raises:
        UnusableKey: one of them cannot be read.
        SigningError: as :func:`signing.keys.open_pkcs12`.
    """
    try:
        return open_pkcs12(pkcs12.read_bytes(), passphrase.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKey(f"report_key: {error}") from error


def key_for_trials(pki: TestPki, file: Path, secret: str) -> SigningKey:
    """A key of the test infrastructure, made once and kept in ``file``; made anew where that one cannot be used.

    Args:
        pki: which issues it.
        file: where it is kept, encrypted.
        secret: of the service; the file's passphrase is derived from it.
    """
    passphrase = hashlib.sha256(f"docsvc report key {secret}".encode()).hexdigest()
    try:
        key = open_pkcs12(file.read_bytes(), passphrase)
        key.require_usable(datetime.now(UTC))
    except (OSError, SigningError):
        made = pki.issue_organisation(_TRIAL_HOLDER, passphrase, code="docsvc")
        temporary = file.with_suffix(f".{os.getpid()}.{threading.get_ident()}")
        temporary.touch(0o600)
        temporary.write_bytes(made)
        temporary.replace(file)  # of two processes the later one's is kept; each signs well with its own
        return open_pkcs12(made, passphrase)
    return key
