"""Lines wait while what is behind them does not keep up, and go on in the order they waited."""

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from switch.link import Throttle, answer_to
from switch.link.pacing import LOOK_EVERY_S


class Behind:
    """Says what the test says."""

    def __init__(self) -> None:
        self.now = False

    def __call__(self):
        return self.now


@pytest.fixture
def behind():
    return Behind()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock, behind):
    return Throttle(clock, behind)


def test_nobody_is_held_while_all_is_well(throttle, clock):
    assert not throttle.holds(lambda: None)
    assert clock.getDelayedCalls() == []


def test_the_held_are_released_once_and_in_order(throttle, clock, behind):
    released = []
    behind.now = True
    assert throttle.holds(lambda: released.append("first"))
    assert throttle.holds(lambda: released.append("second"))
    clock.pump([LOOK_EVERY_S] * 3)
    assert released == []
    behind.now = False
    clock.pump([LOOK_EVERY_S] * 3)
    assert (released, clock.getDelayedCalls()) == (["first", "second"], [])


def test_who_makes_it_fall_behind_again_leaves_the_others_held(throttle, clock, behind):
    released = []

    def release(name):
        released.append(name)
        behind.now = True

    behind.now = True
    throttle.holds(lambda: release("first"))
    throttle.holds(lambda: release("second"))
    behind.now = False
    clock.advance(LOOK_EVERY_S)
    assert released == ["first"]
    behind.now = False
    clock.advance(LOOK_EVERY_S)
    assert released == ["first", "second"]


def test_a_line_that_is_gone_is_not_released(throttle, clock, behind):
    released = []

    def release():
        released.append("gone")

    behind.now = True
    throttle.holds(release)
    throttle.forget(release)
    behind.now = False
    clock.advance(1)
    assert (released, clock.getDelayedCalls()) == ([], [])


def test_a_session_reads_no_more_while_the_journal_is_behind(talk, world, behind):
    peer = talk(throttle=Throttle(world.process("pacer").runtime.reactor, behind))
    peer.answer_with = lambda request: answer_to(request, "00")
    peer.sign_on()
    behind.now = True
    peer.say(*(peer.balance(f"{n:06}") for n in (2, 3, 4)))
    assert [request["11"] for request in peer.handled] == ["000002"]
    behind.now = False
    world.advance(LOOK_EVERY_S * 4)
    assert [request["11"] for request in peer.handled] == ["000002", "000003", "000004"]
    assert peer.codes() == ["0110 00"] * 3


def test_a_held_session_stays_held_by_its_requests_under_way(talk, world, behind):
    answers = []

    def handler(request, session):
        answers.append((request, Deferred()))
        return answers[-1][1]

    peer = talk(
        throttle=Throttle(world.process("pacer").runtime.reactor, behind),
        handler=handler,
        in_flight_max=1,
    )
    peer.sign_on()
    behind.now = True
    peer.say(peer.balance("000002"), peer.balance("000003"))
    behind.now = False
    world.advance(1)
    assert len(answers) == 1
    request, deferred = answers[0]
    deferred.callback(answer_to(request, "00"))
    assert len(answers) == 2
    answers[1][1].callback(answer_to(answers[1][0], "00"))


def test_a_held_line_that_is_lost_is_forgotten(talk, world, behind):
    peer = talk(throttle=Throttle(world.process("pacer").runtime.reactor, behind))
    peer.sign_on()
    behind.now = True
    peer.say(peer.balance())
    peer.session.line.abort("cut")
    assert world.timeline.pending() == []
