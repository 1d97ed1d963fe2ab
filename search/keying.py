"""Vietnamese typed while the input method was off: ``quyeets ddinhj`` (Telex), ``quye61t d9i5nh`` (VNI)."""

from __future__ import annotations

import re

from search.syllables import TONES, is_syllable, with_tone

_VNI_TONES = {"1": "s", "2": "f", "3": "r", "4": "x", "5": "j"}
_LONGEST = 12
_LETTERS_ONLY = re.compile(r"[a-z]+")
_LETTERS_THEN_DIGITS = re.compile(r"[a-z]+[1-9][a-z1-9]*")
_VOWELS = "aăâeêioôơuưy"


def unkeyed(word: str) -> str | None:
    """Return the syllable that somebody meant who typed ``word``; ``None`` where the keys are no Telex and no VNI.

    What comes out is in exact form and always bears some mark.
    """
    typed = word.lower()
    if len(typed) > _LONGEST or not typed.isascii():
        return None
    if _LETTERS_ONLY.fullmatch(typed):
        return _telex(typed)
    if _LETTERS_THEN_DIGITS.fullmatch(typed):
        return _telex(_as_telex(typed))
    return None


def _as_telex(typed: str) -> str:
    """Write VNI's digits as Telex's letters: 6 doubles the vowel before it, 7 and 8 are w, 9 doubles d."""
    keys = ""
    for sign in typed:
        if sign in _VNI_TONES:
            keys += _VNI_TONES[sign]
        elif sign == "6":
            keys += next((letter for letter in reversed(keys) if letter in "aeo"), "6")
        elif sign in "78":
            keys += "w"
        elif sign == "9":
            keys += "d"
        else:
            keys += sign
    return keys


def _telex(typed: str) -> str | None:
    plain, tone, changed = "", 0, False
    for at, key in enumerate(typed):
        has_vowel = any(letter in _VOWELS for letter in plain)
        if key in TONES and has_vowel:
            tone, changed = TONES[key], True
        elif key == "w":
            plain, did = _shaped(plain)
            changed = changed or did
        elif key == "d" and plain[:1] == "d" and (at == 1 or has_vowel):
            plain, changed = "đ" + plain[1:], True
        elif key in "aeo" and key in plain and _doubles(plain, key):
            place = plain.rindex(key)
            plain, changed = plain[:place] + {"a": "â", "e": "ê", "o": "ô"}[key] + plain[place + 1 :], True
        else:
            plain += key
    if not changed or not is_syllable(plain, tone):
        return None
    return with_tone(plain, tone)


def _doubles(plain: str, key: str) -> bool:
    """Whether a second ``a``, ``e`` or ``o`` shapes the first: nothing but a coda may stand between."""
    between = plain[plain.rindex(key) + 1 :]
    return all(letter not in _VOWELS for letter in between) or between in {"u", "y", "i"}


def _shaped(plain: str) -> tuple[str, bool]:
    """Put w's hook or breve on the vowel that takes it; alone it is ``ư``."""
    if "uo" in plain and not plain.startswith("quo"):
        return plain.replace("uo", "ươ", 1), True
    for place in range(len(plain) - 1, -1, -1):
        letter = plain[place]
        if letter in "aou" and not (letter == "u" and plain.startswith("qu") and place == 1):
            if letter == "a" and place and plain[place - 1] == "u" and not plain.startswith("qu"):
                continue
            hooked = plain[:place] + {"a": "ă", "o": "ơ", "u": "ư"}[letter] + plain[place + 1 :]
            return hooked.replace("ưo", "ươ"), True
        if letter == "ơ" and place and plain[place - 1] == "u":
            return plain[: place - 1] + "ươ" + plain[place + 1 :], True
    return plain + "ư", True
