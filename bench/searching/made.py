"""Made-up documents of many offices, and questions about them.

Syllables of Vietnamese build are drawn by Zipf's law, so that a few stand in nearly every document and most in hardly
any; units, types, years and people are as unequal as in offices.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from search.folding import fold

ONSETS = "b c ch d đ g h kh l m n ng nh ph qu r s t th tr v x"
RHYMES = (
    "a à á ả ã ạ ăn ắn ân ấn ần âu ấu ây ấy ay ày ai ài an án àn ản ạn ang áng ảng anh ành ao áo ào e é em ên ền ết "
    "êu iêu iên iền iếu in inh ình ính o ó oa oà oán oan ong ông ồng ộng ôn ơ ờ ới ơn u ú ung ùng uyên uyết ư ừ ứ "
    "ưng ương ường ước"
)
TYPES = {"qd": "QĐ", "kh": "KH", "bc": "BC", "tb": "TB", "ttr": "TTr", "nq": "NQ", "ct": "CT", "gm": "GM"}
TYPE_SHARES = (46, 16, 14, 10, 6, 4, 2, 2)
FIRST, DAYS = date(2014, 1, 1), 4380
UNITS, SIGNATORIES = 60, 400
ABSTRACT_WORDS, LEAST_WORDS, MOST_WORDS = 12, 20, 140


@dataclass(frozen=True, slots=True)
class Made:
    """One made-up document."""

    place: int
    """Its place in the run, from 0."""
    unit: int
    type_key: str
    number: int
    issued_on: date
    signatory: int
    abstract: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.place:032x}"

    @property
    def symbol(self) -> str:
        return f"{TYPES[self.type_key]}-UBND"

    @property
    def reference(self) -> str:
        return f"{self.number:02d}/{self.symbol}"


class Office:
    """Documents without end, the same every time."""

    def __init__(self, seed: int = 30) -> None:
        self._seed = seed
        chance = random.Random(seed)
        self.syllables = [onset + rhyme for onset in ONSETS.split() for rhyme in RHYMES.split()]
        chance.shuffle(self.syllables)
        self._weights = list(itertools.accumulate(1 / (rank + 2.7) for rank in range(len(self.syllables))))

    def documents(self, count: int) -> Iterator[Made]:
        """The first ``count`` documents."""
        chance = random.Random(self._seed + 1)
        unit_weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(UNITS)))
        last_numbers: dict[tuple[int, int], int] = {}
        for place in range(count):
            unit = chance.choices(range(UNITS), cum_weights=unit_weights)[0]
            issued_on = FIRST + timedelta(days=DAYS * place // count)
            number = last_numbers[unit, issued_on.year] = last_numbers.get((unit, issued_on.year), 0) + 1
            yield Made(
                place=place,
                unit=unit,
                type_key=chance.choices(tuple(TYPES), weights=TYPE_SHARES)[0],
                number=number,
                issued_on=issued_on,
                signatory=min(int(chance.expovariate(8 / SIGNATORIES)), SIGNATORIES - 1),
                abstract=self._words(chance, ABSTRACT_WORDS),
                text=self._words(chance, chance.randint(LEAST_WORDS, MOST_WORDS)),
            )

    def _words(self, chance: random.Random, count: int) -> str:
        return " ".join(chance.choices(self.syllables, cum_weights=self._weights, k=count))


@dataclass(frozen=True, slots=True)
class Kind:
    """Questions of one kind, as typed."""

    name: str
    typed: tuple[str, ...]
    is_phrase: bool = False
    of_words: bool = True
    """Whether an engine answers it; references and dates are the database's."""


def questions(office: Office, some: list[Made], each: int = 40) -> list[Kind]:
    """Questions whose answers lie among ``some`` documents, or near them."""
    chance = random.Random(7)

    def drawn(count: int, among: slice) -> tuple[str, ...]:
        return tuple(" ".join(chance.sample(office.syllables[among], count)) for _ in range(each))

    def phrase(one: Made) -> str:
        words = one.text.split()
        start = chance.randrange(len(words) - 3)
        return " ".join(words[start : start + 3])

    two = drawn(2, slice(0, 40))
    chosen = [chance.choice(some) for _ in range(each)]

    def about(pattern: str) -> tuple[str, ...]:
        return tuple(pattern.format(one, one.issued_on, one.issued_on.month // 4 + 1) for one in chosen)

    dated = tuple(f"{words} năm {one.issued_on.year}" for words, one in zip(two, chosen, strict=True))
    return [
        Kind("a common word", drawn(1, slice(0, 40))),
        Kind("a rare word", drawn(1, slice(600, 1200))),
        Kind("two common words", two),
        Kind("two common words, no marks", tuple(map(fold, two))),
        Kind("three common words", drawn(3, slice(0, 40))),
        Kind("two words", drawn(2, slice(40, 400))),
        Kind("a phrase", tuple(map(phrase, chosen)), is_phrase=True),
        Kind("a reference", about("{0.reference}"), of_words=False),
        Kind("a reference and its date", about("{0.reference} ngày {1:%d/%m/%Y}"), of_words=False),
        Kind("a day", about("{1:%d/%m/%Y}"), of_words=False),
        Kind("a month", about("tháng {1.month}/{1.year}"), of_words=False),
        Kind("a type and a quarter", about("kế hoạch quý {2}/{1.year}"), of_words=False),
        Kind("two common words in a year", dated, of_words=False),
    ]
