"""One box: what a clerk types, taken apart into references, a period, types, words, phrases and exclusions.

Nothing is ever refused: what is not understood is words. The rules, in this order:

1. ``"thu hồi đất"`` is a phrase; ``-"…"`` and ``-từ`` exclude. An open quotation mark is ignored.
2. ``loại:``, ``đơn vị:`` (``cơ quan:``) and ``người ký:`` (``ký bởi``) name a type, a unit, a signatory of the
   vocabulary. A name that is not in it becomes words. Without these prefixes such names stay words, for documents
   are full of them.
3. The first date or period is the period; later ones stay words.
4. References with their marks (``138/QĐ-UBND``, ``18-NQ/TW``, ``15/2021``) are taken anywhere, together with
   "quyết định số" before them. Without marks (``quyết định 138``, ``qd138 ubnd``, ``số 138``) only where the query
   begins; a code spelled exactly, followed by a number, anywhere (``QĐ 138``).
5. A bare number that is all there is but for a period, a type, a unit or a signatory, is a reference by number *and*
   a word: take the documents of either.
6. A type name or exactly spelled code is a type only when nothing but a period, a unit or a signatory stands beside
   it (``báo cáo quý 1/2024``), or when the code is all there is (``QĐ``). Otherwise it is words, so that ``kế hoạch
   phòng chống dịch`` finds whatever holds these words.
7. What is left is words. Little words that only joined the parts (``ngày``, ``của``, ``và``) are dropped when nothing
   else is left.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Literal

from search.dates import Period, find_periods
from search.engine import WordQuery
from search.folding import Term, Token, nfc, terms, tokens
from search.references import (
    FoundReference,
    Reference,
    find_loose,
    find_strict,
    find_symbols,
    find_yeared,
    format_reference,
    name_at,
    with_type_name,
)
from search.vocabulary import Name, Vocabulary

__all__ = ["Chip", "Kind", "Period", "Query", "Reference", "Term", "Vocabulary", "parse_query"]

Kind = Literal["reference", "period", "type", "unit", "signatory", "phrase", "excluded", "words"]

LONGEST_QUERY = 2_000
"""Letters read of a query; what follows is ignored."""

MOST_TERMS = 64
"""Words, phrases and exclusions taken of a query, each; what follows is ignored."""

_LONGEST_NAME = 64
"""Words of a name that are compared."""

_TAKEN = "\0"
_QUOTED = re.compile('(?P<minus>(?<!\\S)-)?["“”„«](?P<inside>[^"“”„«»]*)["“”»]')
_EXCLUDED = re.compile(r"(?<!\S)-(?=[^\W_])[^\s\0]+")
_OPEN_SYMBOL = re.compile(r"\d\s*/\s*[^\W\d_]+\s*$")
_PREFIX = re.compile(
    r"(?<!\w)(?:(?P<type>loại|loai)|(?P<unit>đơn vị|don vi|cơ quan|co quan)|(?P<signatory>người ký|nguoi ky))\s*:"
    r"|(?<!\w)(?P<signed>ký bởi|ky boi|người ký|nguoi ky)(?=\s)",
    re.IGNORECASE,
)
_NUMBER_ONLY = re.compile(r"[\s\0]*(\d{1,7})[\s\0]*")
_JOINING = frozenset(("va", "hoac", "ngay", "so", "ky", "ban", "hanh", "cua", "ve", "viec", "tu", "den", "trong"))


@dataclass(frozen=True, slots=True)
class Chip:
    """One understood part of a query; cutting ``start:end`` out of ``nfc(text)`` takes it back."""

    kind: Kind
    text: str
    """As typed, in NFC."""

    label: str
    """As understood: the reference in full, the first and last day, the name."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Query:
    """What was understood. All parts hold at once, except a bare number's two readings; see ``number_or_word``."""

    references: tuple[Reference, ...] = ()
    """Any of these."""

    period: Period | None = None
    type_codes: tuple[str, ...] = ()
    """Any of these."""

    units: tuple[str, ...] = ()
    """Keys of units in the vocabulary (abbreviations of agencies if it knows no units), any of these."""

    signatories: tuple[str, ...] = ()
    words: tuple[Term, ...] = ()
    phrases: tuple[tuple[Term, ...], ...] = ()
    excluded: tuple[tuple[Term, ...], ...] = ()
    chips: tuple[Chip, ...] = field(default=(), repr=False)

    @property
    def number_or_word(self) -> bool:
        """Whether the query is a bare number: its reference and its word are two readings, either of which holds."""
        return (
            len(self.references) == len(self.words) == 1
            and self.words[0].text.isdigit()
            and self.references[0] == Reference(number=int(self.words[0].text))
        )

    @property
    def word_query(self) -> WordQuery:
        """The part that an engine answers."""
        return WordQuery(self.words, self.phrases, self.excluded)

    @property
    def mentions(self) -> tuple[Term, ...]:
        """The full references as words, to find documents that cite them."""
        return tuple(
            term
            for reference in self.references
            if reference.number is not None and reference.agency is not None
            for term in terms(format_reference(reference))
        )


def _period_label(period: Period) -> str:
    if period.start == period.end:
        return f"{period.start:%d/%m/%Y}"
    return f"{period.start:%d/%m/%Y} – {period.end:%d/%m/%Y}"


class _Reading:
    """A query being taken apart: what is understood is blotted out of ``left``, places stay."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self.text = text
        self.left = text.replace(_TAKEN, " ")
        self.vocabulary = vocabulary
        self.chips: list[Chip] = []
        self.references: list[Reference] = []
        self.period: Period | None = None
        self.types: list[str] = []
        self.units: list[str] = []
        self.signatories: list[str] = []
        self.phrases: list[tuple[Term, ...]] = []
        self.excluded: list[tuple[Term, ...]] = []

    def blot(self, start: int, end: int) -> None:
        self.left = self.left[:start] + _TAKEN * (end - start) + self.left[end:]

    def take(self, kind: Kind, label: str, start: int, end: int) -> None:
        self.chips.append(Chip(kind, self.text[start:end], label, start, end))
        self.blot(start, end)

    # 1
    def quotations(self) -> None:
        for found in _QUOTED.finditer(self.left):
            phrase = terms(found.group("inside"))
            inside = " ".join(found.group("inside").split())
            if not phrase:
                self.blot(*found.span())
            elif found.group("minus"):
                self.excluded.append(phrase)
                self.take("excluded", inside, *found.span())
            else:
                self.phrases.append(phrase)
                self.take("phrase", inside, *found.span())

    def exclusions(self) -> None:
        for found in _EXCLUDED.finditer(self.left):
            unwanted = terms(found.group())
            if unwanted and not _OPEN_SYMBOL.search(self.left[: found.start()]):
                self.excluded.append(unwanted)
                self.take("excluded", found.group()[1:], *found.span())

    # 2
    def prefixes(self) -> None:
        for found in islice(_PREFIX.finditer(self.left), MOST_TERMS):
            following = list(islice(tokens(self.left[found.end() :].split(_TAKEN, 1)[0]), _LONGEST_NAME))
            kind: Kind = "type" if found.group("type") else "unit" if found.group("unit") else "signatory"
            codes, count = self._named(kind, following, found.end())
            if codes:
                start, end = found.end() + following[0].start, found.end() + following[count - 1].end
                into = {"type": self.types, "unit": self.units}.get(kind, self.signatories)
                into.extend(codes)
                self.take(kind, self._label(kind, codes, self.text[start:end]), found.start(), end)
            elif not found.group("signed"):
                self.blot(*found.span())

    def _named(self, kind: Kind, following: Sequence[Token], offset: int) -> tuple[tuple[str, ...], int]:
        """Return what the words begin with, and how many words that takes; several may bear one name."""
        name = name_at([(token.text, token.folded) for token in following], self._names(kind))
        if name is not None:
            same = (one.code for one in self._names(kind) if one.words == name.words)
            return tuple(dict.fromkeys(same)), len(name.words)
        if kind == "type" and following:
            typed = self.text[offset + following[0].start : offset + following[0].end]
            return self.vocabulary.type_candidates(typed), 1
        return (), 0

    def _names(self, kind: Kind) -> tuple[Name, ...]:
        vocabulary = self.vocabulary
        if kind == "type":
            return vocabulary.type_names
        return vocabulary.unit_names if kind == "unit" else vocabulary.signatory_names

    def _label(self, kind: Kind, codes: Collection[str], typed: str) -> str:
        """Return how what was found is called in full; a name that several bear stays as it was typed."""
        vocabulary = self.vocabulary
        if kind == "signatory":
            return next(iter(codes))
        named = vocabulary.type_codes if kind == "type" else vocabulary.units or vocabulary.agencies
        called = {(*named.get(code, ()), code)[0] for code in codes}
        return called.pop() if len(called) == 1 else typed

    # 3
    def dates(self) -> None:
        for found in find_periods(self.left)[:1]:
            self.period = found.period
            self.take("period", _period_label(found.period), found.start, found.end)

    # 4
    def marked_references(self) -> None:
        for found in find_strict(self.left, self.vocabulary):
            self._take_reference(with_type_name(self.left, found, self.vocabulary))
        for found in find_yeared(self.left):
            self._take_reference(with_type_name(self.left, found, self.vocabulary))
        for found in find_symbols(self.left, self.vocabulary):
            self._take_reference(found)

    def loose_references(self) -> None:
        found = find_loose(self.left, self.vocabulary)
        if found is not None:
            self._take_reference(found)
        for token in list(tokens(self.left)):
            if self.text[token.start : token.end] not in self.vocabulary.type_codes:
                continue
            found = find_loose(self.left[token.start :], self.vocabulary)
            if found is not None and found.start == 0:
                self._take_reference(replace(found, start=token.start, end=token.start + found.end))

    def _take_reference(self, found: FoundReference) -> None:
        self.references.append(found.reference)
        self.take("reference", format_reference(found.reference), found.start, found.end)

    # 5
    def number_only(self) -> bool:
        found = _NUMBER_ONLY.fullmatch(self.left)
        if found is None or any(chip.kind in {"phrase", "excluded"} for chip in self.chips):
            return False
        reference = Reference(number=int(found.group(1)))
        self.references.append(reference)
        self.chips.append(Chip("reference", found.group(1), format_reference(reference), *found.span(1)))
        return True

    # 6
    def lonely_type(self) -> None:
        words = list(tokens(self.left))
        if not words or self.references or self.types or self.phrases or self.excluded:
            return
        start, end = words[0].start, words[-1].end
        if _TAKEN in self.left[start:end]:
            return
        typed = self.text[start:end]
        if typed in self.vocabulary.type_codes:
            code = typed
        else:
            name = name_at([(word.text, word.folded) for word in words], self.vocabulary.type_names)
            if name is None or len(name.words) != len(words) or not self.chips:
                return
            code = name.code
        self.types.append(code)
        self.take("type", self._label("type", (code,), typed), start, end)

    # 7
    def words(self) -> tuple[Term, ...]:
        found = list(tokens(self.left))
        if self.chips and all(token.folded in _JOINING for token in found):
            return ()
        for run in re.finditer(r"[^\0]+", self.left):
            inside = list(tokens(run.group()))
            if inside:
                start, end = run.start() + inside[0].start, run.start() + inside[-1].end
                self.chips.append(Chip("words", self.text[start:end], self.text[start:end], start, end))
        kept = (Term(token.text, token.folded, token.text != token.folded) for token in found)
        return tuple(dict.fromkeys(kept))


def parse_query(text: str, vocabulary: Vocabulary) -> Query:
    """Understand ``text``; see the module for the rules. Never raises, whatever the text."""
    reading = _Reading(nfc(text[:LONGEST_QUERY]), vocabulary)
    reading.quotations()
    reading.prefixes()
    reading.exclusions()
    reading.dates()
    if reading.number_only():
        words = terms(reading.left)
    else:
        reading.marked_references()
        if not reading.references:
            reading.loose_references()
        reading.lonely_type()
        words = reading.words()
    return Query(
        references=tuple(dict.fromkeys(reading.references)),
        period=reading.period,
        type_codes=tuple(dict.fromkeys(reading.types)),
        units=tuple(dict.fromkeys(reading.units)),
        signatories=tuple(dict.fromkeys(reading.signatories)),
        words=words[:MOST_TERMS],
        phrases=tuple(dict.fromkeys(reading.phrases))[:MOST_TERMS],
        excluded=tuple(dict.fromkeys(reading.excluded))[:MOST_TERMS],
        chips=tuple(sorted(reading.chips, key=lambda chip: chip.start)),
    )
