"""The proxy on a line carries what TCP carries, and fails as TCP fails."""

import pytest
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol
from zope.interface import implementer

from simulator.faults import BlackHole
from simulator.network.proxy import LineProxy


@implementer(IHalfCloseableProtocol)
class Peer(Protocol):
    """Remembers what it got and how it ended."""

    def __init__(self):
        self.got = b""
        self.finished = False
        self.end = None

    def dataReceived(self, data):
        self.got += data

    def readConnectionLost(self):
        self.finished = True

    def writeConnectionLost(self):
        pass

    def connectionLost(self, reason):
        self.end = reason.type


class Line:
    """A terminal, the proxy and a switch that answers nothing by itself."""

    def __init__(self, world):
        self.world = world
        self.near_process = world.process("terminal")
        self.far_process = world.process("switch")
        self.accepted = []
        self.port = self.listen()
        self.proxy = LineProxy(world.process("line").runtime, host="127.0.0.1", port=self.port)
        world.process("line").call(self.proxy.start)

    def listen(self):
        def accept(_address):
            self.accepted.append(Peer())
            return self.accepted[-1]

        endpoint = TCP4ServerEndpoint(self.far_process.runtime.reactor, 0, interface="127.0.0.1")
        self.listening = self.world.run_until(endpoint.listen(Factory.forProtocol(Peer)))
        self.listening.factory.buildProtocol = accept
        return self.listening.getHost().port

    def connect(self):
        reactor = self.near_process.runtime.reactor
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.proxy.port)
        near = self.world.run_until(endpoint.connect(Factory.forProtocol(Peer)))
        self.world.advance(0.1)
        return near

    def settle(self):
        self.world.advance(1)


@pytest.fixture
def line(world):
    line = Line(world)
    yield line
    world.run_until(line.proxy.stop())


def test_bytes_pass_both_ways_in_order(line):
    near = line.connect()
    (far,) = line.accepted
    for piece in (b"one", b"two"):
        near.transport.write(piece)
        far.transport.write(piece.upper())
    line.settle()
    assert (far.got, near.got) == (b"onetwo", b"ONETWO")


def test_what_is_sent_before_the_other_side_is_there_is_not_lost(line, world):
    reactor = line.near_process.runtime.reactor
    endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", line.proxy.port)
    near = world.run_until(endpoint.connect(Factory.forProtocol(Peer)))
    near.transport.write(b"early")
    line.settle()
    assert line.accepted[0].got == b"early"


def test_a_large_answer_arrives_whole_at_a_reader_that_pauses(line, world):
    near = line.connect()
    near.transport.pauseProducing()
    line.accepted[0].transport.write(b"x" * 1_000_000)
    line.settle()
    assert near.got == b""
    near.transport.resumeProducing()
    line.settle()
    assert len(near.got) == 1_000_000


def test_a_half_close_passes_and_the_answer_still_comes(line):
    near = line.connect()
    (far,) = line.accepted
    near.transport.loseWriteConnection()
    line.settle()
    assert (far.finished, near.end) == (True, None)
    far.transport.write(b"answer")
    far.transport.loseConnection()
    line.settle()
    assert (near.got, near.finished) == (b"answer", True)


def test_a_close_passes(line):
    near = line.connect()
    line.accepted[0].transport.loseConnection()
    line.settle()
    assert near.finished
    near.transport.loseConnection()
    line.settle()
    assert line.accepted[0].end is not None


def test_a_reset_of_the_terminal_reaches_the_other_side(line):
    near = line.connect()
    near.transport.abortConnection()
    line.settle()
    assert line.accepted[0].end not in (None, ConnectionDone)


def test_a_switch_that_is_away_ends_the_line(line, world):
    world.run_until(line.listening.stopListening())
    near = line.connect()
    line.settle()
    assert near.end not in (None, ConnectionDone)


def test_a_hole_swallows_what_comes_back_and_nothing_else(line):
    near = line.connect()
    (far,) = line.accepted
    line.proxy.inject(BlackHole(("down",)))
    near.transport.write(b"request")
    far.transport.write(b"answer")
    line.settle()
    assert (far.got, near.got, near.end) == (b"request", b"", None)


def test_a_hole_swallows_the_end_of_the_stream_too(line):
    near = line.connect()
    line.proxy.inject(BlackHole(("down",)))
    line.accepted[0].transport.abortConnection()
    line.settle()
    assert (near.finished, near.end) == (False, None)


def test_after_a_hole_no_later_byte_follows_on_the_same_connection(line):
    near = line.connect()
    (far,) = line.accepted
    heal = line.proxy.inject(BlackHole(("down",)))
    far.transport.write(b"lost")
    line.settle()
    heal()
    far.transport.write(b"later")
    line.settle()
    assert near.got == b""
    assert ConnectionDone not in (near.end, far.end)
    assert None not in (near.end, far.end)


def test_a_line_opened_in_a_hole_is_swallowed_and_one_after_it_is_not(line):
    heal = line.proxy.inject(BlackHole(("down",)))
    first = line.connect()
    line.accepted[0].transport.write(b"lost")
    line.settle()
    heal()
    second = line.connect()
    line.accepted[1].transport.write(b"answer")
    line.settle()
    assert (first.got, second.got) == (b"", b"answer")


def test_a_stop_ends_every_line(line, world):
    near = line.connect()
    world.run_until(line.proxy.stop())
    line.settle()
    assert None not in (near.end, line.accepted[0].end)
