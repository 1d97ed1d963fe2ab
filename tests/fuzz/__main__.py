"""Fuzz verification for a while: ``FUZZ_SECONDS=3600 make fuzz``.

Every round has a seed of its own, so that a find can be had again with ``FUZZ_SEED``, and a process of its own. Files
that went wrong are written to ``FUZZ_FINDS``, made as small as Hypothesis makes them. Every 25th file also goes
through the sandbox; so does every one that takes too much time or memory, which the sandbox has to name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import select
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import Mutation, mutated, mutations
from tests.fuzz.reading import TooSlow, read_apart, read_here, require_sound
from tests.fuzz.seeds import seeds, trust

ROUND = 250
ROUND_SECONDS = 400


def main() -> int:
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    seconds = float(os.environ.get("FUZZ_SECONDS", "60"))
    first = int(os.environ.get("FUZZ_SEED", str(int(time.time()))))
    finds = Path(os.environ.get("FUZZ_FINDS", "build/fuzz-finds"))
    finds.mkdir(parents=True, exist_ok=True)
    seeds(), trust()  # made once, for all rounds
    started, cases = time.monotonic(), Counter[str]()
    number = first
    while time.monotonic() - started < seconds:
        cases.update(_apart(number, finds))
        number += 1
        print(f"{time.monotonic() - started:7.0f} s, seed {number - 1}: {json.dumps(cases)}", flush=True)
    print(f"{cases['cases']} files, {cases['sandbox']} of them in the sandbox; {cases['finds']} finds", flush=True)
    return 1 if cases["finds"] else 0


def _apart(number: int, finds: Path) -> Counter[str]:
    """One round in a process of its own, so that what it leaves behind or breaks ends with it."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writing, json.dumps(_round(number, finds)).encode("ascii"))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        if not select.select([answer], [], [], ROUND_SECONDS)[0]:
            os.kill(child, signal.SIGKILL)
        told = answer.read()
    os.waitpid(child, 0)
    return Counter(json.loads(told)) if told else Counter({"rounds without an answer": 1, "finds": 1})


def _round(number: int, finds: Path) -> dict[str, int]:
    cases = Counter[str]()
    last: dict[str, Any] = {}

    @seed(number)
    @settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(which=st.integers(0, len(seeds()) - 1), changes=mutations())
    def look(which: int, changes: list[Mutation]) -> None:
        content = mutated(seeds()[which], changes)
        last.update(content=content, changes=changes)
        cases["cases"] += 1
        try:
            report = read_here(content)
        except (MemoryError, TooSlow) as error:
            cases[type(error).__name__] += 1
            (finds / f"limits-{hashlib.sha256(content).hexdigest()[:12]}.pdf").write_bytes(content)
            report = read_apart(content)
        cases[report.verdict] += 1
        require_sound(report, content, seeds()[which])
        if cases["cases"] % 25 == 0:
            cases["sandbox"] += 1
            require_sound(read_apart(content), content, seeds()[which])

    try:
        look()
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is a find
        places = [
            f"{one.filename.rsplit('/', 1)[-1]}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)
        ]
        cases["finds"] += 1
        stem = finds / hashlib.sha256(last["content"]).hexdigest()[:12]
        stem.with_suffix(".pdf").write_bytes(last["content"])
        told = {"seed": number, "error": f"{type(error).__name__}: {error}"[:500], "places": places[-12:]}
        stem.with_suffix(".json").write_text(json.dumps(told | {"changes": repr(last["changes"])}, indent=1))
        print(f"found {type(error).__name__} at {places[-1]} with seed {number}: {stem}.pdf", flush=True)
    return dict(cases)


if __name__ == "__main__":
    sys.exit(main())
