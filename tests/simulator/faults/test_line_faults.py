"""What each fault does to a line: bytes of one way in their order, or lost and never followed."""

import random

import pytest
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol

from simulator.faults import (
    Bandwidth,
    BlackHole,
    Coalesce,
    CutAfter,
    HalfOpen,
    Latency,
    Refuse,
    Reset,
    Split,
    Stall,
)
from simulator.network.proxy import LineProxy
from simulator.testing import virtual_world


class Peer(Protocol):
    """Remembers what came, piece by piece, and when."""

    def __init__(self, now_s):
        self.pieces = []
        self.at_s = []
        self.end = None
        self._now_s = now_s

    def dataReceived(self, data):
        self.pieces.append(data)
        self.at_s.append(self._now_s())

    def connectionLost(self, reason):
        self.end = reason.type

    @property
    def got(self):
        return b"".join(self.pieces)


class Line:
    """Somebody who dials, the proxy, and who is dialled."""

    def __init__(self, world):
        self.world = world
        self.far = []
        self.near_process = world.process("near")
        far_process = world.process("far")
        endpoint = TCP4ServerEndpoint(far_process.runtime.reactor, 0, interface="127.0.0.1")
        factory = Factory()
        factory.buildProtocol = lambda _address: self._accept()
        self.listening = world.run_until(endpoint.listen(factory))
        process = world.process("line")
        port = self.listening.getHost().port
        self.proxy = LineProxy(process.runtime, host="127.0.0.1", port=port)
        process.call(self.proxy.start)

    def _accept(self):
        self.far.append(Peer(lambda: self.world.timeline.now_s))
        return self.far[-1]

    def connect(self):
        endpoint = TCP4ClientEndpoint(
            self.near_process.runtime.reactor, "127.0.0.1", self.proxy.port
        )
        peer = Peer(lambda: self.world.timeline.now_s)
        factory = Factory()
        factory.buildProtocol = lambda _address: peer
        self.world.run_until(endpoint.connect(factory))
        self.world.advance(0.1)
        return peer


@pytest.fixture
def line():
    with virtual_world(3) as world:
        line = Line(world)
        yield line
        world.run_until(line.proxy.stop())
        world.run_until(line.listening.stopListening())


def test_latency_delays_and_keeps_the_order_whatever_the_jitter(line):
    near = line.connect()
    line.proxy.inject(Latency(1.0, 0.9, random.Random(5), ("up",)))
    began_s = line.world.timeline.now_s
    for number in range(20):
        near.transport.write(bytes([number]))
        line.world.advance(0.01)
    line.far[0].transport.write(b"back")
    line.world.advance(0.05)
    assert near.got == b"back"
    line.world.advance(3)
    assert line.far[0].got == bytes(range(20))
    assert line.far[0].at_s[0] - began_s >= 0.1


def test_the_end_of_a_connection_comes_after_its_late_bytes(line):
    near = line.connect()
    line.proxy.inject(Latency(2.0))
    near.transport.write(b"last words")
    near.transport.loseConnection()
    line.world.advance(1)
    assert line.far[0].end is None
    line.world.advance(2)
    assert (line.far[0].got, line.far[0].end) == (b"last words", ConnectionDone)


def test_bandwidth_lets_so_many_bytes_a_second_through(line):
    near = line.connect()
    line.proxy.inject(Bandwidth(100))
    near.transport.write(b"x" * 300)
    line.world.advance(1)
    assert 90 <= len(line.far[0].got) <= 110
    line.world.advance(2.2)
    assert line.far[0].got == b"x" * 300


def test_a_stall_holds_everything_and_loses_nothing(line):
    near = line.connect()
    heal = line.proxy.inject(Stall())
    near.transport.write(b"one")
    line.world.advance(60)
    near.transport.write(b"two")
    line.world.advance(60)
    assert line.far[0].got == b""
    heal()
    line.world.advance(0.1)
    assert line.far[0].got == b"onetwo"


def test_a_split_brings_each_byte_by_itself(line):
    near = line.connect()
    line.proxy.inject(Split(1))
    near.transport.write(b"0200")
    line.world.advance(1)
    assert line.far[0].pieces == [b"0", b"2", b"0", b"0"]


def test_what_is_sent_in_a_window_comes_together(line):
    near = line.connect()
    line.proxy.inject(Coalesce(0.5))
    for piece in (b"one", b"two", b"three"):
        near.transport.write(piece)
        line.world.advance(0.1)
    line.world.advance(1)
    assert line.far[0].pieces == [b"onetwothree"]


def test_a_black_hole_loses_its_way_only_and_ends_with_a_reset(line):
    near = line.connect()
    heal = line.proxy.inject(BlackHole(("up",)))
    near.transport.write(b"lost")
    line.far[0].transport.write(b"heard")
    line.world.advance(1)
    assert (line.far[0].got, near.got) == (b"", b"heard")
    heal()
    line.world.advance(1)
    assert ConnectionDone not in (near.end, line.far[0].end)
    assert None not in (near.end, line.far[0].end)


@pytest.mark.parametrize("sizes", [(10, 10, 10), (25, 5), (30,)])
def test_a_cut_lets_just_so_many_bytes_through(line, sizes):
    near = line.connect()
    line.proxy.inject(CutAfter(25, ("up",)))
    for size in sizes:
        near.transport.write(b"x" * size)
        line.world.advance(0.05)
    line.world.advance(1)
    assert len(line.far[0].got) <= 25
    assert line.far[0].end not in (None, ConnectionDone)
    again = line.connect()
    again.transport.write(b"a new line counts anew")
    line.world.advance(1)
    assert line.far[1].got == b"a new line counts anew"


def test_of_a_half_open_line_the_one_who_is_left_hears_nothing(line):
    near = line.connect()
    heal = line.proxy.inject(HalfOpen(("up",)))
    line.world.advance(1)
    assert near.end not in (None, ConnectionDone)
    line.far[0].transport.write(b"are you there")
    line.world.advance(60)
    assert line.far[0].end is None
    heal()
    line.world.advance(1)
    assert line.far[0].end is not None


def test_refused_are_new_connections_only(line):
    near = line.connect()
    heal = line.proxy.inject(Refuse())
    refused = line.connect()
    near.transport.write(b"goes on")
    line.world.advance(1)
    assert (line.far[0].got, near.end) == (b"goes on", None)
    assert refused.end not in (None, ConnectionDone)
    assert len(line.far) == 1
    heal()
    line.connect()
    assert len(line.far) == 2


def test_a_reset_ends_every_connection_once(line):
    near = line.connect()
    line.proxy.inject(Reset())
    line.world.advance(1)
    assert None not in (near.end, line.far[0].end)


def test_faults_together_are_all_felt(line):
    near = line.connect()
    line.proxy.inject(Latency(1.0))
    line.proxy.inject(Split(2))
    near.transport.write(b"0200")
    line.world.advance(0.9)
    assert line.far[0].got == b""
    line.world.advance(1)
    assert line.far[0].pieces == [b"02", b"00"]


def test_more_than_can_be_held_back_ends_the_connection(line):
    near = line.connect()
    line.proxy.inject(Stall(("up",)))
    for _ in range(50):
        near.transport.write(b"x" * 100_000)
        line.world.advance(0.1)
    line.world.advance(1)
    assert None not in (near.end, line.far[0].end)
    assert line.far[0].got == b""
