"""Words one slip of the fingers away, over folded letters."""

from __future__ import annotations

LETTERS = "abcdeghijklmnopqrstuvxy"
"""Those that folded Vietnamese words are written with."""
LONGEST, SHORTEST = 12, 3


def slips(folded: str) -> frozenset[str]:
    """Return every word that differs from ``folded`` by one letter left out, added, wrong or swapped.

    Very short words have too many neighbours to tell which was meant, and very long ones are no words: they have none.
    """
    if not SHORTEST <= len(folded) <= LONGEST or not folded.isalpha():
        return frozenset()
    halves = [(folded[:place], folded[place:]) for place in range(len(folded) + 1)]
    found = {left + right[1:] for left, right in halves if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in halves if right for letter in LETTERS}
    found |= {left + letter + right for left, right in halves for letter in LETTERS}
    return frozenset(found - {folded, ""})
