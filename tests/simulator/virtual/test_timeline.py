"""The heap of timers."""

import pytest
from twisted.internet.error import AlreadyCalled, AlreadyCancelled

from simulator.testing import flush_logged_errors
from simulator.virtual import EndlessLoopError, Timeline, timeline


def test_each_call_sees_its_own_time() -> None:
    line = Timeline()
    seen: list[float] = []
    for delay_s in (7.0, 2.5, 9.0):
        line.schedule(delay_s, lambda: seen.append(line.now_s))
    line.advance(10)
    assert seen == [2.5, 7.0, 9.0]
    assert line.now_s == 10


def test_calls_due_together_run_in_the_order_of_scheduling() -> None:
    line = Timeline()
    seen: list[str] = []
    for name in "cab":
        line.schedule(1, seen.append, name)
    line.advance(1)
    assert "".join(seen) == "cab"


def test_a_call_scheduled_by_a_call_runs_within_the_same_advance() -> None:
    line = Timeline()
    seen: list[float] = []
    line.schedule(1, lambda: line.schedule(2, lambda: seen.append(line.now_s)))
    line.advance(5)
    assert seen == [3.0]


def test_what_is_due_later_stays() -> None:
    line = Timeline()
    seen: list[int] = []
    line.schedule(5.000001, seen.append, 1)
    line.advance(5)
    assert seen == []
    line.advance(0.000001)
    assert seen == [1]


def test_reset_counts_from_now_and_delay_from_when_it_was_due() -> None:
    line = Timeline()
    seen: list[tuple[str, float]] = []
    reset = line.schedule(10, lambda: seen.append(("reset", line.now_s)))
    delayed = line.schedule(10, lambda: seen.append(("delayed", line.now_s)))
    line.advance(4)
    reset.reset(2)
    delayed.delay(5)
    assert (reset.getTime(), delayed.getTime()) == (6, 15)
    line.advance(20)
    assert seen == [("reset", 6.0), ("delayed", 15.0)]


def test_a_timer_moved_back_and_forth_runs_once() -> None:
    line = Timeline()
    seen: list[float] = []
    timer = line.schedule(1, lambda: seen.append(line.now_s))
    for delay_s in (9, 3, 7, 5):
        timer.reset(delay_s)
    line.advance(100)
    assert seen == [5.0]


def test_a_cancelled_timer_never_runs_and_says_so() -> None:
    line = Timeline()
    seen: list[int] = []
    timer = line.schedule(1, seen.append, 1)
    timer.cancel()
    assert not timer.active()
    line.advance(2)
    assert seen == []
    with pytest.raises(AlreadyCancelled):
        timer.reset(1)


def test_a_timer_that_ran_cannot_be_cancelled() -> None:
    line = Timeline()
    timer = line.schedule(1, int)
    line.advance(2)
    assert not timer.active()
    with pytest.raises(AlreadyCalled):
        timer.cancel()


def test_time_never_runs_backwards() -> None:
    with pytest.raises(ValueError, match="cannot be -1 s ahead"):
        Timeline().schedule(-1, int)


def test_twenty_thousand_timers_that_are_moved_and_cancelled_all_run_in_order() -> None:
    line = Timeline()
    seen: list[float] = []
    timers = [
        line.schedule(1 + (number * 7919) % 20_000, lambda: seen.append(line.now_s))
        for number in range(20_000)
    ]
    for number, timer in enumerate(timers):
        if number % 4 == 0:
            timer.cancel()
        else:
            timer.delay(number % 13)
    assert len(line.pending()) == 15_000
    line.advance(30_000)
    assert len(seen) == 15_000
    assert seen == sorted(seen)


def test_cancelled_timers_do_not_fill_the_heap() -> None:
    line = Timeline()
    kept = line.schedule(1, int)
    for _ in range(10_000):
        line.schedule(1, int).cancel()
    assert len(line._heap) < 1_000
    assert line.pending() == [kept]


def test_a_loop_at_one_instant_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timeline, "STEPS_AT_ONE_INSTANT_MAX", 100)
    line = Timeline()

    def again() -> None:
        line.schedule(0, again)

    line.schedule(3, again)
    with pytest.raises(EndlessLoopError, match=r"100 events at 3\.000000 s .*again"):
        line.advance(5)


def test_an_error_in_a_call_is_logged_and_time_goes_on() -> None:
    line = Timeline()
    seen: list[int] = []
    line.schedule(1, lambda: 1 / 0)
    line.schedule(2, seen.append, 1)
    line.advance(3)
    assert seen == [1]
    assert len(flush_logged_errors(ZeroDivisionError)) == 1


def test_time_cannot_be_advanced_from_within_an_event() -> None:
    line = Timeline()
    line.schedule(1, line.advance, 1)
    line.schedule(1, int)
    line.advance(3)
    assert "already running" in flush_logged_errors(RuntimeError)[0].getErrorMessage()
