"""A link on which we listen and the host dials: requests are asked on the lines it opened."""

import pytest
from twisted.internet.defer import Deferred

from switch.link import Dialer, Listener, NotSentError, SessionProfile, State, answer_to
from switch.wire import Codec, Message, load_dialect, make_framing

PORT = 9001


def request(stan="000077"):
    message = Message({"t": "0100", "3": "310000", "4": "0" * 12, "7": "1124090000"})
    message.update({"11": stan, "12": "100000", "13": "1124", "32": "504001"})
    message.update({"41": "GAB00001"})
    return message


class Net:
    """We listen; hosts dial, each a process of its own."""

    def __init__(self, world) -> None:
        self.world = world
        self.us = world.process("us")
        self.states = []
        self.asked = {}
        self.held = {}
        self.link = Listener(
            self.us.runtime,
            SessionProfile(name="host", echo_every_s=60),
            *self.wire(),
            port=PORT,
            new_stan=self.stans(),
            on_change=self.states.append,
        )
        self.us.call(self.link.start)

    @staticmethod
    def wire():
        return Codec(load_dialect("gab87")), make_framing("2-byte-binary")

    @staticmethod
    def stans():
        return iter(f"{n:06}" for n in range(1, 999_999)).__next__

    def dial(self, name, handler=None):
        process = self.world.process(name)
        self.asked[name] = []

        async def answer(asked, session):
            self.asked[name].append(asked["11"])
            if name in self.held:
                await self.held[name]
            return answer_to(asked, "00", de38=name[-1] * 6)

        dialer = Dialer(
            process.runtime,
            SessionProfile(name="switch", signs_on=True),
            *self.wire(),
            host="127.0.0.1",
            port=PORT,
            handler=handler or answer,
            new_stan=self.stans(),
        )
        process.call(dialer.start)
        self.world.run_until(dialer.when_up())
        return process, dialer

    def ask(self, stan="000077"):
        return self.us.call(self.link.ask, request(stan), 6)


@pytest.fixture
def net(world):
    return Net(world)


def failed_with(deferred, kind):
    failures = []
    deferred.addErrback(failures.append)
    assert failures[0].check(kind)
    return failures[0].getErrorMessage()


def test_a_request_reaches_the_host_that_dialled(net, world):
    net.dial("host1")
    assert world.run_until(net.ask())["39"] == "00"
    assert (net.asked["host1"], net.link.up, net.link.state) == (["000077"], True, State.SIGNED_ON)


def test_without_a_line_nothing_leaves(net):
    assert not net.link.up
    words = failed_with(net.ask(), NotSentError)
    assert words == "link host is down: no line is signed on"


def test_who_waits_for_it_is_told_when_the_host_has_signed_on(net, world):
    waiting = net.us.call(net.link.when_up)
    assert not waiting.called
    net.dial("host1")
    world.run_until(waiting, 1)
    assert net.states[-1] is State.SIGNED_ON


def test_of_two_lines_the_less_busy_one_is_asked(net, world):
    net.held["host1"] = Deferred()
    net.dial("host1")
    net.dial("host2")
    first, second = net.ask("000001"), net.ask("000002")
    assert world.run_until(second)["38"] == "222222"
    third = net.ask("000003")
    assert world.run_until(third)["38"] == "222222"
    assert net.link.in_flight == 1
    net.held["host1"].callback(None)
    assert world.run_until(first)["38"] == "111111"


def test_a_lost_line_leaves_the_other(net, world):
    process, _ = net.dial("host1")
    net.dial("host2")
    process.kill()
    world.advance(0.1)
    assert world.run_until(net.ask())["38"] == "222222"


def test_an_idle_host_is_echoed_and_dropped_when_it_is_gone(net, world):
    _, dialer = net.dial("host1")
    world.advance(300)
    assert (len(net.link.sessions), dialer.up) == (1, True)
    (session,) = net.link.sessions
    session.line.transport.pauseProducing()
    world.advance(60 + 31)
    assert session not in net.link.sessions
    assert session.lost_because == "3 echoes were not answered"


def test_stopping_with_a_drain_waits_for_nothing_of_ours(net, world):
    net.dial("host1")
    world.run_until(net.us.start(net.link.stop, drain=True), 2)
    assert not net.link.up


def test_lines_that_come_while_it_refuses_are_refused_too(net, world):
    net.us.call(net.link.refuse)
    process = world.process("late")
    dialer = Dialer(
        process.runtime,
        SessionProfile(name="switch", signs_on=True),
        *net.wire(),
        host="127.0.0.1",
        port=PORT,
        new_stan=net.stans(),
    )
    process.call(dialer.start)
    world.advance(3)
    assert not dialer.up
