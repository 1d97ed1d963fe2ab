"""The parts of a report in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a section."""

    label: str
    lines: tuple[str, ...]
    """The first is the answer, the others explain it."""
    kind: str = "plain"
    """``good``, ``unsure`` or ``bad`` for answers, ``code`` for digits."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with facts, or with paragraphs."""

    heading: str
    facts: tuple[Fact, ...] = ()
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """The whole report in one language."""

    title: str
    subtitle: str
    warning: str
    """Of what makes these pages worth less; empty for nothing."""
    kind: str
    verdict: str
    sentence: str
    sections: tuple[Section, ...]


Say = Callable[[str, str], str]
Moment = Callable[[datetime], str]
