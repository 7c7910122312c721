"""Listeners and diallers on a network: lines opened, refused, lost and dialled again."""

import socket
from itertools import pairwise

import pytest
import pytest_twisted
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.protocol import ClientFactory, Protocol

from switch.link import (
    AddressTakenError,
    Dialer,
    Listener,
    NotSentError,
    SessionProfile,
    State,
    answer_to,
)
from switch.link.dialer import DRAIN_TIMEOUT_S, RETRY_JITTER, RETRY_MAX_S
from switch.runtime import real_runtime
from switch.wire import Codec, Message, load_dialect, make_framing

PORT = 8583


def codec():
    return Codec(load_dialect("gab87"))


def stans():
    return iter(f"{n:06}" for n in range(1, 999_999)).__next__


async def approve(request, session):
    return answer_to(request, "00")


class Net:
    """One listener and one dialler, each a process."""

    def __init__(self, world, **options) -> None:
        self.world = world
        self.states = []
        self.answered = []
        self.far = world.process("far")
        self.near = world.process("near")
        self.listener = None
        self.dialer = Dialer(
            self.near.runtime,
            SessionProfile(name="far", signs_on=True, echo_every_s=60),
            codec(),
            make_framing("2-byte-binary"),
            host="127.0.0.1",
            port=PORT,
            new_stan=stans(),
            on_change=self.states.append,
            **options,
        )

    def listen(self, process=None, handler=approve, **options):
        self.listener = Listener(
            (process or self.far).runtime,
            SessionProfile(name="terminals"),
            codec(),
            make_framing("2-byte-binary"),
            port=PORT,
            handler=handler,
            new_stan=stans(),
            **options,
        )
        (process or self.far).call(self.listener.start)
        return self.listener

    def dial(self) -> None:
        self.near.call(self.dialer.start)

    def connect(self) -> None:
        self.listen()
        self.dial()
        self.world.run_until(self.dialer.when_up())

    def attempts_s(self) -> list[float]:
        return [e.time_s for e in self.world.history.of("near") if "cannot connect" in str(e)]


@pytest.fixture
def net(world):
    return Net(world)


def request():
    message = Message({"t": "0100", "3": "310000", "4": "0" * 12, "7": "1124090000"})
    message.update({"11": "000077", "12": "100000", "13": "1124", "32": "504001"})
    message.update({"41": "GAB00001"})
    return message


def test_a_dialler_signs_on_and_asks(net, world):
    net.connect()
    answer = world.run_until(net.near.call(net.dialer.ask, request(), 6))
    assert (answer["39"], net.dialer.state) == ("00", State.SIGNED_ON)


def test_a_dialler_waits_for_its_peer_to_listen(net, world):
    net.dial()
    world.advance(20)
    assert not net.dialer.up
    net.listen()
    world.run_until(net.dialer.when_up(), 31)
    assert net.dialer.up


def test_pauses_between_attempts_double_within_their_jitter(net, world):
    net.dial()
    world.advance(300)
    times = net.attempts_s()
    gaps = [after - before for before, after in pairwise(times)]
    for number, gap_s in enumerate(gaps):
        pause_s = min(0.5 * 2**number, RETRY_MAX_S)
        assert pause_s * (1 - RETRY_JITTER) <= gap_s <= pause_s * (1 + RETRY_JITTER) + 0.1
    assert any(abs(gap_s / 30 - 1) > 0.02 for gap_s in gaps[6:])


def test_a_lost_line_is_dialled_again(net, world):
    net.connect()
    for session in list(net.listener.sessions):
        net.far.call(session.line.abort, "cut")
    world.advance(0.05)
    assert not net.dialer.up
    world.run_until(net.dialer.when_up(), 5)
    assert net.states.count(State.SIGNED_ON) == 2


def test_a_peer_that_was_killed_and_came_back_is_found_again(net, world):
    net.connect()
    net.far.kill()
    world.advance(3)
    net.listen(world.process("far"))
    world.run_until(net.dialer.when_up(), 31)
    assert net.dialer.up


def test_asking_without_a_line_says_why(net, world):
    net.dial()
    world.advance(1)
    failures = []
    net.near.call(net.dialer.ask, request(), 6).addErrback(failures.append)
    assert failures[0].check(NotSentError)
    assert "link far is down (" in failures[0].getErrorMessage()
    assert "refused" in failures[0].getErrorMessage()


def test_a_stopped_dialler_dials_no_more(net, world):
    net.connect()
    world.run_until(net.near.start(net.dialer.stop))
    world.advance(120)
    assert net.listener.sessions == set()
    assert net.dialer.state is State.DOWN


@pytest.mark.parametrize("after_s", [0, 0.0001, 0.7])
def test_a_dialler_can_be_stopped_while_it_dials(net, world, after_s):
    net.dial()
    world.advance(after_s)
    world.run_until(net.near.start(net.dialer.stop))
    net.listen()
    world.advance(60)
    assert net.listener.sessions == set()


def test_a_dialler_does_not_drain_for_ever_either(world):
    async def never(request, session):
        await Deferred()

    net = Net(world, handler=never)
    net.connect()
    asked = net.far.call(net.listener.ask, request(), 60)
    asked.addErrback(lambda failure: None)
    world.advance(0.1)
    stopped = net.near.start(net.dialer.stop, drain=True)
    world.advance(DRAIN_TIMEOUT_S - 1)
    assert not stopped.called
    world.run_until(stopped, 2)
    assert net.dialer.state is State.DOWN


def test_who_waits_for_a_dialler_that_is_stopped_is_told(net, world):
    net.dial()
    given_up = []
    net.near.call(net.dialer.when_up).addErrback(given_up.append)
    world.run_until(net.near.start(net.dialer.stop))
    assert given_up[0].check(CancelledError)


def test_who_waits_for_a_listener_that_is_stopped_is_told(net, world):
    net.listen()
    given_up = []
    net.far.call(net.listener.when_up).addErrback(given_up.append)
    world.run_until(net.far.start(net.listener.stop))
    assert given_up[0].check(CancelledError)


def test_a_taken_port_is_a_clear_error(net):
    net.listen()
    with pytest.raises(AddressTakenError, match=rf"127\.0\.0\.1:{PORT} for terminals"):
        net.listen(net.near)


def test_one_line_too_many_is_closed_as_it_comes(net, world):
    net.listen(lines_max=1)
    net.dial()
    world.run_until(net.dialer.when_up())
    other = Net(world)
    other.dial()
    world.advance(5)
    assert (len(net.listener.sessions), other.dialer.up, net.dialer.up) == (1, False, True)


def test_a_listener_that_drains_lets_requests_end(net, world):
    answered = Deferred()

    async def slow(request, session):
        await answered
        return answer_to(request, "00")

    net.listen(handler=slow)
    net.dial()
    world.run_until(net.dialer.when_up())
    asked = net.near.call(net.dialer.ask, request(), 6)
    world.advance(0.1)
    stopped = net.far.start(net.listener.stop, drain=True)
    world.advance(1)
    assert not stopped.called
    net.far.call(answered.callback, None)
    assert world.run_until(asked)["39"] == "00"
    world.run_until(stopped, 1)


def test_a_listener_does_not_drain_for_ever(net, world):
    async def never(request, session):
        await Deferred()

    net.listen(handler=never)
    net.dial()
    world.run_until(net.dialer.when_up())
    asked = net.near.call(net.dialer.ask, request(), 60)
    asked.addErrback(lambda failure: None)
    world.advance(0.1)
    world.run_until(net.far.start(net.listener.stop, drain=True), 16)
    assert net.listener.sessions == set()


@pytest_twisted.ensureDeferred
async def test_a_real_peer_that_half_closes_gets_its_answer():
    from twisted.internet import reactor

    listener = Listener(
        real_runtime(reactor, seed=1),
        SessionProfile(name="terminals"),
        codec(),
        make_framing("2-byte-binary"),
        port=0,
        handler=approve,
        new_stan=stans(),
    )
    listener.start()
    framing, ended = make_framing("2-byte-binary"), Deferred()

    class Peer(Protocol):
        received = b""

        def connectionMade(self):
            sign_on = Message({"t": "0800", "7": "1124090000", "11": "000001", "70": "001"})
            for message in (sign_on, request()):
                self.transport.write(framing.frame(codec().encode(message)))
            self.transport.loseWriteConnection()

        def dataReceived(self, data):
            self.received += data

        def connectionLost(self, reason):
            ended.callback(self.received)

    factory = ClientFactory.forProtocol(Peer)
    factory.noisy = False
    reactor.connectTCP("127.0.0.1", listener.port, factory)
    bodies = framing.receiver().receive(await ended)
    await listener.stop()
    assert [codec().decode(body)["39"] for body in bodies] == ["00", "00"]


@pytest_twisted.ensureDeferred
async def test_the_kernel_asks_for_an_idle_peer_of_either_end_and_words_leave_at_once():
    from twisted.internet import reactor

    runtime, wire = real_runtime(reactor, seed=1), (codec(), make_framing("2-byte-binary"))
    listener = Listener(runtime, SessionProfile("ours"), *wire, port=0, new_stan=stans())
    listener.start()
    profile = SessionProfile("theirs", signs_on=True)
    near = {"host": "127.0.0.1", "port": listener.port, "new_stan": stans()}
    dialer = Dialer(runtime, profile, *wire, **near)
    dialer.start()
    await dialer.when_up()
    ends = [next(iter(listener.sessions)), dialer._session]
    wanted = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
    try:
        for end in ends:
            handle = end.line.transport.getHandle()
            tcp = {
                name: handle.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
                for name in (*wanted, "TCP_NODELAY")
            }
            assert tcp.pop("TCP_NODELAY") > 0
            assert tcp == wanted
            assert handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) > 0
    finally:
        await dialer.stop()
        await listener.stop()


@pytest_twisted.ensureDeferred
async def test_a_real_port_that_is_taken_says_so():
    from twisted.internet import reactor

    def listener(port):
        return Listener(
            real_runtime(reactor, seed=1),
            SessionProfile(name="terminals"),
            codec(),
            make_framing("2-byte-binary"),
            port=port,
            new_stan=stans(),
        )

    first = listener(0)
    first.start()
    try:
        with pytest.raises(AddressTakenError, match="Address already in use"):
            listener(first.port).start()
    finally:
        await first.stop()
