"""Codes of the public check: short enough to type, too many to try.

A code has twelve random characters of Crockford's base 32, 60 bits, and a thirteenth that tells a slip of the finger:
any wrong character and any two that changed places. It is written ``7K3M-Q9XA-2HTV4``.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from docsvc import audit
from docsvc.db.check_codes import CheckCode, CheckMark
from docsvc.db.records import Document

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: without I, L, O and U."""
RANDOM_CHARACTERS = 12
LENGTH = RANDOM_CHARACTERS + 1
PATH = "/kt/"
"""Between the service's address and the code."""
_ALIKE = str.maketrans("OILU", "011V")
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_FIELD = 0b100101
"""x⁵ + x² + 1: the check is reckoned in the field of 32 elements."""
_LONGEST_TYPED = 200


def new_code() -> str:
    """A code that nobody can guess."""
    drawn = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_CHARACTERS))
    return drawn + check_character(drawn)


def check_character(drawn: str) -> str:
    """The last character: a weighted sum whose weights differ in every place."""
    total, weight = 0, 1
    for letter in drawn:
        weight = _product(weight, 2)
        total ^= _product(weight, _VALUES[letter])
    return ALPHABET[total]


def read_code(typed: str) -> str | None:
    """What was typed, scanned or pasted, as it is kept; ``None`` if it is no code.

    Small letters, spaces and hyphens do not matter, nor do letters that look like others; of an address only the end
    counts.
    """
    folded = unicodedata.normalize("NFKC", typed[:_LONGEST_TYPED]).upper().translate(_ALIKE)
    folded = folded.strip().rstrip("/").rpartition("/")[2]
    code = "".join(letter for letter in folded if letter.isalnum())
    if len(code) != LENGTH or any(letter not in _VALUES for letter in code):
        return None
    return code if check_character(code[:-1]) == code[-1] else None


def grouped(code: str) -> str:
    """As people read it."""
    return "-".join((code[:4], code[4:8], code[8:]))


def address_of(base: str, code: str) -> str:
    """Where the code leads, below the service's address."""
    return f"{base.rstrip('/')}{PATH}{grouped(code)}"


def digest_of(code: str) -> str:
    """What a code is looked up by."""
    return hashlib.sha256(code.encode("utf-8")).hexdigest()


def code_of(session: Session, document_id: str) -> str | None:
    """The code of a document; ``None`` if it has none yet."""
    return session.scalar(select(CheckCode.code).where(CheckCode.document_id == document_id))


def give_code(session: Session, document: Document, now: datetime, *, by: str, code: str | None = None) -> str:
    """The code of a document, made now if it has none yet; in the caller's transaction, on the locked document.

    ``code`` is one from :func:`new_code` that was drawn before there was a document to give it to.
    """
    known = code_of(session, document.id)
    if known is not None:
        return known
    code = code or new_code()
    session.add(CheckCode(document_id=document.id, code=code, code_sha256=digest_of(code), given_at=now))
    audit.append(session, actor=by, act="check-code-given", object_kind="document", object_id=document.id)
    return code


def forget_code(session: Session, document_id: str) -> None:
    """Forget code and marks of a document that is thrown away before it had a number."""
    session.execute(delete(CheckMark).where(CheckMark.document_id == document_id))
    session.execute(delete(CheckCode).where(CheckCode.document_id == document_id))


def _product(left: int, right: int) -> int:
    """In the field of 32 elements."""
    product = 0
    while right:
        if right & 1:
            product ^= left
        left <<= 1
        if left & 0b100000:
            left ^= _FIELD
        right >>= 1
    return product
