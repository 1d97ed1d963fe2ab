"""What one document becomes in a segment: keys of words with how much each weighs, and its words in order."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from search.engine import IndexedDocument
from search.folding import LONGEST_WORD, fold, forms, nfc, parts, runs, spans

EXACT, FOLDED, LABEL, ID = b"e", b"f", b"l", b"i"
"""First byte of a key: what kind of key it is."""

_REFERENCE_BONUS, _ABSTRACT_BONUS, _EXTRA_BONUS = 8.0, 8.0, 3.0
_TEXT_WEIGHT_LIMIT = 6
"""A word said often in a long text weighs less than one word in the abstract."""
_K1, _B, _USUAL_LENGTH = 1.2, 0.6, 400
"""BM25, with a usual length instead of the average, so that a document weighs the same whatever stands beside it."""
_MOST_RUNS = 1 << 16
"""Words a process remembers how to cut and fold; some 20 MB."""

_Cut = TypeVar("_Cut")

_FIRST_LETTER = 0x80
_LETTERS = "".join(
    dict.fromkeys(
        "ăâđêôơưàằầèềìòồờùừỳảẳẩẻểỉỏổởủửỷãẵẫẽễĩõỗỡũữỹáắấéếíóốớúứýạặậẹệịọộợụựỵ"
        + "".join(map(chr, range(0xDF, 0x100))).replace("÷", "")
    )
)
_TABLE = "".join(map(chr, range(_FIRST_LETTER))) + _LETTERS
_ONE_BYTE = codecs.charmap_build(_TABLE + "\ufffe" * (256 - len(_TABLE)))


def _folded_byte(letter: str) -> int:
    bare = fold(letter)
    return _TABLE.index(bare) if len(bare) == 1 and bare in _TABLE else _TABLE.index(letter)


FOLD = bytes(_folded_byte(letter) for letter in _TABLE) + bytes(range(len(_TABLE), 256))
"""Takes the marks off a sequence, for ``bytes.translate``."""


def _one_byte(word: str) -> bytes:
    written, _ = codecs.charmap_encode(word, "ignore", _ONE_BYTE)
    if len(written) == len(word):
        return written
    return b"".join(codecs.charmap_encode(one, "ignore", _ONE_BYTE)[0] or b"\x01%x\x02" % ord(one) for one in word)


def _letters_of(exact: str, folded: str) -> bytes:
    """Write a word so that :data:`FOLD` makes its folded form; a foreign one that cannot be is written folded."""
    written, bare = _one_byte(exact), _one_byte(folded)
    return written if written.translate(FOLD) == bare else bare


def _cut_run(run: str) -> tuple[tuple[str, ...], bytes]:
    """Cut a run into the exact forms under which it is found and its plain words, one byte a letter."""
    keys: list[str] = []
    words: list[bytes] = []
    for start, end in spans(run):
        word = run[start : min(end, start + LONGEST_WORD)]
        exact, folded = forms(word)
        keys.append(exact)
        if exact.isalnum():
            words.append(_letters_of(exact, folded))
            continue
        # A compound also stands as its parts, so that "ubnd" finds 138/QĐ-UBND.
        for part_start, part_end in parts(word):
            exact, folded = forms(word[part_start:part_end])
            keys.append(exact)
            words.append(_letters_of(exact, folded))
    return tuple(keys), b" ".join(words)


class _Remembered(dict[str, _Cut], Generic[_Cut]):
    """What runs were cut into before; a dictionary, so that those known are looked up without a call."""

    def __init__(self, make: Callable[[str], _Cut]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, run: str) -> _Cut:
        if len(self) >= _MOST_RUNS:
            self.clear()
        made = self[run] = self._make(run)
        return made


_keys_of: _Remembered[tuple[str, ...]] = _Remembered(lambda run: _cut_run(run)[0])
_sequence_of: _Remembered[bytes] = _Remembered(lambda run: _cut_run(run)[1])


class Laid(NamedTuple):
    """A document as it is laid down."""

    weights: list[tuple[str, int]]
    """Each word in its exact form and how much it weighs there, from 1 to 255."""
    sequence: bytes


def laid(document: IndexedDocument) -> Laid:
    """Cut and weigh a document."""
    bonus: dict[str, float] = {}
    counts: dict[str, int] = {}
    sequences: list[bytes] = []
    zones = (
        (document.reference, _REFERENCE_BONUS),
        (document.abstract, _ABSTRACT_BONUS),
        (document.extra, _EXTRA_BONUS),
        (document.text, 0.0),
    )
    for text, weight in zones:
        found = runs(nfc(text))
        sequences.append(b" ".join(map(_sequence_of.__getitem__, found)))
        for run, times in Counter(found).items():
            for key in _keys_of[run]:
                counts[key] = counts.get(key, 0) + times
                if weight:
                    bonus[key] = bonus.get(key, 0.0) + weight * times
    sequence = b" %b " % b" \0 ".join(sequences)
    length = sequence.count(b" ")
    norm = _K1 * (1 - _B + _B * length / _USUAL_LENGTH)
    plain = [int(255 * times / (times + norm)) or 1 for times in range(1, _TEXT_WEIGHT_LIMIT)]
    last = int(255 * _TEXT_WEIGHT_LIMIT / (_TEXT_WEIGHT_LIMIT + norm)) or 1
    weights = [(key, plain[times - 1] if times < _TEXT_WEIGHT_LIMIT else last) for key, times in counts.items()]
    if bonus:
        for at, (key, _) in enumerate(weights):
            if key in bonus:
                weight = bonus[key] + min(counts[key], _TEXT_WEIGHT_LIMIT)
                weights[at] = key, int(255 * weight / (weight + norm)) or 1
    return Laid(weights, sequence)


_ODDS = [weight / (255.5 - weight) for weight in range(256)]


def together(one: int, other: int) -> int:
    """Return what two words that fold alike weigh as one, in one document."""
    odds = _ODDS[one] + _ODDS[other]
    return min(int(255.5 * odds / (1 + odds)), 255)


def pattern(words: Iterable[str]) -> bytes:
    """Return what stands in a sequence where these words, in one form, follow one another."""
    return b" %b " % b" ".join(_sequence_of[run] for word in words for run in runs(word))
