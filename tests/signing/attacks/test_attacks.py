"""Every hostile file of ours ends in a named verdict, and under its right name."""

from __future__ import annotations

import pytest

from signing.sandbox import Limits
from signing.verify import FileReport, Trust, verify
from signing.verify._attack_words import CODES, Suspicion
from tests.signing.attacks import (  # noqa: F401 - each fills the register
    certified,
    cms_tricks,
    dictionaries,
    exhausting,
    forgery,
    polyglots,
    ranges,
    saving,
    shadow,
    wrapping,
)
from tests.signing.attacks.case import REGISTER, Attack
from tests.signing.authority import standard

SECONDS = 10.0
MEMORY_BYTES = 512 * 1024 * 1024


def check(content: bytes) -> FileReport:
    limits = Limits(seconds=SECONDS, memory_bytes=MEMORY_BYTES)
    return verify(content, trust=Trust((standard().root.certificate,)), limits=limits)


@pytest.mark.parametrize("attack", REGISTER, ids=[attack.name for attack in REGISTER])
def test_an_attack_is_found_and_named(attack: Attack) -> None:
    report = check(attack.make())
    assert report.verdict in attack.ends, report.detail
    assert attack.called in [found.code for found in report.attacks], report.detail
    assert report.message_vi
    assert report.message_en


def test_every_name_is_shown_by_a_file_and_told_in_both_languages() -> None:
    assert {attack.called for attack in REGISTER} == set(CODES)
    for code in CODES:
        told = Suspicion(code, page=3).reason
        assert told.text_vi
        assert told.text_en
        assert told.text_vi != told.text_en
        assert "{" not in told.text_vi + told.text_en
