"""Signing a draft visibly: one at a time, on every processor at once, and where each millisecond goes."""

from __future__ import annotations

import operator
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from bench import ways
from bench.tables import by_turns, middle, show
from bench.ways import Desk, Way, rival_of
from signing import _prepare
from signing._cms import signed_data
from signing.appearance import picture_of
from signing.sandbox import Limits, run

SECONDS, FULL_SECONDS, PARTS_SECONDS = 20.0, 3.0, 8.0
FULL = (ways.OURS_B_B, ways.PYHANKO_B_B, ways.ENDESIVE, ways.OURS_B_T, ways.PYHANKO_B_T, ways.OURS_B_LTA)
NOTE = (
    "Medians of {} runs each, by turns; RSA of 2048 bits, one page of A4 with a picture as signature. Ours also lays "
    "the fields for number, date and seal over the draft, which is read in a limited process of its own (the key file "
    "in another), and checks the timestamp before it uses it. B-LTA verifies the file before and after."
)
FULL_NOTE = "One process for each processor, all at once; what their helping processes take is in it."
PARTS_NOTE = (
    "Medians of {} runs each. A fresh process copies what it writes to of the memory it shares; that, and caches that "
    "are cold, is what laying out costs in the reader above what it costs here."
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        one_at_a_time(desk)
        where_time_goes(desk)
    full()


def one_at_a_time(desk: Desk) -> None:
    durations = by_turns(desk.ways(), seconds=SECONDS)
    times = {name: middle(runs) for name, runs in durations.items()}
    rows = [
        (name, _rate(1 / seconds), f"{seconds * 1000:.1f}", f"{rival / seconds:.1f}×" if rival else "")
        for name, seconds in times.items()
        for rival in [rival_of(name, times)]
    ]
    runs = len(next(iter(durations.values())))
    show("Signing, one at a time", ("", "per second", "ms each", "plain pyHanko = 1"), rows, [NOTE.format(runs)])


def where_time_goes(desk: Desk) -> None:
    """The parts of one visible B-B signature of ours, measured alone, beside the whole."""
    picture = picture_of(desk.picture.read_bytes())
    request = _prepare.Request(
        signer=desk.key.holder,
        reason="",
        signed_at=datetime.now(UTC),
        container_bytes=8192,
        picture=picture,
        words=(),
    )
    prepared = _prepare.prepare_personal(desk.draft, desk.places, request)
    cms = signed_data(desk.key, prepared.digest, None)
    key, nothing, reader, here, in_reader, signed, filled, whole = (
        "  of which the bare key operation",
        "a limited process forked, asked for nothing, ended",
        "laying the draft out in it, above that",
        "  of which warm, measured in this process",
        "in reader",
        "the CMS",
        "filling it in",
        "the whole signature",
    )
    parts: dict[str, Way] = {
        key: lambda: desk.key.sign(b"x" * 64, "sha256"),
        nothing: lambda: run(operator.add, 1, 2, limits=Limits()),
        here: lambda: _prepare.prepare_personal(desk.draft, desk.places, request),
        in_reader: lambda: run(_prepare.prepare_personal, desk.draft, desk.places, request, limits=Limits()),
        signed: lambda: signed_data(desk.key, prepared.digest, None),
        filled: lambda: prepared.filled(cms),
        whole: lambda: desk.ours(desk.key, None),
    }
    durations = by_turns(parts, seconds=PARTS_SECONDS)
    times = {name: middle(runs) for name, runs in durations.items()}
    times[reader] = times[in_reader] - times[nothing]
    left = times[whole] - times[in_reader] - times[signed] - times[filled]
    order = (nothing, reader, here, signed, key, filled)
    rows = [(name, f"{times[name] * 1000:.2f}", f"{times[name] / times[whole]:.0%}") for name in order]
    rows += [("not accounted for", f"{left * 1000:.2f}", f"{left / times[whole]:.0%}")]
    rows += [(whole, f"{times[whole] * 1000:.2f}", "100%")]
    runs = len(durations[whole])
    show("Where the time of a visible B-B signature goes", ("", "ms", "share"), rows, [PARTS_NOTE.format(runs)])


def full() -> None:
    """Every processor signs as fast as it can."""
    processors = os.cpu_count() or 1
    rates: dict[str, float] = {}
    for name in FULL:
        loops = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.signing", name, str(FULL_SECONDS)], stdout=subprocess.PIPE, text=True
            )
            for _ in range(processors)
        ]
        answers = [loop.communicate()[0].strip() for loop in loops]
        if all(answers):
            rates[name] = sum(map(float, answers)) / processors
    times = {name: 1 / rate for name, rate in rates.items()}
    rows = [
        (name, _rate(rate), f"{rival * rate:.1f}×" if rival else "")
        for name, rate in rates.items()
        for rival in [rival_of(name, times)]
    ]
    show(
        "Signing, every processor at work",
        ("", "per second and processor", "plain pyHanko = 1"),
        rows,
        [FULL_NOTE],
    )


def loop(name: str, seconds: float) -> None:
    """Sign again and again; print how many a second. Prints nothing where that way is not on the machine."""
    with tempfile.TemporaryDirectory() as folder:
        way = Desk(Path(folder)).ways().get(name)
        if way is None:
            return
        way()
        way()
        began, made = time.perf_counter(), 0
        while time.perf_counter() < began + seconds:
            way()
            made += 1
        print(made / (time.perf_counter() - began))


def _rate(per_second: float) -> str:
    return f"{per_second:.0f}" if per_second > 100 else f"{per_second:.1f}"


if __name__ == "__main__":
    loop(sys.argv[1], float(sys.argv[2]))
