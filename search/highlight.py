"""Passages of a text that show why it was found, with the words asked for marked.

A query typed with diacritics marks words as they were typed; one typed without marks them in every form. Phrases are
marked as wholes. Full references that a query names are marked where a text cites them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice, pairwise

from search.folding import LONGEST_WORD, Term, fold, forms, nfc, spellings
from search.query import Query

_BEFORE, _WIDTH = 60, 220
"""Letters shown before the first mark, and in all."""

_HEAD = 60_000
"""Letters looked at first: when every word stands close together there, the rest of a long text is not read."""

_MOST_PLACES = 32
"""Places of one word that are weighed; a word that stands more often than this is found near the others anyway."""

_MOST_PATTERNS, _LONGEST_RUN = 24, 8
_RUN_WEIGHT, _SHOWN_WEIGHT = 0.5, 0.25
_SPACE = re.compile(r"\s+")
_LETTERS = [chr(point) for span in ((0x21, 0x250), (0x1E00, 0x1F00)) for point in range(*span)]
_MARKS = list("‐‑‒–—−⁄∕ɖ")
_BETWEEN_WORDS = r"[\W_]{1,20}?"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A short stretch of a text."""

    page: int
    """Counted from 1; pages are parted by form feeds."""

    pieces: tuple[tuple[str, bool], ...]
    """The text in order, NFC, white space run together; the second of each pair tells whether it is marked."""

    @property
    def text(self) -> str:
        """The stretch without its marks."""
        return "".join(piece for piece, _ in self.pieces)


def passages(text: str, query: Query, most: int = 2) -> tuple[Passage, ...]:
    """Return at most ``most`` passages around the best places, in the text's order; none where nothing stands.

    Best are places that hold many different words asked for, rare ones first. Never raises, whatever the text.
    """
    if most <= 0 or not text:
        return ()
    composed = nfc(text)
    asked = _asked(query)
    # Found all the same without any accented word as typed, a text (from a scan, say) is shown in its folded forms.
    accented = [terms for terms in asked if _is_accented(terms)]
    exact = any(_pattern(terms, exact=True).search(composed) for terms in accented)
    patterns = _patterns(asked, exact=exact)
    spots = _spots(composed, patterns, _patterns(_runs(query), exact=exact), most)
    return tuple(_cut(composed, patterns, spot) for spot in spots)


def whole(text: str, query: Query) -> Passage:
    """Return all of a short text, such as an abstract, with its marks. Never raises, whatever the text."""
    composed = nfc(text)
    asked = _asked(query)
    patterns = _patterns(asked, exact=any(map(_is_accented, asked)))
    return Passage(1, _pieces(composed, (0, len(composed)), _marks(composed, patterns, (0, len(composed)))))


def page_marks(pages: Sequence[str], query: Query) -> tuple[tuple[Span, ...], ...]:
    """Return what is marked on each page of a text, by the rules of :func:`passages`; places are of ``nfc(page)``.

    Words that stand in a row are one mark.
    """
    composed = [nfc(page) for page in pages]
    asked = _asked(query)
    accented = [_pattern(terms, exact=True) for terms in asked if _is_accented(terms)]
    exact = any(pattern.search(page) for pattern in accented for page in composed)
    patterns = _patterns(asked, exact=exact)
    return tuple(tuple(_in_rows(page, _marks(page, patterns, (0, len(page))))) for page in composed)


def _in_rows(text: str, marks: Sequence[Span]) -> list[Span]:
    rows: list[Span] = []
    for start, end in marks:
        if rows and not text[rows[-1][1] : start].strip():
            rows[-1] = (rows[-1][0], end)
        else:
            rows.append((start, end))
    return rows


def _is_accented(terms: tuple[Term, ...]) -> bool:
    return any(term.accented for term in terms)


def _asked(query: Query) -> tuple[tuple[Term, ...], ...]:
    named = (phrase for one in query.alternatives for phrase in one.phrases)
    asked = (*query.phrases, *named, *((term,) for term in query.mentions), *((term,) for term in query.words))
    return tuple(dict.fromkeys(terms for terms in asked if terms))[:_MOST_PATTERNS]


def _runs(query: Query) -> tuple[tuple[Term, ...], ...]:
    """Return what would please most though nobody asked for it: all words in a row, and each two neighbours."""
    runs = [run[:_LONGEST_RUN] for run in query.near]
    return tuple(dict.fromkeys((*runs, *(pair for run in runs for pair in pairwise(run)))))


# --- patterns


@cache
def _classes() -> tuple[dict[str, str], dict[str, str]]:
    """Return for each letter the class of all signs whose exact form, and whose folded form, it is."""
    exact: dict[str, set[str]] = {}
    folded: dict[str, set[str]] = {}
    for sign in (*_LETTERS, *_MARKS):
        composed = nfc(sign)
        exact.setdefault(forms(composed)[0], set()).add(composed)
        folded.setdefault(fold(forms(composed)[0]), set()).add(composed)

    def written(table: dict[str, set[str]]) -> dict[str, str]:
        return {
            letter: "[" + "".join(map(re.escape, sorted(signs))) + "]"
            for letter, signs in table.items()
            if len(letter) == 1
        }

    return written(exact), written(folded)


def _spelled(word: str, classes: dict[str, str]) -> str:
    letters = [classes.get(letter) or f"[{re.escape(letter)}{re.escape(letter.upper()[:1])}]" for letter in word]
    # The look behind comes after the first letter, so that the regular expression engine can jump to it.
    letters.insert(1, r"(?<![^\W_].)")
    return "".join(letters) + ("" if len(word) >= LONGEST_WORD else "(?![^\\W_]|[\u0300-\u036f])")


def _word(term: Term, *, exact: bool) -> str:
    in_exact, in_folded = _classes()
    classes = in_exact if exact else in_folded
    found = spellings(term.text if exact else term.folded)
    if len(found) == 1:
        return _spelled(found[0], classes)
    return "(?:" + "|".join(_spelled(word, classes) for word in found) + ")"


@lru_cache(maxsize=256)
def _pattern(terms: tuple[Term, ...], *, exact: bool) -> re.Pattern[str]:
    return re.compile(_BETWEEN_WORDS.join(_word(term, exact=exact) for term in terms if term.folded), re.DOTALL)


def _patterns(asked: Sequence[tuple[Term, ...]], *, exact: bool) -> list[re.Pattern[str]]:
    return [_pattern(terms, exact=exact) for terms in asked if any(term.folded for term in terms)]


# --- places


def _found(text: str, pattern: re.Pattern[str], span: Span) -> Iterator[Span]:
    return (found.span() for found in pattern.finditer(text, *span))


def _spots(text: str, patterns: Sequence[re.Pattern[str]], runs: Sequence[re.Pattern[str]], most: int) -> list[Span]:
    """Return the marks around which to cut, at most ``most``, in order."""
    places: list[list[Span]] = [[] for _ in (*patterns, *runs[:1])]
    for part in ((0, _HEAD), (_HEAD, len(text))):
        if part[0] >= len(text):
            break
        for pattern, known in zip((*patterns, *runs[:1]), places, strict=True):
            known.extend(islice(_found(text, pattern, part), _MOST_PLACES - len(known)))
        if all(places):
            break
    weights = [1.0 + 1.0 / (1 + len(known)) for known in places[: len(patterns)]] + [_RUN_WEIGHT] * len(runs)
    return _best(text, (*patterns, *runs), weights, sorted({span for known in places for span in known}), most)


def _best(
    text: str, patterns: Sequence[re.Pattern[str]], weights: Sequence[float], spans: Sequence[Span], most: int
) -> list[Span]:
    """Choose marks with the most different words around them, that do not show the same stretch twice."""
    free = {span: _inside(text, patterns, _window(text, span)) for span in spans}
    chosen: list[Span] = []
    shown: set[int] = set()
    while free and len(chosen) < most:
        # What no passage shows yet counts full, what one shows already counts little; of equals the earlier.
        best = max(
            free,
            key=lambda span: (
                sum(weights[one] * (_SHOWN_WEIGHT if one in shown else 1.0) for one in free[span]),
                -span[0],
            ),
        )
        chosen.append(best)
        shown |= free[best]
        taken = _window(text, best)
        free = {span: inside for span, inside in free.items() if span[1] <= taken[0] or span[0] >= taken[1]}
    return sorted(chosen)


def _inside(text: str, patterns: Sequence[re.Pattern[str]], window: Span) -> frozenset[int]:
    return frozenset(number for number, pattern in enumerate(patterns) if pattern.search(text, *window) is not None)


def _window(text: str, spot: Span) -> Span:
    """Return the stretch around a mark, inside its page, not cutting words."""
    start, end = max(0, spot[0] - _BEFORE), min(len(text), max(spot[1], spot[0] - _BEFORE + _WIDTH))
    start = max(start, text.rfind("\f", start, spot[0]) + 1)
    page_end = text.find("\f", spot[1], end)
    end = page_end if page_end >= 0 else end
    if start and text[start - 1].isalnum():
        space = _SPACE.search(text, start, spot[0])
        start = space.end() if space else start
    if end < len(text) and text[end].isalnum():
        while end > spot[1] and not text[end - 1].isspace():
            end -= 1
    return start, max(end, spot[1])


# --- pieces


def _marks(text: str, patterns: Sequence[re.Pattern[str]], span: Span) -> list[Span]:
    """Return what is marked, in order; marks that overlap become one."""
    marks: list[Span] = []
    for start, end in sorted(found for pattern in patterns for found in _found(text, pattern, span)):
        if marks and start < marks[-1][1]:
            marks[-1] = (marks[-1][0], max(end, marks[-1][1]))
        else:
            marks.append((start, end))
    return marks


def _cut(text: str, patterns: Sequence[re.Pattern[str]], spot: Span) -> Passage:
    start, end = _window(text, spot)
    pieces = _pieces(text, (start, end), _marks(text, patterns, (start, end)))
    before = "…" if text[:start].rpartition("\f")[2].strip() else ""
    after = "…" if text[end:].partition("\f")[0].strip() else ""
    pieces = ((before, False), *pieces, (after, False))
    return Passage(text.count("\f", 0, spot[0]) + 1, tuple(piece for piece in pieces if piece[0]))


def _pieces(text: str, span: Span, marks: Sequence[Span]) -> tuple[tuple[str, bool], ...]:
    pieces: list[tuple[str, bool]] = []
    position = span[0]
    for start, end in marks:
        pieces.append((_SPACE.sub(" ", text[position:start]), False))
        pieces.append((_SPACE.sub(" ", text[start:end]), True))
        position = end
    pieces.append((_SPACE.sub(" ", text[position : span[1]]), False))
    if not pieces[0][1]:
        pieces[0] = (pieces[0][0].lstrip(), False)
    pieces[-1] = (pieces[-1][0].rstrip(), False)
    return tuple(piece for piece in pieces if piece[0])
