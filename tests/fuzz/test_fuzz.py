"""A short run of the fuzzer: whatever was done to a signed file, the answer is a sound report."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import Mutation, mutated, mutations
from tests.fuzz.reading import TooSlow, read_apart, read_here, require_sound
from tests.fuzz.seeds import seeds


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=120, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(which=st.integers(0, 5), changes=mutations())
def test_a_mutated_file_ends_in_a_sound_report(which: int, changes: list[Mutation]) -> None:
    content = mutated(seeds()[which], changes)
    try:
        report = read_here(content)
    except (MemoryError, TooSlow):
        report = read_apart(content)  # where the limits are kept and named
    require_sound(report, content, seeds()[which])
