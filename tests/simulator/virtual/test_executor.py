"""Blocking work in virtual time."""

from collections.abc import Iterator

import pytest
from twisted.internet.defer import gatherResults

from simulator.testing import virtual_world
from simulator.virtual import World


@pytest.fixture
def world() -> Iterator[World]:
    with virtual_world(5) as opened:
        yield opened


def test_work_is_done_later_and_in_order(world: World) -> None:
    executor = world.runtime("switch").executor("journal")
    did: list[tuple[int, float]] = []
    all_done = gatherResults(
        [executor.run(lambda n=n: did.append((n, world.timeline.now_s))) for n in range(20)]
    )
    assert did == []
    world.run_until(all_done)
    assert [n for n, _ in did] == list(range(20))
    times_s = [at_s for _, at_s in did]
    assert len(set(times_s)) == 20
    assert times_s == sorted(times_s)
    assert 0.010 <= times_s[-1] <= 0.040


def test_the_answer_comes_after_the_work(world: World) -> None:
    executor = world.runtime("switch").executor("journal")
    done_s = world.run_until(executor.run(lambda: world.timeline.now_s))
    assert world.timeline.now_s > done_s


def test_an_error_goes_to_whoever_waits_and_the_next_work_runs(world: World) -> None:
    executor = world.runtime("switch").executor("journal")
    failing = executor.run(lambda: 1 // 0)
    following = executor.run(lambda: "done")
    with pytest.raises(ZeroDivisionError):
        world.run_until(failing)
    assert world.run_until(following) == "done"


def test_two_executors_do_not_wait_for_each_other(world: World) -> None:
    runtime = world.runtime("switch")
    one, two = runtime.executor("journal"), runtime.executor("books")
    for _ in range(50):
        one.run(int)
    world.run_until(two.run(int))
    assert world.timeline.now_s < 0.003


def test_stopping_waits_for_what_was_queued_and_refuses_more(world: World) -> None:
    executor = world.runtime("switch").executor("journal")
    did: list[int] = []
    answers = [executor.run(lambda n=n: did.append(n)) for n in range(3)]
    stopped = executor.stop()
    refused = executor.run(int)
    world.run_until(stopped)
    assert did == [0, 1, 2]
    assert all(answer.called for answer in answers)
    with pytest.raises(RuntimeError, match="is stopped"):
        world.run_until(refused)
    world.run_until(executor.stop())
