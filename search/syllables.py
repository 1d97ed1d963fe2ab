"""How a Vietnamese syllable is built: its onset, its vowels, its coda, and where its tone mark sits."""

from __future__ import annotations

import re

from search.folding import forms

TONES = {"s": 1, "f": 2, "r": 3, "x": 4, "j": 5}
"""Telex's keys for tone marks, and the place of each mark in :data:`_MARKED`."""

_MARKED = {
    "a": "aáàảãạ",
    "ă": "ăắằẳẵặ",
    "â": "âấầẩẫậ",
    "e": "eéèẻẽẹ",
    "ê": "êếềểễệ",
    "i": "iíìỉĩị",
    "o": "oóòỏõọ",
    "ô": "ôốồổỗộ",
    "ơ": "ơớờởỡợ",
    "u": "uúùủũụ",
    "ư": "ưứừửữự",
    "y": "yýỳỷỹỵ",
}
_SYLLABLE = re.compile(
    "(?P<onset>ngh|ng|nh|gh|gi|kh|ph|th|tr|ch|qu|b|c|d|đ|g|h|k|l|m|n|p|r|s|t|v|x)?"
    "(?P<vowels>[aăâeêioôơuưy]{1,3})"
    "(?P<coda>ch|ng|nh|c|m|n|p|t)?"
)
_STOPS = frozenset(("ch", "c", "p", "t"))
_AFTER_STOPS = (1, 5)
_SAID = (
    "a ă â e ê i o ô ơ u ư y ai ao au ay âu ây eo êu ia iê iêu iu oa oai oao oay oă oe oeo oi oo ôi ơi ua uâ uây uê ui "
    "uo uô uôi uơ uy uya uyê uyu ưa ưi ươ ươi ươu ưu yê yêu uao ôô"
)
_RHYMES = frozenset(_SAID.split())


def is_syllable(plain: str, tone: int) -> bool:
    """Tell whether letters without tone marks, with this tone (0 to 5), can be one syllable."""
    found = _SYLLABLE.fullmatch(plain)
    if found is None or found["vowels"] not in _RHYMES:
        return False
    # After a stop only sắc and nặng are said; without a mark such a syllable is an abbreviation or a foreign word.
    return found["coda"] not in _STOPS or tone in _AFTER_STOPS


def with_tone(plain: str, tone: int) -> str:
    """Put a tone mark (0 to 5) on a syllable, where today's spelling puts it; see :func:`search.folding.forms`."""
    found = _SYLLABLE.fullmatch(plain)
    if found is None or not tone:
        return plain
    start, vowels = found.start("vowels"), found["vowels"]
    shaped = [place for place, letter in enumerate(vowels) if letter in "ăâêôơư"]
    if shaped:
        place = shaped[-1]
    elif found["coda"] or vowels in {"oai", "oay", "oao", "oeo", "uya", "uyu", "uao"}:
        place = min(len(vowels) - 1, 1)
    else:
        place = 1 if vowels in {"oa", "oe", "uy"} else 0
    place += start
    return forms(plain[:place] + _MARKED[plain[place]][tone] + plain[place + 1 :])[0]
