"""PKCS#11 modules (OASIS, Cryptoki v2.40) and the sessions open on their tokens.

A module is initialised once in a process, without leave to lock (``C_Initialize`` with NULL, 5.4: never two threads
at once), so one lock makes the calls of all threads one after the other. Each token has one session, logged in and
shared, for a login is the whole process's (6.7.4). A session may go at any time: it was idle, the token was pulled
out, somebody typed a wrong PIN. Whoever needs it again has the PIN and opens it anew.
"""

from __future__ import annotations

import atexit
import hmac
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import exceptions

from signing.errors import (
    LastPinTry,
    MechanismRefused,
    PinLocked,
    SigningError,
    TokenFailed,
    TokenKeyMissing,
    TokenMissing,
    TokenModuleMissing,
    WrongPin,
)

T = TypeVar("T")

IDLE_SECONDS = 120.0
"""A session that nobody used for so long is logged out and closed."""
_SECRET = secrets.token_bytes(32)
_LOST = (
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.UserNotLoggedIn,
    exceptions.ObjectHandleInvalid,
    exceptions.KeyHandleInvalid,
    exceptions.DeviceRemoved,
    exceptions.DeviceError,
    exceptions.GeneralError,
    exceptions.TokenNotPresent,
    exceptions.FunctionFailed,
    exceptions.NoSuchKey,
)
"""May only mean that the session is of a time before: tried once more with a new one."""
_REFUSED_PIN = (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange)
_NAMES: tuple[tuple[type[SigningError], tuple[type[Exception], ...]], ...] = (
    (WrongPin, _REFUSED_PIN),
    (PinLocked, (exceptions.PinLocked, exceptions.PinExpired, exceptions.UserPinNotInitialized)),
    (
        TokenMissing,
        (
            exceptions.NoSuchToken,
            exceptions.MultipleTokensReturned,
            exceptions.TokenNotPresent,
            exceptions.TokenNotRecognised,
            exceptions.DeviceRemoved,
            exceptions.SlotIDInvalid,
        ),
    ),
    (TokenKeyMissing, (exceptions.NoSuchKey, exceptions.MultipleObjectsReturned)),
    (
        MechanismRefused,
        (
            exceptions.MechanismInvalid,
            exceptions.MechanismParamInvalid,
            exceptions.KeyTypeInconsistent,
            exceptions.KeySizeRange,
            exceptions.FunctionNotSupported,
            exceptions.FunctionRejected,
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class TokenName:
    """Which token: by its label, its serial number, or both."""

    label: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class KeyName:
    """Which key of a token: by its label, its identifier (CKA_ID), or both."""

    label: str = ""
    id: bytes = b""


@dataclass(slots=True)
class OpenToken:
    """A session in which the user is logged in."""

    session: pkcs11.Session
    mechanisms: frozenset[Any]
    slot_id: int
    proof: bytes
    """Of the PIN it was opened with; see :func:`_proof`."""
    used_at: float
    keys: dict[KeyName, Any] = field(default_factory=dict)

    def key(self, name: KeyName, *, seen: bool = False) -> Any:
        """The private key, looked up once a session, or now, to be ``seen`` there."""
        if seen or name not in self.keys:
            self.keys[name] = self.session.get_key(
                object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=name.label or None, id=name.id or None
            )
        return self.keys[name]


class Module:
    """One PKCS#11 module with the sessions open through it. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._library: Any = None
        self.forget()

    def forget(self) -> None:
        """In a fork of the process: nothing that is open is this process's, and any thread may have held the lock."""
        self._lock = threading.RLock()
        self._open: dict[TokenName, OpenToken] = {}
        self._is_initialised = False
        self._timer: threading.Timer | None = None

    def use(self, token: TokenName, pin: str, work: Callable[[OpenToken], T]) -> T:
        """Do some work in the token's session, opened with the PIN unless it is open.

        Raises:
            WrongPin, LastPinTry, PinLocked: the token refused the PIN; none but the right one ever opens anything.
            TokenModuleMissing, TokenMissing, TokenKeyMissing, MechanismRefused, TokenFailed: as named.
        """
        with self._lock, named_errors():
            opened, is_new = self._opened(token, pin)
            try:
                return work(opened)
            except _LOST:
                self._begin_anew()
                if is_new:
                    raise
                return work(self._opened(token, pin)[0])
            finally:
                opened.used_at = time.monotonic()
                self._watch()

    def close_idle(self, seconds: float) -> int:
        """Log out and close the sessions that nobody used for so long; tells how many."""
        with self._lock:
            idle = [name for name, one in self._open.items() if time.monotonic() - one.used_at >= seconds]
            for name in idle:
                self._close(name)
            return len(idle)

    def _opened(self, name: TokenName, pin: str) -> tuple[OpenToken, bool]:
        proof = _proof(pin)
        kept = self._open.get(name)
        if kept is not None and hmac.compare_digest(kept.proof, proof):
            return kept, False
        token = self._token(name)
        for other in [other for other, one in self._open.items() if one.slot_id == token.slot.slot_id]:
            self._close(other)  # the token itself is asked about this PIN
        try:
            session = token.open(user_pin=pin)
        except exceptions.UserAlreadyLoggedIn:  # by somebody else in this process
            self._begin_anew()
            token = self._token(name)
            session = token.open(user_pin=pin)
        except exceptions.PKCS11Error as error:
            self._begin_anew()  # or the session of the refused login would stay open
            raise self._refused(name, error) from error
        opened = OpenToken(session, frozenset(token.slot.get_mechanisms()), token.slot.slot_id, proof, time.monotonic())
        self._open[name] = opened
        return opened, True

    def _token(self, name: TokenName) -> Any:
        asked: dict[str, Any] = {}
        if name.label:
            asked["token_label"] = name.label
        if name.serial:
            asked["token_serial"] = name.serial.encode()
        try:
            return self._loaded().get_token(**asked)
        except exceptions.NoSuchToken:
            self._begin_anew()  # some modules look for new tokens only then
            return self._loaded().get_token(**asked)

    def _refused(self, name: TokenName, error: Exception) -> Exception:
        """The token's last word on a PIN: flags of C_GetTokenInfo (table 6), the only count of tries there is."""
        if not isinstance(error, _REFUSED_PIN):
            return error
        with suppress(Exception):
            flags = self._token(name).flags
            if flags & pkcs11.TokenFlag.USER_PIN_LOCKED:
                return PinLocked(type(error).__name__)
            if flags & pkcs11.TokenFlag.USER_PIN_FINAL_TRY:
                return LastPinTry(type(error).__name__)
        return error

    def _loaded(self) -> Any:
        try:
            if self._library is None:
                if not self._path.is_file():
                    raise TokenModuleMissing(f"no file {self._path}")
                self._library = pkcs11.lib(str(self._path))
                self._is_initialised = True
            if not self._is_initialised:
                with suppress(exceptions.PKCS11Error):
                    self._library.finalize()
                self._library.initialize()
                self._is_initialised = True
        except exceptions.PKCS11Error as error:
            raise TokenModuleMissing(f"{type(error).__name__}: {error}") from error
        return self._library

    def _begin_anew(self) -> None:
        for name in list(self._open):
            self._close(name)
        self._is_initialised = False

    def _close(self, name: TokenName) -> None:
        with suppress(exceptions.PKCS11Error):
            self._open.pop(name).session.close()

    def _watch(self) -> None:
        if self._open and self._timer is None:
            self._timer = threading.Timer(IDLE_SECONDS, self._tidy)
            self._timer.daemon = True
            self._timer.start()

    def _tidy(self) -> None:
        with self._lock:
            self._timer = None
            self.close_idle(IDLE_SECONDS)
            self._watch()


_modules: dict[Path, Module] = {}
_modules_lock = threading.Lock()


def module(path: Path) -> Module:
    """The module of a file, the same one for everybody in this process."""
    with _modules_lock:
        return _modules.setdefault(path.resolve(), Module(path.resolve()))


def close_idle(seconds: float = 0) -> int:
    """Log out and close all sessions that nobody used for so long; tells how many."""
    return sum(one.close_idle(seconds) for one in list(_modules.values()))


@contextmanager
def named_errors() -> Iterator[None]:
    """Give what a module says a name of ours."""
    try:
        yield
    except exceptions.PKCS11Error as error:
        for named, kinds in _NAMES:
            if isinstance(error, kinds):
                raise named(type(error).__name__) from error
        raise TokenFailed(f"{type(error).__name__}: {error}") from error


def _proof(pin: str) -> bytes:
    """What tells two PINs apart without keeping either."""
    return hmac.digest(_SECRET, pin.encode(), "sha256")


def _forget() -> None:
    global _modules_lock  # noqa: PLW0603 - a thread that is not here may hold it
    _modules_lock = threading.Lock()
    for one in _modules.values():
        one.forget()


os.register_at_fork(after_in_child=_forget)
atexit.register(close_idle)
