"""A query being taken apart; the rules stand in :mod:`search.query`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from search.chips import Chip, Kind, period_label
from search.dates import Period, find_periods, year_of
from search.engine import Phrase
from search.folding import Term, Token, terms, tokens, unify_dashes
from search.marked_references import find_strict, find_symbols, find_yeared, is_code, with_type_name
from search.names import Name, NameTable
from search.references import FoundReference, Reference, agency_after, find_loose, format_reference
from search.vocabulary import Vocabulary

MOST_TERMS = 64
"""Words, phrases and exclusions taken of a query, each; what follows is ignored."""

_LONGEST_NAME = 64
"""Words of a name that are compared."""

_FIRST_YEAR, _LAST_YEAR = 1945, 2035
TAKEN = "\0"
_QUOTED = re.compile('(?P<minus>(?<!\\S)-)?["“”„«](?P<inside>[^"“”„«»]*)["“”»]')
_EXCLUDED = re.compile(r"(?<!\S)-(?=[^\W_])[^\s\0]+")
_OPEN_SYMBOL = re.compile(r"\d\s*/\s*[^\W\d_]+\s*$")
_OPEN_PARTY = re.compile(r"\d\s*$")
_PREFIX = re.compile(
    r"(?<!\w)(?:(?P<type>loại|loai)|(?P<unit>đơn vị|don vi|cơ quan|co quan)|(?P<signatory>người ký|nguoi ky))\s*:"
    r"|(?<!\w)(?P<signed>ký bởi|ky boi|người ký|nguoi ky)(?=\s)",
    re.IGNORECASE,
)
JOINING = frozenset(
    (
        *("va", "hoac", "ngay", "so", "ky", "ban", "hanh", "cua", "ve", "viec", "tu", "den", "trong", "do", "boi"),
        *("tai", "thang", "nam", "cac", "nhung", "tim", "van", "can", "cu", "theo", "no", "chu", "tich", "giam", "doc"),
    )
)
"""Little words, folded, that only join understood parts."""

LITTLE = frozenset(
    (
        *(
            "của",
            "về",
            "việc",
            "tại",
            "và",
            "các",
            "những",
            "cho",
            "trong",
            "là",
            "với",
            "được",
            "do",
            "này",
            "đó",
            "ở",
        ),
        *("thì", "mà", "xem", "tìm", "giúp", "cua", "viec", "va", "cac", "nhung", "duoc"),
    )
)
"""Words, in exact form, that a document need not hold when others are asked for; nearly all hold them."""

_PERSON = frozenset(("ông", "bà", "anh", "chị", "đ/c", "chí", "ong", "ba"))


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the vocabulary that stands in the query without a prefix."""

    kind: Kind
    codes: tuple[str, ...]
    label: str
    start: int
    end: int
    abbreviation: str = ""
    """Exact form of the word, where it is an abbreviation."""

    phrases: tuple[Phrase, ...] = ()
    """What it stands for."""


class Reading:
    """A query being taken apart: what is understood is blotted out of ``left``, places stay."""

    def __init__(self, text: str, vocabulary: Vocabulary, today: date | None) -> None:
        self.text = text
        self.left = text.replace(TAKEN, " ")
        self.vocabulary = vocabulary
        self.today = today
        self.chips: list[Chip] = []
        self.references: list[Reference] = []
        self.period: Period | None = None
        self.types: list[str] = []
        self.units: list[str] = []
        self.signatories: list[str] = []
        self.phrases: list[Phrase] = []
        self.excluded: list[Phrase] = []
        self.mentions: list[Mention] = []
        self.preferred_period: Period | None = None
        self.assumed = False
        """Whether the period's year was not said."""

    def blot(self, start: int, end: int) -> None:
        """Take a stretch out of what is left; places stay."""
        self.left = self.left[:start] + TAKEN * (end - start) + self.left[end:]

    def take(self, kind: Kind, label: str, start: int, end: int) -> None:
        """Note a part as understood."""
        self.chips.append(Chip(kind, self.text[start:end], label, start, end))
        self.blot(start, end)

    def is_year(self, number: int) -> bool:
        """Whether a number is likelier a year: from independence to the next one."""
        return _FIRST_YEAR <= number <= (self.today.year + 1 if self.today else _LAST_YEAR)

    def quotations(self) -> None:
        """Take phrases and excluded phrases."""
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
        """Take excluded words."""
        for found in _EXCLUDED.finditer(self.left):
            unwanted = terms(found.group())
            before = self.left[: found.start()]
            party = "/" in unify_dashes(found.group()) and _OPEN_PARTY.search(before)
            if unwanted and not party and not _OPEN_SYMBOL.search(before):
                self.excluded.append(unwanted)
                self.take("excluded", found.group()[1:], *found.span())

    def prefixes(self) -> None:
        """Take types, units and signatories that a prefix announces."""
        for found in islice(_PREFIX.finditer(self.left), MOST_TERMS):
            following = list(islice(tokens(self.left[found.end() :].split(TAKEN, 1)[0]), _LONGEST_NAME))
            kind: Kind = "type" if found.group("type") else "unit" if found.group("unit") else "signatory"
            codes, count = self._named(kind, following, found.end())
            if codes:
                start, end = found.end() + following[0].start, found.end() + following[count - 1].end
                self._into(kind).extend(codes)
                self.take(kind, self._label(kind, codes, self.text[start:end]), found.start(), end)
            elif not found.group("signed"):
                self.blot(*found.span())

    def _into(self, kind: Kind) -> list[str]:
        return {"type": self.types, "unit": self.units}.get(kind, self.signatories)

    def _named(self, kind: Kind, following: Sequence[Token], offset: int) -> tuple[tuple[str, ...], int]:
        """Return what the words begin with, and how many words that takes; several may bear one name."""
        names = self._names(kind).at([(token.text, token.folded) for token in following])
        if names:
            return _codes(names), len(names[0].words)
        if kind == "type" and following:
            typed = self.text[offset + following[0].start : offset + following[0].end]
            return self.vocabulary.type_candidates(typed), 1
        return (), 0

    def _names(self, kind: Kind) -> NameTable:
        vocabulary = self.vocabulary
        if kind == "type":
            return vocabulary.type_names
        return vocabulary.unit_names if kind == "unit" else vocabulary.signatory_names

    def _label(self, kind: Kind, codes: Collection[str], typed: str) -> str:
        """Return how what was found is called in full; a name that several bear stays as it was typed."""
        vocabulary = self.vocabulary
        if kind == "signatory":
            return next(iter(codes)) if len(codes) == 1 else typed
        named = vocabulary.type_codes if kind == "type" else vocabulary.units or vocabulary.agencies
        called = {(*named.get(code, ()), code)[0] for code in codes}
        return called.pop() if len(called) == 1 else typed

    def dates(self) -> None:
        """Take the first date or period."""
        for found in find_periods(self.left, self.today)[:1]:
            self.period = found.period
            self.assumed = found.assumed
            self.take("period", period_label(found.period), found.start, found.end)

    def marked_references(self) -> None:
        """Take references that are written with some mark."""
        for found in find_strict(self.left, self.vocabulary):
            self._take_whole(found)
        for found in find_yeared(self.left):
            self._take_whole(found)
        for found in find_symbols(self.left, self.vocabulary):
            self._take_reference(with_type_name(self.left, found, self.vocabulary))

    def loose_references(self) -> None:
        """Take references without marks."""
        found = find_loose(self.left, self.vocabulary, is_year=self.is_year)
        if found is not None:
            self._take_reference(found)
        words = list(tokens(self.left))
        for place, token in enumerate(words):
            if not self._begins_reference(words, place) or self.left[token.start] == TAKEN:
                continue
            found = find_loose(self.left[token.start :], self.vocabulary, is_year=self.is_year)
            if found is not None and found.start == 0:
                self._take_reference(replace(found, start=token.start, end=token.start + found.end))

    def _begins_reference(self, words: Sequence[Token], place: int) -> bool:
        """Whether a reference may begin here in the middle: an exact code, or a type by name and then a number."""
        typed = self.text[words[place].start : words[place].end]
        if typed in self.vocabulary.type_codes:
            return True
        names = self.vocabulary.type_names.at([(word.text, word.folded) for word in words[place : place + 8]])
        if not names:
            return False
        after = [word.text for word in words[place + len(names[0].words) :][:2]]
        return bool(after) and (after[0].isdigit() or (after[0] in {"số", "so"} and after[-1].isdigit()))

    def _take_whole(self, found: FoundReference) -> None:
        whole = with_type_name(self.left, found, self.vocabulary)
        self._take_reference(agency_after(self.left, whole, self.vocabulary))

    def _take_reference(self, found: FoundReference) -> None:
        self.references.append(found.reference)
        self.take("reference", format_reference(found.reference), found.start, found.end)
        self._unit_of(found)

    def _unit_of(self, found: FoundReference) -> None:
        """Take ``tỉnh Đồng Nai`` after ``138/QĐ-UBND`` as the unit that is so called together with its agency."""
        agency = found.reference.agency
        following = list(islice(tokens(self.left[found.end :].partition(TAKEN)[0]), _LONGEST_NAME))
        if agency is None or not following or self.left[found.end : found.end + following[0].start].strip():
            return
        head = terms(agency)
        ahead = [(one.text, one.folded) for one in head] + [(one.text, one.folded) for one in following]
        names = self.vocabulary.unit_names.at(ahead)
        if names and len(names[0].words) > len(head):
            last = following[len(names[0].words) - len(head) - 1]
            start, end = found.end + following[0].start, found.end + last.end
            self.units.extend(_codes(names))
            self.take("unit", self._label("unit", _codes(names), self.text[start:end]), start, end)

    def name_mentions(self) -> None:
        """Look for names of units, signatories and types among what is left."""
        for words in self.runs():
            place = 0
            while place < len(words):
                mention, count = self._mention_at(words, place)
                if mention is not None:
                    self.mentions.append(mention)
                place += count

    def _mention_at(self, words: Sequence[Token], place: int) -> tuple[Mention | None, int]:
        following = [(word.text, word.folded) for word in words[place : place + _LONGEST_NAME]]
        start = words[place].start
        typed = self.text[start : words[place].end]
        for kind in ("unit", "signatory", "type"):
            names = self._names(kind).at(following)
            count = len(names[0].words) if names else 0
            alone = kind == "unit" and count == 1 and bool(self.vocabulary.agency_candidates(typed))
            about = kind == "signatory" and place > 0 and words[place - 1].text in _PERSON
            if (count > 1 or alone) and not about:
                codes = _codes(names)
                end = words[place + count - 1].end
                label = self._label(kind, codes, self.text[start:end])
                full = self._in_full(typed) if alone else ()
                return Mention(kind, codes, label, start, end, words[place].text if full else "", full), count
        known = tuple(code for code in self.vocabulary.type_candidates(typed) if code in self.vocabulary.type_codes)
        if known and (typed in known or is_code(typed.lower())):
            full = tuple(terms(name) for code in known for name in self.vocabulary.type_codes[code][:1])
            label = self._label("type", known, typed)
            return Mention("type", known, label, start, words[place].end, words[place].text, full), 1
        return None, 1

    def _in_full(self, abbreviation: str) -> tuple[Phrase, ...]:
        found = [
            terms(name)
            for code in self.vocabulary.agency_candidates(abbreviation)
            for name in self.vocabulary.agencies.get(code, ())
        ]
        return tuple(dict.fromkeys(found)) if len(found) <= 4 else ()  # noqa: PLR2004 - more is no name of one unit

    def runs(self) -> Iterator[list[Token]]:
        """The words that are left, in runs that nothing taken parts; places count in the text."""
        for run in re.finditer(r"[^\0]+", self.left):
            shift = run.start()
            words = [replace(word, start=word.start + shift, end=word.end + shift) for word in tokens(run.group())]
            if words:
                yield words

    def loose_words(self) -> list[Token]:
        """Words that are neither understood, nor mentions, nor only joining them."""
        spans = [(mention.start, mention.end) for mention in self.mentions]
        return [
            word
            for words in self.runs()
            for word in words
            if word.folded not in JOINING and not any(start <= word.start < end for start, end in spans)
        ]

    def numbers(self) -> None:
        """Understand a bare number or year, where nothing else is left; a year among words is a preference."""
        self._month_beside()
        left = self.loose_words()
        if self.phrases or self.excluded or not all(word.text.isascii() and word.text.isdigit() for word in left):
            self._preferred_year(left)
            return
        digits = [word.text for word in left]
        numbered = not self.references and digits and len(digits[0]) <= 7  # noqa: PLR2004
        year = year_of(digits[-1]) if digits and self.is_year(int(digits[-1][:7])) else None
        if len(digits) == 1 and year and self.period is None and (self.references or self.mentions or self.types):
            self._year_beside(left[0], year)
        elif (
            len(digits) == 1
            and year
            and self.period is not None
            and year_of(str(self.period.start.year)) == self.period
        ):
            # "năm 2014, 2015": both, and what lies between.
            self.take("period", period_label(year), left[0].start, left[0].end)
            self.period = Period(min(self.period.start, year.start), max(self.period.end, year.end))
        elif len(digits) == 1 and numbered:
            self._bare_number(left[0])
        elif len(digits) == 2 and numbered and year and self.period is None:  # noqa: PLR2004 - number and year
            self._bare_number(left[0])
            self.period = year
            self.take("period", period_label(year), left[1].start, left[1].end)

    def _month_beside(self) -> None:
        """Read ``1/2026`` as January beside a type or a unit, where no number and type is said."""
        months = [one for one in self.references if one == Reference(number=one.number, year=one.year) and one.year]
        if len(self.references) != 1 or not months or self.period is not None or not (self.mentions or self.types):
            return
        (chip,) = (chip for chip in self.chips if chip.kind == "reference")
        read = find_periods(f"tháng {chip.text}")
        if len(read) == 1 and chip.text[0].isdigit():
            self.references, self.period = [], read[0].period
            self.chips.remove(chip)
            self.take("period", period_label(read[0].period), chip.start, chip.end)

    def _bare_number(self, word: Token) -> None:
        reference = Reference(number=int(word.text))
        self.references.append(reference)
        self.chips.append(Chip("reference", word.text, format_reference(reference), word.start, word.end))

    def _year_beside(self, word: Token, year: Period) -> None:
        before = [one for one in self.mentions if one.kind == "type" and not self.left[one.end : word.start].strip()]
        if before and not self.references:
            # "QĐ 2014": its number 2014, or any of that year.
            (kind,) = before
            typed = Reference(
                number=int(word.text),
                type_code=kind.codes[0],
                exact=terms(self.text[kind.start : kind.end])[0].accented,
                type_candidates=kind.codes,
            )
            self.mentions.remove(kind)
            self.references += [typed, replace(typed, number=None, year=int(word.text))]
            label = f"{format_reference(typed)}, {kind.label} {word.text}"
            self.take("reference", label, kind.start, word.end)
            return
        self.period = year
        self.take("period", period_label(year), word.start, word.end)

    def _preferred_year(self, left: Sequence[Token]) -> None:
        years = [word for word in left if year_of(word.text) and self.is_year(int(word.text))]
        if len(years) == 1 and self.period is None:
            self.preferred_period = year_of(years[0].text)
            label = years[0].text
            self.chips.append(Chip("period", label, label, years[0].start, years[0].end, preferred=True))

    def settle(self) -> None:
        """Take mentions as they are where nothing but such parts is left; prefer them where there are words."""
        bare = any(chip.kind == "reference" and chip.text.isdigit() for chip in self.chips)
        words = [] if bare else self.loose_words()
        if self.assumed and (words or self.phrases):
            self._no_longer_assume()
        facts = len(self.mentions) + len([chip for chip in self.chips if not chip.preferred])
        lonely = len(self.mentions) == 1 and (self._is_code(self.mentions[0]) or self._is_signed(self.mentions[0]))
        if not words and not self.phrases and not self.excluded and (facts > 1 or (facts and lonely)):
            for mention in self.mentions:
                self._into(mention.kind).extend(mention.codes)
                self.take(mention.kind, mention.label, mention.start, mention.end)
            self.mentions = []
            return
        first = next((word.start for run in self.runs() for word in run), 0)
        kept: list[Mention] = []
        for mention in self.mentions:
            if mention.kind == "type" and mention.start != first:
                continue
            if mention.kind != "type" or words or self.phrases or facts > 1:
                kept.append(mention)
        self.mentions = kept
        for one in kept:
            self.chips.append(
                Chip(one.kind, self.text[one.start : one.end], one.label, one.start, one.end, preferred=True)
            )

    def _no_longer_assume(self) -> None:
        """Beside words a period without a year is only preferred."""
        (chip,) = (chip for chip in self.chips if chip.kind == "period")
        self.chips.remove(chip)
        self.chips.append(replace(chip, preferred=True))
        self.left = self.left[: chip.start] + self.text[chip.start : chip.end] + self.left[chip.end :]
        self.preferred_period, self.period, self.assumed = self.period, None, False

    def _is_signed(self, mention: Mention) -> bool:
        return mention.kind == "signatory" and any(word.text == "ký" for run in self.runs() for word in run)

    def _is_code(self, mention: Mention) -> bool:
        return mention.kind == "type" and self.text[mention.start : mention.end] in self.vocabulary.type_codes

    def words(self) -> list[list[Term]]:
        """The words that are left in runs that were typed side by side; each gets its chip unless it is a mention."""
        found = [word for words in self.runs() for word in words]
        if self.chips and all(word.folded in JOINING for word in found):
            return []
        shown = sorted((chip.start, chip.end) for chip in self.chips)
        side_by_side: list[list[Term]] = []
        for words in self.runs():
            begun: list[Token] = []
            last_end: int | None = None
            for word in words:
                inside = any(start <= word.start < end for start, end in shown)
                if last_end is None or not _is_space(self.text[last_end : word.start]):
                    side_by_side.append([])
                last_end = word.end
                side_by_side[-1].append(Term(word.text, word.folded, word.text != word.folded))
                if inside:
                    self._words_chip(begun)
                    begun = []
                else:
                    begun.append(word)
            self._words_chip(begun)
        return side_by_side

    def _words_chip(self, words: Sequence[Token]) -> None:
        if words:
            start, end = words[0].start, words[-1].end
            self.chips.append(Chip("words", self.text[start:end], self.text[start:end], start, end))


def _is_space(between: str) -> bool:
    return not between.strip(" \t\r\n-–&")


def _codes(names: Sequence[Name]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.code for name in names))
