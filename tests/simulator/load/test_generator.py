"""A generator on a clock of its own: when iterations begin, on what, and what is dropped."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock, deferLater

from simulator.load.generator import Generator, Iteration
from simulator.load.metrics import Metrics
from simulator.load.settings import Load
from switch.runtime import Chance


class Bench:
    """A load whose iterations take `takes_s` seconds, run to its end."""

    def __init__(self, takes_s: float, terminals=(), **load) -> None:
        self.clock = Clock()
        self.metrics = Metrics()
        self.begun: list[tuple[float, Iteration]] = []
        self.most = 0
        self._takes_s = takes_s
        self.generator = Generator(
            "l",
            Load.model_validate(load),
            self.clock,
            Chance(1).stream("load"),
            self.metrics,
            self.iterate,
            terminals=terminals,
            cards=("a", "b"),
        )
        self.over = False
        done = Deferred.fromCoroutine(self.generator.run())
        done.addCallback(lambda _: setattr(self, "over", True))

    async def iterate(self, iteration: Iteration) -> None:
        self.begun.append((self.clock.seconds(), iteration))
        self.most = max(self.most, self.generator.in_flight + 1)
        if self._takes_s:
            await deferLater(self.clock, self._takes_s)

    def advance(self, seconds: float, step: float = 0.01) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)

    def count(self, metric: str) -> int:
        return self.metrics.count_of(metric, {})


ARRIVALS = {"executor": "constant-arrival-rate", "rate": "10/s", "duration": "1s"}


def test_arrivals_begin_when_they_are_due_however_long_others_take():
    bench = Bench(5.0, **ARRIVALS)
    bench.advance(2.0)
    assert [round(at, 1) for at, _ in bench.begun] == [n / 10 for n in range(10)]
    assert bench.most == 10
    assert not bench.over
    bench.advance(5.0)
    assert bench.over
    assert bench.count("iterations") == 10


def test_what_exceeds_the_limit_is_dropped_and_counted():
    bench = Bench(0.95, max_in_flight=3, **ARRIVALS)
    bench.advance(3.0)
    assert (len(bench.begun), bench.count("dropped"), bench.generator.offered) == (3, 7, 10)
    assert bench.most == 3


def test_a_terminal_serves_one_at_a_time():
    bench = Bench(0.35, terminals=("T1", "T2"), **ARRIVALS)
    bench.advance(3.0)
    busy: dict[str, float] = {}
    for at, iteration in bench.begun:
        assert at >= busy.get(iteration.terminal, 0.0) - 1e-9
        busy[iteration.terminal] = at + 0.35
    assert bench.count("dropped") == 10 - len(bench.begun) > 0


def test_what_begins_in_the_warm_up_is_not_measured():
    bench = Bench(0.0, warm_up="500ms", **ARRIVALS)
    bench.advance(2.0)
    assert (len(bench.begun), bench.count("iterations")) == (10, 5)


def test_users_begin_their_next_when_their_last_is_over():
    bench = Bench(0.25, executor="constant-vus", vus=3, duration="1s")
    bench.advance(2.0)
    assert bench.over
    assert bench.most == 3
    assert len(bench.begun) == 12


def test_users_of_a_ramp_follow_it():
    stages = [{"target": "4", "duration": "2s"}, {"target": "0", "duration": "2s"}]
    bench = Bench(0.5, executor="ramping-vus", stages=stages)
    bench.advance(6.0)
    assert bench.over
    assert bench.most in (3, 4)
    assert bench.begun[-1][0] < 4.0


@pytest.mark.parametrize(
    ("executor", "count"), [("per-vu-iterations", 12), ("shared-iterations", 4)]
)
def test_a_number_of_iterations_is_worked_off(executor, count):
    bench = Bench(0.1, executor=executor, vus=3, iterations=4)
    bench.advance(3.0)
    assert bench.over
    assert len(bench.begun) == count


def test_what_is_not_over_in_time_is_counted_and_left_to_its_end():
    bench = Bench(60.0, graceful_stop="2s", **ARRIVALS)
    bench.advance(4.0, 0.05)
    assert bench.over
    assert bench.count("unfinished") == 10


def test_a_stopped_load_begins_nothing_more():
    bench = Bench(0.2, **ARRIVALS)
    bench.advance(0.5)
    bench.generator.stop()
    bench.advance(2.0)
    assert bench.over
    assert len(bench.begun) == 6


def test_an_iteration_that_fails_is_counted_as_broken():
    async def breaks(iteration: Iteration) -> None:
        raise RuntimeError(iteration.number)

    bench = Bench(0.0, **ARRIVALS)
    bench.generator._iterate = breaks
    bench.advance(2.0)
    assert bench.over
    assert bench.metrics.share_of("broken", {}).hits >= 9


def test_cards_and_choices_are_drawn_from_the_seed():
    def drawn() -> list[tuple[str, float]]:
        bench = Bench(0.0, **ARRIVALS)
        bench.advance(2.0)
        return [(each.card, each.choice) for _, each in bench.begun]

    assert drawn() == drawn()
    assert {card for card, _ in drawn()} == {"a", "b"}


def test_a_load_may_begin_later():
    bench = Bench(0.0, start="1s", **ARRIVALS)
    bench.advance(0.9)
    assert bench.begun == []
    bench.advance(2.0)
    assert len(bench.begun) == 10
