"""Reading hostile files hurts nobody but the reader, and costs a bounded time, memory and size."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from signing._answers import unpacked
from signing.errors import Crashed, EncryptedPdf, OutOfMemory, TimedOut, TooLarge
from signing.sandbox import Limits, run
from tests.signing import strains

MIB = 1024 * 1024
BRIEF = Limits(seconds=0.5)


def test_a_function_answers_from_another_process() -> None:
    assert run(strains.add, 2, 3, limits=Limits()) == 5
    reader, forker = run(strains.process, limits=Limits())
    assert os.getpid() not in {reader, forker}


def test_every_call_has_a_fresh_process() -> None:
    assert len({run(strains.process, limits=Limits())[0] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "value",
    [None, ("Số: 05", 1.5, b"\0" * 70_000), datetime(2026, 3, 7, tzinfo=UTC), {"a": [frozenset({1})]}, Limits()],
)
def test_plain_values_go_there_and_back(value: object) -> None:
    assert run(strains.echo, value, limits=Limits()) == value


@pytest.mark.parametrize("strain", [strains.spin, strains.ignore_signals_and_spin])
def test_an_endless_loop_is_ended(strain: Callable[[], None]) -> None:
    with pytest.raises(TimedOut):
        run(strain, limits=BRIEF)


def test_waiting_for_ever_is_ended() -> None:
    with pytest.raises(TimedOut):
        run(strains.sleep, 60.0, limits=BRIEF)


def test_eating_memory_is_ended() -> None:
    with pytest.raises(OutOfMemory):
        run(strains.grow, limits=Limits(memory_bytes=64 * MIB))


def test_the_limit_of_memory_is_above_the_file_itself() -> None:
    content = bytes(40 * MIB)
    assert run(strains.echo, len(content), limits=Limits(memory_bytes=16 * MIB)) == len(content)


def test_too_large_a_file_is_not_even_read() -> None:
    with pytest.raises(TooLarge):
        run(strains.echo, bytes(MIB + 1), limits=Limits(input_bytes=MIB))


def test_too_large_an_answer_is_not_taken() -> None:
    with pytest.raises(TooLarge):
        run(strains.answer_of, 2 * MIB, limits=Limits(output_bytes=MIB))


def test_an_error_of_ours_crosses_with_its_detail() -> None:
    with pytest.raises(EncryptedPdf) as caught:
        run(strains.refuse, limits=Limits())
    assert caught.value.detail == "owner's password"


def test_any_other_error_is_a_crash_that_the_log_can_explain() -> None:
    with pytest.raises(Crashed) as caught:
        run(strains.fail, limits=Limits())
    assert "KeyError: '/Root' at strains.py" in caught.value.detail


def test_endless_recursion_is_a_crash() -> None:
    with pytest.raises(Crashed, match="RecursionError"):
        run(strains.dig, 0, limits=Limits())


@pytest.mark.parametrize(("strain", "said"), [(strains.abort, "Aborted"), (strains.leave, "status 3")])
def test_a_reader_that_ends_without_an_answer_crashed(strain: Callable[[], None], said: str) -> None:
    with pytest.raises(Crashed, match=said):
        run(strain, limits=Limits())


def test_a_reader_writes_no_file(tmp_path: Path) -> None:
    with pytest.raises(Crashed, match="in the sandbox"):
        run(strains.touch, str(tmp_path / "left"), limits=Limits())
    assert not (tmp_path / "left").exists()


def test_a_reader_opens_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        with pytest.raises(Crashed, match="in the sandbox"):
            run(strains.connect, server.getsockname()[1], limits=Limits())
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_reader_starts_no_program() -> None:
    with pytest.raises(Crashed, match="in the sandbox"):
        run(strains.start_program, limits=Limits())


def test_a_reader_sees_none_of_the_service_s_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCSVC_SECRET_KEY", "do not tell")
    assert not {name for name in run(strains.environment, limits=Limits()) if name.startswith("DOCSVC")}


def test_a_reader_holds_no_file_of_the_service(tmp_path: Path) -> None:
    with (tmp_path / "open").open("wb"):
        assert run(strains.open_files, limits=Limits()) <= 5


def test_many_threads_at_once_each_get_their_own_answer() -> None:
    def ask(number: int) -> int:
        return run(strains.add, number, 1000, limits=Limits())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(100))) == list(range(1000, 1100))


def test_a_slow_file_holds_up_no_other() -> None:
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(run, strains.sleep, 60.0, limits=Limits(seconds=1))
        assert [run(strains.add, number, 0, limits=Limits()) for number in range(20)] == list(range(20))
        assert not slow.done()
        assert isinstance(slow.exception(), TimedOut)


def test_a_lost_forking_process_is_started_anew() -> None:
    _, forker = run(strains.process, limits=Limits())
    os.kill(forker, signal.SIGKILL)
    _, other = run(strains.process, limits=Limits())
    assert other != forker


def test_a_fork_of_the_service_has_its_own() -> None:
    _, forker = run(strains.process, limits=Limits())
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(sender, str(run(strains.process, limits=Limits())[1]).encode())
        os._exit(0)
    os.close(sender)
    with open(receiver, "rb") as told:  # noqa: PTH123 - a descriptor has no path
        others = int(told.read())
    os.waitpid(child, 0)
    assert others != forker
    assert run(strains.process, limits=Limits())[1] == forker


def test_nothing_is_left_when_the_service_is_killed() -> None:
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.signing.strains"], stdout=subprocess.PIPE, text=True, cwd=root
    ) as service:
        assert service.stdout is not None
        forker = int(service.stdout.readline())
        until(lambda: len(children(forker)) == 1)
        readers = children(forker)
        service.kill()
    until(lambda: not any(alive(process) for process in (forker, *readers)))


def test_nothing_is_left_of_a_reader_that_was_ended() -> None:
    _, forker = run(strains.process, limits=Limits())
    with pytest.raises(TimedOut):
        run(strains.spin, limits=BRIEF)
    until(lambda: not children(forker))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"rubbish",
        pickle.dumps(("result", os.system)),
        pickle.dumps(("result", subprocess.Popen)),
        pickle.dumps(("result", strains.abort)),
        b"cos\nsystem\n(S'true'\ntR.",
        b"csigning.sandbox\nrun\n(tR.",
    ],
)
def test_an_answer_of_a_reader_taken_over_makes_nothing_run(answer: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017 - the sandbox calls every one of them a crash
        unpacked(answer, "tests.signing.strains")


def children(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
