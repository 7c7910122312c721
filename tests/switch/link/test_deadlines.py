"""Deadlines with one timer: each passes at its time, and what is over is forgotten."""

from dataclasses import dataclass

import pytest
from twisted.internet.task import Clock

from switch.link.deadlines import STALE_MAX, Deadlines


@dataclass
class Thing:
    name: str
    over: bool = False


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def expired():
    return []


@pytest.fixture
def deadlines(clock, expired):
    def passed(thing):
        thing.over = True
        expired.append((thing.name, clock.seconds()))

    return Deadlines(clock, passed)


def test_each_passes_at_its_time_whatever_the_order_they_came_in(deadlines, clock, expired):
    for name, in_s in (("c", 6.0), ("a", 1.0), ("b", 2.5)):
        deadlines.add(Thing(name), in_s, 3)
    clock.pump([0.5] * 20)
    assert expired == [("a", 1.0), ("b", 2.5), ("c", 6.0)]
    assert clock.getDelayedCalls() == []


def test_what_is_over_does_not_expire(deadlines, clock, expired):
    first, second = Thing("a"), Thing("b")
    deadlines.add(first, 1.0, 1)
    deadlines.add(second, 2.0, 2)
    first.over = True
    clock.pump([0.5] * 6)
    assert expired == [("b", 2.0)]


def test_there_is_one_timer_however_many_wait(deadlines, clock):
    for number in range(100):
        deadlines.add(Thing("x"), 10.0 - number / 100, number + 1)
    assert len(clock.getDelayedCalls()) == 1
    deadlines.stop()
    assert clock.getDelayedCalls() == []


def test_what_is_over_does_not_pile_up(deadlines):
    for _ in range(10 * STALE_MAX):
        thing = Thing("x")
        deadlines.add(thing, 6.0, 1)
        thing.over = True
    assert len(deadlines._heap) <= STALE_MAX + 5


def test_one_that_expires_may_add_another(clock):
    again = []

    def passed(thing):
        thing.over = True
        again.append(clock.seconds())
        if len(again) < 3:
            deadlines.add(Thing("x"), 1.0, 1)

    deadlines = Deadlines(clock, passed)
    deadlines.add(Thing("x"), 1.0, 1)
    clock.pump([0.25] * 16)
    assert again == [1.0, 2.0, 3.0]
