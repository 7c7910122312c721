"""A destination that store-and-forward asks no faster than its rate."""

import pytest
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock

from switch.engine.destination import PacedDestination
from switch.link import NotSentError
from switch.wire import Message

REVERSAL = Message({"t": "0420"})


class Host:
    """Answers at once, and remembers when it was asked."""

    name, timeout_s, up = "host", 6.0, True

    def __init__(self, clock):
        self._clock = clock
        self.asked_at_s = []
        self.error = None

    def ask(self, request, deadline_s, operation_key):
        self.asked_at_s.append(round(self._clock.seconds(), 6))
        if self.error is not None:
            return fail(self.error)
        return succeed(Message({"t": "0430", "39": "00"}))


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def host(clock):
    return Host(clock)


def test_the_first_leaves_at_once_and_the_others_at_the_rate(clock, host):
    paced = PacedDestination(clock, host, rate_max=4)
    answers = [paced.ask(REVERSAL, 6, "key") for _ in range(4)]
    clock.pump([0.0625] * 16)
    assert host.asked_at_s == [0, 0.25, 0.5, 0.75]
    assert [answer.result["39"] for answer in answers] == ["00"] * 4


def test_time_that_was_not_used_is_not_saved_up(clock, host):
    paced = PacedDestination(clock, host, rate_max=10)
    paced.ask(REVERSAL, 6, "key")
    clock.advance(60)
    for _ in range(3):
        paced.ask(REVERSAL, 6, "key")
    assert host.asked_at_s == [0, 60]
    clock.pump([0.1, 0.1])
    assert host.asked_at_s == [0, 60, 60.1, 60.2]


def test_what_fails_after_the_pause_fails_as_it_would_have(clock, host):
    paced = PacedDestination(clock, host, rate_max=1)
    paced.ask(REVERSAL, 6, "key")
    host.error = NotSentError("down")
    failures = []
    paced.ask(REVERSAL, 6, "key").addErrback(failures.append)
    clock.advance(1)
    assert failures[0].value is host.error
