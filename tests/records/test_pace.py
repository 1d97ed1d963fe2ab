"""One client cannot take the service away from the others."""

from __future__ import annotations

import threading

import pytest

from docsvc.pace import MOST_CLIENTS, Busy, Pace, Places, TooOften


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_client_may_act_so_often_a_minute_and_then_waits() -> None:
    clock = Clock()
    pace = Pace(3, clock=clock)
    for _ in range(3):
        pace.take("a")
    with pytest.raises(TooOften) as refused:
        pace.take("a")
    assert refused.value.seconds == 20
    pace.take("b")
    clock.now += 20
    pace.take("a")
    with pytest.raises(TooOften):
        pace.take("a")
    clock.now += 3600
    for _ in range(3):
        pace.take("a")
    with pytest.raises(TooOften):
        pace.take("a")


def test_clients_without_end_do_not_fill_the_memory() -> None:
    clock = Clock()
    pace = Pace(3, clock=clock)
    for number in range(MOST_CLIENTS * 2):
        clock.now += 0.1
        pace.take(str(number))
    assert len(pace._left) <= MOST_CLIENTS


def test_only_so_many_work_at_once_and_a_place_is_given_back_after_a_failure() -> None:
    places = Places(1, wait_seconds=0.01)
    with places.one(), pytest.raises(Busy), places.one():
        pass
    with pytest.raises(RuntimeError), places.one():
        raise RuntimeError
    got: list[bool] = []

    def work() -> None:
        with places.one():
            got.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(5)
    assert got == [True]
