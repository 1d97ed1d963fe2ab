"""Letters of Vietnamese fonts from before Unicode: TCVN 5712:1993 (``.VnTime``) and VNI (``VNI-Times``).

Such fonts draw Vietnamese letters at the places of Western ones, so that a file says ``QuyÕt ®Þnh`` and shows
``Quyết định``. Only the font's name tells; nothing is converted that another font draws.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

TCVN3, VNI = "TCVN3", "VNI"

SUSPECT = re.compile("[¡-§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÄÅÆÇËÎÏÐÑÖ×ØÛÜÞßäåæçëîïðñöøûüþÿ]")
"""Signs that Vietnamese in Unicode has no use for, and of which every line in an old font has some."""

_SUBSET = re.compile(r"^[A-Z]{6}\+")
_STEM = re.compile(r"[,\-\s]")
_LETTERS = (
    "àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵĂÂĐÊÔƠƯ",
    "µ¸¶·¹¨»¾¼½Æ©ÇÊÈÉË®ÌÐÎÏÑªÒÕÓÔÖ×ÝØÜÞßãáâä«åèæçé¬êíëìîïóñòô\xadõøö÷ùúýûüþ¡¢§£¤¥¦",
)
_FROM_TCVN3 = dict(zip(_LETTERS[1], _LETTERS[0], strict=True))

_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT, _CIRCUMFLEX, _BREVE = "\u0301\u0300\u0309\u0303\u0323\u0302\u0306"
_TONES = (_ACUTE, _GRAVE, _HOOK, _TILDE, _DOT)
_VNI_MARKS = {
    **dict(zip("ùøûõï", _TONES, strict=True)),
    "â": _CIRCUMFLEX,
    **{mark: _CIRCUMFLEX + tone for mark, tone in zip("áàåãä", _TONES, strict=True)},
    "ê": _BREVE,
    **{mark: _BREVE + tone for mark, tone in zip("éèúüë", _TONES, strict=True)},
}
_VNI_LETTERS = dict(zip("íìæóòîñôö", "íìỉĩịỵđơư", strict=True))
_VNI_BASES = {"a": _CIRCUMFLEX + _BREVE, "e": _CIRCUMFLEX, "o": _CIRCUMFLEX, "u": "", "y": "", "ô": "", "ö": ""}
"""Letters that take a mark behind them; besides tones only these."""


def encoding_of(font_name: str) -> str:
    """``TCVN3``, ``VNI``, or empty for a font that means what its letters are."""
    name = _SUBSET.sub("", font_name).lower()
    if name.startswith(".vn"):
        return TCVN3
    return VNI if name.startswith(("vni-", "vni ", "vni_")) else ""


def converted(letters: Sequence[str], font_name: str) -> Iterator[tuple[str, int, int]]:
    """Yield what a stretch in one such font shows: the text, and the place of its letters in the stretch."""
    if encoding_of(font_name) == VNI:
        yield from _from_vni(letters)
        return
    # Fonts whose name ends so draw capitals for small letters.
    capitals = _STEM.split(_SUBSET.sub("", font_name))[0].endswith("H")
    for place, letter in enumerate(letters):
        shown = _FROM_TCVN3.get(letter, letter)
        yield (shown.upper() if capitals else shown), place, place + 1


def _from_vni(letters: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    place = 0
    while place < len(letters):
        letter = letters[place]
        base, mark = letter.lower(), letters[place + 1].lower() if place + 1 < len(letters) else ""
        shown = _VNI_LETTERS.get(base, base)
        end = place + 1
        marks = _VNI_MARKS.get(mark, "")
        if base in _VNI_BASES and marks and (marks[0] in _TONES or marks[0] in _VNI_BASES[base]):
            shown = unicodedata.normalize("NFC", shown + marks)
            end += 1
        yield (shown.upper() if letter.isupper() else shown), place, end
        place = end
